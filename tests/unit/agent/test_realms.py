"""What a target wants of a kernel with and without VRF devices."""

import pytest

from seapoint.agent.network import Address, Features, Link, NetRoute, NetRule, Wanted, WantedLink
from seapoint.agent.realms import END_METRIC, wanted_network
from seapoint.target.host import HostTarget, Interface, Route, Rule, Vrf

WITH_VRF = Features()
WITHOUT = Features(vlan=False, vrf=False)

V4, V6 = "192.0.2.2/24", "2001:db8:7::2/64"


def edge(*addresses: str, sources: tuple[str, ...] = ()) -> HostTarget:
    return HostTarget(
        host="edge",
        interfaces=(Interface("vlan7", kind="vlan", vlan=7, parent="eth0", mtu=9000, addresses=addresses),),
        vrfs=(Vrf("cloud", 10, ("vlan7",), sources),),
    )


def test_a_vrf_device_takes_the_interface_and_its_connected_routes() -> None:
    wanted = wanted_network(edge(V4, V6), WITH_VRF)
    assert wanted.links == (
        WantedLink("cloud", kind="vrf", table=10),
        WantedLink("vlan7", kind="vlan", parent="eth0", vlan=7, mtu=9000, master="cloud"),
    )
    assert wanted.addresses == (Address("vlan7", V4), Address("vlan7", V6))
    assert wanted.rules == ()
    assert ends(wanted) == set(wanted.routes)


def test_without_802_1q_and_vrf_the_access_cable_is_taken_and_keeps_out_of_the_main_table() -> None:
    wanted = wanted_network(edge(V4, V6), WITHOUT)
    assert wanted.links == (WantedLink("vlan7", mtu=9000),)
    assert wanted.addresses == (Address("vlan7", V4, prefix_route=False), Address("vlan7", V6, prefix_route=False))
    assert set(wanted.routes) - ends(wanted) == {
        NetRoute(4, "192.0.2.0/24", 10, 0, device="vlan7", source="192.0.2.2"),
        NetRoute(6, "2001:db8:7::/64", 10, 1024, device="vlan7", source="2001:db8:7::2"),
    }


@pytest.mark.parametrize(
    ("addresses", "sources"),
    [
        ((V4,), {"192.0.2.2/32"}),
        ((V6,), {"2001:db8:7::2/128"}),
        ((V4, V6), {"192.0.2.2/32", "2001:db8:7::2/128"}),
    ],
)
def test_rules_by_interface_both_ways_and_by_own_source_address(addresses: tuple[str, ...], sources: set[str]) -> None:
    rules = set(wanted_network(edge(*addresses), WITHOUT).rules)
    by_interface = {
        rule
        for family in (4, 6)
        for rule in (NetRule(family, 1000, 10, incoming="vlan7"), NetRule(family, 1000, 10, outgoing="vlan7"))
    }
    assert by_interface <= rules
    assert {rule.source for rule in rules - by_interface} == sources


@pytest.mark.parametrize("features", [WITH_VRF, WITHOUT])
def test_vips_are_tied_to_their_instance_with_both_kinds_of_kernel(features: Features) -> None:
    wanted = wanted_network(edge(sources=("203.0.113.9", "2001:db8:9::9", "198.51.100.0/28")), features)
    assert {rule.source for rule in wanted.rules if rule.source} == {
        "203.0.113.9/32",
        "2001:db8:9::9/128",
        "198.51.100.0/28",
    }
    assert ends(wanted) == {
        NetRoute(4, "0.0.0.0/0", 10, END_METRIC, kind="unreachable"),
        NetRoute(6, "::/0", 10, END_METRIC, kind="unreachable"),
    }


def test_routes_and_rules_get_the_kernels_form() -> None:
    target = HostTarget(
        host="h",
        routes=(
            Route("10.0.0.1/8", via="192.0.2.1"),
            Route("2001:DB8::/32", via="2001:DB8:7:0::1", metric=20, table=7),
            Route("198.51.100.0/24", kind="blackhole", device="eth0"),
        ),
        rules=(Rule(4, 300, 7, source="192.0.2.9"), Rule(6, 300, 7, destination="2001:db8::/32", incoming="eth0")),
    )
    wanted = wanted_network(target, WITH_VRF)
    assert wanted.routes == (
        NetRoute(4, "10.0.0.0/8", 254, 0, via="192.0.2.1"),
        NetRoute(6, "2001:db8::/32", 7, 20, via="2001:db8:7::1"),
        NetRoute(4, "198.51.100.0/24", 254, 0, kind="blackhole"),
    )
    assert wanted.rules == (
        NetRule(4, 300, 7, source="192.0.2.9/32"),
        NetRule(6, 300, 7, destination="2001:db8::/32", incoming="eth0"),
    )


def test_a_malformed_address_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match=r"192\.0\.2\.300"):
        wanted_network(edge("192.0.2.300/24"), WITHOUT)


def ends(wanted: Wanted) -> set[NetRoute]:
    return {route for route in wanted.routes if route.kind == "unreachable"}


def test_features_tell_only_what_there_was_occasion_to_find_out() -> None:
    assert set(Features().words(Wanted(), {})) == {"address_protocol"}
    assert Features().words(wanted_network(edge(V4), WITH_VRF), {})["vrf"] == "VRF devices"
    assert WITHOUT.words(wanted_network(edge(V6), WITHOUT), {})["vrf"] == "no VRF: policy rules"


def test_vlan_devices_are_told_of_where_they_are_and_not_where_a_cable_stands_in_their_place() -> None:
    wanted = Wanted(links=(WantedLink("vlan7", kind="vlan", parent="eno2", vlan=7),))
    for kind, words in (("vlan", "802.1Q"), ("veth", "access cables")):
        held = {"vlan7": Link("vlan7", 2, kind=kind, ours=kind == "vlan")}
        assert Features().words(wanted, held)["vlan"] == words
    assert Features(vlan=False).words(wanted, {})["vlan"] == "no 802.1Q: access cables or Open vSwitch"
