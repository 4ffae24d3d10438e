"""From outside: the edge's hosts, its VIPs and the virtual routers behind it answer, by address and by name."""

from collections.abc import Iterator

from seapoint.base.addresses import Address
from seapoint.intent.cloud.model import Edge
from seapoint.probe.instances import FAMILIES, external_address, routers
from seapoint.probe.kinds.ping import Ping
from seapoint.probe.labels import FUNCTIONAL, IPV6
from seapoint.probe.probe import Probe
from seapoint.probe.world import World


def probes(world: World) -> Iterator[Probe]:
    edge = world.cloud.edge
    if edge is None or world.outside is None:
        return
    for address in _edge(world, edge):
        yield from _both(world, address, "edge", FUNCTIONAL[1], FUNCTIONAL[2])
    inside = world.cloud.vlans[edge.inside.vlan].networks
    for router in routers(world.intent):
        for family in FAMILIES:
            external = external_address(router, family)
            if external is not None and external in inside:
                yield from _both(world, external, "virtual-router", FUNCTIONAL[3], FUNCTIONAL[3])


def _edge(world: World, edge: Edge) -> Iterator[Address]:
    outside = world.cloud.vlans[edge.outside.vlan].addresses
    for host in edge.hosts:
        yield from outside[host].all() if host in outside else ()
    yield from edge.inside.vip.all()
    yield from edge.outside.vip.all()


def _both(world: World, address: Address, group: str, by_address: str, by_name: str) -> Iterator[Probe]:
    """A ping of the address, and one of its name where the outside host can ask for it, in the families that it has."""
    assert world.outside is not None
    if not any(own.version == address.version for own in world.outside.management.all()):
        return
    name = world.names.get(address) if world.outside.private.all() or not world.recursors else None
    for target, label in ((str(address), by_address), (name, by_name)):
        if target is not None:
            covers = (label if address.version == 4 else IPV6,)
            yield Probe(group, world.outside.name, Ping(target, address), covers)
