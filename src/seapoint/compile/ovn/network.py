"""A network: its switch, and on a provider's wire the port that leads there."""

from collections.abc import Iterator
from typing import Any

from seapoint.base.errors import CompileError
from seapoint.compile.ovn.cloud import OvnCloud
from seapoint.compile.ovn.names import localnet_name, port_uuid, switch_name, switch_uuid
from seapoint.compile.ovn.readers import differ, routers_of, scopes_of
from seapoint.compile.ovn.tables import keyed
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet
from seapoint.target.changes import Key, Scope
from seapoint.target.rows import OWNER, Link, Row

_SWITCH_CONFIG = {"mcast_snoop": "false", "mcast_flood_unregistered": "false", "vlan-passthru": "false"}


def mtu(network: Network, cloud: OvnCloud) -> int:
    """Octets of the largest IP packet that the network carries."""
    return network.mtu or (cloud.overlay_mtu if network.is_overlay else 1500)


def compile_network(network_id: str, intent: Intent, cloud: OvnCloud) -> dict[Key, Any]:
    """Logical_Switch ``neutron-ID``, and ``provnet-ID`` (type localnet) on a flat or vlan network."""
    network = intent.get(Network, network_id)
    if network is None:
        return {}
    owner = str(Scope("network", network_id))
    described = {
        OWNER: owner,
        "neutron:network_name": network.name,
        "neutron:mtu": str(mtu(network, cloud)),
        "neutron:revision_number": str(network.revision_number),
        "neutron:availability_zone_hints": "",
        "neutron:provnet-network-type": network.provider_network_type,
    }
    if network.provider_physical_network is not None:
        described["neutron:provnet-physical-network"] = network.provider_physical_network
    if network.provider_segmentation_id is not None:
        described["neutron:provnet-segmentation-id"] = str(network.provider_segmentation_id)
    uuid = switch_uuid(network_id)
    columns = {
        "name": switch_name(network_id),
        "other_config": _SWITCH_CONFIG,
        "external_ids": described,
    }
    parts: list[Row | Link] = [Row("Logical_Switch", uuid, columns)]
    if network.provider_physical_network is not None:
        port = _localnet(network, network.provider_physical_network, cloud, owner)
        parts += [port, Link("Logical_Switch", uuid, "ports", port.uuid)]
    return keyed(parts)


def readers_of_network(change: Change, network: Network, intent: Intent) -> Iterator[Scope]:
    """Its MTU is told by DHCP and by routers, and routers treat a wire unlike the overlay."""
    if differ(change, "mtu", "provider_physical_network"):
        yield from scopes_of(intent.find(Subnet, network_id=network.id))
        ports = intent.find(Port, network_id=network.id)
        yield from routers_of(ports)
        yield from scopes_of(port for port in ports if port.extra_dhcp_opts)


def _localnet(network: Network, physical: str, cloud: OvnCloud, owner: str) -> Row:
    if physical not in cloud.physical_networks:
        raise CompileError(f"network {network.id}: the cloud file has no physical network {physical!r}")
    flat = network.provider_network_type == "flat"
    name = localnet_name(network.id)
    columns = {
        "name": name,
        "type": "localnet",
        "options": {"network_name": physical, "mcast_flood_reports": "true", "mcast_flood": "false"},
        "tag": cloud.physical_networks[physical] if flat else network.provider_segmentation_id,
        "addresses": frozenset({"unknown"}),
        "port_security": frozenset(),
        "enabled": True,
        "dhcpv4_options": None,
        "dhcpv6_options": None,
        "external_ids": {OWNER: owner},
    }
    return Row("Logical_Switch_Port", port_uuid(name), columns)
