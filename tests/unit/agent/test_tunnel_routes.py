"""Routes of tunnels in user space: which are wanted, what Open vSwitch shows of them, and what it is told."""

from dataclasses import replace

import pytest

from seapoint.agent.tunnel_routes import (
    TunnelRoute,
    hears,
    plan_tunnel_routes,
    read_routes,
    tunnel_device,
    wanted_tunnel_routes,
)
from seapoint.target.host import HostTarget, Interface, OpenVSwitch, Route

DEVICE = Interface("vlan7", "vlan", vlan=7, bridge="br-phy", addresses=("192.0.7.2/24", "2001:db8:7::2/64"))
OTHER = Interface("vlan8", "vlan", vlan=8, bridge="br-phy", addresses=("192.0.8.2/24",))
TARGET = HostTarget(
    host="h",
    interfaces=(Interface("eno1", addresses=("192.0.2.2/24",)), OTHER, DEVICE),
    routes=(
        Route("198.51.100.0/24", via="192.0.7.1", device="vlan7"),
        Route("2001:db8:8::/64", via="2001:db8:7::1", device="vlan7"),
        Route("203.0.113.0/24", via="192.0.8.1", device="vlan8"),
        Route("0.0.0.0/0", via="192.0.7.1", device="vlan7", table=10),
        Route("203.0.113.128/25", device="vlan7", kind="blackhole"),
    ),
    open_vswitch=OpenVSwitch((), {"ovn-encap-ip": "192.0.7.2"}),
)
CONNECTED = {TunnelRoute("192.0.7.0/24", "vlan7"), TunnelRoute("2001:db8:7::/64", "vlan7")}
FURTHER = {
    TunnelRoute("198.51.100.0/24", "vlan7", "192.0.7.1"),
    TunnelRoute("2001:db8:8::/64", "vlan7", "2001:db8:7::1"),
}
SHOWN = """\
Route Table:
User: 192.0.7.0/24 dev vlan7 SRC 192.0.7.2
User: 198.51.100.0/24 dev vlan7 GW 192.0.7.1 SRC 192.0.7.2
User: 2001:db8:7::/64 dev vlan7 SRC 2001:db8:7::2
User: 2001:db8:8::/64 dev vlan7 GW 2001:db8:7::1 SRC 2001:db8:7::2
User: 203.0.113.0/24 MARK 5 dev vlan8 GW 192.0.8.1 SRC 192.0.8.2
"""


def told(shown: str, device: Interface = DEVICE, target: HostTarget = TARGET) -> list[str]:
    wanted = wanted_tunnel_routes(target, device)
    return [" ".join(command) for command in plan_tunnel_routes(read_routes(shown).given, wanted, device)]


def test_tunnels_start_at_the_port_of_open_vswitch_that_has_their_address() -> None:
    assert tunnel_device(TARGET) == DEVICE
    assert wanted_tunnel_routes(TARGET, DEVICE) == CONNECTED | FURTHER


@pytest.mark.parametrize("start", ["192.0.2.2", "192.0.2.99"])
def test_from_a_nic_that_is_no_port_and_from_nowhere_there_are_none(start: str) -> None:
    assert tunnel_device(replace(TARGET, open_vswitch=OpenVSwitch((), {"ovn-encap-ip": start}))) is None


def test_without_tunnels_there_are_none() -> None:
    assert tunnel_device(replace(TARGET, open_vswitch=OpenVSwitch(()))) is None
    assert tunnel_device(replace(TARGET, open_vswitch=None)) is None


def test_the_kernels_routes_are_told_from_given_ones() -> None:
    held = read_routes(SHOWN)
    assert not held.copies
    assert held.given.keys() >= CONNECTED | FURTHER
    assert {held.given[route] for route in CONNECTED | FURTHER} == {"192.0.7.2", "2001:db8:7::2"}
    assert read_routes("Route Table:\nCached: ::1/128 dev lo SRC ::1 local\n").copies


def test_all_are_given_once() -> None:
    assert told("Route Table:\n") == [
        "ovs/route/add 192.0.7.0/24 vlan7",
        "ovs/route/add 198.51.100.0/24 vlan7 192.0.7.1",
        "ovs/route/add 2001:db8:7::/64 vlan7",
        "ovs/route/add 2001:db8:8::/64 vlan7 2001:db8:7::1",
    ]
    assert told(SHOWN) == []


def test_what_was_given_under_an_address_that_is_gone_is_given_anew() -> None:
    moved = replace(DEVICE, addresses=("192.0.7.3/24", "2001:db8:7::2/64"))
    assert told(SHOWN, moved) == ["ovs/route/add 192.0.7.0/24 vlan7", "ovs/route/add 198.51.100.0/24 vlan7 192.0.7.1"]


def test_after_a_removal_the_others_of_that_interface_are_given_again() -> None:
    narrow = replace(TARGET, routes=())
    assert told(SHOWN, target=narrow) == [
        "ovs/route/del 198.51.100.0/24",
        "ovs/route/del 2001:db8:8::/64",
        "ovs/route/add 192.0.7.0/24 vlan7",
        "ovs/route/add 2001:db8:7::/64 vlan7",
    ]


HEARD = """\
Listening ports:
vxlan_sys_4789 (6) : eth(dst=c2:3a:73:01:23:6c),eth_type(0x0800),ipv4(dst=192.0.7.2,proto=17,frag=no),udp(dst=4789)
vxlan_sys_4789 (6) : eth(dst=c2:3a:73:01:23:6c),eth_type(0x86dd),ipv6(dst=2001:db8:7::2,proto=17,frag=no),udp(dst=4789)
"""


def test_of_a_device_that_was_made_anew_all_are_given_again() -> None:
    assert hears(HEARD, DEVICE)
    assert not hears(HEARD.replace("2001:db8:7::2", "2001:db8:7::22"), DEVICE)
    assert not hears(HEARD.replace("192.0.7.2", "192.0.7.21"), DEVICE)
    wanted = CONNECTED | FURTHER
    again = list(plan_tunnel_routes(read_routes(SHOWN).given, wanted, DEVICE, deaf=True))
    assert {words[1] for words in again if words[0] == "ovs/route/add"} == {route.destination for route in wanted}
    assert len(again) == len(wanted)
