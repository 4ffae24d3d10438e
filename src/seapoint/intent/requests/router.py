"""Requests about routers: the gateway and the extra routes. Interfaces are in router_interface.py."""

import dataclasses
from collections.abc import Mapping
from ipaddress import ip_address

from seapoint.base.addresses import covers
from seapoint.base.errors import TenantError
from seapoint.intent.draft import Draft, bad_request, in_use
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.formats import Json
from seapoint.intent.ipam import assigned
from seapoint.intent.network import Network
from seapoint.intent.port import ROUTER_GATEWAY, Port
from seapoint.intent.requests.port import create as create_port
from seapoint.intent.resource import Given, Resource
from seapoint.intent.router import Gateway, Router
from seapoint.intent.rules import CloudRules
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Subnet


def create(draft: Draft, router: Router, given: Given) -> Router:
    """A router, with its gateway when the request names one."""
    wanted = router.external_gateway_info
    router = draft.put(dataclasses.replace(router, external_gateway_info=None))
    return _with_gateway(draft, router, wanted, given)


def update(draft: Draft, before: Router, after: Router, given: Given) -> Router:
    """What the request says about the gateway replaces it; what it leaves out stays."""
    wanted = after.external_gateway_info
    after = draft.put(dataclasses.replace(after, external_gateway_info=before.external_gateway_info))
    if "external_gateway_info" in given:
        after = _with_gateway(draft, after, wanted, given)
    if after.routes != before.routes:
        check_routes(draft, after)
    return after


def delete(draft: Draft, router: Router) -> None:
    """Its gateway goes with it; its interfaces must have gone before."""
    if any(port.is_router_interface for port in draft.intent.find(Port, device_id=router.id)):
        raise in_use(router, "ports")
    for port in gateway_ports(draft.intent, router):
        draft.delete(port)
    draft.delete(draft.need(Router, router.id))


def extras(intent: Intent, router: Router, state: str, rules: CloudRules) -> Mapping[str, Json]:
    """What answers carry beside the attributes."""
    del intent, router, state, rules
    return {"status": "ACTIVE", "flavor_id": None, "availability_zone_hints": [], "availability_zones": []}


def gateway_ports(intent: Intent, router: Router) -> tuple[Port, ...]:
    """The router's leg in its external network: one, or none."""
    return tuple(port for port in intent.find(Port, device_id=router.id) if port.is_router_gateway)


def interface_subnets(intent: Intent, router_id: str) -> list[Subnet]:
    """The subnets to which the router leads, oldest first."""
    ports = [port for port in intent.find(Port, device_id=router_id) if port.is_router_interface]
    found = [intent.of(Subnet)[fixed.subnet_id] for port in ports for fixed in port.fixed_ips]
    return sorted(found, key=lambda subnet: (subnet.created_at, subnet.cidr))


def check_routes(draft: Draft, router: Router) -> None:
    """Every next hop must be on a link of the router, and not be the router itself."""
    legs = draft.intent.find(Port, device_id=router.id)
    own = {fixed.ip_address for port in legs for fixed in port.fixed_ips}
    links = [
        subnet.prefix for port in legs for subnet in draft.intent.find(Subnet, network_id=port.network_id)
    ]  # fmt: skip
    for route in router.routes:
        hop = ip_address(route.nexthop)
        reason = ""
        if not any(covers(link, hop) for link in links):
            reason = "the nexthop is not connected with router"
        elif route.nexthop in own:
            reason = "the nexthop is used by router"
        elif (":" in route.destination) != (hop.version == 6):
            reason = "destination and nexthop are of two families"
        if reason:
            shown = f"{route.destination} via {route.nexthop}"
            raise TenantError("InvalidRoutes", f"Invalid format for routes: {shown}, {reason}.")


def _with_gateway(draft: Draft, router: Router, wanted: Gateway | None, given: Given) -> Router:
    """The router with the gateway that the request wants.

    Each key that the request leaves out keeps its stored value, ``enable_snat`` above all: turning translation on
    because a request about addresses did not mention it would take connections away. Only a first gateway has defaults.
    """
    stored = router.external_gateway_info
    if wanted is None:
        return _without_gateway(draft, router) if stored is not None else router
    named: Mapping[str, Json] = given["external_gateway_info"]
    if stored is not None:
        kept = {
            key: getattr(stored, key) for key in ("network_id", "enable_snat", "nat_exclusions") if key not in named
        }
        wanted = dataclasses.replace(wanted, **kept)
    if not wanted.network_id:
        raise bad_request("router", "external_gateway_info names no network_id")
    if stored is not None and stored.network_id != wanted.network_id:
        router = _without_gateway(draft, router)
        stored = None
    network = draft.need(Network, wanted.network_id)
    if not network.router_external:
        raise bad_request("router", f"Network {network.id} is not an external network")
    port = _gateway_port(draft, router, network, wanted, addressed=bool(wanted.external_fixed_ips))
    _check_apart(draft, router, port)
    wanted = dataclasses.replace(wanted, external_fixed_ips=port.fixed_ips)
    return draft.put(dataclasses.replace(router, external_gateway_info=wanted))


def _gateway_port(draft: Draft, router: Router, network: Network, wanted: Gateway, *, addressed: bool) -> Port:
    fixed_ips = wanted.external_fixed_ips
    for port in gateway_ports(draft.intent, router):
        if not addressed:
            return port
        chosen = assigned(draft, port, fixed_ips, port.fixed_ips)
        return draft.put(dataclasses.replace(port, fixed_ips=chosen))
    port = Port(
        id=draft.new_id(),
        network_id=network.id,
        device_id=router.id,
        device_owner=ROUTER_GATEWAY,
        fixed_ips=fixed_ips,
    )
    port = create_port(draft, port, {"fixed_ips": []} if fixed_ips else {})
    if not port.fixed_ips:
        raise bad_request("router", f"No IPs assigned to the gateway port for router {router.id}")
    return port


def _check_apart(draft: Draft, router: Router, gateway: Port) -> None:
    """No subnet outside may overlap one inside."""
    inside = interface_subnets(draft.intent, router.id)
    for fixed in gateway.fixed_ips:
        outer = draft.need(Subnet, fixed.subnet_id)
        for inner in inside:
            if inner.prefix.overlaps(outer.prefix):
                raise bad_request("router", f"Cidr {outer.cidr} of subnet {outer.id} overlaps with cidr {inner.cidr} "
                                  f"of subnet {inner.id}")  # fmt: skip


def _without_gateway(draft: Draft, router: Router) -> Router:
    stored = router.external_gateway_info
    if stored is not None and any(
        floating.floating_network_id == stored.network_id
        for floating in draft.intent.find(FloatingIp, router_id=router.id)
    ):
        raise TenantError(
            "RouterExternalGatewayInUseByFloatingIp",
            f"Gateway cannot be updated for router {router.id}, since a gateway to external network "
            f"{stored.network_id} is required by one or more floating IPs.",
            409,
        )
    for port in gateway_ports(draft.intent, router):
        draft.delete(port)
    return draft.put(dataclasses.replace(router, external_gateway_info=None))


ROUTER = Resource(Router, create, update, delete, extras, ("status",))
