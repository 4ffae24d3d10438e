"""Requests about ports: MAC, addresses, security groups."""

import dataclasses
from collections.abc import Iterable, Mapping

from seapoint.base.errors import TenantError
from seapoint.intent.draft import Draft, refuse_null
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.formats import Json
from seapoint.intent.hostnames import port_label, project_domain
from seapoint.intent.ipam import assigned, computed
from seapoint.intent.mac import check_mac, with_mac
from seapoint.intent.network import Network
from seapoint.intent.port import DhcpOption, FixedIp, Port
from seapoint.intent.requests.security import default_group
from seapoint.intent.resource import Given, Resource
from seapoint.intent.rules import CloudRules
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Subnet


def create(draft: Draft, port: Port, given: Given) -> Port:
    """Fill in what the request leaves open: MAC, addresses, the default security group."""
    network = draft.need(Network, port.network_id)
    port = with_mac(draft, port)
    if "port_security_enabled" not in given:
        secured = network.port_security_enabled and not port.device_owner.startswith("network:")
        port = dataclasses.replace(port, port_security_enabled=secured)
    wanted = None if given.get("fixed_ips") is None else port.fixed_ips
    port = dataclasses.replace(port, fixed_ips=assigned(draft, port, wanted))
    if given.get("security_groups") is None and port.port_security_enabled:
        port = dataclasses.replace(port, security_groups=(default_group(draft, port.project_id).id,))
    _check_security(port)
    return draft.put(dataclasses.replace(port, extra_dhcp_opts=_joined((), port.extra_dhcp_opts)))


def update(draft: Draft, before: Port, after: Port, given: Given) -> Port:
    """Move addresses with the MAC; let go of floating IPs whose address is given up."""
    refuse_null(given, "fixed_ips")
    _check_service(before, after)
    if "extra_dhcp_opts" in given:
        after = dataclasses.replace(after, extra_dhcp_opts=_joined(before.extra_dhcp_opts, after.extra_dhcp_opts))
    if not after.mac_address:
        after = dataclasses.replace(after, mac_address=before.mac_address)
    if after.mac_address != before.mac_address:
        check_mac(draft, after)
    if "fixed_ips" in given:
        after = dataclasses.replace(after, fixed_ips=assigned(draft, after, after.fixed_ips, before.fixed_ips))
    elif after.mac_address != before.mac_address:
        moved = tuple(_moved(draft, fixed, before, after) for fixed in before.fixed_ips)
        after = dataclasses.replace(after, fixed_ips=moved)
    _check_security(after)
    after = draft.put(after)
    remaining = {fixed.ip_address for fixed in after.fixed_ips}
    for floating in draft.intent.find(FloatingIp, port_id=after.id):
        if floating.fixed_ip_address not in remaining:
            draft.put(_released(floating))
    return after


def delete(draft: Draft, port: Port) -> None:
    """Delete a port that serves no others; floating IPs that lead to it lead nowhere then."""
    if _serves_others(port):
        raise _service_port(port, "deleted")
    for floating in draft.intent.find(FloatingIp, port_id=port.id):
        draft.put(_released(floating))
    draft.delete(port)


def extras(intent: Intent, port: Port, state: str, rules: CloudRules) -> Mapping[str, Json]:
    """What answers carry beside the attributes; router ports live wherever their router does."""
    del intent
    if port.is_floating_ip:
        state = "N/A"
    elif port.is_router_interface or port.is_router_gateway:
        state = state or "ACTIVE"
    pairs = [
        {"ip_address": pair.ip_address, "mac_address": pair.mac_address or port.mac_address}
        for pair in port.allowed_address_pairs
    ]
    return {
        "status": state or "DOWN",
        "allowed_address_pairs": pairs,
        "dns_assignment": _assigned_names(port, rules),
        "binding:vif_type": "ovs" if port.binding_host_id else "unbound",
        "binding:vif_details": {"port_filter": True, "connectivity": "l2"} if port.binding_host_id else {},
        "propagate_uplink_status": False,
        "qos_policy_id": None,
    }


def _assigned_names(port: Port, rules: CloudRules) -> list[Json]:
    """The name that DNS answers each address with; none where the port has no name there."""
    hostname, domain = port_label(port), project_domain(port.project_id, rules.instances_zone)
    if hostname is None or domain is None:
        return []
    fqdn = f"{hostname}.{domain}."
    return [{"hostname": hostname, "ip_address": fixed.ip_address, "fqdn": fqdn} for fixed in port.fixed_ips]


def _check_security(port: Port) -> None:
    if port.port_security_enabled:
        return
    if port.security_groups:
        raise TenantError(
            "PortSecurityPortHasSecurityGroup",
            "Port has security group associated. Cannot disable port security or set a security group on it.",
            409,
        )
    if port.allowed_address_pairs:
        raise TenantError(
            "AddressPairAndPortSecurityRequired",
            "Port Security must be enabled in order to have allowed address pairs on a port.",
            409,
        )


def _moved(draft: Draft, fixed: FixedIp, before: Port, after: Port) -> FixedIp:
    """The same address, or the one computed from the new MAC."""
    subnet = draft.need(Subnet, fixed.subnet_id)
    if subnet.computes_addresses and fixed.ip_address == computed(subnet, before.mac_address):
        return FixedIp(subnet.id, computed(subnet, after.mac_address))
    return fixed


def _joined(present: Iterable[DhcpOption], given: Iterable[DhcpOption]) -> tuple[DhcpOption, ...]:
    """The options given take the places of those of the same name and family; without a value they take them away."""
    options = {(option.opt_name, option.ip_version): option for option in (*present, *given)}
    return tuple(option for option in options.values() if option.opt_value is not None)


def _serves_others(port: Port) -> bool:
    return port.is_router_interface or port.is_router_gateway or port.is_floating_ip or port.is_metadata


def _check_service(before: Port, after: Port) -> None:
    """A port that serves others stays what it is, with its addresses; a router's leg may move within its subnets."""
    if not _serves_others(before):
        return
    moved = {it.subnet_id for it in before.fixed_ips} != {it.subnet_id for it in after.fixed_ips}
    if not before.is_router_interface:
        moved = before.fixed_ips != after.fixed_ips
    if moved or (before.device_id, before.device_owner) != (after.device_id, after.device_owner):
        raise _service_port(before, "changed")


def _released(floating: FloatingIp) -> FloatingIp:
    return dataclasses.replace(floating, port_id=None, fixed_ip_address=None, router_id=None)


def _service_port(port: Port, done: str) -> TenantError:
    return TenantError(
        "ServicePortInUse",
        f"Port {port.id} cannot be {done} directly via the port API: has device owner {port.device_owner}.",
        409,
    )


PORT = Resource(Port, create, update, delete, extras, ("status",))
