"""Who may see a packet on its way: every running device of the cloud, and the instances at its two ends."""

from collections.abc import Iterator

from seapoint.base.addresses import Address
from seapoint.compile.hosts import compile_device, devices
from seapoint.intent.cloud.model import Cloud, Function
from seapoint.intent.snapshot import Intent
from seapoint.probe.instances import Instance, instances


def places(cloud: Cloud, intent: Intent, start: str, target: Address) -> tuple[str, ...]:
    """Names of hosts and instances; of hypervisors only those of the instances at the flow's ends."""
    ends = tuple(one for one in instances(cloud, intent, {}) if one.name == start or target in _addresses(one))
    near = {one.port.binding_host_id for one in ends}
    return tuple(dict.fromkeys((start, *(one.name for one in ends), *_devices(cloud, near))))


def _addresses(one: Instance) -> Iterator[Address]:
    for leg in one.legs:
        yield leg.address
        if leg.floating:
            yield leg.floating


def _devices(cloud: Cloud, near: set[str]) -> Iterator[str]:
    for name in devices(cloud):
        host = cloud.hosts.get(name)
        if host is None or host.does is not Function.HYPERVISOR or name in near:
            yield name
        if name in cloud.switches:
            yield from compile_device(cloud, Intent.empty(), name)  # its routing instances
