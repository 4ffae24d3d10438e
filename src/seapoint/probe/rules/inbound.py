"""From the internet: floating IPs and IPv6 addresses announced there answer as far as security groups allow."""

from collections.abc import Iterator

from seapoint.base.addresses import Address
from seapoint.probe.allowed import admits, echo, forwarded
from seapoint.probe.instances import Instance
from seapoint.probe.kinds.ping import Ping
from seapoint.probe.kinds.silent import Silent
from seapoint.probe.probe import Probe
from seapoint.probe.world import ON_THE_INTERNET, World


def probes(world: World) -> Iterator[Probe]:
    for instance in world.instances:
        for leg in instance.legs:
            far = world.internet(leg.address.version)
            target = leg.floating or leg.address
            if far is not None and world.behind_edge(leg) and world.on_the_internet(target):
                yield from _ping(world, instance, far, target)


def _ping(world: World, instance: Instance, far: Address, target: Address) -> Iterator[Probe]:
    traffic = echo(target.version)
    if not admits(world.intent, instance.port, "ingress", far, traffic):
        yield Probe("from-the-internet", ON_THE_INTERNET, Silent(str(target), target))
    elif forwarded(world.cloud, target, target, far, traffic):
        yield Probe("from-the-internet", ON_THE_INTERNET, Ping(str(target), target))
