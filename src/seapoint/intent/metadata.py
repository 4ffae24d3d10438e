"""The metadata port of a network, named as ML2/OVN names it, and the addresses that instances ask.

Source: Neutron, "OVN metadata agent"; the addresses are those of the Networking guide, "Metadata service".
"""

from seapoint.intent.port import Port
from seapoint.intent.snapshot import Intent

#: Where an instance asks; the IPv6 one is link-local, so that it needs no address of its own and no route.
ADDRESS4 = "169.254.169.254"
ADDRESS6 = "fe80::a9fe:a9fe"


def metadata_device(network_id: str) -> str:
    """``device_id`` of a network's metadata port, and the name of the namespaces that it leads to."""
    return f"ovnmeta-{network_id}"


def metadata_port(intent: Intent, network_id: str) -> Port | None:
    """A network's metadata port; None: no subnet of it has DHCP."""
    there = intent.find(Port, device_id=metadata_device(network_id))
    ports = (port for port in there if port.is_metadata and port.network_id == network_id)
    return min(ports, key=lambda port: port.id, default=None)
