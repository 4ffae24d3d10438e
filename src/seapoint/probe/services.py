"""Who asks a service address: instances, hosts on cloud-private, the internet."""

from collections.abc import Iterator

from seapoint.base.addresses import Address, covers
from seapoint.intent.cloud.vip import Vip
from seapoint.probe.allowed import Traffic, admits, passes_edge
from seapoint.probe.instances import Instance
from seapoint.probe.world import World


def asking_instances(world: World, address: Address, traffic: Traffic) -> Iterator[Instance]:
    """The instances that reach a VIP: it lies behind the edge, but before the core routers and their filters."""
    return (one for one in world.instances if _reaches(world, one, address, traffic))


def neighbours(world: World, vip: Vip, address: Address) -> Iterator[str]:
    """A host of each rack with a leg in cloud-private that does not own the VIP."""
    racks: dict[str, str] = {}
    for host in world.cloud.hosts.values():
        legs = {private.version for private in host.private.all()}
        if host.runs and host.name not in vip.owners and address.version in legs:
            racks.setdefault(host.rack, host.name)
    yield from racks.values()


def heard_on_the_internet(world: World, address: Address) -> bool:
    """Whether somebody on the internet can ask this VIP."""
    private = any(covers(network, address) for network in world.cloud.private_space())
    return world.internet(address.version) is not None and not private and world.on_the_internet(address)


def _reaches(world: World, instance: Instance, address: Address, traffic: Traffic) -> bool:
    return admits(world.intent, instance.port, "egress", address, traffic) and any(
        leg.address.version == address.version
        and world.behind_edge(leg)
        and passes_edge(world.cloud, leg.floating or leg.address, address, traffic)
        for leg in instance.legs
    )
