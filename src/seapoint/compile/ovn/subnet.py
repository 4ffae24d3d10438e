"""A subnet: what its DHCP clients are told."""

from collections.abc import Iterator
from typing import Any

from seapoint.base.errors import CompileError
from seapoint.compile.ovn import dhcp
from seapoint.compile.ovn.cloud import OvnCloud
from seapoint.compile.ovn.names import dhcp_uuid
from seapoint.compile.ovn.network import mtu
from seapoint.compile.ovn.readers import differ, routers_of, scopes_of
from seapoint.compile.ovn.tables import keyed
from seapoint.intent.metadata import metadata_port
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet
from seapoint.target.changes import Key, Scope
from seapoint.target.rows import OWNER


def compile_subnet(subnet_id: str, intent: Intent, cloud: OvnCloud) -> dict[Key, Any]:
    """One DHCP_Options row, where OVN answers DHCP."""
    subnet = intent.get(Subnet, subnet_id)
    if subnet is None or not dhcp.served(subnet):
        return {}
    network = intent.get(Network, subnet.network_id)
    if network is None:
        raise CompileError(f"subnet {subnet_id}: there is no network {subnet.network_id}")
    described = {
        OWNER: str(Scope("subnet", subnet_id)),
        "subnet_id": subnet_id,
        "neutron:revision_number": str(subnet.revision_number),
    }
    told = dhcp.options(subnet, mtu(network, cloud), cloud, metadata_port(intent, network.id))
    return keyed([dhcp.row(dhcp_uuid(subnet_id), subnet, told, described)])


def readers_of_subnet(change: Change, subnet: Subnet, intent: Intent) -> Iterator[Scope]:
    """Routers on it; ports that refer to its DHCP row, when that comes or goes, or that repeat what it tells."""
    ports = intent.find(Port, fixed_ips=subnet.id)
    yield from routers_of(ports)
    every = differ(change, "enable_dhcp", "ipv6_address_mode", "cidr")
    yield from scopes_of(port for port in ports if every or port.extra_dhcp_opts)
