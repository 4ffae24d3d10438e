"""What the devices outside the overlay need of intent: subnets behind the edge and who leads to them, and drains."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from seapoint.base.addresses import Address, Network, host_network
from seapoint.intent.cloud.model import Cloud, Edge, NetworkClass
from seapoint.intent.drain import Drain
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.network import Network as TenantNetwork
from seapoint.intent.port import Port
from seapoint.intent.router import Router
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Subnet
from seapoint.target.changes import Finding

CHECK = "routed-subnets"


@dataclass(frozen=True, slots=True)
class TenantRoute:
    """A prefix behind the edge, the virtual router's address that leads to it, and what the edge does with it."""

    network: Network
    next_hop: Address
    network_class: NetworkClass


@dataclass(frozen=True, slots=True)
class Tenancy:
    """Every tenant route, sorted, each prefix once, and what is not routed with the reason.

    ``drains``: VIP and host of owners that are to be left in peace; an empty VIP stands for all that the host does.
    """

    routes: tuple[TenantRoute, ...] = ()
    findings: tuple[Finding, ...] = ()
    drains: frozenset[tuple[str, str]] = frozenset()

    def drained(self, host: str, vip: str = "") -> bool:
        """Whether a host is drained as the owner of a VIP, or whole."""
        return (vip, host) in self.drains or ("", host) in self.drains

    def networks(self, network_class: NetworkClass, version: int) -> tuple[Network, ...]:
        """The prefixes of one class and family."""
        return tuple(
            route.network
            for route in self.routes
            if route.network_class is network_class and route.network.version == version
        )


def tenancy(cloud: Cloud, intent: Intent) -> Tenancy:
    """The subnets of every router whose gateway lies on the edge's inside VLAN, and the floating pools there.

    Not routed, but told: a subnet in no classed prefix of the plan, one whose router has no external address of its
    family, and the second of two routers' subnets with the same prefix.
    """
    drains = frozenset((drain.vip, drain.host) for drain in intent.of(Drain).values())
    if cloud.edge is None:
        return Tenancy(drains=drains)
    routers = _routers(cloud, cloud.edge, intent)
    routes: dict[Network, TenantRoute] = {}
    findings: list[Finding] = []
    for subnet, router in (*_attached(intent, routers), *_floating(cloud, intent, routers)):
        found = _route(cloud, subnet, router)
        if isinstance(found, Finding):
            findings.append(found)
        elif routes.setdefault(found.network, found).next_hop != found.next_hop:
            findings.append(_finding(subnet, f"{subnet.cidr} is routed to another router already: not routed again"))
    for floating in _moved(intent, routers, routes):
        routes[floating.network] = floating
    ordered = sorted(routes.values(), key=lambda route: (route.network.version, route.network))
    return Tenancy(tuple(ordered), tuple(sorted(findings)), drains)


def _routers(cloud: Cloud, edge: Edge, intent: Intent) -> tuple[Router, ...]:
    inside = {
        physical.name for physical in cloud.overlay.physical_networks.values() if physical.vlan == edge.inside.vlan
    }
    external = {
        network.id for network in intent.of(TenantNetwork).values() if network.provider_physical_network in inside
    }
    found = (
        router
        for router in intent.of(Router).values()
        if router.admin_state_up
        and router.external_gateway_info is not None
        and router.external_gateway_info.network_id in external
    )
    return tuple(sorted(found, key=lambda router: router.id))


def _attached(intent: Intent, routers: tuple[Router, ...]) -> Iterator[tuple[Subnet, Router]]:
    for router in routers:
        ports = [port for port in intent.find(Port, device_id=router.id) if port.is_router_interface]
        identifiers = {fixed.subnet_id for port in ports for fixed in port.fixed_ips}
        for identifier in sorted(identifiers):
            subnet = intent.get(Subnet, identifier)
            if subnet is not None:
                yield subnet, router


def _floating(cloud: Cloud, intent: Intent, routers: tuple[Router, ...]) -> Iterator[tuple[Subnet, Router]]:
    """The pools of each external network, led to the first of its routers; the transport subnet itself is on link."""
    first: dict[str, Router] = {}
    for router in routers:
        assert router.external_gateway_info is not None
        first.setdefault(router.external_gateway_info.network_id, router)
    on_link = cloud.vlans[cloud.edge.inside.vlan].networks if cloud.edge else None
    for network_id, router in sorted(first.items()):
        for subnet in sorted(intent.find(Subnet, network_id=network_id), key=lambda subnet: subnet.id):
            if on_link is None or subnet.prefix not in on_link:
                yield subnet, router


def _moved(intent: Intent, routers: tuple[Router, ...], routes: dict[Network, TenantRoute]) -> Iterator[TenantRoute]:
    """Floating IPs of other routers than the one that their pool leads to: a route of full length each."""
    by_id = {router.id: router for router in routers}
    pools = [route for route in routes.values() if route.network_class is NetworkClass.FLOATING]
    for floating in intent.of(FloatingIp).values():
        router = by_id.get(floating.router_id or "")
        if router is None:
            continue
        address = ip_address(floating.floating_ip_address)
        next_hop = _external(router, address.version)
        for pool in pools:
            if (
                address.version == pool.network.version
                and address in pool.network
                and next_hop not in (None, pool.next_hop)
            ):
                assert next_hop is not None
                yield TenantRoute(host_network(address), next_hop, NetworkClass.FLOATING)


def _route(cloud: Cloud, subnet: Subnet, router: Router) -> TenantRoute | Finding:
    prefix = subnet.prefix
    network_class = cloud.class_of(prefix)
    if network_class is None:
        return _finding(
            subnet,
            f"{prefix} on the router {router.name or router.id} lies in no prefix that the cloud file gives a class:"
            " not routed. Use a prefix of the plan, or add this one to it.",
        )
    next_hop = _external(router, prefix.version)
    if next_hop is None:
        return _finding(
            subnet,
            f"{prefix} on the router {router.name or router.id}, which has no external IPv{prefix.version} address:"
            " not routed. Give its gateway one.",
        )
    return TenantRoute(prefix, next_hop, network_class)


def _external(router: Router, version: int) -> Address | None:
    gateway = router.external_gateway_info
    assert gateway is not None
    addresses = (ip_address(fixed.ip_address) for fixed in gateway.external_fixed_ips if fixed.ip_address)
    return next((address for address in addresses if address.version == version), None)


def _finding(subnet: Subnet, message: str) -> Finding:
    return Finding(CHECK, "warning", f"subnet/{subnet.id}", message)
