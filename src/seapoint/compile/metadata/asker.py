"""Which port asks: by the network in which a question was asked, and the address that asked it."""

from ipaddress import IPv6Network, ip_address

from seapoint.base.addresses import eui64
from seapoint.intent.port import Port
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Subnet

_LINK_LOCAL = IPv6Network("fe80::/64")


def asking_port(intent: Intent, network_id: str, address: str, host: str) -> Port | None:
    """The port of a network that has an address, and is bound to the host whose proxy passed the question on.

    ``address``: one of the port's own, or the link-local one that it makes of its MAC (RFC 4291, appendix A). None:
    there is no such port, it is no instance's, or it is bound elsewhere: a host is told nothing of another's instances.
    Raises ValueError for an address that is none.
    """
    asked = ip_address(address)
    if asked.version == 6 and asked in _LINK_LOCAL:
        owners = [_with_link_local(intent, network_id, address)]
    else:
        subnets = intent.find(Subnet, network_id=network_id)
        owners = [intent.owner((subnet.id, str(asked))) for subnet in subnets]
    ports = (intent.get(Port, owner) for owner in owners if owner)
    return next((port for port in ports if port and _is_instance(port) and port.binding_host_id == host), None)


def _with_link_local(intent: Intent, network_id: str, address: str) -> str | None:
    """The claim of the MAC from which a link-local address was made."""
    octets = ip_address(address).packed[8:]
    mac = bytes([octets[0] ^ 0x02, *octets[1:3], *octets[5:]]).hex(":")
    made = eui64(_LINK_LOCAL, mac) == ip_address(address)  # otherwise the host has chosen it itself
    return intent.owner((network_id, mac)) if made else None


def _is_instance(port: Port) -> bool:
    return bool(port.device_id) and not port.device_owner.startswith("network:")
