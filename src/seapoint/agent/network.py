"""Links, addresses, routes and rules as the kernel holds them, and what a target wants of them: values only.

A wanted network is made from a target and from what the kernel can do (``realms.py``); ``plan.py`` compares the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Literal

#: What the agent writes as alias on links that it made, so that it knows them again without memory.
OWNER_ALIAS = "seapoint"

#: The kernel's metric of an IPv6 route for which none was named (``IP6_RT_PRIO_USER``); IPv4's is 0.
METRIC = {4: 0, 6: 1024}

#: Each family's prefix of everything: the destination of a default route.
EVERYTHING = {4: "0.0.0.0/0", 6: "::/0"}

RouteKind = Literal["unicast", "blackhole", "unreachable", "local"]


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the kernel.

    ``parent``: of a VLAN device or tunnel; ``local``, ``remote``: of a tunnel; ``master``: the VRF or bridge that it is
    enslaved to; ``carries``: it is no loopback and its cable has a far end, so that the kernel keeps a connected route
    for each of its subnets.
    """

    name: str
    index: int
    kind: str = ""
    up: bool = True
    mtu: int = 1500
    master: str | None = None
    parent: str | None = None
    vlan: int | None = None
    table: int | None = None
    ours: bool = False
    carries: bool = False
    local: str | None = None
    remote: str | None = None
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """An address on a device; ``prefix_route``: the kernel made a route to its prefix in the main table."""

    device: str
    address: str
    prefix_route: bool = True


@dataclass(frozen=True, slots=True)
class HeldAddress:
    """An address in the kernel, and whether we put it there."""

    address: Address
    ours: bool


@dataclass(frozen=True, slots=True)
class NetRoute:
    """A route, every default filled in: prefixes without host bits, metric as a number."""

    family: int
    destination: str
    table: int
    metric: int
    kind: RouteKind = "unicast"
    via: str | None = None
    device: str | None = None
    source: str | None = None

    def key(self) -> tuple[int, str, int, int]:
        """What the kernel lets exist once: family, destination, table, metric."""
        return (self.family, self.destination, self.table, self.metric)

    def meets(self, wanted: "NetRoute") -> bool:
        """Whether this route of the kernel is the wanted one; no device wanted: any."""
        return (
            self.key() == wanted.key()
            and self.kind == wanted.kind
            and self.via == wanted.via
            and self.source == wanted.source
            and (wanted.device is None or self.device == wanted.device)
        )

    def __str__(self) -> str:
        kind = "" if self.kind == "unicast" else f"{self.kind} "
        via = f" via {self.via}" if self.via else ""
        device = f" dev {self.device}" if self.device else ""
        return f"{kind}{self.destination}{via}{device} table {self.table}"


@dataclass(frozen=True, slots=True)
class HeldRoute:
    """A route in the kernel, and whether we put it there."""

    route: NetRoute
    ours: bool


@dataclass(frozen=True, slots=True)
class NetRule:
    """A policy-routing rule that looks up a table."""

    family: int
    priority: int
    table: int
    source: str | None = None
    destination: str | None = None
    incoming: str | None = None
    outgoing: str | None = None

    def __str__(self) -> str:
        words = [f"IPv{self.family}", str(self.priority)]
        for word, value in (
            ("from", self.source),
            ("to", self.destination),
            ("iif", self.incoming),
            ("oif", self.outgoing),
        ):
            if value is not None:
                words += [word, value]
        return " ".join([*words, f"table {self.table}"])


@dataclass(frozen=True, slots=True)
class HeldRule:
    """A rule in the kernel, and whether we put it there."""

    rule: NetRule
    ours: bool


@dataclass(frozen=True, slots=True)
class Kernel:
    """What one network namespace holds.

    Of routes, ours and the kernel's own; those of other daemons may be left out (they can be very many).
    """

    links: Mapping[str, Link] = field(default_factory=dict)
    addresses: tuple[HeldAddress, ...] = ()
    routes: tuple[HeldRoute, ...] = ()
    rules: tuple[HeldRule, ...] = ()


@dataclass(frozen=True, slots=True)
class WantedLink:
    """A link that must be there and up; with a ``kind`` we make it, "": it exists or another engine makes it.

    ``local`` and ``remote``: of a tunnel; ``parent``: of a VLAN, and of a tunnel the link that it leaves by.
    """

    name: str
    kind: Literal["", "vlan", "vrf", "gretap", "ip6gretap"] = ""
    parent: str | None = None
    vlan: int | None = None
    table: int | None = None
    mtu: int | None = None
    master: str | None = None
    local: str | None = None
    remote: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything that a target wants of netlink."""

    links: tuple[WantedLink, ...] = ()
    addresses: tuple[Address, ...] = ()
    routes: tuple[NetRoute, ...] = ()
    rules: tuple[NetRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Features:
    """What this kernel can do, as far as we had to find out; learnt from its answers, never from its version."""

    vlan: bool = True
    vrf: bool = True
    address_protocol: bool = True

    def words(self, wanted: Wanted, links: Mapping[str, Link]) -> dict[str, str]:
        """For people and for the report: only what this network gave occasion to find out, by the kernel's links."""
        found = {"address_protocol": "IFA_PROTO" if self.address_protocol else "no IFA_PROTO: own addresses by memory"}
        kinds = {link.kind for link in wanted.links}
        if not self.vlan:
            found["vlan"] = "no 802.1Q: access cables or Open vSwitch"
        elif "vlan" in kinds:
            made = any(link.kind == "vlan" and link.ours for link in links.values())
            found["vlan"] = "802.1Q" if made else "access cables"
        if not self.vrf or "vrf" in kinds:
            found["vrf"] = "VRF devices" if self.vrf else "no VRF: policy rules"
        return found


def family_of(text: str) -> int:
    """4 or 6, of an address or prefix."""
    return 6 if ":" in text else 4


def prefix(text: str) -> str:
    """An address or prefix in the kernel's form: with its length, without host bits; raises ValueError."""
    return str(ip_network(text, strict=False))
