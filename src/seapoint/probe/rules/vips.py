"""Service addresses answer: to instances and to hosts on cloud-private by their names, and to the internet.

There only those that are announced, by their addresses: nobody there looks for names.
"""

from collections.abc import Iterator

from seapoint.probe.allowed import echo
from seapoint.probe.kinds.ping import Ping
from seapoint.probe.probe import Probe
from seapoint.probe.services import asking_instances, heard_on_the_internet, neighbours
from seapoint.probe.world import ON_THE_INTERNET, World


def probes(world: World) -> Iterator[Probe]:
    for vip in world.cloud.vips.values():
        for address in vip.addresses.all() if vip.owners else ():
            by_name, by_address = Ping(vip.fqdn, address), Ping(str(address), address)
            for one in asking_instances(world, address, echo(address.version)):
                yield Probe("vip", one.name, by_name if world.knows_names(one) else by_address)
            yield from (Probe("vip", where, by_name) for where in neighbours(world, vip, address))
            if heard_on_the_internet(world, address):
                yield Probe("vip", ON_THE_INTERNET, by_address)
