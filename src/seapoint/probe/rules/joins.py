"""Other sites: hosts on cloud-private reach a host there, with packets of full size; instances do not."""

from collections.abc import Iterator

from seapoint.compile.hosts.joins import tunnel_mtu
from seapoint.probe.kinds.full_size import FullSize
from seapoint.probe.kinds.ping import Ping
from seapoint.probe.kinds.silent import Silent
from seapoint.probe.probe import Probe
from seapoint.probe.world import World


def probes(world: World) -> Iterator[Probe]:
    joins = world.cloud.joins
    for site in joins.sites.values() if joins else ():
        assert joins is not None
        mtu = min((tunnel_mtu(world.cloud, one) for one in joins.tunnels if one.site == site.name), default=0)
        for address in site.host.all() if mtu else ():
            for where in _neighbours(world, address.version):
                yield Probe("other-site", where, Ping(str(address), address))
                yield Probe("other-site", where, FullSize(str(address), address, mtu))
            for instance in world.instances:
                if any(leg.address.version == address.version for leg in instance.legs):
                    yield Probe("other-site", instance.name, Silent(str(address), address))


def _neighbours(world: World, version: int) -> Iterator[str]:
    """A host of each rack with a leg in cloud-private."""
    racks: dict[str, str] = {}
    for host in world.cloud.hosts.values():
        if host.runs and version in {private.version for private in host.private.all()}:
            racks.setdefault(host.rack, host.name)
    yield from racks.values()
