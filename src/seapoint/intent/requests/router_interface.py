"""Router interfaces: joining a subnet to a router, and parting them."""

import dataclasses
from collections.abc import Mapping

from seapoint.base.addresses import covers, parse_address
from seapoint.base.errors import TenantError
from seapoint.intent.draft import Draft, bad_request
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.formats import Json, uuid
from seapoint.intent.port import ROUTER_INTERFACE, FixedIp, Port
from seapoint.intent.requests.port import create as create_port
from seapoint.intent.requests.router import interface_subnets
from seapoint.intent.router import Router
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Subnet


def add(draft: Draft, router_id: str, body: Json) -> Mapping[str, Json]:
    """Join a subnet (at its gateway address) or a whole port to the router; the API's answer."""
    router = draft.need(Router, router_id)
    subnet_id, port_id = _named(body)
    if subnet_id and port_id:
        raise bad_request("router", "Cannot specify both subnet-id and port-id")
    if port_id:
        port = _adopt(draft, router, draft.need(Port, port_id))
        return _answer(router, port, [fixed.subnet_id for fixed in port.fixed_ips])
    subnet = draft.need(Subnet, subnet_id)
    port = _join(draft, router, subnet)
    return _answer(router, port, [subnet.id])


def remove(draft: Draft, router_id: str, body: Json) -> Mapping[str, Json]:
    """Part a subnet, or a whole port, from the router; the API's answer."""
    router = draft.need(Router, router_id)
    subnet_id, port_id = _named(body)
    ports = [port for port in draft.intent.find(Port, device_id=router.id) if port.is_router_interface]
    if port_id:
        ports = [port for port in ports if port.id == port_id]
        if not ports:
            raise TenantError(
                "RouterInterfaceNotFound", f"Router {router.id} does not have an interface with id {port_id}", 404
            )
    if subnet_id:
        draft.need(Subnet, subnet_id)
        ports = [port for port in ports if any(fixed.subnet_id == subnet_id for fixed in port.fixed_ips)]
        if not ports:
            raise TenantError(
                "RouterInterfaceNotFoundForSubnet",
                f"Router {router.id} has no interface on subnet {subnet_id}",
                404,
            )
    port = ports[0]
    leaving = [subnet_id] if subnet_id else [fixed.subnet_id for fixed in port.fixed_ips]
    for one in leaving:
        _check_unused(draft.intent, router, draft.need(Subnet, one))
    rest = tuple(fixed for fixed in port.fixed_ips if fixed.subnet_id not in leaving)
    if rest:
        draft.put(dataclasses.replace(port, fixed_ips=rest))
    else:
        draft.delete(port)
    return _answer(router, port, leaving)


def _named(body: Json) -> tuple[str, str]:
    """What the request names: a subnet, a port, or (to remove) both."""
    if not isinstance(body, dict) or not body:
        raise bad_request("router", "Either subnet_id or port_id must be specified")
    if unknown := sorted(set(body) - {"subnet_id", "port_id"}):
        raise TenantError("HTTPBadRequest", f"Unrecognized attribute(s) '{', '.join(unknown)}'")
    found = {}
    for key, value in body.items():
        try:
            found[key] = uuid().parse(value)
        except ValueError as error:
            raise TenantError("HTTPBadRequest", f"Invalid input for {key}. Reason: {error}.") from None
    return found.get("subnet_id", ""), found.get("port_id", "")


def _join(draft: Draft, router: Router, subnet: Subnet) -> Port:
    if subnet.gateway_ip is None:
        raise bad_request("router", "Subnet for router interface must have a gateway IP")
    if not covers(subnet.prefix, parse_address(subnet.gateway_ip)):
        raise bad_request("router", f"Gateway IP {subnet.gateway_ip} is outside of subnet {subnet.id}: join a port")
    _check_apart(draft.intent, router, subnet)
    fixed = FixedIp(subnet.id, subnet.gateway_ip)
    if subnet.ip_version == 6:
        leg = _ipv6_leg(draft.intent, router, subnet.network_id)
        if leg is not None:
            if draft.intent.owner((subnet.id, subnet.gateway_ip)) is not None:
                raise _taken(subnet)
            return draft.put(dataclasses.replace(leg, fixed_ips=(*leg.fixed_ips, fixed)))
    port = Port(
        id=draft.new_id(),
        project_id=router.project_id,
        network_id=subnet.network_id,
        device_id=router.id,
        device_owner=ROUTER_INTERFACE,
        fixed_ips=(fixed,),
    )
    return create_port(draft, port, {"fixed_ips": []})


def _ipv6_leg(intent: Intent, router: Router, network_id: str) -> Port | None:
    """The router's one interface that advertises the prefixes of all IPv6 subnets of a network."""
    for port in intent.find(Port, device_id=router.id):
        same_network = port.is_router_interface and port.network_id == network_id
        if same_network and any(":" in fixed.ip_address for fixed in port.fixed_ips):
            return port
    return None


def _adopt(draft: Draft, router: Router, port: Port) -> Port:
    if port.device_id or port.device_owner:
        raise TenantError(
            "PortInUse",
            f"Unable to complete operation on port {port.id} for network {port.network_id}. Port already has an "
            f"attached device {port.device_id}.",
            409,
        )
    if not port.fixed_ips:
        raise bad_request("router", "Router port must have at least one fixed IP")
    subnets = [draft.need(Subnet, fixed.subnet_id) for fixed in port.fixed_ips]
    if sum(subnet.ip_version == 4 for subnet in subnets) > 1:
        raise bad_request("router", "Cannot have multiple IPv4 subnets on router port")
    if any(subnet.ip_version == 6 for subnet in subnets) and _ipv6_leg(draft.intent, router, port.network_id):
        raise bad_request("router", "Cannot have multiple router ports with the same network id if both contain IPv6 "
                          "subnets")  # fmt: skip
    for subnet in subnets:
        _check_apart(draft.intent, router, subnet)
    return draft.put(
        dataclasses.replace(
            port,
            device_id=router.id,
            device_owner=ROUTER_INTERFACE,
            port_security_enabled=False,
            security_groups=(),
            allowed_address_pairs=(),
        )
    )


def _check_apart(intent: Intent, router: Router, subnet: Subnet) -> None:
    """No two links of a router may overlap."""
    gateway = router.external_gateway_info
    outside = [intent.of(Subnet)[fixed.subnet_id] for fixed in gateway.external_fixed_ips] if gateway else []
    for other in (*interface_subnets(intent, router.id), *outside):
        if other.id == subnet.id:
            raise bad_request("router", f"Router already has a port on subnet {subnet.id}")
        if other.prefix.overlaps(subnet.prefix):
            raise bad_request("router", f"Cidr {subnet.cidr} of subnet {subnet.id} overlaps with cidr {other.cidr} of "
                              f"subnet {other.id}")  # fmt: skip


def _check_unused(intent: Intent, router: Router, subnet: Subnet) -> None:
    for floating in intent.find(FloatingIp, router_id=router.id):
        inside = parse_address(str(floating.fixed_ip_address))
        if covers(subnet.prefix, inside):
            raise TenantError(
                "RouterInterfaceInUseByFloatingIP",
                f"Router interface for subnet {subnet.id} on router {router.id} cannot be deleted, as it is required "
                "by one or more floating IPs.",
                409,
            )
    for route in router.routes:
        if covers(subnet.prefix, parse_address(route.nexthop)):
            raise TenantError(
                "RouterInterfaceInUseByRoute",
                f"Router interface for subnet {subnet.id} on router {router.id} cannot be deleted, as it is required "
                "by one or more routes.",
                409,
            )


def _taken(subnet: Subnet) -> TenantError:
    return TenantError(
        "IpAddressAlreadyAllocated", f"IP address {subnet.gateway_ip} already allocated in subnet {subnet.id}", 409
    )


def _answer(router: Router, port: Port, subnet_ids: list[str]) -> Mapping[str, Json]:
    return {
        "id": router.id,
        "tenant_id": router.project_id,
        "project_id": router.project_id,
        "port_id": port.id,
        "network_id": port.network_id,
        "subnet_id": subnet_ids[0],
        "subnet_ids": subnet_ids,
    }
