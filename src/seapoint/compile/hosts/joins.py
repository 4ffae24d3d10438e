"""Joined sites on an edge host: tunnels to the gateways of other sites, iBGP over them, and what they let pass.

Sources: docs/design/joins.md; RFC 2784 (GRE), RFC 4271 (BGP-4).
"""

from collections.abc import Iterator
from dataclasses import replace

from seapoint.compile.hosts.firewall import FAMILIES, of_family
from seapoint.compile.hosts.forwarding import forwarding_between
from seapoint.compile.hosts.names import towards
from seapoint.compile.hosts.routing import policy_name, router_id, session_bfd
from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.intent.cloud.joins import Joins, Tunnel
from seapoint.intent.cloud.model import Cloud, Edge, Host
from seapoint.target.device import Device
from seapoint.target.frr import Bgp, Frr, Neighbor, Policy, StaticRoute
from seapoint.target.health import Health
from seapoint.target.host import Interface
from seapoint.target.host import Rule as RoutingRule
from seapoint.target.nftables import Operand, Rule

#: Octets that a tunnel adds to a packet, by the family outside: its headers of IP, GRE and Ethernet.
OVERHEAD = {4: 20 + 4 + 14, 6: 40 + 4 + 14}
#: Of the rules by which what comes out of a tunnel is routed in the edge's table.
PRIORITY = 1050
#: Distance of the routes that end what no tunnel carries now: it must not leave by the default route. They are FRR's,
#: for a route of the kernel would count before those that it learns.
LAST_RESORT = 254
#: Weight of a host's first tunnel to a site; each further one has one less.
FIRST_WEIGHT = 100


def joined_edge(cloud: Cloud, host: Host, _tenants: Tenancy) -> Device | None:
    """An edge host's part: its tunnels, the routes that other sites tell through them, and whom it reaches."""
    edge, joins = cloud.edge, cloud.joins
    if edge is None or joins is None or not joins.of(host.name):
        return None
    tunnels = joins.of(host.name)
    names = tuple(interface_of(tunnel) for tunnel in tunnels)
    outside = cloud.vlans[edge.outside.vlan]
    ends = tuple(StaticRoute(one, distance=LAST_RESORT, table=edge.table) for one in joins.networks())
    return Device(
        host.name,
        sysctls=forwarding_between(names),
        interfaces=tuple(_interface(cloud, tunnel, outside.interface) for tunnel in tunnels),
        rules=tuple(
            RoutingRule(version, PRIORITY, edge.table, incoming=name) for name in names for version in FAMILIES
        ),
        services=(Frr(host.name, ends, _bgp(cloud, joins, edge, host)), Health(ways=_ways(joins, host))),
    )


def _ways(joins: Joins, host: Host) -> tuple[tuple[str, ...], ...]:
    """The neighbours to each site by each family: of these one suffices."""
    found: dict[tuple[str, int], list[str]] = {}
    for tunnel in joins.of(host.name):
        for address in tunnel.far.all():
            found.setdefault((tunnel.site, address.version), []).append(str(address))
    return tuple(map(tuple, found.values()))


def interface_of(tunnel: Tunnel) -> str:
    """The name of a tunnel's interface on its host."""
    return towards(tunnel.gateway)


def tunnel_mtu(cloud: Cloud, tunnel: Tunnel) -> int:
    """The largest IP packet that goes through, in octets: what passes outside, without the tunnel's headers."""
    assert cloud.edge is not None
    assert cloud.joins is not None
    outside = min(cloud.vlans[cloud.edge.outside.vlan].mtu, cloud.joins.mtu)
    return outside - OVERHEAD[tunnel.remote.version]


def forwarded(cloud: Cloud, host: Host, incoming: tuple[str, ...], outgoing: str) -> Iterator[Rule]:
    """What passes between the edge's outside, by which it comes and goes, and the tunnels: cloud-private only."""
    joins = cloud.joins
    if joins is None:
        return
    names = tuple(interface_of(tunnel) for tunnel in joins.of(host.name))
    for version in FAMILIES if names else ():
        here = Operand(of_family(joins.announced, version))
        there = Operand(of_family(joins.networks(), version))
        if here.networks and there.networks:
            yield Rule(
                "accept",
                "cloud-private to other sites",
                family=version,
                incoming=incoming,
                outgoing=names,
                source=here,
                destination=there,
            )
            yield Rule(
                "accept",
                "cloud-private of other sites",
                family=version,
                incoming=names,
                outgoing=(outgoing,),
                source=there,
                destination=here,
            )


def _interface(cloud: Cloud, tunnel: Tunnel, outside: str) -> Interface:
    pairs = zip(tunnel.own.all(), tunnel.networks.all(), strict=True)
    return Interface(
        interface_of(tunnel),
        "gre",
        parent=outside,
        mtu=tunnel_mtu(cloud, tunnel),
        addresses=tuple(f"{address}/{network.prefixlen}" for address, network in pairs),
        local=str(tunnel.local),
        remote=str(tunnel.remote),
    )


def _bgp(cloud: Cloud, joins: Joins, edge: Edge, host: Host) -> Bgp:
    outside = cloud.vlans[edge.outside.vlan].addresses
    exports = Policy(policy_name("edge", "sites"), joins.announced)
    imports = [Policy(policy_name(site.name, "edge"), site.networks, table=edge.table) for site in joins.sites.values()]
    return Bgp(
        joins.asn,
        router_id((outside[host.name],), edge.hosts.index(host.name)),
        (*imports, exports),
        tuple(_neighbors(cloud, joins, host, exports.name)),
        offers=(),
        originates=joins.announced,
    )


def _neighbors(cloud: Cloud, joins: Joins, host: Host, exports: str) -> Iterator[Neighbor]:
    used: dict[str, int] = {}
    for tunnel in joins.of(host.name):
        weight = used.setdefault(tunnel.site, FIRST_WEIGHT)
        used[tunnel.site] -= 1
        for address in tunnel.far.all():
            imports = policy_name(tunnel.site, "edge")
            session = Neighbor(address, joins.asn, tunnel.gateway, imports, exports, bfd=session_bfd(cloud))
            yield replace(session, gtsm=cloud.links_gtsm, weight=weight, password=joins.password)
