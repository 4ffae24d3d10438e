"""An edge host: routing between virtual routers (inside) and the WAN (outside), NAT, firewall, redundancy."""

from seapoint.base.addresses import Address, Addresses, host_network
from seapoint.compile.hosts.firewall import edge_ruleset
from seapoint.compile.hosts.forwarding import forwarding_between, hairpin
from seapoint.compile.hosts.joins import forwarded
from seapoint.compile.hosts.legs import listed_legs, listed_vlans
from seapoint.compile.hosts.names import MANAGEMENT_NIC
from seapoint.compile.hosts.private import private_interface, private_routes, private_rules
from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.compile.hosts.translated import carried_sources
from seapoint.intent.cloud.model import Cloud, Edge, Host, Vlan
from seapoint.target.conntrackd import Conntrackd
from seapoint.target.device import Device
from seapoint.target.health import PRIORITY
from seapoint.target.host import Route, Vrf
from seapoint.target.keepalived import Keepalived, MovingAddress, VrrpInstance

#: Entries of the connection table. Each takes about 320 bytes of kernel memory when used.
CONNECTIONS = 1_048_576
#: VRRP priority of the first edge host; each further one has one less. It only decides when all start at once. Where
#: sites are joined all have the same: who has more ways to other sites takes over, and of equals the active one stays.
FIRST_PRIORITY = 100
#: Metric of the routes that end what no tenant's route takes: higher than that of any other.
LAST_RESORT = 8192


def edge_host(cloud: Cloud, edge: Edge, host: Host, tenants: Tenancy) -> Device:
    """The host's target; all edge hosts are alike but for their own addresses."""
    inside, outside = cloud.vlans[edge.inside.vlan], cloud.vlans[edge.outside.vlan]
    sides = (inside, outside)
    realm = tuple(vlan for vlan in listed_vlans(cloud, host) if vlan.realm == outside.realm)
    own = tuple(address for vlan in realm for address in _own(vlan, host).all())
    vips = (*edge.inside.vip.all(), *edge.outside.vip.all())
    # one that is drained takes no part in the election: it goes out of it with a word, and the other has all at once
    services = [] if tenants.drained(host.name) else [_keepalived(cloud, edge, host, inside, outside)]
    peer = next((cloud.hosts[name] for name in edge.hosts if name != host.name), None)
    synchronization = None if peer is None else _conntrackd(host, peer, (*own, *vips))
    instance = Vrf(
        edge.vrf,
        edge.table,
        tuple(vlan.interface for vlan in realm),
        tuple(str(address) for address in (*own, *vips, edge.nat_source)),
    )
    return Device(
        host.name,
        sysctls={
            **forwarding_between(vlan.interface for vlan in sides),
            **(hairpin(outside.interface) if carried_sources(cloud) else {}),
            # after a failover, packets of connections whose window was not followed
            "net.netfilter.nf_conntrack_tcp_be_liberal": "1",
            "net.netfilter.nf_conntrack_max": str(CONNECTIONS),
        },
        interfaces=(
            *listed_legs(cloud, host),
            *private_interface(cloud, host),
        ),
        vrfs=(instance,),
        rules=private_rules(cloud, host),
        routes=(*_routes(cloud, edge, inside, outside, tenants), *private_routes(cloud, host)),
        nftables=edge_ruleset(
            edge,
            (inside.interface, outside.interface),
            tenants,
            frozenset(cloud.prefixes),
            tuple(map(host_network, carried_sources(cloud))),
            tuple(forwarded(cloud, host, outgoing=outside.interface, incoming=(edge.vrf, outside.interface))),
        ),
        services=(synchronization, *services) if synchronization else tuple(services),
    )


def _own(vlan: Vlan, host: Host) -> Addresses:
    return vlan.addresses.get(host.name, Addresses())


def _routes(cloud: Cloud, edge: Edge, inside: Vlan, outside: Vlan, tenants: Tenancy) -> list[Route]:
    defaults = {4: "0.0.0.0/0", 6: "::/0"}
    return [
        *(
            Route(defaults[gateway.version], via=str(gateway), device=outside.interface, table=edge.table)
            for gateway in outside.gateway.all()
        ),
        *(
            Route(str(route.network), via=str(route.next_hop), device=inside.interface, table=edge.table)
            for route in tenants.routes
        ),
        # the WAN sends all of these here: what no tenant has must not go back by the default route
        *(
            Route(str(network), table=edge.table, metric=LAST_RESORT, kind="unreachable")
            for network in cloud.tenant_prefixes()
        ),
    ]


def _keepalived(cloud: Cloud, edge: Edge, host: Host, inside: Vlan, outside: Vlan) -> Keepalived:
    own = _own(outside, host)
    peers = tuple(_own(outside, cloud.hosts[name]) for name in edge.hosts if name != host.name)
    priority = FIRST_PRIORITY - (0 if cloud.joins else edge.hosts.index(host.name))
    instances = []
    if edge.outside.vip.v4:
        instances.append(
            VrrpInstance(
                family=4,
                interface=outside.interface,
                tracked=(inside.interface,),
                id=edge.vrrp.id,
                priority=priority,
                interval=edge.vrrp.interval,
                advertised=(MovingAddress(edge.outside.vip.v4, outside.interface),),
                carried=(
                    *_on(inside, edge.inside.vip.v4),
                    # held, so that packets to it from outside end here and do not circle to the virtual router
                    *_on(outside, edge.nat_source),
                ),
                source=own.v4,
                peers=tuple(peer.v4 for peer in peers if peer.v4),
            )
        )
    if edge.outside.vip.v6:
        instances.append(
            VrrpInstance(
                family=6,
                interface=outside.interface,
                tracked=(inside.interface,),
                id=edge.vrrp.id,
                priority=priority,
                interval=edge.vrrp.interval,
                advertised=(*_on(outside, edge.vrrp.link_local), *_on(outside, edge.outside.vip.v6)),
                carried=_on(inside, edge.inside.vip.v6),
            )
        )
    follows = PRIORITY if cloud.joins else ""
    return Keepalived(host.name, edge.vrf, tuple(instances), synchronized=len(edge.hosts) > 1, follows=follows)


def _on(vlan: Vlan, address: Address | None) -> tuple[MovingAddress, ...]:
    return (MovingAddress(address, vlan.interface),) if address else ()


def _conntrackd(host: Host, peer: Host, ignored: tuple[Address, ...]) -> Conntrackd | None:
    """Over the management network, in the first family that both hosts have there."""
    pairs = zip((host.management.v4, host.management.v6), (peer.management.v4, peer.management.v6), strict=True)
    both = next(((own, other) for own, other in pairs if own and other), None)
    if both is None:
        return None
    addresses = (*ignored, *host.management.all())
    return Conntrackd(MANAGEMENT_NIC, both[0], both[1], addresses, CONNECTIONS)
