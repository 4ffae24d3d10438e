"""The whole picture: lists and core routers at the top, links, racks below. Read it from the internet down to hosts."""

import math
from collections.abc import Iterator, Mapping

from seapoint.drawing import panels, racks, svg, uplinks
from seapoint.drawing.panels import Panel
from seapoint.drawing.racks import Racks
from seapoint.drawing.svg import CHARACTER, LINE, PALETTE
from seapoint.intent.cloud.model import Cloud

MARGIN = 24
GAP = 20
TOP = 62  # below the title
COLUMNS = range(12, 80, 4)  # heights of columns of hosts, in lines, of which the best is taken


def draw(cloud: Cloud) -> str:
    """A cloud file's topology as the text of an SVG for a page of A3, landscape; the same for the same cloud.

    One colour for each realm; hosts that do not run are pale.
    """
    colours = {realm: PALETTE[index % len(PALETTE)] for index, realm in enumerate(cloud.realms())}
    left, right = _sides(panels.panels(cloud))
    sides = [max((panel.width for panel in side), default=0) for side in (left, right)]
    middle = uplinks.width(cloud)
    bottom = TOP + max([uplinks.height(cloud), *(_height(side) for side in (left, right))])
    switches = bottom + uplinks.lanes(cloud)

    def size(below: Racks) -> tuple[int, int]:
        wide = max(below.width, sides[0] + middle + sides[1] + 2 * GAP)
        return wide + 2 * MARGIN, switches + below.height + MARGIN

    plans = (racks.plan(cloud, lines) for lines in COLUMNS)
    below = min(plans, key=lambda one: max(size(one)[0], size(one)[1] * math.sqrt(2)))
    width, height = size(below)
    start = (width - below.width) // 2
    routers = MARGIN + sides[0] + (width - 2 * MARGIN - sum(sides) - middle) // 2
    parts = [
        *_title(cloud, width, colours),
        *_stack(left, MARGIN, sides[0]),
        *_stack(right, width - MARGIN - sides[1], sides[1]),
        *uplinks.draw(cloud, below, start, routers, bottom - uplinks.height(cloud), colours),
        *racks.draw(cloud, below, start, switches, colours),
    ]
    return svg.document(width, height, f"The network of {cloud.name}", parts)


def _sides(lists: tuple[Panel, ...]) -> tuple[tuple[Panel, ...], tuple[Panel, ...]]:
    """The lists at the left and at the right of the routers, each side about as high as the other."""
    half = (len(lists) + 1) // 2
    return lists[:half], lists[half:]


def _height(side: tuple[Panel, ...]) -> int:
    return sum(panel.height + GAP for panel in side)


def _stack(side: tuple[Panel, ...], x: int, width: int) -> Iterator[str]:
    y = TOP
    for panel in side:
        yield from panels.draw(panel, x, y, width)
        y += panel.height + GAP


def _title(cloud: Cloud, width: int, colours: Mapping[str, str]) -> Iterator[str]:
    yield svg.text(MARGIN, 40, cloud.name, "title")
    site = " ".join(str(network) for network in cloud.site_ipv6.all())
    words = f"site {cloud.site} · region {cloud.region} · {site}"
    yield svg.text(MARGIN + len(cloud.name) * 15 + 20, 40, words, "note")
    x = width - MARGIN
    for words, colour, opacity in reversed(
        [
            *((f"realm {realm}", colour, "1") for realm, colour in colours.items()),
            ("does not run here", svg.INK, svg.PALE),
            ("◆ service address", svg.VIP, "1"),
        ]
    ):
        x -= len(words) * CHARACTER
        yield svg.text(x, 40, words, style=f"fill:{colour}", opacity=opacity)
        x -= 14
        if words.startswith("realm"):
            yield svg.box(x - 8, 40 - LINE + 4, 18, 10, fill=colour)
            x -= 26
