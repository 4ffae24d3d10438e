"""What the cloud file's own addresses are called: the one place that makes these names."""

from collections.abc import Iterator

from seapoint.base.addresses import Address
from seapoint.intent.cloud.model import Cloud, Vlan


def named(cloud: Cloud) -> Iterator[tuple[str, Address]]:
    """Names and addresses of the cloud file.

    ``KEY.INFRASTRUCTURE`` on transport VLANs (hosts, moving addresses, virtual routers) and of VIPs, ``HOST.PRIVATE``
    and ``SWITCH.PRIVATE`` on private ones.
    """
    yield from _transport_names(cloud)
    for vip in cloud.vips.values():
        yield from ((vip.fqdn, address) for address in vip.addresses.all())
    for host in cloud.hosts.values():
        yield from ((f"{host.name}.{cloud.domains.private}", address) for address in host.private.all())
    for vlan in cloud.vlans.values():
        switch = cloud.gateway_switch(vlan) if vlan.use == "private" else None
        if switch:
            yield from ((f"{switch}.{cloud.domains.private}", address) for address in vlan.gateway.all())


def _transport_names(cloud: Cloud) -> Iterator[tuple[str, Address]]:
    """Names on the transport VLANs; of a host on several the short name is its address on the edge's outside."""
    taken: set[str] = set()
    for vlan in _transport(cloud):
        for key, addresses in vlan.addresses.items():
            name = f"{key}.{vlan.name}" if key in taken else key
            taken.add(key)
            yield from ((f"{name}.{cloud.domains.infrastructure}", address) for address in addresses.all())


def _transport(cloud: Cloud) -> list[Vlan]:
    """The VLANs that are neither management nor private ones, the edge's outside first."""
    first = cloud.edge.outside.vlan if cloud.edge else None
    return sorted((vlan for vlan in cloud.vlans.values() if vlan.use is None), key=lambda vlan: vlan.name != first)
