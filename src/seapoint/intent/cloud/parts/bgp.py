"""BGP: what is wrong between its announcements and the rest of the cloud file."""

from collections.abc import Iterator

from seapoint.base.addresses import covers
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.shape.cloud import CloudShape

OUTWARDS = "routers"


def check_bgp(cloud: Cloud, shape: CloudShape, mistakes: Mistakes) -> None:
    """Every check on BGP."""
    _numbers(shape, mistakes)
    _leaks(cloud, mistakes)
    _aggregates(cloud, mistakes)
    _reflection(cloud, mistakes)


def _numbers(shape: CloudShape, mistakes: Mistakes) -> None:
    """An AS belongs to one kind of device: between two of one AS, BGP would drop what the other tells as a loop."""
    seen: dict[int, str] = {}
    for kind, path, number in _speakers(shape):
        other = seen.setdefault(number, kind)
        if other != kind:
            message = f"AS {number} is used for two roles: {other} and {kind}"
            mistakes.error((*path, "asn"), message, "Take another number.")


def _speakers(shape: CloudShape) -> Iterator[tuple[str, Path, int]]:
    yield from (("core routers", ("routers", name), one.asn) for name, one in shape.routers.items())
    yield from (("switches", ("switches", name), one.asn) for name, one in shape.switches.items())
    if shape.bgp.servers:
        yield "servers", ("bgp", "servers"), shape.bgp.servers.asn
    if shape.joins:
        yield "the edges of joined sites", ("joins",), shape.joins.asn
    if shape.internet:
        yield "the internet", ("internet",), shape.internet.asn


def _leaks(cloud: Cloud, mistakes: Mistakes) -> None:
    """What is cloud-private stays there. Only an IPv6 aggregate of the site may have it inside."""
    private = cloud.private_space()
    for index, export in enumerate(cloud.exports):
        if export.sender == "switches" and export.receiver == OUTWARDS:
            for network in export.networks:
                for own in private:
                    if covers(own, network) or (own.version == 4 and covers(network, own)):
                        path: Path = ("bgp", "exports", index, "exactly", f"ipv{network.version}")
                        message = f"{network} would tell the core routers of cloud-private ({own})"
                        mistakes.error(path, message, "Take it out: cloud-private never leaves the cloud.")


def _aggregates(cloud: Cloud, mistakes: Mistakes) -> None:
    """A VIP itself is never told outwards: it is reached by a prefix around it that is."""
    private = cloud.private_space()
    told = [
        network
        for export in cloud.exports
        if export.sender == "switches" and export.receiver == OUTWARDS
        for network in export.networks
    ]
    for name, vip in cloud.vips.items() if cloud.routers else ():
        for address in vip.addresses.all():
            if not any(covers(one, address) for one in (*told, *private)):
                path: Path = ("vips", name, f"ipv{address.version}")
                message = f"no prefix that the switches announce to the core routers covers {address}"
                cure = "Add one to `bgp: exports:`, or take an address of cloud-private."
                mistakes.error(path, message, cure, ("bgp",), ("prefixes",))


def _reflection(cloud: Cloud, mistakes: Mistakes) -> None:
    """Reflectors need one AS, loopbacks to speak from, and reflectors that are there."""
    if cloud.reflection is None:
        return
    realm, reflectors = cloud.reflection.realm, cloud.reflection.reflectors
    for index, name in enumerate(reflectors):
        if name not in cloud.switches:
            place: Path = ("bgp", "reflection", "reflectors", index)
            mistakes.error(place, f"unknown switch {name!r}", nearest(name, cloud.switches), ("switches", name))
    speakers = [cloud.switches[name] for name in cloud.neighbours(realm)]
    for one in speakers:
        path: Path = ("switches", one.name)
        if one.asn != speakers[0].asn:
            message = f"{one.name!r} is of another AS than {speakers[0].name!r}: reflectors speak iBGP"
            mistakes.error((*path, "asn"), message, "Give all switches of the realm one AS.", ("switches",))
        if one.loopback.v4 is None or one.loopback.v6 is None:
            message = f"{one.name!r} needs a loopback of both families to speak iBGP from"
            mistakes.error(path, message, "Add `loopback: {ipv4: ..., ipv6: ...}`.", (*path, "loopback"))
