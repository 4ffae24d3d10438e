"""A target's tunnels: the kernel's where it has them, else Open vSwitch's."""

from dataclasses import replace

import pytest

from seapoint.agent.kernel import link_arguments
from seapoint.agent.network import Features, Kernel, Link, Wanted, WantedLink
from seapoint.agent.plan import AddLink, DeleteLink, plan_links
from seapoint.agent.realms import wanted_network
from seapoint.agent.switch_plan import WantedPort, wanted_switch
from seapoint.agent.tunnels import in_user_space
from seapoint.target.host import Bridge, BridgePort, HostTarget, Interface, Route, Unit, Vrf

ENDS = {4: ("192.0.2.2", "198.51.100.2"), 6: ("2001:db8:1::2", "2001:db8:2::2")}
KINDS = {4: "gretap", 6: "ip6gretap"}
DEFAULTS = {4: ("0.0.0.0/0", "192.0.2.1"), 6: ("::/0", "2001:db8:1::1")}
INSIDE = ("10.9.0.0/31", "2001:db8:9::/127")
FAMILIES = pytest.mark.parametrize("version", [4, 6])


def edge(*versions: int) -> HostTarget:
    """An edge host with a tunnel of each of these families outside; both families lie inside of each."""
    tunnels = tuple(
        Interface(
            f"tun{one}", "gre", parent="vlan20", mtu=1462, addresses=INSIDE, local=ENDS[one][0], remote=ENDS[one][1]
        )
        for one in versions
    )
    return HostTarget(
        host="edge",
        interfaces=(
            Interface("vlan10", "vlan", vlan=10, parent="eno2", mtu=1500),
            Interface("vlan20", "vlan", vlan=20, parent="eno2", mtu=9000),
            *tunnels,
        ),
        vrfs=(Vrf("cloud", 10, ("vlan10", "vlan20")),),
        routes=tuple(Route(to, via=via, device="vlan20", table=10) for to, via in DEFAULTS.values()),
        units=(Unit("frr.service"),),
    )


@FAMILIES
def test_the_kernel_makes_a_tunnel_of_the_family_outside(version: int) -> None:
    local, remote = ENDS[version]
    tunnel = wanted_network(edge(version), Features()).links[-1]
    assert (tunnel.kind, tunnel.parent, tunnel.local, tunnel.remote) == (KINDS[version], "vlan20", local, remote)
    word = {4: "gre", 6: "ip6gre"}[version]
    asked = link_arguments(tunnel, {"vlan20": 7})
    assert (asked[f"{word}_local"], asked[f"{word}_remote"], asked[f"{word}_link"]) == (local, remote, 7)


@FAMILIES
def test_a_tunnel_to_another_place_is_made_anew_and_an_equal_one_is_left(version: int) -> None:
    tunnel = wanted_network(edge(version), Features()).links[-1]
    held = Link(
        tunnel.name, 9, tunnel.kind, mtu=1462, parent="vlan20", local=tunnel.local, remote=tunnel.remote, ours=True
    )
    standing = {"vlan20": Link("vlan20", 7), held.name: held}
    below = WantedLink("vlan20")
    assert plan_links(Kernel(standing), Wanted((below, tunnel))).operations == ()
    moved = replace(tunnel, remote="203.0.113.9")
    assert plan_links(Kernel(standing), Wanted((below, moved))).operations[:2] == (
        DeleteLink(moved.name),
        AddLink(moved),
    )


@FAMILIES
def test_without_gre_open_vswitch_carries_the_tunnel_and_interfaces_keep_their_names(version: int) -> None:
    local, remote = ENDS[version]
    before, after = edge(version), in_user_space(edge(version))
    name = f"tun{version}"

    assert after.open_vswitch is not None
    trunk, own = after.open_vswitch.bridges
    assert trunk == Bridge("br-phy", (BridgePort("eno2", trunks=(10, 20)),), mtu=9000)
    assert (own.name, own.mtu, own.ports[0].local, own.ports[0].remote) == (name, 1462, local, remote)
    assert [one.name for one in after.interfaces] == ["eno2", "vlan10", "vlan20", name]
    assert after.interfaces[0].sealed
    assert [one.bridge for one in after.interfaces[1:]] == ["br-phy", "br-phy", None]
    assert after.interfaces[-1].addresses == INSIDE
    assert after.units[0].name == "openvswitch-switch.service"
    length = {4: 32, 6: 128}[version]
    assert set(after.routes) - set(before.routes) == {
        Route(f"{remote}/{length}", via=DEFAULTS[version][1], device="vlan20")
    }
    ports = {port.name: port for port in wanted_switch(after, "netdev").ports}
    assert ports["vlan20"].columns["tag"] == 20
    assert WantedPort(name, name, {}, {"type": "internal", "mtu_request": 1462}) in ports.values()
    assert {"type": "gre", "options": {"local_ip": local, "remote_ip": remote}} in [p.interface for p in ports.values()]


def test_tunnels_of_both_families_stand_side_by_side_and_a_target_without_any_is_unchanged() -> None:
    both = in_user_space(edge(4, 6))
    assert both.open_vswitch is not None
    assert [bridge.name for bridge in both.open_vswitch.bridges] == ["br-phy", "tun4", "tun6"]
    assert in_user_space(edge()) == edge()


def test_a_target_with_tunnels_travels_whole() -> None:
    target = in_user_space(edge(4, 6))
    for one in (edge(4, 6), target):
        assert HostTarget.from_json(one.to_json()) == one
