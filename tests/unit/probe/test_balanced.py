"""Probes of balanced services: who asks which, and how."""

import dataclasses

from seapoint.intent.cloud.model import Cloud
from seapoint.intent.snapshot import Intent
from seapoint.probe.generate import generate
from seapoint.probe.kinds.barred import Barred
from seapoint.probe.kinds.connected import Connected
from seapoint.probe.kinds.https import Https
from seapoint.probe.probe import Probe

DUALSTACK = "networktests-vxlan-dualstack"
NAME = "openstack.codfw1dev.wikimediacloud.org"


def of_balancers(cloud: Cloud, intent: Intent) -> list[Probe]:
    return [probe for probe in generate(cloud, intent) if probe.group == "balancer"]


def test_balanced_services_are_asked_where_they_are_open_and_where_they_are_not(cloud: Cloud, intent: Intent) -> None:
    probes = of_balancers(cloud, intent)
    kinds = {(probe.where, probe.check.about): probe.check.KIND for probe in probes}
    first = {4: "networktests-vlan-legacy", 6: DUALSTACK}
    for family in (4, 6):
        assert {kinds[where, f"{family} {NAME} 25000"] for where in (DUALSTACK, "cloudnet2005-dev", "internet")} == {
            "https"
        }
        assert kinds[first[family], f"{family} {NAME} 29292"] == "https"
        assert kinds["internet", f"{family} {NAME} tcp/29292"] == "barred"
        assert kinds["cloudnet2005-dev", f"{family} {NAME} tcp/3306"] == "connected"
        assert {kinds[where, f"{family} {NAME} tcp/3306"] for where in (first[family], "internet")} == {"barred"}
    ports = {port for service in cloud.balancers["cloudlb"].services for port in service.ports}
    asked = {probe.check.port for probe in probes if isinstance(probe.check, Https | Connected | Barred)}
    assert asked == ports
    internet = [probe.check for probe in probes if probe.where == "internet"]
    assert not any(check.by_name for check in internet if isinstance(check, Https))
    assert {check.open_port for check in internet if isinstance(check, Barred)} == {5000}


def test_balanced_dns_is_asked_over_udp_and_other_datagrams_are_not(cloud: Cloud, intent: Intent) -> None:
    balancer = cloud.balancers["cloudlb"]
    services = {one.name: one for one in balancer.services}
    changed = (
        dataclasses.replace(services["glance"], mode="dns"),
        dataclasses.replace(services["mysql"], mode="dns"),
        dataclasses.replace(services["heat"], mode="udp"),
    )
    balancers = {"cloudlb": dataclasses.replace(balancer, services=changed)}
    probes = of_balancers(dataclasses.replace(cloud, balancers=balancers), intent)
    kinds = {(probe.where, probe.check.about): probe.check.KIND for probe in probes}
    for family in (4, 6):
        assert (
            kinds[DUALSTACK if family == 6 else "networktests-vlan-legacy", f"{family} {NAME} udp/29292"] == "answers"
        )
        assert kinds["cloudnet2005-dev", f"{family} {NAME} udp/3306"] == "answers"
        assert kinds["internet", f"{family} {NAME} udp/3306"] == "unanswered"
    assert not [about for _, about in kinds if "28004" in about]
