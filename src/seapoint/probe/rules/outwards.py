"""From every instance to the internet: a packet of full size passes, and the ports that the edge rejects do not."""

from collections.abc import Iterator

from seapoint.base.addresses import Address
from seapoint.probe.allowed import HTTP, TCP, Traffic, admits, echo, rejected_ports
from seapoint.probe.instances import Instance, Leg
from seapoint.probe.kinds.closed import Closed
from seapoint.probe.kinds.full_size import FullSize
from seapoint.probe.mtu import outwards
from seapoint.probe.probe import Probe
from seapoint.probe.translation import SNAT_AT_ROUTER, reaches, translates
from seapoint.probe.world import ON_THE_INTERNET, World


def probes(world: World) -> Iterator[Probe]:
    for instance in world.instances:
        for leg in instance.legs:
            far = world.internet(leg.address.version)
            if far is not None and world.behind_edge(leg):
                yield from _full_size(world, instance, leg, far)
                yield from _rejected(world, instance, leg, far)


def _full_size(world: World, instance: Instance, leg: Leg, far: Address) -> Iterator[Probe]:
    if reaches(world, instance, leg, far, echo(far.version)):
        yield Probe("internet-full-size", instance.name, FullSize(str(far), far, outwards(world, instance, leg)))


def _rejected(world: World, instance: Instance, leg: Leg, far: Address) -> Iterator[Probe]:
    if not reaches(world, instance, leg, far, HTTP):
        return  # a refusal is told from a dead path by an open port of the same far end
    for port in rejected_ports(world.cloud, leg.floating or leg.address, far):
        if admits(world.intent, instance.port, "egress", far, Traffic(TCP, port)):
            yield Probe("rejected", instance.name, Closed(ON_THE_INTERNET, far, port, _suspicion(leg)))


def _suspicion(leg: Leg) -> str:
    """Why a rule on instances' addresses may not match: the edge does not see them."""
    return SNAT_AT_ROUTER if leg.floating is None and translates(leg.router, leg.address.version) else ""
