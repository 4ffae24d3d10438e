"""Every instance pings its gateways, and the edge's inside VIP by name, in each of its families."""

from collections.abc import Iterator

from seapoint.probe.allowed import admits, echo
from seapoint.probe.instances import Instance, Leg
from seapoint.probe.kinds.ping import Ping
from seapoint.probe.labels import FUNCTIONAL, IPV6
from seapoint.probe.probe import Probe
from seapoint.probe.world import World


def probes(world: World) -> Iterator[Probe]:
    for instance in world.instances:
        for leg in instance.legs:
            yield from _gateway(world, instance, leg)
    for instance in world.instances:
        for leg in instance.legs:
            yield from _virt(world, instance, leg)


def _gateway(world: World, instance: Instance, leg: Leg) -> Iterator[Probe]:
    if leg.gateway is None or not admits(world.intent, instance.port, "egress", leg.gateway, echo(leg.address.version)):
        return
    functional = (FUNCTIONAL[5 if leg.floating else 4],) if leg.address.version == 4 else ()
    yield Probe("gateway", instance.name, Ping(str(leg.gateway), leg.gateway), (*functional, IPV6))


def _virt(world: World, instance: Instance, leg: Leg) -> Iterator[Probe]:
    edge = world.cloud.edge
    if edge is None or not world.behind_edge(leg):
        return
    for vip in edge.inside.vip.all():
        if vip.version == leg.address.version and admits(world.intent, instance.port, "egress", vip, echo(vip.version)):
            name = world.names.get(vip, str(vip)) if world.knows_names(instance) else str(vip)
            yield Probe("edge-from-inside", instance.name, Ping(name, vip), (IPV6,))
