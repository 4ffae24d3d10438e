"""Routes of tunnels that Open vSwitch carries in user space. Pure.

Open vSwitch finds its tunnels' ends by a copy of the kernel's routes. At each change of a link, an address or a route
it empties that copy and reads it anew, and drops packets of tunnels meanwhile (measured, 3.1: with a port that comes
and goes every second one in 300 to 1000). Started with ``--disable-system-route`` it keeps no copy, and is given here
what its tunnels need. Source: ovs-vswitchd(8), ``ovs/route/add``, and ``ovs-vswitchd --help``.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_interface

from seapoint.target.host import MAIN_TABLE, HostTarget, Interface

ENCAPSULATES_FROM = "ovn-encap-ip"
SHOW = "ovs/route/show"
#: Tunnels' ports; with ``-v`` the addresses by which it knows their packets, a line for each address of each port.
PORTS = "tnl/ports/show"
_LINE = re.compile(r"(User|Cached): (\S+)(?: MARK \d+)? dev (\S+)(?: GW (\S+))? SRC (\S+)")


@dataclass(frozen=True, slots=True)
class TunnelRoute:
    """A prefix, the device by which its addresses are reached, and the gateway of those that are not on its link."""

    destination: str
    device: str
    via: str | None = None

    def __str__(self) -> str:
        return " ".join(self.words())

    def words(self) -> tuple[str, ...]:
        """As ``ovs/route/add`` takes them."""
        return (self.destination, self.device) if self.via is None else (self.destination, self.device, self.via)


@dataclass(frozen=True, slots=True)
class HeldRoutes:
    """Whether Open vSwitch copies the kernel's routes, and the source address of each that it was given."""

    copies: bool
    given: Mapping[TunnelRoute, str]


def tunnel_device(target: HostTarget) -> Interface | None:
    """The interface that has the address from which tunnels start, if it is a port of Open vSwitch."""
    start = target.open_vswitch.external_ids.get(ENCAPSULATES_FROM) if target.open_vswitch else None
    for interface in target.interfaces:
        if interface.bridge and any(address.partition("/")[0] == start for address in interface.addresses):
            return interface
    return None


def wanted_tunnel_routes(target: HostTarget, device: Interface) -> frozenset[TunnelRoute]:
    """The subnets on that interface, and the main table's routes by way of it."""
    connected = (TunnelRoute(str(ip_interface(address).network), device.name) for address in device.addresses)
    further = (
        TunnelRoute(route.destination, device.name, route.via)
        for route in target.routes
        if route.device == device.name and route.table == MAIN_TABLE and route.kind == "unicast"
    )
    return frozenset((*connected, *further))


def read_routes(shown: str) -> HeldRoutes:
    """What ``ovs/route/show`` prints."""
    lines = [found.groups() for line in shown.splitlines() if (found := _LINE.match(line))]
    return HeldRoutes(
        any(kind == "Cached" for kind, *_ in lines),
        {TunnelRoute(to, device, via): source for kind, to, device, via, source in lines if kind == "User"},
    )


def hears(ends: str, device: Interface) -> bool:
    """Whether Open vSwitch knows tunnels' packets by every address of the device, as ``tnl/ports/show -v`` prints."""
    return all(f"(dst={address}," in ends for address in _own(device))


def plan_tunnel_routes(
    held: Mapping[TunnelRoute, str], wanted: Collection[TunnelRoute], device: Interface, *, deaf: bool = False
) -> Iterator[tuple[str, ...]]:
    """Commands that give what is missing, or was given under an address that is gone, and take what is not wanted.

    Open vSwitch forgets that tunnels end at the device when it loses a route by way of it, and when the device was made
    anew (``deaf``), until it is given one: then all are given again.
    """
    own = _own(device)
    gone = [route for route in held if route.device == device.name and route not in wanted]
    for route in gone:
        yield ("ovs/route/del", route.destination)
    for route in sorted(wanted, key=str):
        if deaf or gone or held.get(route) not in own:
            yield ("ovs/route/add", *route.words())


def _own(device: Interface) -> set[str]:
    return {address.partition("/")[0] for address in device.addresses}
