"""Hosts whose default route the edge carries: the switches' part, which leads them there, and the edge's, its NAT.

Their packets come to the edge by its outside and leave by it again; answers come the same way to what the edge
translates, and straight from the switch to what it does not.
"""

from collections.abc import Iterator

from seapoint.base.addresses import Address
from seapoint.compile.hosts.names import instance, link_interface
from seapoint.compile.hosts.private import PRIORITY, TABLE
from seapoint.intent.cloud.default_route import DefaultRoute
from seapoint.intent.cloud.matrix import own_networks
from seapoint.intent.cloud.model import Cloud, Switch
from seapoint.target.host import MAIN_TABLE, Route, Rule

EVERYWHERE = {4: "0.0.0.0/0", 6: "::/0"}


def carried(cloud: Cloud) -> dict[str, DefaultRoute]:
    """By host."""
    return {host: one for host, one in cloud.default_routes.items() if one.nat and one.vlan}


def carried_sources(cloud: Cloud) -> tuple[Address, ...]:
    """The addresses that they send from."""
    return tuple(address for one in carried(cloud).values() for address in one.sources.all())


def edgeward_rules(cloud: Cloud, switch: Switch, realm: str) -> tuple[Rule, ...]:
    """What they send beyond the cloud goes to the edge; by where it comes in, for it comes back from the edge."""
    rules = tuple(_by_source(cloud, switch, realm))
    families = {rule.family for rule in rules}
    own = tuple(
        Rule(network.version, PRIORITY - 1, MAIN_TABLE, destination=str(network))
        for network in own_networks(cloud)
        if network.version in families
    )
    return (*own, *rules)


def edgeward_routes(cloud: Cloud, switch: Switch, realm: str) -> tuple[Route, ...]:
    """Their default route: to the edge, or to the switch that has it."""
    families = {rule.family for rule in _by_source(cloud, switch, realm)}
    edge = cloud.edge
    if edge is None or not families:
        return ()
    outside = cloud.vlans[edge.outside.vlan]
    first = cloud.gateway_switch(outside)
    hops = {edge.outside.vip: outside.interface}
    if switch.name != first:
        links = (link for link in cloud.links_of(switch.name, realm) if link.other(switch.name) == first)
        hops = {
            link.addresses_of(link.other(switch.name)): link_interface(link, instance(switch.name, realm))
            for link in links
        }
    return tuple(
        Route(EVERYWHERE[address.version], str(address), device, TABLE)
        for addresses, device in hops.items()
        for address in addresses.all()
        if address.version in families
    )


def _by_source(cloud: Cloud, switch: Switch, realm: str) -> Iterator[Rule]:
    edge = cloud.edge
    first = cloud.gateway_switch(cloud.vlans[edge.outside.vlan]) if edge else None
    for host, one in carried(cloud).items():
        home = cloud.racks[cloud.hosts[host].rack]
        if one.realm != realm or one.vlan is None:
            continue
        if home == switch.name:
            entries = [cloud.vlans[one.vlan].interface]
        elif switch.name == first:
            links = (link for link in cloud.links_of(switch.name, realm) if link.other(switch.name) == home)
            entries = [link_interface(link, instance(switch.name, realm)) for link in links]
        else:
            entries = []
        for entry in entries:
            for source in one.sources.all():
                yield Rule(source.version, PRIORITY, TABLE, source=str(source), incoming=entry)
