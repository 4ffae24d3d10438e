"""A switch's routing instance of one realm: gateway of the realm's VLANs, statics to what lies behind the edge, BGP."""

from collections.abc import Iterator
from dataclasses import replace

from seapoint.base.addresses import Network, outermost
from seapoint.compile.hosts.forwarding import forwarding_everywhere
from seapoint.compile.hosts.names import instance, link_interface
from seapoint.compile.hosts.reflection import loopback, reflected_neighbors, reflects, underlay
from seapoint.compile.hosts.routing import (
    Direction,
    aggregates,
    between_equals,
    exported,
    link_end,
    policies,
    policy_name,
    router_id,
    session_bfd,
)
from seapoint.compile.hosts.translated import edgeward_routes, edgeward_rules
from seapoint.compile.hosts.vips import server_neighbors, servers_policies, vip_ranges
from seapoint.intent.cloud.model import Cloud, Edge, Switch, Vlan
from seapoint.target.device import Device
from seapoint.target.frr import Bgp, Frr, Neighbor, Policy, StaticRoute
from seapoint.target.host import Interface


def switch_instance(cloud: Cloud, switch: Switch, realm: str) -> Device:
    """The instance's target, a device of its own."""
    name = instance(switch.name, realm)
    vlans = gateway_vlans(cloud, switch, realm)
    links = cloud.links_of(switch.name, realm)
    interfaces = (
        *loopback(cloud, switch, realm),
        *(Interface(vlan.interface, "vlan", mtu=vlan.mtu, addresses=vlan.with_length(vlan.gateway)) for vlan in vlans),
        *(link_end(link, switch.name, link_interface(link, name)) for link in links),
    )
    candidates = (
        switch.loopback,
        *(link.addresses_of(switch.name) for link in links),
        *(vlan.gateway for vlan in vlans),
    )
    number = [*cloud.switches].index(switch.name)
    identifier = router_id(candidates, number)
    neighbors = (
        *_neighbors(cloud, switch, realm),
        *reflected_neighbors(cloud, switch, realm),
        *server_neighbors(cloud, switch, realm),
    )
    bgp = Bgp(switch.asn, identifier, _policies(cloud, switch, realm), neighbors)
    return Device(
        name,
        sysctls=forwarding_everywhere(interface.name for interface in interfaces if interface.name != "lo"),
        interfaces=interfaces,
        rules=edgeward_rules(cloud, switch, realm),
        routes=edgeward_routes(cloud, switch, realm),
        services=(Frr(name, _statics(cloud, switch, realm), bgp, ospf=underlay(cloud, switch, realm, identifier)),),
    )


def gateway_vlans(cloud: Cloud, switch: Switch, realm: str) -> tuple[Vlan, ...]:
    """The VLANs of the realm whose gateway the switch is; the other VLANs only pass through it."""
    return tuple(
        vlan for vlan in cloud.vlans.values() if vlan.realm == realm and cloud.gateway_switch(vlan) == switch.name
    )


def _policies(cloud: Cloud, switch: Switch, realm: str) -> tuple[Policy, ...]:
    """Those of the file's exports, and of servers; switches pass VIPs on to each other, and to nobody else."""
    among = policy_name("switches", "switches", realm)
    exports = policies(cloud, _directions(cloud, switch, realm))
    ranges = vip_ranges(cloud, realm)
    passed = (replace(one, longer=ranges) if one.name == among else one for one in exports)
    return (*passed, *(servers_policies(cloud, realm) if any(server_neighbors(cloud, switch, realm)) else ()))


def _directions(cloud: Cloud, switch: Switch, realm: str) -> Iterator[Direction]:
    others = {link.other(switch.name) for link in cloud.links_of(switch.name, realm)}
    if others & cloud.routers.keys():
        yield ("routers", "switches", realm)
        yield ("switches", "routers", realm)
    if others & cloud.switches.keys():
        yield ("switches", "switches", realm)


def _neighbors(cloud: Cloud, switch: Switch, realm: str) -> Iterator[Neighbor]:
    imports, exports = policy_name("routers", "switches", realm), policy_name("switches", "routers", realm)
    among = policy_name("switches", "switches", realm)
    for link in cloud.links_of(switch.name, realm):
        other = link.other(switch.name)
        if other in cloud.switches and reflects(cloud, realm):
            continue
        if other in cloud.switches:
            yield from between_equals(
                link, switch.name, cloud.switches[other].asn, switch.asn, among, session_bfd(cloud), cloud.links_gtsm
            )
        else:
            for address in link.addresses_of(other).all():
                yield Neighbor(
                    address,
                    cloud.routers[other].asn,
                    other,
                    imports,
                    exports,
                    bfd=session_bfd(cloud),
                    gtsm=cloud.links_gtsm,
                )


def _statics(cloud: Cloud, switch: Switch, realm: str) -> tuple[StaticRoute, ...]:
    """To what lies behind the edge, over its moving address; and aggregates, which discard what nobody has.

    Both on one switch of the realm only: the others learn them from it, and an aggregate of their own would hide them.
    What only servers are told no other switch tells: of that each has its own aggregate.
    """
    edge = _edge(cloud, realm)
    first = cloud.gateway_switch(cloud.vlans[edge.outside.vlan]) if edge else next(iter(cloud.switches))
    behind = _behind(cloud, edge) if edge else ()
    connected = [network for vlan in cloud.vlans.values() if vlan.realm == realm for network in vlan.networks.all()]
    told = {network for receiver in ("routers", "switches") for network in exported(cloud, "switches", receiver, realm)}
    servers = aggregates(exported(cloud, "switches", "servers", realm), (*behind, *connected, *told))
    if switch.name != first:
        return tuple(StaticRoute(network) for network in servers)
    statics = [StaticRoute(network) for network in (*aggregates(told, (*behind, *connected)), *servers)]
    via = {address.version: address for address in edge.outside.vip.all()} if edge else {}
    statics += [StaticRoute(network, (via[network.version],)) for network in behind if network.version in via]
    return tuple(sorted(statics, key=_order))


def _order(static: StaticRoute) -> tuple[int, int, int]:
    network = static.destination
    return (network.version, int(network.network_address), network.prefixlen)


def _edge(cloud: Cloud, realm: str) -> Edge | None:
    """The edge, where its WAN lies in this realm."""
    edge = cloud.edge
    return edge if edge and cloud.vlans[edge.outside.vlan].realm == realm else None


def _behind(cloud: Cloud, edge: Edge) -> tuple[Network, ...]:
    """The tenants' prefixes of the plan, the edge's inside VLAN, and what is cloud-private in other sites."""
    others = cloud.joins.networks() if cloud.joins else ()
    return outermost((*cloud.tenant_prefixes(), *cloud.vlans[edge.inside.vlan].networks.all(), *others))
