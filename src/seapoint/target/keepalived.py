"""Addresses that move between hosts, as data: VRRP version 3 by keepalived.

Sources: RFC 9568 (VRRPv3: one family per instance, IPv6 over multicast from a link-local address, no authentication),
keepalived.conf(5).
"""

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Literal

from seapoint.base.addresses import Address


@dataclass(frozen=True, slots=True)
class MovingAddress:
    """An address, always of full length (/32, /128), and the interface on which the active host has it."""

    address: Address
    interface: str


@dataclass(frozen=True, slots=True)
class VrrpInstance:
    """One family's election on ``interface``; down when it or a ``tracked`` interface is down.

    ``advertised`` are named in the advertisements (IPv6: the link-local address first); ``carried`` move with them.
    With ``peers`` (and ``source``, the own address) advertisements are unicast, without they are multicast.
    """

    family: Literal[4, 6]
    interface: str
    tracked: tuple[str, ...]
    id: int
    priority: int
    interval: int
    advertised: tuple[MovingAddress, ...]
    carried: tuple[MovingAddress, ...] = ()
    source: IPv4Address | None = None
    peers: tuple[IPv4Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Keepalived:
    """The instances of one group: all of them are active on the same host, and none takes over from a healthy one.

    ``synchronized``: conntrackd is told when the host becomes active, standby or faulty. ``interval`` of an instance
    is in milliseconds. ``follows``: a file whose number is added to each priority, 0 without it: a host that has had
    the higher sum for a while takes over.
    """

    router_id: str
    group: str
    instances: tuple[VrrpInstance, ...]
    synchronized: bool = False
    follows: str = ""
