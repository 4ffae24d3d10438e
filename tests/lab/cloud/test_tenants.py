"""Tenants' networks on the standing cloud: routed, addressed and translated within seconds; its file stays as it is."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from lab.standing import EDGES, HYPERVISORS, INTERNET, PROJECT, ROUTER, Standing
from lab.waiting import until
from seapoint.base.addresses import eui64

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

SEEN_AS = "185.15.57.1"  # what the internet sees of instances
STATEFUL, STATELESS, SLAAC = "dhcpv6-stateful", "dhcpv6-stateless", "slaac"
TABLE = "10"
RESOLVERS = {4: "172.20.254.1", 6: "2a02:ec80:a100:2ff::1"}


@contextmanager
def routed(cloud: Standing, name: str, *prefixes: str, mode: str = STATEFUL) -> Iterator[Any]:
    """A network with a subnet for each prefix, joined to the cloud's router."""
    router = next(cloud.api.routers(name=ROUTER))
    with ExitStack() as undo:
        network = cloud.api.create_network(name=name, project_id=PROJECT)
        undo.callback(cloud.api.delete_network, network)
        for prefix in prefixes:
            version = ip_network(prefix).version
            modes = {"ipv6_ra_mode": mode, "ipv6_address_mode": mode} if version == 6 else {}
            subnet = cloud.api.create_subnet(
                network_id=network.id,
                project_id=PROJECT,
                cidr=prefix,
                ip_version=version,
                dns_nameservers=[RESOLVERS[version]],
                **modes,
            )
            undo.callback(cloud.api.delete_subnet, subnet)
            cloud.api.add_interface_to_router(router, subnet_id=subnet.id)
            undo.callback(cloud.api.remove_interface_from_router, router, subnet_id=subnet.id)
        yield network


@contextmanager
def running(cloud: Standing, name: str, network: Any, hypervisor: str) -> Iterator[Any]:
    """An instance, and its port."""
    port = cloud.add_instance(name, network, hypervisor)
    try:
        yield port
    finally:
        cloud.remove_instance(name, port)


def edge_state(cloud: Standing, edge: str) -> dict[str, set[str]]:
    """What an edge host has of tenants' prefixes: its routes of both families, and the sets of its ruleset."""
    routes = {
        route["dst"]
        for family in ("-4", "-6")
        for route in json.loads(cloud.run(edge, "ip", "-j", family, "route", "show", "table", TABLE) or "[]")
    }
    listed = json.loads(cloud.run(edge, "nft", "-j", "list", "sets"))["nftables"]
    sets = {
        one["set"]["name"]: {_written(element) for element in one["set"].get("elem", ())}
        for one in listed
        if "set" in one
    }
    return {"routes": routes, **sets}


def _written(element: Any) -> str:
    prefix = element["prefix"] if isinstance(element, dict) else None
    return f"{prefix['addr']}/{prefix['len']}" if prefix else str(element)


def difference(before: dict[str, set[str]], after: dict[str, set[str]]) -> dict[str, set[str]]:
    """What came and went, by place."""
    return {place: before[place] ^ after[place] for place in before if before[place] != after[place]}


def addresses(cloud: Standing, name: str) -> set[str]:
    """The global addresses of an instance that are ready for use."""
    links = json.loads(cloud.run(name, "ip", "-j", "addr", "show", "dev", "eth0"))
    return {
        address["local"]
        for address in links[0]["addr_info"]
        if address["scope"] == "global" and not address.get("tentative")
    }


def answers(cloud: Standing, name: str, address: str) -> bool:
    return " 0% packet loss" in cloud.run(name, "ping", "-c1", "-W1", address, check=False)


def seen_as(cloud: Standing, name: str, address: str) -> str:
    host = f"[{address}]" if ":" in address else address
    return cloud.run(name, "curl", "-s", "-m", "3", f"http://{host}/", check=False).strip()


def resolvers(cloud: Standing, name: str) -> list[str]:
    lines = cloud.run(name, "cat", "/etc/resolv.conf").splitlines()
    return [line.split()[1] for line in lines if line.startswith("nameserver")]


def test_a_new_dual_stack_network_works_within_seconds_and_leaves_no_trace(codfw1dev: Standing) -> None:
    cloud, prefixes = codfw1dev, ("172.16.132.0/24", "2a02:ec80:a100:20::/64")
    file, before = cloud.client.get("/seapoint/v1/cloud"), {edge: edge_state(cloud, edge) for edge in EDGES}
    with routed(cloud, "blue", *prefixes) as network, running(cloud, "blue-1", network, HYPERVISORS[1]) as port:
        own = {ip_address(fixed["ip_address"]).version: fixed["ip_address"] for fixed in port.fixed_ips}
        for family, far in INTERNET.items():
            until(lambda far=far: answers(cloud, "blue-1", far), f"blue-1 pings the internet over IPv{family}")
            assert own[family] in addresses(cloud, "blue-1")

        assert seen_as(cloud, "blue-1", INTERNET[4]) == SEEN_AS
        assert seen_as(cloud, "blue-1", INTERNET[6]) == own[6]
        assert seen_as(cloud, "blue-1", "208.80.153.224") == own[4], "text-lb.codfw is excluded from NAT"
        assert seen_as(cloud, "blue-1", "2620:0:860:ed1a::1") == own[6]
        of_it = [result.probe for result in cloud.passes("blue-1")]
        assert {probe.group for probe in of_it} >= {"gateway", "source", "internet-full-size", "instances", "rejected"}
        for edge in EDGES:
            assert difference(before[edge], edge_state(cloud, edge)) == {
                "routes": set(prefixes),
                "virtual_subnets": {prefixes[0]},
                "virtual_subnets6": {prefixes[1]},
            }

    for edge in EDGES:
        until(lambda edge=edge: edge_state(cloud, edge) == before[edge], f"{edge} is as it was")
    assert cloud.client.get("/seapoint/v1/cloud") == file


@pytest.mark.parametrize("mode", [SLAAC, STATELESS])
def test_an_instance_makes_the_address_that_the_cloud_computed(codfw1dev: Standing, mode: str) -> None:
    prefix = "2a02:ec80:a100:21::/64"
    with (
        routed(codfw1dev, "green", "172.16.133.0/24", prefix, mode=mode) as network,
        running(codfw1dev, "green-1", network, HYPERVISORS[2]) as port,
    ):
        computed = str(eui64(ip_network(prefix), port.mac_address))
        assert computed in {fixed["ip_address"] for fixed in port.fixed_ips}
        until(lambda: computed in addresses(codfw1dev, "green-1"), f"green-1 has {computed}")

        until(lambda: seen_as(codfw1dev, "green-1", INTERNET[6]) == computed, "the internet sees that address")
        until(lambda: seen_as(codfw1dev, "green-1", INTERNET[4]) == SEEN_AS, "and the NAT source over IPv4")
        assert {one for one in addresses(codfw1dev, "green-1") if ":" in one} == {computed}
        wanted = [*RESOLVERS.values()] if mode == STATELESS else [RESOLVERS[4]]  # DHCPv6 is asked by stateless only
        until(lambda: resolvers(codfw1dev, "green-1") == wanted, f"green-1 asks {wanted}")
        codfw1dev.passes("*green-1*")


@pytest.mark.parametrize("mode", [SLAAC, STATEFUL])
def test_a_network_of_ipv6_alone(codfw1dev: Standing, mode: str) -> None:
    with (
        routed(codfw1dev, "six", "2a02:ec80:a100:22::/64", mode=mode) as network,
        running(codfw1dev, "six-1", network, HYPERVISORS[0]) as port,
    ):
        [own] = [fixed["ip_address"] for fixed in port.fixed_ips]
        until(lambda: seen_as(codfw1dev, "six-1", INTERNET[6]) == own, "the internet sees its address")

        assert addresses(codfw1dev, "six-1") == {own}
        passed = codfw1dev.passes("*six-1*")
        assert {ip_address(result.probe.check.address).version for result in passed} == {6}


def test_projects_cannot_reach_each_other_unless_a_group_lets_them(codfw1dev: Standing) -> None:
    """An instance of another project, in that project's default group only: everybody else's pings stay unanswered."""
    network = next(codfw1dev.api.networks(name="VXLAN/IPv6-dualstack"))
    codfw1dev.api.create_network(name="theirs", project_id="others")
    theirs = next(codfw1dev.api.networks(name="theirs"))
    group = next(codfw1dev.api.security_groups(name="default", project_id="others"))
    port = codfw1dev.add_instance("stranger", network, HYPERVISORS[1], project_id="others", security_groups=[group.id])
    try:
        until(lambda: answers(codfw1dev, "stranger", INTERNET[4]), "it reaches the internet itself")
        until(lambda: answers(codfw1dev, "stranger", INTERNET[6]), "over IPv6 too")
        results = [*codfw1dev.passes("isolation"), *codfw1dev.passes("from-the-internet")]
        silent = [result.probe for result in results if result.probe.group == "isolation"]
        assert {(probe.where, probe.check.address.version) for probe in silent} >= {
            ("networktests-vxlan-dualstack", 4),
            ("networktests-vxlan-dualstack", 6),
            ("networktests-vlan-legacy", 4),
        }
        assert any(r.probe.group == "from-the-internet" and r.probe.check.KIND == "silent" for r in results)
    finally:
        codfw1dev.remove_instance("stranger", port)
        codfw1dev.api.delete_network(theirs)
        codfw1dev.api.delete_security_group(group)
