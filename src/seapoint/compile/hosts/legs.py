"""A host's tagged NIC: the VLANs on it, and the legs that the host itself has in them."""

from seapoint.compile.hosts.names import TRUNK_NIC
from seapoint.compile.hosts.private import private_vlan
from seapoint.intent.cloud.model import Cloud, Host, PhysicalNetwork, Vlan
from seapoint.target.host import Interface


def physical_networks(cloud: Cloud, host: Host) -> tuple[PhysicalNetwork, ...]:
    """The provider networks that the host bridges."""
    return tuple(physical for physical in cloud.overlay.physical_networks.values() if host.name in physical.hosts)


def tagged_vlans(cloud: Cloud, host: Host) -> tuple[Vlan, ...]:
    """The VLANs of a host's tagged NIC, by number: its own legs, and what it bridges."""
    private = private_vlan(cloud, host)
    names = {private.name} if private else set()
    names |= {vlan.name for vlan in listed_vlans(cloud, host)}
    names |= {physical.vlan for physical in physical_networks(cloud, host)}
    return tuple(sorted((cloud.vlans[name] for name in names), key=lambda vlan: vlan.id))


def listed_legs(cloud: Cloud, host: Host, bridge: str | None = None) -> tuple[Interface, ...]:
    """The legs that `hosts` of VLANs give a host; with ``bridge`` they are tagged ports of it."""
    return tuple(
        Interface(
            vlan.interface,
            "vlan",
            vlan=vlan.id,
            parent=TRUNK_NIC,
            bridge=bridge,
            mtu=vlan.mtu,
            addresses=vlan.with_length(vlan.addresses[host.name]),
        )
        for vlan in listed_vlans(cloud, host)
    )


def listed_vlans(cloud: Cloud, host: Host) -> tuple[Vlan, ...]:
    """The VLANs that list an address of the host."""
    return tuple(vlan for vlan in cloud.vlans.values() if vlan.use is None and host.name in vlan.addresses)
