"""Authoritative name servers: on the owners of the VIPs that the cloud's zones name as their servers."""

from seapoint.base.addresses import Address
from seapoint.compile.hosts.recursors import recursor_addresses, sources
from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.intent.cloud.dns import Dns
from seapoint.intent.cloud.model import Cloud, Function, Host
from seapoint.target.device import Device
from seapoint.target.knot import Knot, Reader, ServedZone


def name_server(cloud: Cloud, host: Host, _tenants: Tenancy) -> Device | None:
    """An owner's part: it answers at its VIPs and its own addresses.

    Only this server may change the zones, from the control hosts' management addresses: what it feeds must never depend
    on the VIPs, names and routes that it makes.
    """
    if cloud.dns is None:
        return None
    vips = [cloud.vips[name] for name in cloud.dns.authoritative]
    own = [address for vip in vips if host.name in vip.owners for address in vip.addresses.all()]
    if not own:
        return None
    feeders = tuple(address for one in cloud.doing(Function.CONTROL) for address in one.management.all())
    zones = tuple(ServedZone(zone.name, zone.signed) for zone in cloud.dns.zones)
    listen = (*own, *host.private.all(), *host.management.all())
    return Device(host.name, services=(Knot(listen, feeders, zones, _reader(cloud, cloud.dns, host)),))


def _reader(cloud: Cloud, dns: Dns, host: Host) -> Reader | None:
    told, inside = recursor_addresses(cloud, dns, host), dns.zone_for("inside")
    # its transfers come from where they go to, its questions from where it asks everybody
    return Reader(inside.name, (*host.private.all(), *sources(cloud, dns, host)), told) if told and inside else None


def name_servers(cloud: Cloud, dns: Dns) -> tuple[Address, ...]:
    """The management address of each host that does so: where it is fed."""
    owners = dict.fromkeys(owner for name in dns.authoritative for owner in cloud.vips[name].owners)
    return tuple(cloud.hosts[owner].management.all()[0] for owner in owners)
