"""Recursors: on the owners of the VIPs that the cloud file names, for the cloud's own networks and nobody else."""

from seapoint.base.addresses import Address, Network, outermost
from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.intent.cloud.dns import Dns
from seapoint.intent.cloud.model import Cloud, Host
from seapoint.target.device import Device
from seapoint.target.unbound import Unbound


def recursor(cloud: Cloud, host: Host, _tenants: Tenancy) -> Device | None:
    """An owner's part. It asks our zones of the name servers' own addresses, not of their VIPs: no route is needed."""
    if cloud.dns is None:
        return None
    listen = recursor_addresses(cloud, cloud.dns, host)
    if not listen:
        return None
    inside = cloud.dns.zone_for("inside")
    serving = dict.fromkeys(owner for name in cloud.dns.authoritative for owner in cloud.vips[name].owners)
    unbound = Unbound(
        listen,
        serves=served(cloud),
        sources=sources(cloud, cloud.dns, host),
        zones=tuple(zone.name for zone in cloud.dns.zones if zone is not inside),
        authoritative=tuple(address for owner in serving for address in cloud.hosts[owner].private.all()),
        inside=inside.name if inside else "",
        beside=host.private.all(),
    )
    return Device(host.name, services=(unbound,))


def recursor_addresses(cloud: Cloud, dns: Dns, host: Host) -> tuple[Address, ...]:
    """Where a host's recursor answers; none on a host that runs none."""
    vips = (cloud.vips[name] for name in dns.recursive)
    return tuple(address for vip in vips if host.name in vip.owners for address in vip.addresses.all())


def sources(cloud: Cloud, dns: Dns, host: Host) -> tuple[Address, ...]:
    """Where it asks from: VIPs of its name server that are its alone, to which answers of the internet find back."""
    vips = (cloud.vips[name] for name in dns.authoritative)
    alone = tuple(address for vip in vips if vip.owners == (host.name,) for address in vip.addresses.all())
    return alone or host.private.all()


def served(cloud: Cloud) -> tuple[Network, ...]:
    """The cloud's networks: what the plan gives tenants, cloud-private, and what services send from."""
    vips = (network for vip in cloud.vips.values() for network in cloud.prefixes[vip.prefix].networks.all())
    return outermost([*cloud.tenant_prefixes(), *cloud.private_space(), *vips])
