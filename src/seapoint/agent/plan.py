"""The difference between the network that a target wants and what the kernel holds, as operations: pure.

Only what is ours is changed or removed; what somebody else put into the place of a wanted thing is a problem to
report, unless it is exactly the wanted thing: then it is left to its owner. New things come before old ones go, so
that a replaced prefix or gateway loses no packet.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from seapoint.agent.network import (
    Address,
    HeldAddress,
    Kernel,
    Link,
    NetRoute,
    NetRule,
    Wanted,
    WantedLink,
    family_of,
    prefix,
)

#: Kinds of tunnels -> the word for them in the names of their attributes (linux/if_tunnel.h).
TUNNELS = {"gretap": "gre", "ip6gretap": "ip6gre"}
FULL_LENGTH = {4: "32", 6: "128"}


@dataclass(frozen=True, slots=True)
class AddLink:
    link: WantedLink

    def __str__(self) -> str:
        return f"add {self.link.kind} {self.link.name}"


@dataclass(frozen=True, slots=True)
class SetLink:
    """Change a link; None leaves as is; ``master`` "" releases it."""

    name: str
    up: bool | None = None
    mtu: int | None = None
    master: str | None = None

    def __str__(self) -> str:
        words = [f"set {self.name}"]
        if self.up:
            words.append("up")
        if self.mtu is not None:
            words.append(f"mtu {self.mtu}")
        if self.master is not None:
            words.append(f"master {self.master or 'none'}")
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class DeleteLink:
    name: str

    def __str__(self) -> str:
        return f"delete {self.name}"


@dataclass(frozen=True, slots=True)
class AddAddress:
    address: Address

    def __str__(self) -> str:
        return f"add {self.address.address} on {self.address.device}"


@dataclass(frozen=True, slots=True)
class DeleteAddress:
    address: Address

    def __str__(self) -> str:
        return f"delete {self.address.address} on {self.address.device}"


@dataclass(frozen=True, slots=True)
class PutRoute:
    """``replace``: a route of ours with the same key stands and is changed in place."""

    route: NetRoute
    replace: bool = False

    def __str__(self) -> str:
        return f"{'replace' if self.replace else 'add'} route {self.route}"


@dataclass(frozen=True, slots=True)
class DeleteRoute:
    route: NetRoute

    def __str__(self) -> str:
        return f"delete route {self.route}"


@dataclass(frozen=True, slots=True)
class AddRule:
    rule: NetRule

    def __str__(self) -> str:
        return f"add rule {self.rule}"


@dataclass(frozen=True, slots=True)
class DeleteRule:
    rule: NetRule

    def __str__(self) -> str:
        return f"delete rule {self.rule}"


Operation = AddLink | SetLink | DeleteLink | AddAddress | DeleteAddress | PutRoute | DeleteRoute | AddRule | DeleteRule


@dataclass(frozen=True, slots=True)
class Problem:
    """A wanted thing that no operation of ours can bring about now."""

    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    operations: tuple[Operation, ...]
    problems: tuple[Problem, ...] = ()


def plan_links(kernel: Kernel, wanted: Wanted) -> Difference:
    """Links to make, change and remove. A link that another engine makes and that is missing is a problem."""
    operations: list[Operation] = []
    problems: list[Problem] = []
    for want in wanted.links:
        held = kernel.links.get(want.name)
        if held is not None and want.kind and _stands_wrong(held, want):
            if not held.ours:
                reason = f"somebody else's {held.kind or 'interface'} of that name stands there; it is left alone"
                problems.append(Problem(f"interface {want.name}", reason))
                continue
            operations.append(DeleteLink(want.name))
            held = None
        if held is None:
            if not want.kind:
                problems.append(Problem(f"interface {want.name}", "there is no such interface on this host"))
                continue
            if want.parent is not None and want.parent not in kernel.links:
                problems.append(
                    Problem(f"interface {want.name}", f"its parent {want.parent} does not exist on this host")
                )
                continue
            operations.append(AddLink(want))
        setting = _setting(held, want, kernel)
        if setting is not None:
            operations.append(setting)
    names = {want.name for want in wanted.links}
    operations += [DeleteLink(held.name) for held in kernel.links.values() if held.ours and held.name not in names]
    return Difference(tuple(operations), tuple(problems))


def plan_addresses(kernel: Kernel, wanted: Wanted) -> Difference:
    """Addresses to add and remove; links that are missing were reported by ``plan_links``.

    An address of ours whose connected route somebody deleted is put anew: only the kernel makes that route.
    """
    wants = {(address.device, address.address): address for address in wanted.addresses}
    held = {(entry.address.device, entry.address.address): entry for entry in kernel.addresses}
    connected = {(entry.route.device, entry.route.destination) for entry in kernel.routes if entry.route.via is None}
    first: list[Operation] = []
    last: list[Operation] = []
    for key, entry in held.items():
        if not entry.ours or (key in wants and _stands_whole(entry, wants[key], kernel, connected)):
            continue
        # the kernel refuses one IPv6 address twice on a device, with whatever prefix lengths
        replaced = any(device == key[0] and _ip(address) == _ip(key[1]) for device, address in wants)
        (first if replaced else last).append(DeleteAddress(entry.address))
    added: list[Operation] = [
        AddAddress(address)
        for key, address in wants.items()
        if address.device in kernel.links
        and (key not in held or (held[key].ours and not _stands_whole(held[key], address, kernel, connected)))
    ]
    return Difference((*first, *added, *last))


def plan_rules(kernel: Kernel, wanted: Wanted) -> Difference:
    """Rules to add and remove."""
    held = {entry.rule for entry in kernel.rules}
    wants = set(wanted.rules)
    added: list[Operation] = [AddRule(rule) for rule in wanted.rules if rule not in held]
    removed: list[Operation] = [
        DeleteRule(entry.rule) for entry in kernel.rules if entry.ours and entry.rule not in wants
    ]
    return Difference((*added, *removed))


def plan_routes(kernel: Kernel, wanted: Wanted) -> Difference:
    """Routes to add, replace and remove: those on a link before those via a gateway, additions before removals."""
    ours: dict[tuple[int, str, int, int], list[NetRoute]] = {}
    foreign: dict[tuple[int, str, int, int], list[NetRoute]] = {}
    for entry in kernel.routes:
        (ours if entry.ours else foreign).setdefault(entry.route.key(), []).append(entry.route)
    operations: list[Operation] = []
    problems: list[Problem] = []
    kept: set[NetRoute] = set()
    for want in sorted(wanted.routes, key=lambda route: (route.via is not None, route.family)):
        mine = ours.get(want.key(), [])
        others = foreign.get(want.key(), [])
        standing = next((route for route in mine if route.meets(want)), None)
        if standing is not None:
            kept.add(standing)
        elif any(route.meets(want) for route in others):
            continue
        elif others:
            problems.append(
                Problem(f"route {want}", f"somebody else's route {others[0]} has the same metric; it is left alone")
            )
        else:
            operations.append(PutRoute(want, replace=bool(mine)))
            kept.update(mine[:1])
    removed: list[Operation] = [DeleteRoute(route) for routes in ours.values() for route in routes if route not in kept]
    return Difference((*operations, *removed), tuple(problems))


def _stands_wrong(held: Link, want: WantedLink) -> bool:
    if want.kind == "vrf":
        return held.kind != "vrf" or held.table != want.table
    if want.kind in TUNNELS:
        ends = (held.kind, held.parent, held.local, held.remote)
        return ends != (want.kind, want.parent, want.local, want.remote)
    # a link of another kind that has a VLAN's name is its access cable
    return held.kind == "vlan" and (held.vlan != want.vlan or held.parent != want.parent)


def _setting(held: Link | None, want: WantedLink, kernel: Kernel) -> SetLink | None:
    mtu = want.mtu if want.mtu is not None and (held is None or held.mtu != want.mtu) else None
    up = True if held is None or not held.up else None
    master: str | None = None
    if want.master is not None and (held is None or held.master != want.master):
        master = want.master
    elif want.master is None and held is not None and held.master is not None:
        of_ours = kernel.links.get(held.master)
        if of_ours is not None and of_ours.kind == "vrf" and of_ours.ours:
            master = ""
    if mtu is None and up is None and master is None:
        return None
    return SetLink(want.name, up=up, mtu=mtu, master=master)


def _stands_whole(
    entry: HeldAddress, want: Address, kernel: Kernel, connected: AbstractSet[tuple[str | None, str]]
) -> bool:
    """Whether an address of ours has the prefix route that it should have, in whatever table, or none."""
    network = prefix(want.address)
    if network.partition("/")[2] == FULL_LENGTH[family_of(network)]:
        return True
    if entry.address.prefix_route != want.prefix_route:
        return False
    return not want.prefix_route or not kernel.links[want.device].carries or (want.device, network) in connected


def _ip(address: str) -> str:
    return address.partition("/")[0]
