"""Service addresses answer: to instances and to hosts on cloud-private by their names, and to the internet.

There only those that are announced, by their addresses: nobody on the internet knows the names.
"""

from collections.abc import Iterator

from seapoint.base.addresses import Address, covers
from seapoint.intent.cloud.vip import Vip
from seapoint.probe.allowed import admits, echo, passes_edge
from seapoint.probe.instances import Instance
from seapoint.probe.kinds.ping import Ping
from seapoint.probe.probe import Probe
from seapoint.probe.world import ON_THE_INTERNET, World


def probes(world: World) -> Iterator[Probe]:
    for vip in world.cloud.vips.values():
        for address in vip.addresses.all() if vip.owners else ():
            by_name = Ping(vip.fqdn, address)
            askers = (one.name for one in world.instances if _reaches(world, one, address))
            yield from (Probe("vip", where, by_name) for where in (*askers, *_neighbours(world, vip, address)))
            if world.internet(address.version) is not None and _announced(world, address):
                yield Probe("vip", ON_THE_INTERNET, Ping(str(address), address))


def _reaches(world: World, instance: Instance, address: Address) -> bool:
    """A VIP lies behind the edge and before the core routers: their filters have no say."""
    ping = echo(address.version)
    return admits(world.intent, instance.port, "egress", address, ping) and any(
        leg.address.version == address.version
        and world.behind_edge(leg)
        and passes_edge(world.cloud, leg.floating or leg.address, address, ping)
        for leg in instance.legs
    )


def _neighbours(world: World, vip: Vip, address: Address) -> Iterator[str]:
    """A host of each rack with a leg in cloud-private that does not own the VIP."""
    racks: dict[str, str] = {}
    for host in world.cloud.hosts.values():
        legs = {private.version for private in host.private.all()}
        if host.runs and host.name not in vip.owners and address.version in legs:
            racks.setdefault(host.rack, host.name)
    yield from racks.values()


def _announced(world: World, address: Address) -> bool:
    private = any(covers(network, address) for network in world.cloud.private_space())
    return not private and world.on_the_internet(address)
