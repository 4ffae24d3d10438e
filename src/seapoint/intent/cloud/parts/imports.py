"""What one device learns of one neighbour by BGP: bound to its prefixes, and to a session that is there."""

from collections.abc import Iterator

from seapoint.base.addresses import Network, covers
from seapoint.intent.cloud.bgp import Accepted, Import
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.names import Names
from seapoint.intent.cloud.sessions import peers
from seapoint.intent.cloud.shape.bgp import AcceptedShape, AcceptShape
from seapoint.intent.cloud.shape.cloud import CloudShape

INTERNET = "internet"


def resolve_imports(shape: CloudShape, names: Names, mistakes: Mistakes) -> tuple[Import, ...]:
    """The file's filters of single neighbours."""
    found = []
    for index, entry in enumerate(shape.bgp.imports):
        path: Path = ("bgp", "imports", index, "accept")
        accepted = None if entry.accept is None else tuple(_accepted(entry.accept, names, path, mistakes))
        found.append(Import(entry.at, entry.from_, entry.realm, accepted, entry.maximum))
    return tuple(found)


def _accepted(shape: AcceptedShape, names: Names, path: Path, mistakes: Mistakes) -> Iterator[Accepted]:
    for version, listed in ((4, shape.ipv4), (6, shape.ipv6)):
        for index, entry in enumerate(listed):
            place: Path = (*path, f"ipv{version}", index)
            behind = [one for one in names.networks(entry.prefix, place, mistakes) if one.version == version]
            if not behind and entry.prefix not in names.written:
                cure = "Take it out of this family's list."
                mistakes.error(place, f"{entry.prefix!r} has no IPv{version}", cure, place, ("prefixes",), ("vlans",))
            yield from (_bounded(network, entry, place, mistakes) for network in behind)


def _bounded(network: Network, entry: AcceptShape, path: Path, mistakes: Mistakes) -> Accepted:
    """The lengths that FRR understands: whatever is not said is as wide as what is lets it be."""
    own, most = network.prefixlen, network.max_prefixlen
    shortest = own if entry.ge is None else entry.ge
    longest = entry.le if entry.le is not None else own if entry.ge is None else most
    if not own <= shortest <= longest <= most:
        message = f"{shortest} to {longest} are no lengths of parts of {network}"
        mistakes.error(path, message, f"{own} <= `ge` <= `le` <= {most}.")
    return Accepted(network, shortest, longest)


def check_imports(cloud: Cloud, shape: CloudShape, mistakes: Mistakes) -> None:
    """Devices that are no speakers, filters of sessions that are not there, two of one, and what says nothing."""
    seen: list[Import] = []
    speakers = (*shape.switches, *shape.routers)
    for index, one in enumerate(cloud.imports):
        path: Path = ("bgp", "imports", index)
        known = (*speakers, *shape.hosts, *((INTERNET,) if cloud.internet else ()))
        places: tuple[Path, ...] = ((*path, "at"), (*path, "from"), (*path, "realm"), ("links",), ("hosts",))
        if one.at in shape.hosts:
            message = f"{one.at!r} learns of its switch what `exports` say `to: servers`, and nothing else"
            mistakes.error((*path, "at"), message, "Name a switch or a core router.")
        elif one.at not in speakers:
            mistakes.error((*path, "at"), f"unknown device {one.at!r}", nearest(one.at, speakers))
        if one.sender not in known:
            mistakes.error((*path, "from"), f"unknown neighbour {one.sender!r}", nearest(one.sender, known))
        elif not (one.sender == INTERNET and one.at in shape.routers) and one.at in speakers and not peers(cloud, one):
            message = f"{one.at!r} has no session with {one.sender!r}" + (f" in {one.realm!r}" if one.realm else "")
            mistakes.error(path, message, "Name a neighbour on one of its links, or an owner of VIPs.", *places)
        if one.accepted is None and one.maximum is None:
            mistakes.error(path, "it filters nothing", "Add `accept:` or `maximum:`.")
        _own(cloud, one, path, mistakes)
        if any((one.at, one.sender) == (two.at, two.sender) and _meet(one.realm, two.realm) for two in seen):
            mistakes.error(path, f"{one.at!r} has a filter of {one.sender!r} already", "Make one of them.")
        seen.append(one)


def _own(cloud: Cloud, one: Import, path: Path, mistakes: Mistakes) -> None:
    """From outside nobody tells where the cloud itself is."""
    if one.sender not in cloud.routers and one.sender != INTERNET:
        return
    for part in one.accepted or ():
        for own in (*cloud.tenant_prefixes(), *cloud.private_space()):
            if covers(own, part.network) or (covers(part.network, own) and part.longest >= own.prefixlen):
                place: Path = (*path, "accept", f"ipv{own.version}")
                message = f"{one.sender!r} could say that it has {own}, which is the cloud's own"
                mistakes.warning(place, message, "Take it out, or bound it by `le`.", ("prefixes",), ("vlans",))
                break


def _meet(one: str | None, other: str | None) -> bool:
    return one == other or None in (one, other)
