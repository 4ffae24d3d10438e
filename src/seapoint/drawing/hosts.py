"""A rack's hosts as columns of cards: a card is the hosts of one role.

At a column's left edge each of its VLANs comes down as a line, with a dot at every host that has a leg in it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from seapoint.base.addresses import Address, Addresses, Network, Networks
from seapoint.drawing import svg
from seapoint.drawing.svg import LINE
from seapoint.intent.cloud.model import Cloud, Host, Vlan

RISER = 9  # between two lines at a column's edge
PAD = 8


@dataclass(frozen=True, slots=True)
class Leg:
    """A host's place in a VLAN; without addresses the host only bridges it."""

    vlan: Vlan
    addresses: Addresses

    @property
    def words(self) -> str:
        """The VLAN's number and what the addresses add to its networks."""
        number = f"{self.vlan.id:<5}"
        return number + (parts(self.vlan.networks, self.addresses) if self.addresses.all() else "bridged")


@dataclass(frozen=True, slots=True)
class Entry:
    """A host on its card: its legs and the service addresses that it owns."""

    host: Host
    legs: tuple[Leg, ...]
    vips: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.host.name, *(leg.words for leg in self.legs), *map(vip_words, self.vips))


@dataclass(frozen=True, slots=True)
class Card:
    """Hosts of a role in a rack."""

    role: str
    entries: tuple[Entry, ...]

    @property
    def title(self) -> str:
        """The role and what it does; a role that is called by what it does says so once."""
        does = self.entries[0].host.does
        return f"{self.role} · {does}" if does else self.role

    @property
    def vlans(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(leg.vlan.name for entry in self.entries for leg in entry.legs))

    @property
    def lines(self) -> int:
        return 1 + sum(len(entry.texts) for entry in self.entries)

    @property
    def height(self) -> int:
        return self.lines * LINE + PAD + 4 * len(self.entries)

    @property
    def width(self) -> int:
        return svg.wide(self.title, (words for entry in self.entries for words in entry.texts))


@dataclass(frozen=True, slots=True)
class Column:
    """Cards, one below the other, and all VLANs of theirs."""

    cards: tuple[Card, ...]
    vlans: tuple[str, ...]

    @property
    def edge(self) -> int:
        """The width of the lines at its left."""
        return len(self.vlans) * RISER + PAD

    @property
    def width(self) -> int:
        return self.edge + max(card.width for card in self.cards) + 2 * PAD

    @property
    def height(self) -> int:
        return sum(card.height + PAD for card in self.cards)


def parts(networks: Networks, addresses: Addresses) -> str:
    """What addresses add to their networks: ``.7   ::7``."""
    v4 = part(networks.v4, addresses.v4) if networks.v4 and addresses.v4 else ""
    v6 = part(networks.v6, addresses.v6) if networks.v6 and addresses.v6 else ""
    return f"{v4:<5}{v6}".rstrip()


def part(network: Network, address: Address) -> str:
    """The octets or the host part that an address adds to a network."""
    if network.version == 4:
        return "." + ".".join(str(address).split(".")[network.prefixlen // 8 :])
    return str(type(address)(int(address) & int(network.hostmask)))


def vip_words(name: str) -> str:
    """A service address on its owner's card."""
    return f"◆ {name}"


def columns(cloud: Cloud, rack: str, order: Sequence[str], tallest: int) -> tuple[Column, ...]:
    """The columns of a rack; ``order`` are VLANs' names from top to bottom, ``tallest`` is a column's height in lines.

    Cards with the same VLANs stand beside each other. Columns are as few as their height allows, each about as high as
    the others.
    """
    entries = [_entry(cloud, host, order) for host in cloud.hosts.values() if host.rack == rack]
    by_kind: dict[tuple[str, tuple[str, ...]], list[Entry]] = {}
    for entry in entries:
        by_kind.setdefault((entry.host.role, tuple(leg.vlan.name for leg in entry.legs)), []).append(entry)
    cards = [Card(role, tuple(members)) for (role, _), members in by_kind.items()]
    sets = list(dict.fromkeys(card.vlans for card in cards))
    cards.sort(key=lambda card: sets.index(card.vlans))
    return tuple(
        Column(stack, tuple(sorted({name for card in stack for name in card.vlans}, key=order.index)))
        for stack in _stacks(cards, tallest)
    )


def _stacks(cards: Sequence[Card], tallest: int) -> Iterator[tuple[Card, ...]]:
    lines = sum(card.lines for card in cards)
    share = lines / max(math.ceil(lines / tallest), 1)
    stack: list[Card] = []
    for card in cards:
        if stack and sum(one.lines for one in stack) + card.lines / 2 > share:
            yield tuple(stack)
            stack = []
        stack.append(card)
    if stack:
        yield tuple(stack)


def _entry(cloud: Cloud, host: Host, order: Sequence[str]) -> Entry:
    legs = sorted(_legs(cloud, host), key=lambda leg: order.index(leg.vlan.name))
    return Entry(host, tuple(legs), tuple(vip.name for vip in cloud.vips.values() if host.name in vip.owners))


def _legs(cloud: Cloud, host: Host) -> Iterator[Leg]:
    for addresses, vlan in (
        (host.management, cloud.vlan_for("management", host.rack)),
        (host.private, cloud.vlan_for("private", host.rack)),
    ):
        if vlan is not None and addresses.all():
            yield Leg(vlan, addresses)
    listed = {vlan.name for vlan in cloud.vlans.values() if vlan.use is None and host.name in vlan.addresses}
    yield from (Leg(cloud.vlans[name], cloud.vlans[name].addresses[host.name]) for name in sorted(listed))
    bridged = {one.vlan for one in cloud.overlay.physical_networks.values() if host.name in one.hosts}
    yield from (Leg(cloud.vlans[name], Addresses()) for name in sorted(bridged - listed))


def draw(column: Column, x: int, top: int, bars: Mapping[str, int], colours: Mapping[str, str]) -> Iterator[str]:
    """A column at ``x``, its first card at ``top``; ``bars`` and ``colours``: of VLANs and realms, by name."""
    risers = {name: x + PAD // 2 + index * RISER for index, name in enumerate(column.vlans)}
    lowest: dict[str, tuple[int, str]] = {}
    drawn: list[str] = []
    for card in column.cards:
        drawn += _card(card, x + column.edge, top, column.width - column.edge, risers, colours, lowest)
        top += card.height + PAD
    for name, (y, colour) in lowest.items():
        yield svg.line(((risers[name], bars[name]), (risers[name], y)), colour, 1)
        yield svg.dot(risers[name], bars[name], colour)
    yield from drawn


def _card(
    card: Card,
    x: int,
    top: int,
    width: int,
    risers: Mapping[str, int],
    colours: Mapping[str, str],
    lowest: dict[str, tuple[int, str]],
) -> Iterator[str]:
    runs = any(entry.host.runs for entry in card.entries)
    yield svg.box(
        x, top, width, card.height, fill="#f8fafc" if runs else "#fff", stroke="#94a3b8" if runs else "#cbd5e1"
    )
    faint: dict[str, str | int] = {} if runs else {"opacity": svg.PALE}
    y = top + LINE
    yield svg.text(x + PAD, y, card.title, "heading", **faint)
    for entry in card.entries:
        y += LINE + 4
        own = [svg.text(x + PAD, y, entry.host.name, "name")]
        for leg in entry.legs:
            y += LINE
            colour, riser = colours[leg.vlan.realm], risers[leg.vlan.name]
            lowest[leg.vlan.name] = (y - 4, colour)
            own.append(svg.line(((riser, y - 4), (x + PAD - 2, y - 4)), colour, 1))
            own.append(svg.dot(riser, y - 4, colour))
            own.append(svg.text(x + PAD, y, leg.words))
        for name in entry.vips:
            y += LINE
            own.append(svg.text(x + PAD, y, vip_words(name), fill=svg.VIP))
        yield svg.group(own, **({} if entry.host.runs else {"opacity": svg.PALE}))
