"""The MAC address of a port: the one that the request names, or a new one."""

from dataclasses import replace

from seapoint.base.errors import TenantError
from seapoint.intent.draft import Draft
from seapoint.intent.port import Port

MAC_BASE = "fa:16:3e"  # Neutron's own: tools and people know it


def with_mac(draft: Draft, port: Port) -> Port:
    """The port with its MAC; raises TenantError 409 for one that another port of the network has."""
    if port.mac_address:
        check_mac(draft, port)
        return port
    number = int(port.id[-6:], 16)  # as random as the identifier
    while True:
        tail = f"{number % 2**24:06x}"
        mac_address = f"{MAC_BASE}:{tail[:2]}:{tail[2:4]}:{tail[4:]}"
        if draft.intent.owner((port.network_id, mac_address)) is None:
            return replace(port, mac_address=mac_address)
        number += 1


def check_mac(draft: Draft, port: Port) -> None:
    """Raises TenantError 409 when another port of the network has the port's MAC."""
    if draft.intent.owner((port.network_id, port.mac_address)) not in (None, port.id):
        raise TenantError(
            "MacAddressInUse",
            f"Unable to complete operation for network {port.network_id}. "
            f"The mac address {port.mac_address} is in use.",
            409,
        )
