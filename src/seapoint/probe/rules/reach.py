"""The matrix of who may call what, cell by cell, and what no service has: ports and addresses that nobody may reach.

Of each row the first place where it is served and its first TCP port; of each kind of caller one that has the family.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from seapoint.base.addresses import Address, covers
from seapoint.compile.hosts.names import PRODUCTION
from seapoint.intent.cloud.matrix import ANYBODY, addresses_of, matrix
from seapoint.intent.cloud.model import Host
from seapoint.intent.cloud.reach import Callers, Reached
from seapoint.probe.allowed import TCP, Traffic, admits, passes_edge
from seapoint.probe.instances import Family
from seapoint.probe.kinds.reaches import Reaches
from seapoint.probe.kinds.shut import Shut
from seapoint.probe.probe import Probe
from seapoint.probe.world import ON_THE_INTERNET, World

#: Nobody listens there, and no row lists it (RFC 863: discard).
UNLISTED = 9
SSH = 22
HTTP_PORT = 80


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a call starts: the host or instance, the address there, and that address as the far end sees it."""

    where: str
    source: Address
    bound: bool = False


def probes(world: World) -> Iterator[Probe]:
    for row in matrix(world.cloud):
        yield from _cells(world, row)
    yield from _unlisted(world)
    yield from _management(world)
    yield from _calls(world)


def _cells(world: World, row: Reached) -> Iterator[Probe]:
    """Every kind of caller of both families at one place of a row."""
    if not row.ports.tcp:
        return
    name, addresses = next(((name, one) for name, one in addresses_of(world.cloud, row) if one.all()), ("", None))
    for address in addresses.all() if addresses else ():
        for kind in ANYBODY:
            caller = _caller(world, kind, address, row.hosts)
            if caller is not None:
                yield _cell(world, row, caller, kind, name, address)


def _cell(world: World, row: Reached, caller: Caller, kind: Callers, name: str, address: Address) -> Probe:
    """What one row does not list, another of the same place and port may."""
    port = row.ports.tcp[0]
    rows = [one for one in matrix(world.cloud) if port in one.ports.tcp and name in (*one.vips, *one.hosts)]
    listed = any(kind in one.callers or any(covers(network, caller.source) for network in one.sources) for one in rows)
    check = Reaches if listed else Shut
    return Probe("reach", caller.where, check(name, address, port, caller.source if caller.bound else None))


def _unlisted(world: World) -> Iterator[Probe]:
    """A port that no service has, at each VIP and at a cloud-private leg of each role."""
    hosts = {host.role: host for host in reversed(_running(world)) if host.private.all()}
    places = [(vip.name, vip.addresses) for vip in world.cloud.vips.values() if vip.owners]
    for name, addresses in (*places, *((host.name, host.private) for host in hosts.values())):
        for address in addresses.all():
            caller = _caller(world, "instances", address)
            if caller is not None:
                yield Probe("unlisted", caller.where, Shut(name, address, UNLISTED))


def _management(world: World) -> Iterator[Probe]:
    """No instance reaches a host where it is managed: a host of each role."""
    for host in {host.role: host for host in reversed(_running(world))}.values():
        for address in host.management.all():
            caller = _caller(world, "instances", address)
            if caller is not None:
                yield Probe("management", caller.where, Shut(host.name, address, SSH))


def _calls(world: World) -> Iterator[Probe]:
    """From a public VIP its owner calls the internet where a row says so, and else does not."""
    calling = {vip for row in matrix(world.cloud) if "internet" in row.calls for vip in row.vips}
    for vip in world.cloud.vips.values():
        for address in vip.addresses.all() if vip.owners else ():
            far = world.internet(address.version)
            if far is not None and _announced(world, address):
                check = Reaches if vip.name in calling else Shut
                yield Probe("calls", vip.owners[0], check(ON_THE_INTERNET, far, HTTP_PORT, address))


def _announced(world: World, address: Address) -> bool:
    private = any(covers(network, address) for network in world.cloud.private_space())
    return not private and world.on_the_internet(address)


def _running(world: World) -> list[Host]:
    return [host for host in world.cloud.hosts.values() if host.runs]


def _caller(world: World, kind: Callers, far: Address, serving: tuple[str, ...] = ()) -> Caller | None:
    """One caller of a kind; None where nobody of that kind has the family, or no route leads from it to the far end."""
    family: Family = 4 if far.version == 4 else 6
    if kind == "instances":
        return _instance(world, far, family)
    if kind == "cloud-private":
        return _neighbour(world, family, serving)
    if not _announced(world, far):
        return None
    if kind == "internet":
        source = world.internet(family)
        return Caller(ON_THE_INTERNET, source) if source else None
    services = (address for one in world.cloud.services.values() for address in one.all() if address.version == family)
    source = next(services, None)
    return Caller(PRODUCTION, source, bound=True) if source else None


def _instance(world: World, far: Address, family: Family) -> Caller | None:
    call = Traffic(TCP, UNLISTED)
    for instance in world.instances:
        leg = instance.leg(family)
        if leg is None or not world.behind_edge(leg) or not admits(world.intent, instance.port, "egress", far, call):
            continue
        if passes_edge(world.cloud, leg.floating or leg.address, far, call):
            return Caller(instance.name, leg.floating or leg.address)
    return None


def _neighbour(world: World, family: Family, serving: tuple[str, ...]) -> Caller | None:
    """A host in a cloud-private subnet that owns no VIP: owners may call other hosts."""
    others = {owner for vip in world.cloud.vips.values() for owner in vip.owners} | {*serving}
    for host in _running(world):
        source = next((address for address in host.private.all() if address.version == family), None)
        if source is not None and host.name not in others:
            return Caller(host.name, source)
    return None
