"""A port: its place on the switch, what it may send, who answers its DHCP, and its groups."""

from collections.abc import Iterator
from typing import Any

from seapoint.base.addresses import link_local
from seapoint.base.errors import CompileError
from seapoint.compile.ovn import dhcp
from seapoint.compile.ovn.cloud import OvnCloud
from seapoint.compile.ovn.names import (
    DROP_GROUP,
    dhcp_uuid,
    group_uuid,
    port_uuid,
    router_port_name,
    switch_name,
    switch_uuid,
)
from seapoint.compile.ovn.network import mtu
from seapoint.compile.ovn.readers import differ, routers_of, scopes_of
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.metadata import ADDRESS6, metadata_port
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.security import SecurityGroup
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet
from seapoint.target.changes import Key, Scope
from seapoint.target.rows import OWNER, Link, Row, Uuid, row_uuid

_NOTHING: frozenset[str] = frozenset()


def compile_port(port_id: str, intent: Intent, cloud: OvnCloud) -> dict[Key, Any]:
    """Logical_Switch_Port named as the port's UUID; a floating IP's own port has none, nothing is plugged into it."""
    port = intent.get(Port, port_id)
    if port is None or port.is_floating_ip:
        return {}
    owner = f"port/{port_id}"
    subnets = [_subnet(intent, port, fixed.subnet_id) for fixed in port.fixed_ips]
    uuid = port_uuid(port_id)
    items: dict[Key, Any] = {}
    guarded = _guarded(port)
    options: dict[str, str] = {}
    kind = ""
    dhcp4: Uuid | None = None
    dhcp6: Uuid | None = None
    if port.is_router_interface or port.is_router_gateway:
        kind, options["router-port"] = "router", router_port_name(port_id)
        if port.is_router_gateway:
            options["nat-addresses"] = "router"
        addresses = frozenset(("router",))
    elif port.is_metadata:
        kind = "localport"  # of every chassis at once: its packets never leave the host
        addresses = frozenset(
            (" ".join((port.mac_address, *(fixed.ip_address for fixed in port.fixed_ips), ADDRESS6)),)
        )
    else:
        if port.binding_host_id:
            options["requested-chassis"] = port.binding_host_id
        elif shared := _shared(port, intent):
            kind, options = "virtual", shared
        own = " ".join((port.mac_address, *(fixed.ip_address for fixed in port.fixed_ips)))
        addresses = frozenset((own,) if guarded else (own, "unknown"))
        served = [subnet for subnet in subnets if dhcp.served(subnet)]
        dhcp4 = _dhcp(items, port, 4, served, intent, cloud, owner)
        dhcp6 = _dhcp(items, port, 6, served, intent, cloud, owner)
    if guarded and port.allowed_address_pairs:
        secured, macs = _pairs(port)
        addresses |= macs
    else:
        secured = frozenset((_own(port),)) if guarded else _NOTHING
    columns = {
        "name": port_id,
        "type": kind,
        "options": options,
        "tag": None,
        "addresses": addresses,
        "port_security": secured,
        "enabled": port.admin_state_up,
        "dhcpv4_options": dhcp4,
        "dhcpv6_options": dhcp6,
        "external_ids": _described(port, subnets, intent, owner),
    }
    items[uuid] = Row("Logical_Switch_Port", uuid, columns)
    links = [Link("Logical_Switch", switch_uuid(port.network_id), "ports", uuid)]
    if guarded:
        links.append(Link("Port_Group", group_uuid(DROP_GROUP), "ports", uuid))
        links += [Link("Port_Group", _group(intent, port, group), "ports", uuid) for group in port.security_groups]
    items.update(zip(links, links, strict=True))
    return items


def readers_of_port(change: Change, port: Port, intent: Intent) -> Iterator[Scope]:
    """The router whose leg it is, and the ports whose address it may hold in their stead.

    What a metadata port's subnets tell their DHCP clients names its address.
    """
    yield from routers_of([port])
    if port.is_metadata:
        for fixed in port.fixed_ips:
            yield Scope(Subnet.KIND, fixed.subnet_id)
            yield from scopes_of(each for each in intent.find(Port, fixed_ips=fixed.subnet_id) if each.extra_dhcp_opts)
    pairs = {pair.ip_address for pair in port.allowed_address_pairs}
    if pairs and differ(change, "allowed_address_pairs", "network_id", "port_security_enabled", "device_owner"):
        for other in intent.find(Port, network_id=port.network_id):
            if any(fixed.ip_address in pairs for fixed in other.fixed_ips):
                yield Scope(Port.KIND, other.id)


def _guarded(port: Port) -> bool:
    return port.port_security_enabled and not port.device_owner.startswith("network:")


def _shared(port: Port, intent: Intent) -> dict[str, str]:
    """The options of a virtual port (ovn-nb(5)): nobody plugs it in, it reserves an address that others may hold.

    Without them OVN itself would answer for the address, with a MAC that nobody has.
    """
    for fixed in port.fixed_ips:
        holders = sorted(
            other.id
            for other in intent.find(Port, allowed_address_pairs=fixed.ip_address)
            if other.network_id == port.network_id and other.id != port.id and _guarded(other)
        )
        if holders:
            return {"virtual-ip": fixed.ip_address, "virtual-parents": ",".join(holders)}
    return {}


def _subnet(intent: Intent, port: Port, subnet_id: str) -> Subnet:
    subnet = intent.get(Subnet, subnet_id)
    if subnet is None:
        raise CompileError(f"port {port.id}: there is no subnet {subnet_id}")
    return subnet


def _group(intent: Intent, port: Port, group_id: str) -> Uuid:
    if group_id not in intent.of(SecurityGroup):
        raise CompileError(f"port {port.id}: there is no security group {group_id}")
    return group_uuid(group_id)


def _pairs(port: Port) -> tuple[frozenset[str], frozenset[str]]:
    """What the port may send, one entry for each MAC, and the MACs that are not its own."""
    allowed = {port.mac_address: [_own(port)]}
    for pair in port.allowed_address_pairs:
        mac = pair.mac_address or port.mac_address
        allowed.setdefault(mac, [mac]).append(pair.ip_address)
    return frozenset(" ".join(words) for words in allowed.values()), frozenset(allowed) - {port.mac_address}


def _own(port: Port) -> str:
    """MAC and addresses in the words of ``port_security``.

    OVN lets an IPv6 host use its link-local address unasked, but up to 23.03 drops the answer to who asks for it (it
    compares the hop limit with 225): named, it is an address like any other.
    """
    words = [port.mac_address, *(fixed.ip_address for fixed in port.fixed_ips)]
    return " ".join([*words, link_local(port.mac_address)] if any(":" in word for word in words[1:]) else words)


def _dhcp(
    items: dict[Key, Any], port: Port, version: int, served: list[Subnet], intent: Intent, cloud: OvnCloud, owner: str
) -> Uuid | None:
    """The options that answer the port: its subnet's, or a row of its own where it has options of its own.

    Of several IPv6 subnets one that gives addresses is preferred.
    """
    able = [subnet for subnet in served if subnet.ip_version == version]
    if not able:
        return None
    subnet = next((each for each in able if each.ipv6_address_mode != "dhcpv6-stateless"), able[0])
    if not port.extra_dhcp_opts:
        return dhcp_uuid(subnet.id)
    own = dhcp.own_options(port, version)
    if not own:
        return None if own is None else dhcp_uuid(subnet.id)
    network = intent.get(Network, port.network_id)
    if network is None:
        raise CompileError(f"port {port.id}: there is no network {port.network_id}")
    uuid = row_uuid("DHCP_Options", f"{subnet.id}/{port.id}")
    told = dhcp.options(subnet, mtu(network, cloud), cloud, metadata_port(intent, network.id)) | own
    described = {OWNER: owner, "subnet_id": subnet.id, "neutron:port_id": port.id}
    items[uuid] = dhcp.row(uuid, subnet, told, described)
    return uuid


def _described(port: Port, subnets: list[Subnet], intent: Intent, owner: str) -> dict[str, str]:
    cidrs = [
        f"{fixed.ip_address}/{subnet.cidr.rpartition('/')[2]}"
        for fixed, subnet in zip(port.fixed_ips, subnets, strict=True)
    ]
    described = {
        OWNER: owner,
        "neutron:cidrs": " ".join(cidrs),
        "neutron:device_id": port.device_id,
        "neutron:device_owner": port.device_owner,
        "neutron:host_id": port.binding_host_id,
        "neutron:network_name": switch_name(port.network_id),
        "neutron:port_name": port.name,
        "neutron:project_id": port.project_id,
        "neutron:revision_number": str(port.revision_number),
        "neutron:security_group_ids": " ".join(port.security_groups),
        "neutron:vnic_type": port.binding_vnic_type,
    }
    floating = intent.find(FloatingIp, port_id=port.id)
    if floating:
        described["neutron:port_fip"] = " ".join(sorted(each.floating_ip_address for each in floating))
    return described
