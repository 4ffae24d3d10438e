"""What requests about subnets mean for their network's metadata port, which nobody makes or removes by hand."""

from collections.abc import Iterable
from dataclasses import replace

from seapoint.intent.draft import Draft
from seapoint.intent.ipam import highest_free, serves
from seapoint.intent.mac import with_mac
from seapoint.intent.metadata import metadata_device, metadata_port
from seapoint.intent.network import Network
from seapoint.intent.port import DISTRIBUTED, FixedIp, Port
from seapoint.intent.subnet import Subnet


def keep_metadata_port(draft: Draft, network_id: str, subnets: Iterable[Subnet]) -> None:
    """Make the port, give it an address in each of these IPv4 subnets that has DHCP, or take it away with the last.

    DHCP tells the route to it, so that without DHCP it could not be found. IPv6 needs no address but the link-local
    one. A subnet whose pools are full goes without.
    """
    asked = [subnet for subnet in subnets if subnet.enable_dhcp and serves(subnet, DISTRIBUTED)]
    present = metadata_port(draft.intent, network_id)
    if not asked:
        if present is not None:
            draft.delete(present)
        return
    port = present or _new(draft, network_id)
    held = {fixed.subnet_id: fixed for fixed in port.fixed_ips}
    addresses = (held.get(one.id) or _address(draft, one) for one in asked if one.ip_version == 4)
    draft.put(replace(port, fixed_ips=tuple(address for address in addresses if address is not None)))


def _new(draft: Draft, network_id: str) -> Port:
    network = draft.need(Network, network_id)
    port = Port(
        id=draft.new_id(),
        project_id=network.project_id,
        network_id=network_id,
        device_id=metadata_device(network_id),
        device_owner=DISTRIBUTED,
        port_security_enabled=False,
    )
    return with_mac(draft, port)


def _address(draft: Draft, subnet: Subnet) -> FixedIp | None:
    """The highest: people count from the lowest, and write those down."""
    found = highest_free(draft, subnet)
    return None if found is None else FixedIp(subnet.id, found)
