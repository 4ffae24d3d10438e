"""Rulesets as data: the edge's NAT and forwarding, and the core routers' filters."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Network

from seapoint.base.addresses import Network, outermost
from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.intent.cloud.model import Edge, Filter, Link, NatExclusion, NetworkClass, TrafficRule
from seapoint.target.nftables import Chain, Family, NamedSet, Operand, Rule, Ruleset

FAMILIES: tuple[Family, Family] = (4, 6)

#: The sets of tenants' subnets, by class; IPv6's has a 6 behind its name.
CLASS_SETS = {
    NetworkClass.DEFAULT: "virtual_subnets",
    NetworkClass.INTERNAL: "internal_subnets",
    NetworkClass.FLOATING: "floating_subnets",
}
#: The set of addresses and prefixes cut off in both directions.
CLOUD_FILTER = "cloud_filter"
#: The set of hosts whose default route the edge carries.
TRANSLATED_HOSTS = "translated_hosts"
#: The set of other people's addresses that see instances' own; the cloud's own prefixes have sets of their own names.
DMZ_CIDR = "dmz_cidr"

#: What the tenants' subnets of a class are compared as, in a rule of one family; None: there are none.
ClassOperand = Callable[[NetworkClass, Family], Operand | None]


def edge_ruleset(
    edge: Edge,
    sides: tuple[str, str],
    tenants: Tenancy,
    plan: frozenset[str],
    hosts: tuple[Network, ...],
    passing: tuple[Rule, ...] = (),
) -> Ruleset:
    """The edge's table. ``sides`` are the interfaces inside and outside; ``plan`` the names of the plan's prefixes.

    ``hosts`` are translated as instances are; ``passing`` are rules of what else is forwarded.
    """
    inside, outside = sides
    named = dict.fromkeys([NetworkClass.DEFAULT, *(rule.source_class for rule in edge.reject if rule.source_class)])
    virtual = [
        NamedSet(_class_set(one, version), version, outermost(tenants.networks(one, version)))
        for one in named
        for version in FAMILIES
    ]
    dropped = [NamedSet(_set(CLOUD_FILTER, version), version, of_family(edge.drop, version)) for version in FAMILIES]
    excluded = _exclusion_sets(edge.nat_exclusions, plan)
    behind = [NamedSet(TRANSLATED_HOSTS, 4, of_family(hosts, 4))] if hosts else []
    return Ruleset(
        sets=(*virtual, *behind, *dropped, *excluded),
        chains=(
            Chain("forward", "filter", "forward", "filter", "drop", (*_forward(edge, inside, outside, passing),)),
            Chain("nat", "nat", "postrouting", "srcnat", "accept", _source_nat(edge, outside, excluded, bool(hosts))),
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
            destinations = of_family(rule.destinations, version)
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


def _forward(edge: Edge, inside: str, outside: str, passing: tuple[Rule, ...]) -> Iterator[Rule]:
    for version in FAMILIES:
        cut = Operand(named=_set(CLOUD_FILTER, version))
        yield Rule("drop", "cut off", family=version, source=cut)
        yield Rule("drop", "cut off", family=version, destination=cut)
    for rule in edge.reject:
        yield from rules_of(rule, lambda one, version: Operand(named=_class_set(one, version)))
    # with VRF devices a packet comes in through the VRF, without them through the VLAN; it always leaves by a VLAN
    sides = (inside, outside)
    yield Rule("accept", "between inside and outside", incoming=(edge.vrf, *sides), outgoing=sides)
    yield from passing
    yield Rule("count", "dropped: between no two sides of the edge")


def _source_nat(edge: Edge, outside: str, excluded: list[NamedSet], hosts: bool) -> tuple[Rule, ...]:
    """The first match decides; a source is only ever translated by the last, a host's by the last of its own."""
    behind = Operand(named=TRANSLATED_HOSTS) if hosts else None
    return (
        Rule("accept", "IPv6 is never translated", family=6),
        Rule("accept", "not leaving through the WAN", not_outgoing=(outside,)),
        *(_translation(edge, excluded, "hosts'", behind) if behind else ()),
        Rule(
            "accept",
            "no tenants' network of the class default",
            family=4,
            source=Operand(named=_class_set(NetworkClass.DEFAULT, 4), negated=True),
        ),
        *_translation(edge, excluded, "instances'"),
    )


def _translation(edge: Edge, excluded: list[NamedSet], whose: str, source: Operand | None = None) -> tuple[Rule, ...]:
    return (
        *(
            Rule(
                "accept",
                f"sees {whose} own addresses: {one.name}",
                4,
                source=source,
                destination=Operand(named=one.name),
            )
            for one in excluded
        ),
        Rule("snat", "everybody else sees one address", 4, source=source, snat=edge.nat_source),
    )


def _exclusion_sets(exclusions: tuple[NatExclusion, ...], plan: frozenset[str]) -> list[NamedSet]:
    """Other people's addresses in one set, then a set for each prefix of the plan, in the file's order."""
    others = [network for one in exclusions if one.name not in plan for network in one.networks]
    sets = [NamedSet(DMZ_CIDR, 4, of_family(others, 4))]
    own = [one for one in exclusions if one.name in plan]
    return sets + [NamedSet(one.name.replace("-", "_"), 4, of_family(one.networks, 4)) for one in own]


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
    written = of_family(rule.sources, version)
    if written:
        yield Operand(written)
    virtual = of_class(rule.source_class, version) if rule.source_class else None
    if virtual:
        yield virtual


def _class_set(network_class: NetworkClass, version: Family) -> str:
    return _set(CLASS_SETS[network_class], version)


def _set(name: str, version: Family) -> str:
    return f"{name}6" if version == 6 else name


def of_family(networks: Iterable[Network], version: Family) -> tuple[Network, ...]:
    """The networks of one family, as a rule or a set of it holds them."""
    return outermost(network for network in networks if network.version == version)


def _describe(rule: TrafficRule) -> str:
    words: list[str] = [rule.action, rule.protocol]
    if rule.source_class:
        words.append(f"from class {rule.source_class}")
    return " ".join(words)
