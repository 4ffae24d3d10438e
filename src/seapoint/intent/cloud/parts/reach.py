"""Who may reach what: rows of the matrix and exclusions from NAT, bound; terms of filters that follow; mistakes."""

from collections.abc import Iterator, Mapping
from typing import get_args

from seapoint.base.addresses import Network, host_network, outermost
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.matrix import matrix
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import Cloud, Host
from seapoint.intent.cloud.names import Names
from seapoint.intent.cloud.reach import Callers, Exclusion, Ports, Reach, Reached
from seapoint.intent.cloud.shape.cloud import CloudShape
from seapoint.intent.cloud.shape.reach import PortsShape, ReachedShape
from seapoint.intent.cloud.vip import Vip

CALLERS: tuple[Callers, ...] = get_args(Callers)


def resolve_exclusions(shape: CloudShape, names: Names, mistakes: Mistakes) -> dict[str, Exclusion]:
    """The excluded services by name, in the file's order."""
    return {
        name: Exclusion(
            name,
            tuple(names.networks(name, ("exclusions", name), mistakes)),
            _ports(entry.offers),
            _ports(entry.asks),
        )
        for name, entry in shape.exclusions.items()
    }


def resolve_reach(
    shape: CloudShape, names: Names, hosts: Mapping[str, Host], vips: Mapping[str, Vip], mistakes: Mistakes
) -> Reach:
    """The matrix as the file writes it."""
    if shape.reach is None:
        return Reach()
    production = (
        network
        for index, name in enumerate(shape.reach.production)
        for network in names.networks(name, ("reach", "production", index), mistakes)
    )
    rows = (_row(name, entry, names, hosts, vips, mistakes) for name, entry in shape.reach.services.items())
    return Reach(tuple(production), tuple(rows))


def check_reach(cloud: Cloud, shape: CloudShape, mistakes: Mistakes) -> None:
    """Rows that nobody serves, VIPs that nobody may call, exclusions that end in a black hole."""
    for row in cloud.reach.rows:
        path: Path = ("reach", "services", row.name)
        if not row.vips and not row.hosts:
            cure = "Name a VIP with owners that run, or a role or host with a cloud-private address."
            mistakes.error((*path, "at"), f"nobody serves {row.name!r}", cure, (*path, "at"))
        if row.ports == Ports():
            mistakes.error(path, f"{row.name!r} has no ports", "Add `tcp:` or `udp:`.", path)
    called = {vip for row in matrix(cloud) for vip in row.vips}
    for vip in cloud.vips.values():
        if shape.reach is not None and vip.name not in called and vip.owners:
            cure = "Add a row to `services` of `reach`, or take it out."
            mistakes.warning(("vips", vip.name), f"nobody may call {vip.name!r}", cure, ("reach",))
    _exclusions(cloud, mistakes)


def _exclusions(cloud: Cloud, mistakes: Mistakes) -> None:
    for one in cloud.exclusions.values():
        path: Path = ("exclusions", one.name)
        if one.offers == one.asks == Ports():
            cure = "Add `offers:`, what instances ask there, or `asks:`, what it asks of instances."
            mistakes.error(path, f"nothing passes between instances and {one.name!r}", cure, path)


def _ports(shape: PortsShape) -> Ports:
    return Ports(shape.tcp, shape.udp)


def _row(
    name: str,
    entry: ReachedShape,
    names: Names,
    hosts: Mapping[str, Host],
    vips: Mapping[str, Vip],
    mistakes: Mistakes,
) -> Reached:
    path: Path = ("reach", "services", name)
    served, serving = [], []
    for index, place in enumerate(entry.at):
        found = _hosts(place, hosts)
        if place in vips:
            served += [place] if vips[place].owners else []
        elif found:
            serving += [one.name for one in found if one.private.all()]
        else:
            known = (*vips, *(one.role for one in hosts.values()), *hosts)
            cure = nearest(place, known)
            message = f"{place!r} is no VIP, no role with hosts and no host"
            mistakes.error((*path, "at", index), message, cure)
    sources: list[Network] = []
    for index, caller in enumerate(entry.from_):
        if caller not in CALLERS:
            sources += _caller(caller, names, hosts, (*path, "from", index), mistakes)
    return Reached(
        name=name,
        vips=tuple(dict.fromkeys(served)),
        hosts=tuple(dict.fromkeys(serving)),
        ports=Ports(entry.tcp, entry.udp),
        callers=tuple(one for one in CALLERS if one in entry.from_),
        sources=outermost(sources),
        calls=entry.to,
    )


def _caller(name: str, names: Names, hosts: Mapping[str, Host], path: Path, mistakes: Mistakes) -> Iterator[Network]:
    """Hosts of a role or a host by their cloud-private addresses, or what else a name stands for."""
    found = _hosts(name, hosts)
    word = not name[:1].isdigit() and ":" not in name
    if not found and word and name not in names.known():
        roles = (host.role for host in hosts.values())
        mistakes.error(path, f"unknown caller {name!r}", nearest(name, (*CALLERS, *roles, *hosts, *names.known())))
    elif not found:
        yield from names.networks(name, path, mistakes)
    for host in found:
        yield from (host_network(address) for address in host.private.all())


def _hosts(name: str, hosts: Mapping[str, Host]) -> list[Host]:
    return [host for host in hosts.values() if name in (host.role, host.name)]
