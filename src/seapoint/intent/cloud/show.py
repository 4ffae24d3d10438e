"""The computed address plan as a tree: prefixes, and in them VLANs, links and every address."""

from dataclasses import dataclass, field

from seapoint.base.addresses import Address, Network, covers
from seapoint.intent.cloud.model import Cloud


@dataclass(slots=True)
class Branch:
    """A network of the plan with what lies in it."""

    network: Network
    label: str
    addresses: list[tuple[Address, str]] = field(default_factory=list)
    branches: list["Branch"] = field(default_factory=list)


def tree(cloud: Cloud) -> list[Branch]:
    """The outermost networks of both families, IPv4 first, each with all that it covers, in the order of addresses."""
    branches = [Branch(network, label) for network, label in _networks(cloud)]
    branches.sort(key=lambda one: (one.network.version, one.network.network_address, one.network.prefixlen))
    roots: list[Branch] = []
    for branch in branches:
        around = _deepest(roots, branch.network)
        (around.branches if around else roots).append(branch)
    for address, label in _addresses(cloud):
        around = _deepest(roots, address)
        if around is not None:
            around.addresses.append((address, label))
    return roots


def _deepest(branches: list[Branch], item: Network | Address) -> Branch | None:
    for branch in branches:
        if covers(branch.network, item):
            return _deepest(branch.branches, item) or branch
    return None


def _networks(cloud: Cloud) -> list[tuple[Network, str]]:
    found: list[tuple[Network, str]] = []
    for prefix in cloud.prefixes.values():
        own = f" [{prefix.network_class}]" if prefix.network_class else ""
        found.extend((network, prefix.name + own) for network in prefix.networks.all())
    for vlan in cloud.vlans.values():
        found.extend((network, f"VLAN {vlan.id} {vlan.name}") for network in vlan.networks.all())
    for link in cloud.links:
        found.extend((network, f"link {link.name}") for network in link.networks.all())
    return found


def _addresses(cloud: Cloud) -> list[tuple[Address, str]]:
    found: list[tuple[Address, str]] = []
    for prefix in cloud.prefixes.values():
        for name, addresses in prefix.reserved.items():
            found.extend((address, f"{name} (reserved)") for address in addresses.all())
    for vlan in cloud.vlans.values():
        switch = cloud.gateway_switch(vlan)
        found.extend((address, f"gateway, {switch}") for address in vlan.gateway.all())
        for name, addresses in vlan.addresses.items():
            found.extend((address, name) for address in addresses.all())
    for host in cloud.hosts.values():
        for addresses in (host.management, host.private):
            found.extend((address, host.name) for address in addresses.all())
    for vip in cloud.vips.values():
        found.extend((address, vip.name) for address in vip.addresses.all())
    for link in cloud.links:
        found.extend((address, link.a) for address in link.a_addresses.all())
        found.extend((address, link.b) for address in link.b_addresses.all())
    return sorted(found, key=lambda one: (one[0].version, one[0]))
