"""Requests about floating IPs: the address, and the port and router it leads to."""

import dataclasses
from collections.abc import Mapping

from seapoint.base.errors import TenantError
from seapoint.intent.draft import Draft, bad_request
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.formats import Json
from seapoint.intent.hostnames import check_domain
from seapoint.intent.ipam import lowest_free, subnets_of
from seapoint.intent.network import Network
from seapoint.intent.port import FLOATING_IP, FixedIp, Port
from seapoint.intent.requests.port import create as create_port
from seapoint.intent.resource import Given, Resource
from seapoint.intent.router import Router
from seapoint.intent.rules import CloudRules
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Subnet


def create(draft: Draft, floating: FloatingIp, given: Given) -> FloatingIp:
    """Take an IPv4 address of the external network, and lead it to a port when the request names one."""
    del given
    check_domain(floating.dns_domain, floating.project_id, draft.rules.public_zone)
    network = draft.need(Network, floating.floating_network_id)
    if not network.router_external:
        raise bad_request("floatingip", f"Network {network.id} is not a valid external network")
    holder = Port(id=draft.new_id(), network_id=network.id, device_id=floating.id, device_owner=FLOATING_IP)
    wanted = (_wanted_address(draft, network, floating),)
    holder = create_port(draft, dataclasses.replace(holder, fixed_ips=wanted), {"fixed_ips": []})
    address = next(fixed.ip_address for fixed in holder.fixed_ips if ":" not in fixed.ip_address)
    floating = dataclasses.replace(floating, floating_ip_address=address, subnet_id=None)
    return draft.put(_associated(draft, floating))


def update(draft: Draft, before: FloatingIp, after: FloatingIp, given: Given) -> FloatingIp:
    """Lead it elsewhere, or nowhere."""
    check_domain(after.dns_domain, after.project_id, draft.rules.public_zone)
    elsewhere = "fixed_ip_address" not in given and after.port_id != before.port_id
    if "port_id" in given and (after.port_id is None or elsewhere):
        after = dataclasses.replace(after, fixed_ip_address=None)
    return draft.put(_associated(draft, after))


def delete(draft: Draft, floating: FloatingIp) -> None:
    """The port that holds its address goes with it."""
    draft.delete(floating)
    for port in draft.intent.find(Port, device_id=floating.id):
        if port.is_floating_ip:
            draft.delete(port)


def check_reached(draft: Draft, floating: FloatingIp) -> None:
    """Raises TenantError 404 when no router leads to the port of a floating IP any more."""
    if floating.port_id is not None:
        port = draft.need(Port, floating.port_id)
        _router_between(draft, floating, port, _inner_address(port, floating.fixed_ip_address))


def extras(intent: Intent, floating: FloatingIp, state: str, rules: CloudRules) -> Mapping[str, Json]:
    """What answers carry beside the attributes."""
    del state, rules
    port = intent.get(Port, floating.port_id)
    details = None
    if port is not None:
        details = {
            "name": port.name,
            "network_id": port.network_id,
            "mac_address": port.mac_address,
            "admin_state_up": port.admin_state_up,
            "device_id": port.device_id,
            "device_owner": port.device_owner,
        }
    return {
        "status": "ACTIVE" if floating.port_id else "DOWN",
        "port_details": details,
        "port_forwardings": [],
        "qos_policy_id": None,
    }


def _wanted_address(draft: Draft, network: Network, floating: FloatingIp) -> FixedIp:
    if floating.floating_ip_address or floating.subnet_id:
        return FixedIp(floating.subnet_id or "", floating.floating_ip_address)
    pools = [
        subnet
        for subnet in subnets_of(draft, network.id)
        if subnet.ip_version == 4 and (not subnet.service_types or FLOATING_IP in subnet.service_types)
    ]
    if not pools:
        raise bad_request("floatingip", f"Network {network.id} does not contain any IPv4 subnet for floating IPs")
    for subnet in pools:
        found = lowest_free(draft, subnet)
        if found is not None:
            return FixedIp(subnet.id, found)
    raise TenantError("IpAddressGenerationFailure", f"No more IP addresses available on network {network.id}.", 409)


def _associated(draft: Draft, floating: FloatingIp) -> FloatingIp:
    """The floating IP with the inner address and the router that follow from its port."""
    if floating.port_id is None:
        if floating.fixed_ip_address is not None:
            raise bad_request("floatingip", "fixed_ip_address cannot be specified without a port_id")
        return dataclasses.replace(floating, router_id=None)
    port = draft.need(Port, floating.port_id)
    inner = _inner_address(port, floating.fixed_ip_address)
    router_id = _router_between(draft, floating, port, inner)
    floating = dataclasses.replace(floating, fixed_ip_address=inner.ip_address, router_id=router_id)
    if draft.intent.owner(floating.claims()[0]) not in (None, floating.id):
        raise TenantError(
            "FloatingIPPortAlreadyAssociated",
            f"Cannot associate floating IP {floating.floating_ip_address} ({floating.id}) with port {port.id} using "
            f"fixed IP {inner.ip_address}, as that fixed IP already has a floating IP on external network "
            f"{floating.floating_network_id}.",
            409,
        )
    return floating


def _inner_address(port: Port, wanted: str | None) -> FixedIp:
    choice = [fixed for fixed in port.fixed_ips if ":" not in fixed.ip_address]
    if wanted is not None:
        choice = [fixed for fixed in choice if fixed.ip_address == wanted]
        if not choice:
            raise bad_request("floatingip", f"Port {port.id} does not have fixed ip {wanted}")
    if not choice:
        raise bad_request("floatingip", f"Cannot add floating IP to port {port.id} that has no fixed IPv4 addresses")
    if len(choice) > 1:
        raise bad_request("floatingip", f"Port {port.id} has multiple fixed IPv4 addresses. Must provide a specific "
                          "IPv4 address when assigning a floating IP")  # fmt: skip
    return choice[0]


def _router_between(draft: Draft, floating: FloatingIp, port: Port, inner: FixedIp) -> str:
    """The router that leads from the port's subnet to the floating IP's network; at the subnet's gateway if several."""
    found: list[tuple[bool, str]] = []
    gateway = draft.need(Subnet, inner.subnet_id).gateway_ip
    for leg in draft.intent.find(Port, fixed_ips=inner.subnet_id):
        router = draft.intent.get(Router, leg.device_id) if leg.is_router_interface else None
        outside = router.external_gateway_info if router is not None else None
        if outside is not None and outside.network_id == floating.floating_network_id:
            at_gateway = any(fixed.ip_address == gateway for fixed in leg.fixed_ips)
            found.append((not at_gateway, leg.device_id))
    if not found:
        raise TenantError(
            "ExternalGatewayForFloatingIPNotFound",
            f"External network {floating.floating_network_id} is not reachable from subnet {inner.subnet_id}. "
            f"Therefore, cannot associate Port {port.id} with a Floating IP.",
            404,
        )
    return min(found)[1]


FLOATINGIP = Resource(FloatingIp, create, update, delete, extras, ("status",))
