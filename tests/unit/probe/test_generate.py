"""Probes follow from the cloud file and tenants' intent: counts, families, security groups, the edge."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from seapoint.base.addresses import Addresses
from seapoint.intent.attributes import Standard
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.reach import Reach
from seapoint.intent.network import Network
from seapoint.intent.port import FixedIp, Port
from seapoint.intent.router import Gateway, Router
from seapoint.intent.security import SecurityGroupRule
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet
from seapoint.probe.generate import generate
from seapoint.probe.kinds.full_size import FullSize
from seapoint.probe.kinds.resolves import Resolves
from seapoint.probe.kinds.seen_as import SeenAs
from seapoint.probe.probe import Probe

Edited = Callable[[Callable[[Standard], Standard | None]], Intent]
FIVE = 5
#: Groups of probes that start from hosts, whatever instances there are.
OF_HOSTS = {"edge", "vip", "balancer", "name", "reach", "calls"}
NO_SERVICES: dict[str, Any] = {"vips": {}, "balancers": {}, "dns": None, "reach": Reach()}
DUALSTACK = "networktests-vxlan-dualstack"


def of_group(probes: Iterable[Probe], group: str) -> list[Probe]:
    return [probe for probe in probes if probe.group == group]


def covering(probes: Iterable[Probe], label: str) -> list[Probe]:
    return [probe for probe in probes if label in probe.covers]


def families(probes: Iterable[Probe]) -> set[str]:
    return {f"-{probe.check.about[0]}" for probe in probes}


def seen(probes: Iterable[Probe], where: str) -> dict[tuple[str, str], str]:
    """(far end, family) -> the source address that it must see."""
    return {
        (probe.check.far, probe.check.argv()[1]): str(probe.check.sources[0])
        for probe in probes
        if isinstance(probe.check, SeenAs) and probe.where == where
    }


def test_codfw1dev_has_the_42_probes_that_came_with_ipv6(cloud: Cloud, intent: Intent) -> None:
    found = covering(generate(cloud, intent), "ipv6")
    assert len(found) == 42
    assert Counter(probe.group for probe in found) == {
        "edge": 8,
        "virtual-router": 2,
        "gateway": 6,
        "instances": FIVE * (FIVE - 1),
        "edge-from-inside": 6,
    }
    assert all(probe.check.KIND == "ping" for probe in found)
    outside = [probe for probe in found if probe.group in {"edge", "virtual-router"}]
    assert families(outside) == {"-6"}
    assert {probe.where for probe in outside} == {"cloudcontrol2005-dev"}
    by_name = [probe for probe in outside if probe.check.argv()[-1].endswith(".codfw1dev.wikimediacloud.org")]
    assert len(by_name) == len(outside) / 2


def test_codfw1dev_covers_the_numbers_1_to_19(cloud: Cloud, intent: Intent) -> None:
    probes = generate(cloud, intent)
    counts = Counter(label for probe in probes for label in probe.covers if label != "ipv6")
    assert counts == {
        "functional-1": 4,
        "functional-2": 4,
        "functional-3": 2,
        "functional-4": 3,
        "functional-5": 2,
        "functional-6": 3,
        "functional-7": 3,
        "functional-8": 4,
        "functional-9": 6,
        "functional-10": 3,
        "functional-11": 4,
        "functional-12": 2,
        "functional-13": 6,
        "functional-14": 4,
        "functional-15": 12,
        "functional-16": 6,
        "functional-17": 10,
        "functional-18": 3,
        "functional-19": 2,
    }
    first = {probe.check.argv()[-1] for probe in covering(probes, "functional-1")}
    assert first == {"208.80.153.188", "208.80.153.189", "185.15.57.9", "208.80.153.190"}


def test_names_are_unique_and_the_order_does_not_depend_on_the_order_of_objects(cloud: Cloud, intent: Intent) -> None:
    probes = generate(cloud, intent)
    assert len({probe.name for probe in probes}) == len(probes) == len(set(probes))
    values = [value for kind in intent.types() for value in intent.of(kind).values()]
    assert generate(cloud, Intent.of_values(reversed(values))) == probes


def test_far_ends_see_the_nat_source_the_own_address_and_the_floating_ip(cloud: Cloud, intent: Intent) -> None:
    probes = generate(cloud, intent)
    assert seen(probes, DUALSTACK) == {
        ("internet", "-4"): "185.15.57.1",
        ("text-lb.eqiad", "-4"): "172.16.130.20",
        ("internet", "-6"): "2a02:ec80:a100:1::2f3",
        ("text-lb.codfw", "-6"): "2a02:ec80:a100:1::2f3",
    }
    assert set(seen(probes, "networktests-vlan-legacy-fip").values()) == {"185.15.57.6"}
    assert set(seen(probes, "networktests-vxlan-ipv4only-fip").values()) == {"185.15.57.18"}


def test_snat_at_the_router_changes_no_expectation(cloud: Cloud, intent: Intent, edited: Edited) -> None:
    """In the real outage an update turned ``enable_snat`` on: the probes must then fail, not follow."""

    def with_snat(value: Standard) -> Standard:
        if isinstance(value, Router) and value.external_gateway_info:
            on = dataclasses.replace(value.external_gateway_info, enable_snat=True)
            return dataclasses.replace(value, external_gateway_info=on)
        return value

    assert generate(cloud, edited(with_snat)) == generate(cloud, intent)


def test_before_the_gateway_has_ipv6_nothing_is_asked_outside_over_it(cloud: Cloud, edited: Edited) -> None:
    def ipv4_gateway(value: Standard) -> Standard:
        if isinstance(value, Router) and value.external_gateway_info:
            gateway = Gateway("wan", enable_snat=False, external_fixed_ips=(FixedIp("wan4", "185.15.57.10"),))
            return dataclasses.replace(value, external_gateway_info=gateway)
        return value

    probes = generate(cloud, edited(ipv4_gateway))
    assert families(probe for probe in probes if probe.where == DUALSTACK and probe.group != "gateway") == {"-4"}
    assert families(of_group(probes, "virtual-router")) == {"-4"}
    assert families(of_group(probes, "gateway")) == {"-4", "-6"}
    assert families(of_group(probes, "edge")) == {"-4", "-6"}


def test_ipv4_only_tenants_are_probed_over_ipv4_only(cloud: Cloud, ipv4_only: Intent) -> None:
    probes = generate(cloud, ipv4_only)
    assert families(probe for probe in probes if probe.group not in OF_HOSTS) == {"-4"}
    assert len(of_group(probes, "gateway")) == FIVE
    assert len(of_group(probes, "instances")) == FIVE * (FIVE - 1)


def test_ipv6_only_tenants_are_probed_over_ipv6_only(
    cloud: Cloud, ipv6_only: Intent, make_instance: Callable[..., Port]
) -> None:
    second = make_instance("second", "dualstack", ["2a02:ec80:a100:1::2f4"])
    probes = generate(cloud, ipv6_only.with_changes([Change(None, second)]))
    assert families(probe for probe in probes if probe.group not in OF_HOSTS) == {"-6"}
    assert len(of_group(probes, "gateway")) == 2
    assert len(of_group(probes, "instances")) == 2
    assert len(of_group(probes, "source")) == 4


def test_two_dual_stack_instances_are_a_pair_in_each_family(
    cloud: Cloud, intent: Intent, make_instance: Callable[..., Port]
) -> None:
    second = make_instance("second", "dualstack", ["172.16.130.21", "2a02:ec80:a100:1::2f4"])
    before = generate(cloud, intent)
    probes = generate(cloud, intent.with_changes([Change(None, second)]))
    new = [probe for probe in of_group(probes, "instances") if probe not in before]
    assert Counter(probe.check.argv()[1] for probe in new) == {"-4": 2 * FIVE, "-6": 2}


def test_a_cloud_file_without_ipv6_has_no_ipv6_probe_of_the_edge(cloud: Cloud, ipv4_only: Intent) -> None:
    """An IPv4-only edge is one whose addresses have no IPv6 twin."""
    assert cloud.edge is not None
    without = {
        name: dataclasses.replace(vlan, addresses={key: Addresses(value.v4) for key, value in vlan.addresses.items()})
        for name, vlan in cloud.vlans.items()
    }
    sides = {
        key: dataclasses.replace(side, vip=Addresses(side.vip.v4))
        for key, side in (("inside", cloud.edge.inside), ("outside", cloud.edge.outside))
    }
    narrow = dataclasses.replace(cloud, vlans=without, edge=dataclasses.replace(cloud.edge, **sides), **NO_SERVICES)
    assert families(generate(narrow, ipv4_only)) == {"-4"}


def test_without_an_edge_and_without_a_control_host_instances_still_ask_each_other(
    cloud: Cloud, intent: Intent
) -> None:
    idle = {name: dataclasses.replace(host, runs=False) for name, host in cloud.hosts.items()}
    probes = generate(dataclasses.replace(cloud, edge=None, hosts=idle, **NO_SERVICES), intent)
    assert {probe.group for probe in probes} == {"gateway", "instances", "instances-full-size"}


def test_another_projects_instance_must_not_answer_and_its_own_kind_must(
    cloud: Cloud, make_instance: Callable[..., Port], edited: Edited
) -> None:
    def own_group_only(value: Standard) -> Standard:
        if isinstance(value, SecurityGroupRule) and value.direction == "ingress":
            return dataclasses.replace(value, protocol=None, remote_group_id="group")
        return value

    stranger = make_instance("stranger", "dualstack", ["172.16.130.99", "2a02:ec80:a100:1::99"], "other", "none")
    probes = generate(cloud, edited(own_group_only).with_changes([Change(None, stranger)]))
    towards = [probe for probe in of_group(probes, "isolation") if "stranger.other." in probe.check.argv()[-1]]
    assert len(towards) == FIVE + 1  # the dual-stack one over IPv6 too
    assert {probe.check.KIND for probe in towards} == {"silent"}
    assert len(of_group(probes, "instances")) == FIVE * (FIVE - 1)
    assert not [probe for probe in of_group(probes, "instances") if "stranger" in probe.name]


def test_the_internet_reaches_what_security_groups_open(
    cloud: Cloud, intent: Intent, make_rule: Callable[..., SecurityGroupRule]
) -> None:
    closed = {
        probe.check.argv()[-1]: probe.check.KIND for probe in of_group(generate(cloud, intent), "from-the-internet")
    }
    assert closed == {"185.15.57.6": "ping", "185.15.57.18": "ping", "2a02:ec80:a100:1::2f3": "silent"}
    opening = make_rule("open6", "ingress", 6, protocol="icmp", remote_ip_prefix="2001:db8:ffff::/48")
    probes = generate(cloud, intent.with_changes([Change(None, opening)]))
    opened = {probe.check.argv()[-1]: probe.check.KIND for probe in of_group(probes, "from-the-internet")}
    assert opened["2a02:ec80:a100:1::2f3"] == "ping"


def test_tcp_25_is_refused_to_whoever_leaves_with_an_address_of_class_default(cloud: Cloud, intent: Intent) -> None:
    rejected = {(probe.where, probe.check.about) for probe in of_group(generate(cloud, intent), "rejected")}
    assert rejected == {
        (DUALSTACK, "4 internet tcp/25"),
        (DUALSTACK, "6 internet tcp/25"),
        ("networktests-vxlan-ipv4only", "4 internet tcp/25"),
        ("networktests-vlan-legacy", "4 internet tcp/25"),
    }


def test_full_size_is_the_smallest_mtu_of_the_path(cloud: Cloud, intent: Intent, edited: Edited) -> None:
    def sizes(probes: Iterable[Probe]) -> set[tuple[str, int, int]]:
        return {
            (probe.group, probe.check.mtu, probe.check.payload)
            for probe in probes
            if isinstance(probe.check, FullSize) and probe.where == DUALSTACK
        }

    assert sizes(generate(cloud, intent)) == {
        ("instances-full-size", 1500, 1472),
        ("internet-full-size", 1500, 1472),
        ("internet-full-size", 1500, 1452),
    }

    def narrow(value: Standard) -> Standard:
        return dataclasses.replace(value, mtu=1442) if isinstance(value, Network) and value.id == "dualstack" else value

    assert {mtu for _, mtu, _ in sizes(generate(cloud, edited(narrow)))} == {1442}

    def jumbo(value: Standard) -> Standard:
        wide = isinstance(value, Network) and value.id in {"dualstack", "ipv4only"}
        return dataclasses.replace(value, mtu=8950) if wide else value

    assert sizes(generate(cloud, edited(jumbo))) == {
        ("instances-full-size", 1500, 1472),
        ("instances-full-size", 8950, 8922),
        ("internet-full-size", 1500, 1472),
        ("internet-full-size", 1500, 1452),
    }


def test_service_addresses_answer_inside_by_name_and_public_ones_on_the_internet(cloud: Cloud, intent: Intent) -> None:
    probes = of_group(generate(cloud, intent), "vip")
    asked = {(probe.where, probe.check.about) for probe in probes}
    api, recursor = "openstack.codfw1dev.wikimediacloud.org", "ns-recursor.openstack.codfw1dev.wikimediacloud.org"
    for family in (4, 6):
        assert {(DUALSTACK, f"{family} {name}") for name in (api, recursor)} <= asked
        assert {("cloudnet2005-dev", f"{family} {name}") for name in (api, recursor)} <= asked
    internet = {about for where, about in asked if where == "internet"}
    public = ("4 185.15.57.24", "4 185.15.57.25", "4 185.15.57.26")
    assert internet == {*public, *(f"6 2a02:ec80:a100:4000::{number}" for number in (1, 2, 3))}
    owners = {host for vip in cloud.vips.values() for host in vip.owners}
    assert not [probe for probe in probes if probe.where in owners]
    with_ipv4_only = {probe.where for probe in probes if probe.where.startswith("networktests")}
    assert len(with_ipv4_only) == FIVE


def test_a_vip_of_one_family_is_asked_over_that_family(cloud: Cloud, intent: Intent) -> None:
    for version in (4, 6):
        vips = {
            name: dataclasses.replace(
                vip, addresses=Addresses(**{f"v{version}": getattr(vip.addresses, f"v{version}")})
            )
            for name, vip in cloud.vips.items()
        }
        probes = of_group(generate(dataclasses.replace(cloud, vips=vips), intent), "vip")
        assert families(probes) == {f"-{version}"}


def asked(probes: Iterable[Probe], where: str) -> dict[tuple[str, str, str], tuple[str, ...] | str]:
    """(server's address, name, type) -> the data that it must give, or the status."""
    checks = (probe.check for probe in of_group(probes, "name") if probe.where == where)
    return {
        (str(check.address), check.name, check.type): check.data if check.status == "NOERROR" else check.status
        for check in checks
        if isinstance(check, Resolves)
    }


def test_instances_ask_for_themselves_in_the_family_in_which_they_ask(cloud: Cloud, intent: Intent) -> None:
    name = f"{DUALSTACK}.testlabs.codfw1dev.wikimedia.cloud"
    four, six = "172.16.130.20", "2a02:ec80:a100:1::2f3"
    assert asked(generate(cloud, intent), DUALSTACK) == {
        ("185.15.57.25", name, "A"): (four,),
        ("185.15.57.26", name, "A"): (four,),
        ("172.20.254.1", name, "A"): (four,),
        ("172.20.254.1", "20.130.16.172.in-addr.arpa", "PTR"): (name,),
        ("2a02:ec80:a100:4000::2", name, "AAAA"): (six,),
        ("2a02:ec80:a100:4000::3", name, "AAAA"): (six,),
        ("2a02:ec80:a100:2ff::1", name, "AAAA"): (six,),
        ("2a02:ec80:a100:2ff::1", ip_address(six).reverse_pointer, "PTR"): (name,),
    }


def test_a_floating_ip_leads_inside_to_its_instance_and_outside_to_itself(cloud: Cloud, intent: Intent) -> None:
    probes = generate(cloud, intent)
    name = "instance-networktests-vlan-legacy-fip.testlabs.codfw1dev.wmcloud.org"
    assert asked(probes, "networktests-vlan-legacy-fip")["172.20.254.1", name, "A"] == ("172.16.128.21",)
    outside = asked(probes, "internet")
    assert outside["185.15.57.25", name, "A"] == outside["2a02:ec80:a100:4000::3", name, "A"] == ("185.15.57.6",)
    assert outside["185.15.57.25", "www.example.org", "A"] == "REFUSED"
    assert not any(server in ("172.20.254.1", "2a02:ec80:a100:2ff::1") for server, _, _ in outside)


def test_who_is_told_no_recursor_is_asked_for_no_name(cloud: Cloud, edited: Edited) -> None:
    def untold(value: Standard) -> Standard:
        return dataclasses.replace(value, dns_nameservers=()) if isinstance(value, Subnet) else value

    probes = generate(cloud, edited(untold))
    targets = {
        probe.check.argv()[-1]
        for probe in (*of_group(probes, "instances"), *of_group(probes, "vip"))
        if probe.where.startswith("networktests")
    }
    assert not any(target.endswith((".cloud", ".org")) for target in targets)


def test_an_instance_on_no_host_is_asked_nothing(cloud: Cloud, edited: Edited) -> None:
    def shelved(value: Standard) -> Standard:
        return dataclasses.replace(value, binding_host_id="") if isinstance(value, Port) else value

    assert {probe.group for probe in generate(cloud, edited(shelved))} == OF_HOSTS | {"virtual-router"}


def test_an_internal_network_is_not_asked_for_by_services_that_would_drop_it(cloud: Cloud, intent: Intent) -> None:
    """A prefix of class internal is never NATed, and the core routers drop un-NATed sources: nothing to ask there."""
    internal = {
        name: dataclasses.replace(prefix, network_class="internal") if name == "tenants" else prefix
        for name, prefix in cloud.prefixes.items()
    }
    probes = generate(dataclasses.replace(cloud, prefixes=internal), intent)
    assert ("internet", "-4") not in seen(probes, DUALSTACK)
    assert seen(probes, DUALSTACK)["text-lb.eqiad", "-4"] == "172.16.130.20"
    assert seen(probes, "networktests-vlan-legacy-fip")["internet", "-4"] == "185.15.57.6"


def test_services_are_asked_for_what_they_offer_by_those_who_reach_them(cloud: Cloud, intent: Intent) -> None:
    probes = of_group(generate(cloud, intent), "service")
    asked = {(probe.where, probe.check.KIND, probe.check.about[0]) for probe in probes}
    for name in (DUALSTACK, "networktests-vlan-legacy", "networktests-vlan-legacy-fip"):
        assert {(name, kind, "4") for kind in ("ldap", "git", "nfs")} <= asked
    assert {entry for entry in asked if entry[2] == "6"} == {(DUALSTACK, "nfs", "6")}
    cut = dataclasses.replace(cloud, offers=(), services={})
    assert of_group(generate(cut, intent), "service") == []


def test_a_service_behind_a_filter_that_drops_it_is_not_asked(cloud: Cloud, intent: Intent) -> None:
    """Instances' own addresses pass the core routers by terms that name a service: without one nothing is promised."""
    terms = cloud.filters["cloud-vrf-in"].terms
    without = dataclasses.replace(
        cloud.filters["cloud-vrf-in"], terms=tuple(term for term in terms if 389 not in term.ports)
    )
    probes = of_group(generate(dataclasses.replace(cloud, filters={"cloud-vrf-in": without}), intent), "service")
    floating = {"networktests-vxlan-ipv4only-fip", "networktests-vlan-legacy-fip"}
    assert {probe.where for probe in probes if probe.check.KIND == "ldap"} == floating
