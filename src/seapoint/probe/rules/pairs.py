"""Every instance to every other that a subnet or a router joins it with.

Where security groups allow it, the other answers by its name, to a packet of full size too; else nobody answers.
"""

from collections.abc import Iterator
from itertools import permutations

from seapoint.probe.allowed import admits, echo
from seapoint.probe.instances import FAMILIES, Family, Instance, Leg
from seapoint.probe.kinds.full_size import FullSize
from seapoint.probe.kinds.ping import Ping
from seapoint.probe.kinds.silent import Silent
from seapoint.probe.labels import IPV6
from seapoint.probe.mtu import between
from seapoint.probe.probe import Probe
from seapoint.probe.world import World


def probes(world: World) -> Iterator[Probe]:
    for one, other in permutations(world.instances, 2):
        for family in FAMILIES:
            yield from _pair(world, one, other, family)


def _pair(world: World, one: Instance, other: Instance, family: Family) -> Iterator[Probe]:
    near, far = one.leg(family), other.leg(family)
    if near is None or far is None or not _joined(near, far):
        return
    name = other.fqdn if other.fqdn and world.knows_names(one) else str(far.address)
    if (
        admits(world.intent, one.port, "egress", far.address, echo(family))
        and admits(world.intent, other.port, "ingress", near.address, echo(family))
    ):  # fmt: skip
        covers = (IPV6,) if family == 4 else ()
        yield Probe("instances", one.name, Ping(name, far.address), covers)
        yield Probe("instances-full-size", one.name, FullSize(name, far.address, between(one, other)))
    else:
        yield Probe("isolation", one.name, Silent(name, far.address))


def _joined(near: Leg, far: Leg) -> bool:
    """Whether a packet can get there and back: on one subnet, or through the router that both use."""
    if near.subnet.id == far.subnet.id:
        return True
    return near.router is not None and far.router is not None and near.router.id == far.router.id
