"""A target's tunnels on a kernel without GRE: Open vSwitch carries them, in user space. Pure.

Open vSwitch sends what it has put into GRE through a bridge of its own, so the host's tagged NIC is plugged into one
and its VLANs become tagged ports there; and it looks up the way in the main table only (measured, 3.1). Nothing
else of the target changes: the interfaces keep their names.
"""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from seapoint.agent.network import EVERYTHING, family_of, prefix
from seapoint.target.host import MAIN_TABLE, Bridge, BridgePort, HostTarget, Interface, OpenVSwitch, Route, Unit

TRUNK_BRIDGE = "br-phy"
_OPEN_VSWITCH = Unit("openvswitch-switch.service")


def in_user_space(target: HostTarget) -> HostTarget:
    """The same target with Open vSwitch's tunnels instead of the kernel's; a target without tunnels is unchanged."""
    tunnels = [one for one in target.interfaces if one.kind == "gre"]
    if not tunnels:
        return target
    switch = target.open_vswitch or OpenVSwitch(bridges=())
    below = {one.parent for one in tunnels}
    loose = [one for one in target.interfaces if one.kind == "vlan" and one.bridge is None]
    trunks = {one.parent for one in loose if one.name in below}
    tagged = [one for one in loose if one.parent in trunks]
    ports = (
        BridgePort(str(trunk), trunks=tuple(one.vlan for one in tagged if one.parent == trunk and one.vlan))
        for trunk in sorted(map(str, trunks))
    )
    mtu = max((one.mtu for one in tagged if one.mtu), default=None)
    bridges = [Bridge(TRUNK_BRIDGE, tuple(ports), mtu=mtu)] if trunks else []
    bridges += [Bridge(one.name, (_port(one),), mtu=one.mtu) for one in tunnels]
    units = target.units if _OPEN_VSWITCH in target.units else (_OPEN_VSWITCH, *target.units)
    return replace(
        target,
        open_vswitch=replace(switch, bridges=(*switch.bridges, *bridges)),
        interfaces=(
            *(Interface(str(trunk), mtu=mtu, sealed=True) for trunk in sorted(map(str, trunks))),
            *(_changed(one, one in tagged) for one in target.interfaces),
        ),
        routes=(*target.routes, *(route for one in tunnels for route in _way(target, one))),
        units=units,
    )


def _changed(interface: Interface, tagged: bool) -> Interface:
    if tagged:
        return replace(interface, bridge=TRUNK_BRIDGE)
    if interface.kind == "gre":  # the port that its own bridge has on this host
        return Interface(interface.name, mtu=interface.mtu, addresses=interface.addresses)
    return interface


def _port(tunnel: Interface) -> BridgePort:
    name = "gre" + sha256(tunnel.name.encode()).hexdigest()[:8]
    return BridgePort(name, "gre", local=tunnel.local, remote=tunnel.remote)


def _way(target: HostTarget, tunnel: Interface) -> Iterator[Route]:
    """The default route by which the tunnel's packets leave, for its far end alone, in the main table."""
    assert tunnel.remote is not None
    everything = EVERYTHING[family_of(tunnel.remote)]
    for route in target.routes:
        if route.destination == everything and route.device == tunnel.parent and route.table != MAIN_TABLE:
            yield replace(route, destination=prefix(tunnel.remote), table=MAIN_TABLE)
            return
