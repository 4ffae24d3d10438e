"""Two realms on one host, with packets: each answers by its own gateway only, both families."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from contract.agent.harness import Agent, Netns, cable, until
from seapoint.target.host import HostTarget, Interface, Route, Vrf

pytestmark = pytest.mark.root

#: Beyond both gateways, the same addresses: only the realm decides which of the two a packet meets.
BEYOND = {"4": "198.51.100.9", "6": "2001:db8:bee::9"}
VIP = {"4": "203.0.113.24", "6": "2001:db8:4000::1"}
#: Beyond one gateway only.
PRODUCTION_ONLY = {"4": "198.51.100.70", "6": "2001:db8:bee::70"}
FAMILIES = ["4", "6"]

TARGET = HostTarget(
    host="h",
    sysctls={"net.ipv4.conf.all.rp_filter": "0", "net.ipv4.conf.default.rp_filter": "0"},
    interfaces=(
        Interface("lo", addresses=(f"{VIP['4']}/32", f"{VIP['6']}/128")),
        Interface("eth0", addresses=("192.0.2.2/24", "2001:db8:2::2/64")),
        Interface("vlan7", kind="vlan", vlan=7, addresses=("192.0.7.2/24", "2001:db8:7::2/64")),
    ),
    vrfs=(Vrf("cloud", 10, ("vlan7",), sources=(VIP["4"], VIP["6"])),),
    routes=(
        Route("0.0.0.0/0", via="192.0.2.1"),
        Route("::/0", via="2001:db8:2::1"),
        Route("0.0.0.0/0", via="192.0.7.1", table=10),
        Route("::/0", via="2001:db8:7::1", table=10),
    ),
)


def has_vrf() -> bool:
    netns = Netns()
    try:
        return netns.succeeds("ip", "link", "add", "probe", "type", "vrf", "table", "9")
    finally:
        netns.delete()


def realm(new_netns: Callable[[], Netns], host: Netns, nic: str, subnet: str) -> Netns:
    """A gateway on one NIC of the host, with somebody beyond it."""
    gateway = new_netns()
    cable(host, nic, gateway, "in")
    gateway.run("ip", "address", "add", f"192.0.{subnet}.1/24", "dev", "in")
    gateway.run("ip", "address", "add", f"2001:db8:{subnet}::1/64", "dev", "in", "nodad")
    gateway.run("ip", "address", "add", f"{BEYOND['4']}/32", "dev", "lo")
    gateway.run("ip", "address", "add", f"{BEYOND['6']}/128", "dev", "lo", "nodad")
    return gateway


@pytest.fixture
def two_realms(new_netns: Callable[[], Netns]) -> tuple[Netns, Netns, Netns]:
    """The host, and the gateways of production and of the cloud."""
    host = new_netns()
    production = realm(new_netns, host, "eth0", "2")
    cloud = realm(new_netns, host, "vlan7", "7")
    for family in FAMILIES:
        mask = {"4": 32, "6": 128}[family]
        production.run("ip", "address", "add", f"{PRODUCTION_ONLY[family]}/{mask}", "dev", "lo")
        next_hop = {"4": "192.0.7.2", "6": "2001:db8:7::2"}[family]
        cloud.run("ip", f"-{family}", "route", "add", VIP[family], "via", next_hop)
    return host, production, cloud


@pytest.fixture
def applied(two_realms: tuple[Netns, Netns, Netns], agent_of: Callable[[Netns], Agent]) -> tuple[Netns, Netns, Netns]:
    agent_of(two_realms[0]).once(TARGET)
    return two_realms


def ping(netns: Netns, family: str, source: str, destination: str) -> bool:
    return netns.succeeds("ping", f"-{family}", "-c1", "-W2", "-I", source, destination)


def reaches(netns: Netns, family: str, source: str, destination: str) -> None:
    """A fresh link sends no neighbour solicitation before its link-local address is known to be unique."""
    until(lambda: ping(netns, family, source, destination), f"{source} reaches {destination}")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_ping_from_beyond_each_gateway_is_answered_by_its_own_realm(
    family: str, applied: tuple[Netns, Netns, Netns]
) -> None:
    _, production, cloud = applied
    for gateway, own in (
        (production, {"4": "192.0.2.2", "6": "2001:db8:2::2"}),
        (cloud, {"4": "192.0.7.2", "6": "2001:db8:7::2"}),
        (cloud, VIP),
    ):
        reaches(gateway, family, BEYOND[family], own[family])


@pytest.mark.parametrize("family", FAMILIES)
def test_what_a_realm_does_not_know_is_unreachable_from_it_and_never_leaks(
    family: str, applied: tuple[Netns, Netns, Netns], agent_of: Callable[[Netns], Agent]
) -> None:
    host, production, cloud = applied
    own = {"4": "192.0.7.2", "6": "2001:db8:7::2"}[family]
    reaches(host, family, {"4": "192.0.2.2", "6": "2001:db8:2::2"}[family], PRODUCTION_ONLY[family])
    # production would answer: the cloud realm must not reach it, with or without a default route of its own
    production.run("ip", f"-{family}", "route", "add", own, "via", {"4": "192.0.2.2", "6": "2001:db8:2::2"}[family])
    assert not ping(host, family, own, PRODUCTION_ONLY[family])
    agent_of(host).once(replace(TARGET, routes=TARGET.routes[:2]))
    assert not ping(host, family, own, PRODUCTION_ONLY[family])
    assert not ping(host, family, "vlan7", PRODUCTION_ONLY[family])
    # and the production realm does not know the cloud's subnet
    subnet = {"4": "192.0.7.1", "6": "2001:db8:7::1"}[family]
    source = {"4": "192.0.2.2", "6": "2001:db8:2::2"}[family]
    assert "eth0" in host.run("ip", f"-{family}", "route", "get", subnet, "from", source)
    reaches(cloud, family, subnet, own)


@pytest.mark.parametrize("family", FAMILIES)
def test_forwarded_packets_stay_in_the_realm_by_which_they_came(
    family: str, applied: tuple[Netns, Netns, Netns], new_netns: Callable[[], Netns], agent_of: Callable[[Netns], Agent]
) -> None:
    host, _, _ = applied
    client = new_netns()
    cable(host, "vlan8", client, "nic")
    inner, address = {"4": ("192.0.8.2/24", "192.0.8.9/24"), "6": ("2001:db8:8::2/64", "2001:db8:8::9/64")}[family]
    client.run("ip", "address", "add", address, "dev", "nic", *(["nodad"] if family == "6" else []))
    client.run("ip", f"-{family}", "route", "add", "default", "via", inner.partition("/")[0])
    agent_of(host).once(
        replace(
            TARGET,
            sysctls={**TARGET.sysctls, "net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"},
            interfaces=(*TARGET.interfaces, Interface("vlan8", addresses=(inner,))),
            vrfs=(Vrf("cloud", 10, ("vlan7", "vlan8"), TARGET.vrfs[0].sources),),
        )
    )
    _, _, cloud = applied
    own = {"4": "192.0.7.2", "6": "2001:db8:7::2"}[family]
    client_net = {"4": "192.0.8.0/24", "6": "2001:db8:8::/64"}[family]
    cloud.run("ip", f"-{family}", "route", "add", client_net, "via", own)
    reaches(client, family, "nic", BEYOND[family])
    assert not ping(client, family, "nic", PRODUCTION_ONLY[family])


def test_the_realm_comes_back_by_itself_after_its_link_flapped(
    two_realms: tuple[Netns, Netns, Netns], agent_of: Callable[[Netns], Agent]
) -> None:
    host, _, cloud = two_realms
    agent = agent_of(host)
    agent.start(TARGET)
    until(lambda: ping(cloud, "4", BEYOND["4"], VIP["4"]) and ping(cloud, "6", BEYOND["6"], VIP["6"]), "both answer")
    host.run("ip", "link", "set", "vlan7", "down")
    until(lambda: ping(cloud, "4", BEYOND["4"], VIP["4"]) and ping(cloud, "6", BEYOND["6"], VIP["6"]), "both again")
    host.run("ip", "route", "flush", "table", "10")
    host.run("ip", "-6", "route", "flush", "table", "10")
    until(lambda: ping(cloud, "4", BEYOND["4"], VIP["4"]) and ping(cloud, "6", BEYOND["6"], VIP["6"]), "after a flush")


def test_the_kernels_vrf_is_used_where_it_has_one_and_told_where_not(applied: tuple[Netns, Netns, Netns]) -> None:
    host, _, _ = applied
    if has_vrf():
        assert host.json("link", "show", "type", "vrf")[0]["ifname"] == "cloud"
        assert "iif vlan7" not in host.rules()
    else:
        assert not any(host.json("link", "show", "type", "vrf"))
        assert host.rules().count("iif vlan7 lookup 10") == 2
