"""The second leg of hosts in the cloud realm: an address in the rack's cloud-private subnet, and routes through it."""

from seapoint.compile.hosts.names import TRUNK_NIC
from seapoint.intent.cloud.model import Cloud, Host, Vlan
from seapoint.target.host import Interface, Route


def private_vlan(cloud: Cloud, host: Host) -> Vlan | None:
    """The host's cloud-private VLAN; None for a host without that leg."""
    return cloud.vlan_for("private", host.rack) if host.private.all() else None


def private_interface(cloud: Cloud, host: Host, bridge: str | None = None) -> tuple[Interface, ...]:
    """The leg itself: a VLAN of the tagged NIC, or a tagged port of a bridge in which that NIC is."""
    vlan = private_vlan(cloud, host)
    if vlan is None:
        return ()
    addresses = vlan.with_length(host.private)
    return (
        Interface(
            vlan.interface, "vlan", vlan=vlan.id, parent=TRUNK_NIC, bridge=bridge, mtu=vlan.mtu, addresses=addresses
        ),
    )


def private_routes(cloud: Cloud, host: Host) -> tuple[Route, ...]:
    """What the VLAN routes through the rack's switch; the default route stays with management.

    Whole prefixes, not the subnets of the day: a new network needs no route on any host, and none can be forgotten.
    """
    vlan = private_vlan(cloud, host)
    if vlan is None:
        return ()
    gateways = {gateway.version: gateway for gateway in vlan.gateway.all()}
    return tuple(
        Route(str(network), via=str(gateways[network.version]), device=vlan.interface)
        for network in vlan.routes
        if network.version in gateways
    )
