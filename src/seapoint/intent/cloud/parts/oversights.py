"""What is well formed and does nothing: announcements of what nobody has, a realm that is a slip of another's name."""

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches

from seapoint.base.addresses import Network, covers, host_network
from seapoint.intent.cloud.bgp import Export
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.shape.cloud import CloudShape

#: How alike two names of realms are when one of them is taken for a slip (difflib's ratio).
ALIKE = 0.75


def check_oversights(cloud: Cloud, shape: CloudShape, mistakes: Mistakes) -> None:
    """Both."""
    _announced_for_nobody(cloud, mistakes)
    _lonely_realms(cloud, shape, mistakes)


def _announced_for_nobody(cloud: Cloud, mistakes: Mistakes) -> None:
    for index, export in enumerate(cloud.exports):
        if export.sender == "internet":
            continue
        there = [*_there(cloud, export)]
        for network in export.networks:
            if network.prefixlen and not any(covers(network, one) or covers(one, network) for one in there):
                path: Path = ("bgp", "exports", index, "exactly", f"ipv{network.version}")
                message = f"{network} is announced, and nobody behind it has an address there"
                cure = "Take it out, or mend it: what comes for it would be discarded."
                mistakes.warning(path, message, cure, ("prefixes",), ("vlans",), ("groups",))


def _there(cloud: Cloud, export: Export) -> Iterator[Network]:
    """What lies behind the announcer of an export: VLANs, links, tenants, VIPs; of routers also what is beyond."""
    realms = {export.realm} if export.realm else {*cloud.realms()}
    for vlan in cloud.vlans.values():
        if vlan.realm in realms:
            yield from vlan.networks.all()
    for link in cloud.links:
        if link.realm in realms or export.sender == "routers":
            yield from link.networks.all()
    if cloud.edge is None or cloud.vlans[cloud.edge.outside.vlan].realm in realms:
        yield from cloud.tenant_prefixes()
    yield from cloud.joins.networks() if cloud.joins else ()
    for vip in cloud.vips.values():
        yield from map(host_network, vip.addresses.all())
    if export.sender == "routers":
        for addresses in (*cloud.services.values(), *(router.loopback for router in cloud.routers.values())):
            yield from map(host_network, addresses.all())


def _lonely_realms(cloud: Cloud, shape: CloudShape, mistakes: Mistakes) -> None:
    """A VLAN alone in its realm, whose name is nearly another's: a new routing instance that nobody meant."""
    uses = Counter(vlan.realm for vlan in cloud.vlans.values())
    uses.update(link.realm for link in shape.links if link.realm)
    uses.update(entry.links_of_realm for entry in shape.filters.values())
    for name, vlan in cloud.vlans.items():
        others = [realm for realm in uses if realm != vlan.realm and uses[realm] > 1]
        near = get_close_matches(vlan.realm, others, n=1, cutoff=ALIKE) if uses[vlan.realm] == 1 else []
        if near:
            message = f"{name!r} is alone in the realm {vlan.realm!r}"
            mistakes.warning(("vlans", name, "realm"), message, f"Did you mean {near[0]!r}?")
