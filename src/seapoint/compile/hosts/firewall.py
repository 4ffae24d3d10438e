"""Rulesets as data: the edge's NAT and forwarding, and the core routers' filters."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network

from seapoint.base.addresses import Network, outermost
from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.intent.cloud.model import Edge, Filter, Link, NatExclusion, NetworkClass, TrafficRule
from seapoint.target.nftables import Chain, Family, NamedSet, Operand, Protocol, Rule, Ruleset

FAMILIES: tuple[Family, Family] = (4, 6)
#: Protocols whose packets a host without a listener would refuse.
TRANSLATED: tuple[Protocol, Protocol] = ("tcp", "udp")

#: The sets of tenants' subnets, by class; IPv6's has a 6 behind its name.
CLASS_SETS = {
    NetworkClass.DEFAULT: "virtual_subnets",
    NetworkClass.INTERNAL: "internal_subnets",
    NetworkClass.FLOATING: "floating_subnets",
}
#: The set of addresses and prefixes cut off in both directions.
CLOUD_FILTER = "cloud_filter"
#: The set of other people's addresses that see instances' own; the cloud's own prefixes have sets of their own names.
DMZ_CIDR = "dmz_cidr"

#: What concerns one link only: IPv4 multicast and broadcast, IPv6 link-local and multicast (RFC 5771, 919, 4291).
ON_LINK: Mapping[Family, tuple[Network, ...]] = {
    4: (ip_network("224.0.0.0/4"), ip_network("255.255.255.255/32")),
    6: (ip_network("fe80::/10"), ip_network("ff00::/8")),
}

#: What the tenants' subnets of a class are compared as, in a rule of one family; None: there are none.
ClassOperand = Callable[[NetworkClass, Family], Operand | None]


@dataclass(frozen=True, slots=True)
class Realm:
    """The realm of an edge: its interfaces (the VRF's own too), and the addresses that edge hosts have in it."""

    interfaces: tuple[str, ...]
    addresses: tuple[Network, ...]


def edge_ruleset(edge: Edge, realm: Realm, sides: tuple[str, str], tenants: Tenancy, plan: frozenset[str]) -> Ruleset:
    """The edge's table. ``sides`` are the interfaces inside and outside; ``plan`` the names of the plan's prefixes."""
    inside, outside = sides
    named = dict.fromkeys([NetworkClass.DEFAULT, *(rule.source_class for rule in edge.reject if rule.source_class)])
    virtual = [
        NamedSet(_class_set(one, version), version, outermost(tenants.networks(one, version)))
        for one in named
        for version in FAMILIES
    ]
    dropped = [NamedSet(_set(CLOUD_FILTER, version), version, _of_family(edge.drop, version)) for version in FAMILIES]
    excluded = _exclusion_sets(edge.nat_exclusions, plan)
    return Ruleset(
        sets=(*virtual, *dropped, *excluded),
        chains=(
            Chain("forward", "filter", "forward", "filter", "drop", (*_forward(edge, inside, outside),)),
            Chain("input", "filter", "input", "filter", "accept", (*_realm_apart(realm), *_unknown_connections(edge))),
            Chain("nat", "nat", "postrouting", "srcnat", "accept", _source_nat(edge, outside, excluded)),
        ),
    )


def filter_ruleset(filters: Iterable[tuple[Filter, Mapping[str, Link]]], tenants: Tenancy) -> Ruleset:
    """Stateless filters on incoming packets, before routing; each with its links by their interfaces."""

    def written_out(network_class: NetworkClass, version: Family) -> Operand | None:
        networks = outermost(tenants.networks(network_class, version))
        return Operand(networks) if networks else None

    return Ruleset(
        chains=tuple(
            Chain(
                one.name,
                "filter",
                "prerouting",
                "filter",
                "accept",
                (
                    *_on_link(links),
                    *(rule for term in one.terms for rule in rules_of(term, written_out, tuple(links))),
                ),
            )
            for one, links in filters
        )
    )


def rules_of(rule: TrafficRule, of_class: ClassOperand, incoming: tuple[str, ...] = ()) -> Iterator[Rule]:
    """One rule of the file as one for both families, or one for each family that it can match."""
    comment = _describe(rule)
    if not (rule.sources or rule.destinations or rule.source_class):
        yield Rule(
            rule.action,
            comment,
            incoming=incoming,
            protocol=rule.protocol,
            ports=rule.ports,
            source_ports=rule.source_ports,
        )
        return
    for version in FAMILIES:
        for source in _sources(rule, of_class, version):
            destinations = _of_family(rule.destinations, version)
            if rule.destinations and not destinations:
                continue
            yield Rule(
                rule.action,
                comment,
                family=version,
                incoming=incoming,
                source=source,
                destination=Operand(destinations) if destinations else None,
                protocol=rule.protocol,
                ports=rule.ports,
                source_ports=rule.source_ports,
            )


def _forward(edge: Edge, inside: str, outside: str) -> Iterator[Rule]:
    for version in FAMILIES:
        cut = Operand(named=_set(CLOUD_FILTER, version))
        yield Rule("drop", "cut off", family=version, source=cut)
        yield Rule("drop", "cut off", family=version, destination=cut)
    for rule in edge.reject:
        yield from rules_of(rule, lambda one, version: Operand(named=_class_set(one, version)))
    # with VRF devices a packet comes in through the VRF, without them through the VLAN; it always leaves by a VLAN
    sides = (inside, outside)
    yield Rule("accept", "between inside and outside", incoming=(edge.vrf, *sides), outgoing=sides)
    yield Rule("count", "dropped: between no two sides of the edge")


def _realm_apart(realm: Realm) -> Iterator[Rule]:
    """The kernel takes a packet to any address of the host from any interface: a realm must not reach another's.

    Link-local addresses are the interface's own to the kernel; multicast carries neighbour discovery and VRRP.
    """
    for version in FAMILIES:
        own = _of_family(realm.addresses, version)
        to_realm = Operand((*own, *ON_LINK[version]), negated=True)
        yield Rule("drop", "out of the realm", family=version, incoming=realm.interfaces, destination=to_realm)
        if own:
            others = ("lo", *realm.interfaces)
            yield Rule("drop", "into the realm", family=version, not_incoming=others, destination=Operand(own))


def _unknown_connections(edge: Edge) -> Iterator[Rule]:
    """What comes to the translated address and belongs to no connection that this host knows is not answered.

    Just after a failover the other host may still be the only one that knows it: a refusal would end it.
    """
    source = Operand((IPv4Network(edge.nat_source),))
    for protocol in TRANSLATED:
        yield Rule("drop", "a connection not known here", family=4, destination=source, protocol=protocol)


def _source_nat(edge: Edge, outside: str, excluded: list[NamedSet]) -> tuple[Rule, ...]:
    """The first match decides; a source is only ever translated by the last."""
    return (
        Rule("accept", "IPv6 is never translated", family=6),
        Rule("accept", "not leaving through the WAN", not_outgoing=(outside,)),
        Rule(
            "accept",
            "no tenants' network of the class default",
            family=4,
            source=Operand(named=_class_set(NetworkClass.DEFAULT, 4), negated=True),
        ),
        *(
            Rule("accept", f"sees instances' own addresses: {one.name}", family=4, destination=Operand(named=one.name))
            for one in excluded
        ),
        Rule("snat", "everybody else sees one address", family=4, snat=edge.nat_source),
    )


def _exclusion_sets(exclusions: tuple[NatExclusion, ...], plan: frozenset[str]) -> list[NamedSet]:
    """Other people's addresses in one set, then a set for each prefix of the plan, in the file's order."""
    others = [network for one in exclusions if one.name not in plan for network in one.networks]
    sets = [NamedSet(DMZ_CIDR, 4, _of_family(others, 4))]
    own = [one for one in exclusions if one.name in plan]
    return sets + [NamedSet(one.name.replace("-", "_"), 4, _of_family(one.networks, 4)) for one in own]


def _on_link(links: Mapping[str, Link]) -> Iterator[Rule]:
    """What a link's two ends say to each other (BGP, BFD) passes: the terms are about traffic through."""
    for interface, link in links.items():
        for network in link.networks.all():
            operand = Operand((network,))
            version: Family = 4 if isinstance(network, IPv4Network) else 6
            yield Rule(
                "accept", "the link's own", family=version, incoming=(interface,), source=operand, destination=operand
            )


def _sources(rule: TrafficRule, of_class: ClassOperand, version: Family) -> Iterator[Operand | None]:
    """The operands of one family that the rule's sources need; None: any source."""
    if not rule.sources and rule.source_class is None:
        yield None
    written = _of_family(rule.sources, version)
    if written:
        yield Operand(written)
    virtual = of_class(rule.source_class, version) if rule.source_class else None
    if virtual:
        yield virtual


def _class_set(network_class: NetworkClass, version: Family) -> str:
    return _set(CLASS_SETS[network_class], version)


def _set(name: str, version: Family) -> str:
    return f"{name}6" if version == 6 else name


def _of_family(networks: Iterable[Network], version: Family) -> tuple[Network, ...]:
    return outermost(network for network in networks if network.version == version)


def _describe(rule: TrafficRule) -> str:
    words: list[str] = [rule.action, rule.protocol]
    if rule.source_class:
        words.append(f"from class {rule.source_class}")
    return " ".join(words)
