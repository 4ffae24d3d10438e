"""What a balancer of DNS becomes: which servers are asked, in which order, and who is let in."""

import dataclasses
import re
from pathlib import Path

import pytest

from seapoint.compile.hosts import compile_device
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.snapshot import Intent
from seapoint.render.dnsdist import dnsdist_conf
from seapoint.target.device import Device
from seapoint.target.dnsdist import Dnsdist, Pool
from seapoint.target.haproxy import Haproxy

EXAMPLE = Path(__file__).parents[3] / "examples/codfw1dev/cloud.yaml"
BALANCER = "cloudlb2002-dev"
ORDER = re.compile(r"order=(\d)")
GLANCE = "      glance: {ports: [29292]}\n"


def cloud_with(words: str, access: str = "cloud-private") -> Cloud:
    """The example, whose glance is DNS with these words more."""
    text = EXAMPLE.read_text()
    assert text.count(GLANCE) == 1
    dns = f"      glance: {{ports: [53, 5353], backend_port: 5300, mode: dns, access: {access}{words}}}\n"
    cloud = read_cloud(text.replace(GLANCE, dns)).cloud
    assert cloud is not None
    return cloud


def device(cloud: Cloud, name: str = BALANCER) -> Device:
    return compile_device(cloud, Intent.empty(), name)[name]


def dnsdist(cloud: Cloud) -> Dnsdist:
    (one,) = (service for service in device(cloud).services if isinstance(service, Dnsdist))
    return one


def pool(cloud: Cloud) -> Pool:
    (one,) = dnsdist(cloud).pools
    return one


def test_each_address_of_each_backend_is_a_server() -> None:
    one = pool(cloud_with(""))
    assert [(str(address), port) for address, port in one.listens] == [
        ("185.15.57.24", 53),
        ("185.15.57.24", 5353),
        ("2a02:ec80:a100:4000::1", 53),
        ("2a02:ec80:a100:4000::1", 5353),
    ]
    assert [(str(server.address), server.port) for server in one.servers] == [
        (address, 5300)
        for number in (10, 11, 12)
        for address in (f"172.20.5.{number}", f"2a02:ec80:a100:205::{number}")
    ]
    assert (one.method, one.asked, one.fall) == ("leastoutstanding", "openstack.codfw1dev.wikimediacloud.org", 4)


def test_a_primary_is_asked_first() -> None:
    one = pool(cloud_with(", primary: cloudcontrol2010-dev"))
    assert one.method == "ordered"
    assert str(one.servers[0].address) == "172.20.5.12"
    assert ORDER.findall(dnsdist_conf(dnsdist(cloud_with(", primary: cloudcontrol2010-dev")))) == list("123456")
    assert {*ORDER.findall(dnsdist_conf(dnsdist(cloud_with(""))))} == {"1"}


@pytest.mark.parametrize("version", [4, 6])
def test_a_backend_of_one_family_is_one_server(version: int) -> None:
    cloud = cloud_with("")
    balancer = cloud.balancers["cloudlb"]
    services = tuple(
        dataclasses.replace(
            service,
            backends=tuple(
                dataclasses.replace(one, addresses=dataclasses.replace(one.addresses, **{f"v{10 - version}": None}))
                for one in service.backends
            ),
        )
        for service in balancer.services
    )
    cloud = dataclasses.replace(cloud, balancers={"cloudlb": dataclasses.replace(balancer, services=services)})
    assert {server.address.version for server in pool(cloud).servers} == {version}


def test_who_is_not_meant_is_dropped_before_others_are_led_to_backends() -> None:
    actions = [line for line in dnsdist_conf(dnsdist(cloud_with(""))).splitlines() if line.startswith("addAction")]
    here = (
        'NetmaskGroupRule(masks("185.15.57.24/32", "2a02:ec80:a100:4000::1/128"), false), '
        "OrRule({DSTPortRule(53), DSTPortRule(5353)})"
    )
    meant = 'masks("172.20.0.0/16", "185.15.57.24/29", "2a02:ec80:a100:200::/56", "2a02:ec80:a100:4000::/64")'
    assert actions == [
        f"addAction(AndRule({{{here}, NotRule(NetmaskGroupRule({meant}))}}), DropAction())",
        f'addAction(AndRule({{{here}}}), PoolAction("glance"))',
    ]
    everybody = dnsdist_conf(dnsdist(cloud_with("", access="internet")))
    assert "DropAction" not in everybody


def test_each_balancer_has_its_own_services() -> None:
    services = device(cloud_with("")).services
    (haproxy,) = (service for service in services if isinstance(service, Haproxy))
    assert "glance" not in {proxy.name for proxy in haproxy.proxies}
    assert all("glance" not in names for _, names in haproxy.status.groups)


def test_owners_that_answer_directly_balance_nothing() -> None:
    cloud = cloud_with("")
    balancer = dataclasses.replace(cloud.balancers["cloudlb"], answers="direct")
    services = device(dataclasses.replace(cloud, balancers={"cloudlb": balancer})).services
    assert not [service for service in services if isinstance(service, Dnsdist | Haproxy)]
