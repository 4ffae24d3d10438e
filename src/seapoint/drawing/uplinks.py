"""The core routers, what lies behind them, and the links down to the switches: every link on a lane of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from seapoint.drawing import svg
from seapoint.drawing.racks import Racks
from seapoint.drawing.svg import LINE
from seapoint.intent.cloud.model import Cloud, Link, Router

WIDTH = 210  # of a router
BETWEEN = 200  # of two routers, for the words of the link that joins them
BEHIND = 44  # height of what lies behind the routers
LANE = 8


@dataclass(frozen=True, slots=True)
class Way:
    """A link from a router's (or a switch's) place down, across and to a switch."""

    link: Link
    begin: tuple[int, int]
    lane: int
    end: tuple[int, int]

    @property
    def points(self) -> tuple[tuple[int, int], ...]:
        (x, y), (to_x, to_y) = self.begin, self.end
        return ((x, y), (x, self.lane), (to_x, self.lane), (to_x, to_y))


def about(cloud: Cloud, router: Router) -> tuple[str, ...]:
    """What is told of a router."""
    filters = [name for name, one in cloud.filters.items() if router.name in one.routers]
    return (
        f"AS {router.asn} · {router.managed}",
        *(str(address) for address in router.loopback.all()),
        *(f"filter {name}" for name in filters),
    )


def width(cloud: Cloud) -> int:
    """The width of all routers."""
    return max(len(cloud.routers), 1) * (WIDTH + BETWEEN) - BETWEEN


def height(cloud: Cloud) -> int:
    """From the top of what lies behind the routers to their bottom."""
    return BEHIND + (2 * len(cloud.routers) + 1) * LANE + _router_height(cloud)


def lanes(cloud: Cloud) -> int:
    """The height of the room between routers and switches."""
    return (len(cloud.links) + 1) * LANE + 3 * LINE


def _router_height(cloud: Cloud) -> int:
    return max((len(about(cloud, router)) + 2 for router in cloud.routers.values()), default=0) * LINE


def draw(cloud: Cloud, racks: Racks, left: int, x: int, top: int, colours: Mapping[str, str]) -> Iterator[str]:
    """Routers from ``x``, what lies behind them from ``top``, links to the racks that begin at ``left``."""
    places = {name: x + index * (WIDTH + BETWEEN) for index, name in enumerate(cloud.routers)}
    bottom = top + height(cloud)
    above = bottom - _router_height(cloud)
    yield from _behind(cloud, places, top, above)
    yield from _between(cloud, places, above)
    for way in _ways(cloud, racks, left, places, bottom):
        colour = colours.get(way.link.realm or "", svg.NEUTRAL)
        yield svg.line(way.points, colour)
        to_x, to_y = way.end
        for index, network in enumerate(reversed(way.link.networks.all())):
            yield svg.text(to_x + 6, to_y - 8 - index * LINE, str(network), style=f"fill:{colour}")
    for name, router in cloud.routers.items():
        yield svg.box(places[name], above, WIDTH, bottom - above, fill="#f1f5f9", stroke="#64748b")
        yield svg.text(places[name] + 10, above + LINE + 4, name, "heading")
        for index, words in enumerate(about(cloud, router)):
            yield svg.text(places[name] + 10, above + (index + 2) * LINE + 4, words, "note")


def _behind(cloud: Cloud, places: Mapping[str, int], top: int, above: int) -> Iterator[str]:
    """The internet and other teams' services, each joined to every router."""
    things: list[tuple[str, str]] = []
    if cloud.internet:
        addresses = "  ".join(str(address) for address in cloud.internet.host.all())
        things.append((f"internet · AS {cloud.internet.asn}", addresses))
    if cloud.services:
        things.append(("production", f"{len(cloud.services)} services of other teams"))
    if not places or not things:
        return
    left, right = min(places.values()), max(places.values()) + WIDTH
    room = (right - left + 20) // len(things)
    for number, (title, words) in enumerate(things):
        begin = left + number * room
        for place, router in enumerate(places.values()):
            down = router + WIDTH // 2 + (2 * number - 1) * 12
            out = begin + 40 + place * (room - 100)
            lane = above - LANE * (1 + number * len(places) + place)
            yield svg.line(((out, top + BEHIND), (out, lane), (down, lane), (down, above)), svg.NEUTRAL, 1)
        yield svg.box(begin, top, room - 20, BEHIND, fill="#fff", stroke=svg.NEUTRAL, stroke_dasharray="5 3")
        yield svg.text(begin + 10, top + LINE + 4, title, "heading")
        yield svg.text(begin + 10, top + 2 * LINE + 6, words, "note")


def _between(cloud: Cloud, places: Mapping[str, int], above: int) -> Iterator[str]:
    """Links of two routers."""
    for index, link in enumerate(link for link in cloud.links if link.a in places and link.b in places):
        begin, end = sorted((places[link.a], places[link.b]))
        y = above + 2 * LINE + index * 3 * LINE
        yield svg.line(((begin + WIDTH, y), (end, y)), svg.NEUTRAL)
        for number, network in enumerate(link.networks.all()):
            words = (begin + WIDTH + end) // 2, y - 6 - (1 - number) * LINE
            yield svg.text(*words, str(network), "note", text_anchor="middle")


def _ways(cloud: Cloud, racks: Racks, left: int, places: Mapping[str, int], bottom: int) -> Iterator[Way]:
    """The ways of all links to switches.

    A link that leads left leaves its router left of one that leads further right and runs above it, and the other way
    round: links of one router never cross.
    """
    down = bottom + lanes(cloud)
    ends: dict[Link, list[int]] = {}
    for rack in racks.racks:
        for realm in rack.realms:
            for link, x in realm.arrivals:
                ends.setdefault(link, []).append(left + x)
    lane = bottom
    for name, place in places.items():
        mine = sorted(((end, link) for link, (end, *_) in ends.items() if name in (link.a, link.b)), key=_end)
        exits = {link: place + (index + 1) * WIDTH // (len(mine) + 1) for index, (_, link) in enumerate(mine)}
        for end, link in _upmost_first(mine, place + WIDTH // 2):
            lane += LANE
            yield Way(link, (exits[link], bottom), lane, (end, down))
    for link, (end, *others) in ends.items():
        for other in others:
            lane += LANE
            yield Way(link, (other, down), lane, (end, down))


def _end(one: tuple[int, Link]) -> int:
    return one[0]


def _upmost_first(mine: Sequence[tuple[int, Link]], middle: int) -> list[tuple[int, Link]]:
    """A router's links, given from left to right, in the order of their lanes."""
    return [*(one for one in mine if one[0] < middle), *(one for one in reversed(mine) if one[0] >= middle)]
