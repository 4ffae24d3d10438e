"""What has no place of its own in the picture, as lists: address plan, service addresses, edge, others' services."""

from collections.abc import Iterator
from dataclasses import dataclass

from seapoint.base.addresses import Addresses, Networks
from seapoint.drawing import svg
from seapoint.drawing.svg import LINE
from seapoint.intent.cloud.model import Cloud

PAD = 10


@dataclass(frozen=True, slots=True)
class Panel:
    """A list with its heading."""

    heading: str
    lines: tuple[str, ...]

    @property
    def width(self) -> int:
        return svg.wide(self.heading, self.lines) + 2 * PAD

    @property
    def height(self) -> int:
        return (len(self.lines) + 1) * LINE + 2 * PAD


def panels(cloud: Cloud) -> tuple[Panel, ...]:
    """The lists that have anything in them."""
    found = (
        Panel("Address plan", tuple(_plan(cloud))),
        Panel("Service addresses (VIPs)", tuple(_vips(cloud))),
        Panel("Edge and overlay", tuple(_edge(cloud))),
        Panel("Services of other teams", tuple(_table([(name, one) for name, one in cloud.services.items()]))),
    )
    return tuple(panel for panel in found if panel.lines)


def draw(panel: Panel, x: int, y: int, width: int) -> Iterator[str]:
    """A list in its frame."""
    yield svg.box(x, y, width, panel.height, fill="#fff", stroke="#cbd5e1")
    yield svg.text(x + PAD, y + PAD + LINE - 4, panel.heading, "heading")
    for index, words in enumerate(panel.lines):
        yield svg.text(x + PAD, y + PAD + (index + 2) * LINE - 4, words)


def _plan(cloud: Cloud) -> Iterator[str]:
    rows = []
    for prefix in cloud.prefixes.values():
        depth, parent = 0, prefix.parent
        while parent is not None:
            depth, parent = depth + 1, cloud.prefixes[parent].parent
        of_class = f" [{prefix.network_class}]" if prefix.network_class else ""
        rows.append(("  " * depth + prefix.name + of_class, prefix.networks))
    return _table(rows)


def _table(rows: list[tuple[str, Addresses]] | list[tuple[str, Networks]]) -> Iterator[str]:
    """Names and both families in columns."""
    names = max((len(name) for name, _ in rows), default=0)
    v4 = max((len(str(pair.v4)) for _, pair in rows if pair.v4), default=0)
    for name, pair in rows:
        yield f"{name:<{names}}  {pair.v4 or ''!s:<{v4}}  {pair.v6 or ''}".rstrip()


def _vips(cloud: Cloud) -> Iterator[str]:
    for vip in cloud.vips.values():
        yield f"◆ {vip.fqdn}"
        yield "  " + "  ".join(str(address) for address in vip.addresses.all())
        yield f"  {vip.kind}: {', '.join(vip.owners) or 'no owner runs'}"


def _edge(cloud: Cloud) -> Iterator[str]:
    if cloud.edge:
        edge = cloud.edge
        yield f"edge       {', '.join(edge.hosts)}"
        yield f"           VRF {edge.vrf}, table {edge.table}; VRRP {edge.vrrp.id}, every {edge.vrrp.interval} ms"
        yield f"inside     VLAN {cloud.vlans[edge.inside.vlan].id}, {edge.inside.vip_name}"
        yield f"outside    VLAN {cloud.vlans[edge.outside.vlan].id}, {edge.outside.vip_name}"
        yield f"NAT        to {edge.nat_source}; IPv6 never"
        yield f"not for    {', '.join(one.name for one in edge.nat_exclusions) or 'nobody'}"
    overlay = cloud.overlay
    first, last = overlay.segmentation_ids
    yield f"overlay    {overlay.type} {first}-{last}, BFD {overlay.bfd.interval} ms x {overlay.bfd.multiplier}"
    for physical in overlay.physical_networks.values():
        yield f"provider   {physical.name}: VLAN {cloud.vlans[physical.vlan].id}"
