"""Racks from left to right: the switch with its routing instances, VLANs as bars below it, hosts hanging on the bars.

What a VLAN is stands once, in the gutter at the left of its rack; one that spans racks is told in the first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate

from seapoint.drawing import hosts, svg
from seapoint.drawing.hosts import Column
from seapoint.drawing.svg import LINE
from seapoint.intent.cloud.model import Cloud, Link, Vlan

GAP = 14
PILL = 40  # a VLAN's number, where its bar begins
DROP = 20  # between two lines from a routing instance to its VLANs
SWITCH = 64  # height of a switch
BETWEEN_RACKS = 30


@dataclass(frozen=True, slots=True)
class Realm:
    """A routing instance: where it stands, the VLANs that it routes and where, and the links that come in."""

    name: str
    x: int
    width: int
    drops: tuple[tuple[Vlan, int], ...]
    links: tuple[Link, ...]

    @property
    def arrivals(self) -> tuple[tuple[Link, int], ...]:
        """Where the links come in."""
        step = self.width // max(len(self.links), 1)
        return tuple((link, self.x + GAP + index * step) for index, link in enumerate(self.links))


@dataclass(frozen=True, slots=True)
class Rack:
    """A rack at ``x``; ``told`` are the VLANs that are explained in its gutter."""

    name: str
    switch: str
    x: int
    width: int
    gutter: int
    told: tuple[Vlan, ...]
    realms: tuple[Realm, ...]
    columns: tuple[Column, ...]
    columns_x: int

    @property
    def right(self) -> int:
        return self.x + self.width


@dataclass(frozen=True, slots=True)
class Racks:
    """All racks, and the lane of every VLAN: its height above the hosts, in the order from top to bottom."""

    racks: tuple[Rack, ...]
    lanes: Mapping[str, int]
    heights: tuple[int, ...]

    @property
    def width(self) -> int:
        return self.racks[-1].right

    @property
    def height(self) -> int:
        tallest = max((column.height for rack in self.racks for column in rack.columns), default=0)
        return SWITCH + GAP + sum(self.heights) + GAP + tallest

    def bars(self, top: int) -> dict[str, int]:
        """Where each VLAN's bar lies; ``top`` is that of the switches."""
        tops = [*accumulate(self.heights, initial=top + SWITCH + GAP)]
        return {name: tops[lane] + LINE // 2 for name, lane in self.lanes.items()}


def plan(cloud: Cloud, tallest: int) -> Racks:
    """Where everything of the racks stands, from 0; ``tallest``: how many lines of text hosts may stand high."""
    spanning = [vlan for vlan in cloud.vlans.values() if vlan.rack is None]
    own = {rack: [vlan for vlan in cloud.vlans.values() if vlan.rack == rack] for rack in cloud.racks}
    shared = max(map(len, own.values()), default=0)
    lanes = {vlan.name: index for vlans in own.values() for index, vlan in enumerate(vlans)}
    lanes |= {vlan.name: shared + index for index, vlan in enumerate(spanning)}
    lines = [
        [len(label(vlan)) for vlan in cloud.vlans.values() if lanes[vlan.name] == lane]
        for lane in range(shared + len(spanning))
    ]
    racks: list[Rack] = []
    for rack in cloud.racks:
        told = [*own[rack], *(spanning if not racks else ())]
        x = racks[-1].right + BETWEEN_RACKS if racks else 0
        racks.append(_rack(cloud, rack, x, tuple(told), lanes, tallest))
    return Racks(tuple(racks), lanes, tuple(max(each) * LINE + 8 for each in lines))


def _rack(cloud: Cloud, name: str, x: int, told: tuple[Vlan, ...], lanes: Mapping[str, int], tallest: int) -> Rack:
    switch = cloud.racks[name]
    first = next(rack for rack, other in cloud.racks.items() if other == switch) == name
    gutter = svg.wide("", (words for vlan in told for words in label(vlan))) + GAP
    columns = hosts.columns(cloud, name, sorted(lanes, key=lanes.__getitem__), tallest)
    realms: list[Realm] = []
    at = x + gutter + PILL + GAP
    for realm in cloud.realms():
        routed = [vlan for vlan in told if vlan.realm == realm and cloud.gateway_switch(vlan) == switch]
        links = cloud.links_of(switch, realm) if first else ()
        if not routed and not links:
            continue
        begin = at if realms else x
        end = max(at + len(routed) * DROP + GAP, begin + 2 * GAP + max(len(links), 1) * slot(cloud))
        drops = tuple((vlan, at + GAP // 2 + index * DROP) for index, vlan in enumerate(routed))
        realms.append(Realm(realm, begin, end - begin - GAP // 2, drops, links))
        at = end
    columns_x = max([x + gutter + PILL + GAP, *(drop + DROP for realm in realms for _, drop in realm.drops)])
    right = max(columns_x + sum(column.width + GAP for column in columns), at)
    if realms:
        realms[-1] = replace(realms[-1], width=right - realms[-1].x)
    return Rack(name, switch, x, right - x, gutter, told, tuple(realms), columns, columns_x)


def slot(cloud: Cloud) -> int:
    """The width of a link's words at a switch."""
    return svg.wide("", (str(network) for link in cloud.links for network in link.networks.all())) + 2 * GAP


def label(vlan: Vlan) -> tuple[str, ...]:
    """What is told of a VLAN: name, networks, gateway, and the addresses that hosts share or others hold."""
    return tuple(words for words in (vlan.name, *map(str, vlan.networks.all()), *_named(vlan)) if words)


def _named(vlan: Vlan) -> Iterator[str]:
    if vlan.mtu != 1500:
        yield f"MTU {vlan.mtu}"
    if vlan.gateway.all():
        yield f"{hosts.parts(vlan.networks, vlan.gateway)}  gateway"
    for name, addresses in vlan.addresses.items():
        if "." in name:
            yield f"{hosts.parts(vlan.networks, addresses)}  {name}"


def draw(cloud: Cloud, racks: Racks, left: int, top: int, colours: Mapping[str, str]) -> Iterator[str]:
    """All racks, the first at ``left``, the switches at ``top``."""
    bars = racks.bars(top)
    for name, y in bars.items():
        yield from _bar(cloud.vlans[name], racks, left, y, colours)
    for rack in racks.racks:
        yield from _switch(cloud, rack, left, top, bars, colours)
        x = left + rack.columns_x
        below = top + SWITCH + GAP + sum(racks.heights) + GAP
        for column in rack.columns:
            yield from hosts.draw(column, x, below, bars, colours)
            x += column.width + GAP


def _bar(vlan: Vlan, racks: Racks, left: int, y: int, colours: Mapping[str, str]) -> Iterator[str]:
    told = next(rack for rack in racks.racks if vlan in rack.told)
    last = told if vlan.rack else racks.racks[-1]
    colour, begin = colours[vlan.realm], left + told.x + told.gutter
    yield svg.line(((begin, y), (left + last.right, y)), colour, 4)
    yield svg.box(begin, y - 8, PILL, 16, fill=colour)
    yield svg.text(begin + PILL // 2, y + 4, str(vlan.id), "name", text_anchor="middle", style="fill:#fff")
    for index, words in enumerate(label(vlan)):
        yield svg.text(left + told.x, y + 4 + index * LINE, words, "name" if index == 0 else "note")


def _switch(
    cloud: Cloud, rack: Rack, left: int, top: int, bars: Mapping[str, int], colours: Mapping[str, str]
) -> Iterator[str]:
    switch = cloud.switches[rack.switch]
    x = left + rack.x
    yield svg.box(x, top, rack.width, SWITCH, fill="#f1f5f9", stroke="#64748b")
    yield svg.text(x + GAP // 2, top + LINE + 2, f"{switch.name}", "heading")
    words = f"rack {rack.name} · AS {switch.asn} · {switch.managed}"
    yield svg.text(x + rack.width - GAP // 2, top + LINE + 2, words, "note", text_anchor="end")
    for realm in rack.realms:
        colour, begin, width = colours[realm.name], left + realm.x + 5, realm.width - 10
        for vlan, drop in realm.drops:
            yield svg.line(((left + drop, top + SWITCH - 6), (left + drop, bars[vlan.name])), colour)
            yield svg.dot(left + drop, bars[vlan.name], colour)
        yield svg.box(begin, top + 24, width, SWITCH - 30, fill="#fff", stroke=colour, stroke_width=2)
        yield svg.text(begin + 10, top + 45, f"realm {realm.name}", "heading", style=f"fill:{colour}")
