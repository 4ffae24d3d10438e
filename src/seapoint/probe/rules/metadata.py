"""Every instance asks who it is, over each family in which its network has a metadata service for it."""

from collections.abc import Iterator

from seapoint.base.addresses import Address, parse_address
from seapoint.intent.metadata import ADDRESS4, ADDRESS6, metadata_port
from seapoint.intent.port import Port
from seapoint.probe.allowed import HTTP, admits
from seapoint.probe.instances import Instance
from seapoint.probe.kinds.metadata import Metadata
from seapoint.probe.probe import Probe
from seapoint.probe.world import World


def probes(world: World) -> Iterator[Probe]:
    for instance in world.instances:
        asked = metadata_port(world.intent, instance.network.id)
        for address in _promised(instance, asked) if asked else ():
            if admits(world.intent, instance.port, "egress", address, HTTP):
                check = Metadata(address, instance.port.device_id, _another(world, instance))
                yield Probe("metadata", instance.name, check)


def _promised(instance: Instance, asked: Port) -> Iterator[Address]:
    """By IPv4 it needs the route that DHCP tells, where the metadata port has an address; by IPv6 nothing."""
    served = {fixed.subnet_id for fixed in asked.fixed_ips}
    if any(leg.address.version == 4 and leg.subnet.id in served for leg in instance.legs):
        yield parse_address(ADDRESS4)
    if instance.leg(6) is not None:
        yield parse_address(ADDRESS6)


def _another(world: World, instance: Instance) -> Address | None:
    """An address of an instance that it is not, in another network if there is one."""
    others = [other for other in world.instances if other.name != instance.name and other.legs]
    others.sort(key=lambda other: other.network.id == instance.network.id)
    return others[0].legs[0].address if others else None
