"""Operators' own lines: bound to devices, and what can be wrong with them before a device's programs see them."""

from collections.abc import Iterator, Mapping

from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.include import Include
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import Cloud, Host
from seapoint.intent.cloud.shape.cloud import CloudShape
from seapoint.intent.cloud.shape.include import IncludeShape


def resolve_includes(shape: CloudShape, hosts: Mapping[str, Host], mistakes: Mistakes) -> tuple[Include, ...]:
    """The file's own lines, in its order."""
    return tuple(_include(name, entry, shape, hosts, mistakes) for name, entry in shape.include.items())


def check_includes(cloud: Cloud, shape: CloudShape, mistakes: Mistakes) -> None:
    """Lines for a daemon that a device does not run, that would end their place, or that are none."""
    owners = {owner for vip in cloud.vips.values() for owner in vip.owners}
    balanced = (cloud.vips[one.vip] for one in cloud.balancers.values() if one.vip in cloud.vips)
    balancing = {owner for vip in balanced for owner in vip.owners}
    for one in cloud.includes:
        path: Path = ("include", one.name)
        lines = [*_lines(shape.include[one.name])]
        if not lines:
            mistakes.error(
                path, f"{one.name!r} includes nothing", "Add lines under `nftables:`, `frr:` or `haproxy:`.", path
            )
        for place, line in lines:
            _line((*path, *place), line, mistakes)
        for device in one.devices:
            if any(one.frr.values()) and device in cloud.hosts and device not in owners:
                cure = "Name switches, routers or owners of VIPs, or take `frr:` out."
                mistakes.error((*path, "on"), f"{device!r} runs no FRR", cure)
            if any(one.haproxy.values()) and device not in balancing:
                cure = "Name owners of a balancer's VIP, or take `haproxy:` out."
                mistakes.error((*path, "on"), f"{device!r} runs no HAProxy", cure)


def _include(
    name: str, entry: IncludeShape, shape: CloudShape, hosts: Mapping[str, Host], mistakes: Mistakes
) -> Include:
    devices: dict[str, None] = {}
    realms = dict.fromkeys(vlan.realm for vlan in shape.vlans.values())
    network = (*shape.switches, *(f"{switch}.{realm}" for switch in shape.switches for realm in realms), *shape.routers)
    known = (*shape.roles, *shape.hosts, *network)
    for index, word in enumerate(entry.on):
        if word not in known:
            message = f"{word!r} is no role, host, switch or router"
            mistakes.error(("include", name, "on", index), message, nearest(word, known))
        elif word in network:
            devices[word] = None
        devices |= dict.fromkeys(one.name for one in hosts.values() if one.runs and word in (one.role, one.name))
    rules = entry.nftables
    return Include(
        name,
        tuple(devices),
        {"input": rules.input, "output": rules.output, "forward": rules.forward, "nat": rules.nat},
        {"bgp": entry.frr.bgp, "end": entry.frr.end},
        {"global": entry.haproxy.global_, "defaults": entry.haproxy.defaults, "end": entry.haproxy.end},
    )


def _lines(entry: IncludeShape) -> Iterator[tuple[Path, str]]:
    """Every line, with its path in the entry."""
    for part, shape in (("nftables", entry.nftables), ("frr", entry.frr), ("haproxy", entry.haproxy)):
        for point in type(shape).model_fields:
            key = point.removesuffix("_")
            yield from (((part, key, index), line) for index, line in enumerate(getattr(shape, point)))


def _line(path: Path, line: str, mistakes: Mistakes) -> None:
    if not line.strip() or not line.isprintable():
        mistakes.error(path, "one line of printable text is needed", "Write each line as an item of its own.")
    depth = 0
    for character in line if "nftables" in path else "":
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth < 0:
            break
    if depth:
        mistakes.error(path, "its braces do not close each other: it would end its place", "Mend the rule's braces.")
