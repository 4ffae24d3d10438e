"""Names of addresses, for /etc/hosts of every host and instance that probes use."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from seapoint.base.addresses import Address
from seapoint.intent.cloud.model import Cloud, Vlan
from seapoint.intent.snapshot import Intent
from seapoint.probe.instances import instances

NOBODY: Mapping[str, str] = MappingProxyType({})
LOCALHOST = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"


def hosts_file(cloud: Cloud, intent: Intent, projects: Mapping[str, str] = NOBODY) -> str:
    """The text of /etc/hosts: every name that probes use, in both families, and ``localhost``.

    ``projects`` gives the names of projects by their ids; an instance then has both of its names. Source: hosts(5).
    """
    lines: dict[tuple[Address, str], None] = {}
    for name, address in infrastructure(cloud):
        lines[address, name] = None
    for naming in (projects, NOBODY):
        for instance in instances(cloud, intent, naming):
            for leg in instance.legs if instance.fqdn else ():
                lines[leg.address, str(instance.fqdn)] = None
    return LOCALHOST + "".join(f"{address} {name}\n" for address, name in lines)


def infrastructure(cloud: Cloud) -> Iterator[tuple[str, Address]]:
    """Names and addresses of the cloud file.

    ``KEY.INFRASTRUCTURE`` on transport VLANs (hosts, VIPs, virtual routers) and of service
    VIPs, ``HOST.PRIVATE`` and ``SWITCH.PRIVATE`` on private ones, and the bare name for a host's management address.
    """
    yield from _transport_names(cloud)
    yield from ((vip.fqdn, address) for vip in cloud.vips.values() for address in vip.addresses.all())
    for host in cloud.hosts.values():
        yield from ((f"{host.name}.{cloud.domains.private}", address) for address in host.private.all())
        yield from ((host.name, address) for address in host.management.all())
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
