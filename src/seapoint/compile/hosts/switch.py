"""A switch's routing instance of one realm: gateway of the realm's VLANs, statics to what lies behind the edge, BGP."""

from collections.abc import Iterator

from seapoint.base.addresses import Network, outermost
from seapoint.compile.hosts.forwarding import forwarding_everywhere
from seapoint.compile.hosts.names import instance, link_interface
from seapoint.compile.hosts.routing import (
    EVERYTHING,
    SESSION_BFD,
    Direction,
    aggregates,
    between_equals,
    exported,
    link_end,
    policies,
    policy_name,
    router_id,
)
from seapoint.intent.cloud.model import Cloud, Switch, Vlan
from seapoint.target.device import Device
from seapoint.target.frr import Bgp, Frr, Neighbor, StaticRoute
from seapoint.target.host import Interface


def switch_instance(cloud: Cloud, switch: Switch, realm: str) -> Device:
    """The instance's target, a device of its own."""
    name = instance(switch.name, realm)
    vlans = gateway_vlans(cloud, switch, realm)
    links = cloud.links_of(switch.name, realm)
    interfaces = (
        *(Interface(vlan.interface, "vlan", mtu=vlan.mtu, addresses=vlan.with_length(vlan.gateway)) for vlan in vlans),
        *(link_end(link, switch.name, link_interface(link, name)) for link in links),
    )
    candidates = (*(link.addresses_of(switch.name) for link in links), *(vlan.gateway for vlan in vlans))
    number = [*cloud.switches].index(switch.name)
    bgp = Bgp(
        switch.asn,
        router_id(candidates, number),
        (EVERYTHING, *policies(cloud, _directions(realm))),
        tuple(_neighbors(cloud, switch, realm)),
    )
    return Device(
        name,
        sysctls=forwarding_everywhere(interface.name for interface in interfaces),
        interfaces=interfaces,
        services=(Frr(name, _statics(cloud, switch, realm), bgp),),
    )


def gateway_vlans(cloud: Cloud, switch: Switch, realm: str) -> tuple[Vlan, ...]:
    """The VLANs of the realm whose gateway the switch is; the other VLANs only pass through it."""
    return tuple(
        vlan for vlan in cloud.vlans.values() if vlan.realm == realm and cloud.gateway_switch(vlan) == switch.name
    )


def _directions(realm: str) -> tuple[Direction, Direction]:
    return (("routers", "switches", realm), ("switches", "routers", realm))


def _neighbors(cloud: Cloud, switch: Switch, realm: str) -> Iterator[Neighbor]:
    imports, exports = (policy_name(*direction) for direction in _directions(realm))
    for link in cloud.links_of(switch.name, realm):
        other = link.other(switch.name)
        if other in cloud.switches:
            yield from between_equals(link, switch.name, cloud.switches[other].asn, switch.asn)
        else:
            for address in link.addresses_of(other).all():
                yield Neighbor(address, cloud.routers[other].asn, other, imports, exports, bfd=SESSION_BFD)


def _statics(cloud: Cloud, switch: Switch, realm: str) -> tuple[StaticRoute, ...]:
    """To what lies behind the edge over its moving address, on the switch that meets it on a VLAN; and aggregates.

    An aggregate only stands for prefixes that no device of the realm has exactly: it must not hide a learnt route.
    """
    behind = _behind_edge(cloud, realm)
    connected = [network for vlan in cloud.vlans.values() if vlan.realm == realm for network in vlan.networks.all()]
    discarded = aggregates(exported(cloud, "switches", "routers", realm), (*behind, *connected))
    statics = [StaticRoute(network) for network in discarded]
    edge = cloud.edge
    if edge is not None and cloud.gateway_switch(cloud.vlans[edge.outside.vlan]) == switch.name:
        via = {address.version: address for address in edge.outside.vip.all()}
        statics += [StaticRoute(network, (via[network.version],)) for network in behind if network.version in via]
    return tuple(sorted(statics, key=lambda one: (one.destination.version, int(one.destination.network_address))))


def _behind_edge(cloud: Cloud, realm: str) -> tuple[Network, ...]:
    """The tenants' prefixes of the plan and the edge's inside VLAN."""
    if cloud.edge is None or cloud.vlans[cloud.edge.outside.vlan].realm != realm:
        return ()
    return outermost((*cloud.tenant_prefixes(), *cloud.vlans[cloud.edge.inside.vlan].networks.all()))
