"""A routing daemon's whole configuration as data: FRR speaks for core routers, switches and servers alike.

Sources: RFC 4271 (BGP-4), RFC 8212 (no route without a policy), RFC 5880 (BFD), FRR's user manual.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Literal

from seapoint.base.addresses import Address, Network


@dataclass(frozen=True, slots=True)
class Lengths:
    """Parts of a prefix, by the bits of their length."""

    network: Network
    shortest: int
    longest: int


@dataclass(frozen=True, slots=True)
class Policy:
    """Which prefixes may pass, of both families: exactly these, nothing more specific; None: every prefix.

    Of ``longer`` also what lies inside passes, however long; of ``parts`` what has a length between two. ``prepends``:
    only routes of these metrics pass, each with the own AS put before its path so many times more. ``table``: where
    what passes inwards is put, for a host with several routing tables; None: the main one.
    """

    name: str
    networks: tuple[Network, ...] | None
    longer: tuple[Network, ...] = ()
    prepends: tuple[tuple[int, int], ...] = ()
    table: int | None = None
    parts: tuple[Lengths, ...] = ()


@dataclass(frozen=True, slots=True)
class Timers:
    """BFD of a session: milliseconds between packets, packets missed until the neighbour counts as down."""

    interval: int
    multiplier: int


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A BGP session; it carries the family of its address. ``imports`` and ``exports`` name policies.

    ``maximum``: with more prefixes that pass ``imports`` the session is ended, until somebody looks.
    ``originate_default``: the neighbour is told a default route, whatever this speaker itself knows. ``gtsm``: both are
    on one link, and demand of each other's packets that nobody forwarded them (RFC 5082). ``source``: the session is
    spoken from this address, over several hops where they must be. ``client``: what other iBGP neighbours tell is
    passed on to this one (RFC 4456). ``weight``: of equal routes that with the highest wins. ``password``: the
    file with the word that signs each segment of the session (TCP MD5, RFC 2385).
    """

    address: Address
    asn: int
    description: str
    imports: str
    exports: str
    originate_default: bool = False
    next_hop_self: bool = False
    bfd: Timers | None = None
    gtsm: bool = True
    source: Address | None = None
    client: bool = False
    weight: int = 0
    maximum: int | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class StaticRoute:
    """A static route over one next hop or several at once; over none: packets are discarded.

    ``distance``: of routes to the same prefix that with the lowest counts; ``table``: None: the main one.
    """

    destination: Network
    via: tuple[Address, ...] = ()
    distance: int | None = None
    table: int | None = None


@dataclass(frozen=True, slots=True)
class Bgp:
    """A BGP speaker. It offers its routes of these kinds to its policies; none passes without one.

    ``kernel`` are routes that others put into the kernel: the host's own addresses are announced by such. ``offering``
    names a policy that all of them must pass first: a route that is offered wins over the same one that is learnt.
    ``listens``: neighbours may open the session too; False: it is only opened from here, and no port is open.
    ``originates``: told whether or not there is a route to it.
    """

    asn: int
    router_id: IPv4Address
    policies: tuple[Policy, ...]
    neighbors: tuple[Neighbor, ...]
    offers: tuple[Literal["connected", "static", "kernel"], ...] = ("connected", "static")
    offering: str | None = None
    listens: bool = True
    originates: tuple[Network, ...] = ()
    #: Lines of the operator's own, the last of the stanza.
    included: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ospf:
    """OSPF of both families (RFC 2328, RFC 5340), all in area 0.

    On ``links``, each with one neighbour watched by BFD; the addresses of the loopback are told too, nothing else is.
    """

    router_id: IPv4Address
    links: tuple[str, ...]
    bfd: Timers


@dataclass(frozen=True, slots=True)
class Frr:
    """FRR on one device. ``forwards``: packets between interfaces; zebra switches that in the kernel as it is told."""

    hostname: str
    statics: tuple[StaticRoute, ...] = ()
    bgp: Bgp | None = None
    forwards: bool = True
    ospf: Ospf | None = None
    #: Lines of the operator's own, the last of the file.
    included: tuple[str, ...] = ()
