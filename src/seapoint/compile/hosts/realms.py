"""The realms that a host has legs in beside management's, and the rules that keep them apart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from seapoint.base.addresses import Addresses, Network, host_network
from seapoint.compile.hosts.firewall import FAMILIES, of_family
from seapoint.compile.hosts.joins import interface_of
from seapoint.compile.hosts.legs import listed_vlans
from seapoint.compile.hosts.private import private_vlan
from seapoint.intent.cloud.model import Cloud, Edge, Host
from seapoint.target.nftables import Family, Operand, Rule

#: What concerns one link only: IPv4 multicast and broadcast, IPv6 link-local and multicast (RFC 5771, 919, 4291).
ON_LINK: Mapping[Family, tuple[Network, ...]] = {
    4: (ip_network("224.0.0.0/4"), ip_network("255.255.255.255/32")),
    6: (ip_network("fe80::/10"), ip_network("ff00::/8")),
}


@dataclass(frozen=True, slots=True)
class Realm:
    """A host's place in one realm: its interfaces there (a VRF's own too), and the addresses that it has there."""

    interfaces: tuple[str, ...]
    addresses: tuple[Network, ...]


def realms(cloud: Cloud, host: Host) -> tuple[Realm, ...]:
    """All but management's, which is the installer's.

    Of an edge host the edge's own, what lies in its tunnels to other sites, and the cloud-private one.
    """
    edge = cloud.edge if cloud.edge and host.name in cloud.edge.hosts else None
    legs = [(vlan.interface, vlan.addresses[host.name]) for vlan in listed_vlans(cloud, host)]
    private = private_vlan(cloud, host)
    second = [(private.interface, host.private)] if private else []
    vips = tuple(vip.addresses for vip in cloud.vips.values() if host.name in vip.owners)
    if edge is not None:
        tunnels = [(interface_of(one), one.own) for one in (cloud.joins.of(host.name) if cloud.joins else ())]
        return (_edge_realm(cloud, edge, host), *_realm(tunnels, ()), *_realm(second, vips))
    return _realm([*second, *legs], vips)


def apart(realm: Realm) -> Iterator[Rule]:
    """The kernel takes a packet to any address of the host from any interface: a realm must not reach another's.

    Link-local addresses are the interface's own to the kernel; multicast carries neighbour discovery and VRRP.
    """
    for version in FAMILIES:
        own = of_family(realm.addresses, version)
        to_realm = Operand((*own, *ON_LINK[version]), negated=True)
        yield Rule("drop", "out of the realm", family=version, incoming=realm.interfaces, destination=to_realm)
        if own:
            others = ("lo", *realm.interfaces)
            yield Rule("drop", "into the realm", family=version, not_incoming=others, destination=Operand(own))


def _realm(legs: list[tuple[str, Addresses]], vips: tuple[Addresses, ...]) -> tuple[Realm, ...]:
    if not legs:
        return ()
    held = (address for addresses in (*(own for _, own in legs), *vips) for address in addresses.all())
    return (Realm(tuple(interface for interface, _ in legs), tuple(host_network(address) for address in held)),)


def _edge_realm(cloud: Cloud, edge: Edge, host: Host) -> Realm:
    """Of all edge hosts, so that their rulesets are one."""
    outside = cloud.vlans[edge.outside.vlan]
    vlans = [vlan for vlan in listed_vlans(cloud, host) if vlan.realm == outside.realm]
    own = (vlan.addresses[name] for vlan in vlans for name in edge.hosts if name in vlan.addresses)
    held = (address for one in (*own, edge.inside.vip, edge.outside.vip) for address in one.all())
    return Realm(
        (edge.vrf, *(vlan.interface for vlan in vlans)),
        tuple(host_network(address) for address in (*held, edge.nat_source)),
    )
