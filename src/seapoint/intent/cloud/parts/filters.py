"""Core routers' filters, NAT exclusions and announcements held against each other: black holes and dead terms."""

from collections.abc import Iterable, Iterator

from seapoint.base.addresses import Network, covers, outermost
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes
from seapoint.intent.cloud.model import Cloud, Edge, Filter, NetworkClass, TrafficRule
from seapoint.intent.cloud.parts.terms import implied_terms
from seapoint.intent.cloud.shape.cloud import CloudShape

VERSIONS = (4, 6)


def check_filters(cloud: Cloud, shape: CloudShape, mistakes: Mistakes) -> None:
    """Every check on them."""
    for name in cloud.filters:
        _dead_terms(cloud, shape, name, mistakes)
    if cloud.edge is not None:
        _exclusions_pass(cloud, shape, cloud.edge, mistakes)
        _open_for_nobody(cloud, shape, cloud.edge, mistakes)
        _answers_come_back(cloud, shape, cloud.edge, mistakes)


def _placed(cloud: Cloud, shape: CloudShape, name: str) -> Iterator[tuple[int, TrafficRule]]:
    """A filter's terms, each with the index of the file's term that it comes from."""
    terms, realm = iter(cloud.filters[name].terms), cloud.filters[name].realm
    for index, term in enumerate(shape.filters[name].terms):
        implied = implied_terms(term, realm, cloud.exclusions, cloud.default_routes)
        yield from ((index, next(terms)) for _ in range(1 if implied is None else len(implied)))


def _dead_terms(cloud: Cloud, shape: CloudShape, name: str, mistakes: Mistakes) -> None:
    """The first term that matches decides: what is behind one that matches all the same packets never does."""
    before: list[tuple[int, TrafficRule]] = []
    for index, term in _placed(cloud, shape, name):
        path: Path = ("filters", name, "terms", index)
        families = [version for version in VERSIONS if _has(term, version)]
        hiding = [next((at for at, one in before if _decides(one, term, version)), None) for version in families]
        if not families:
            message, cure = "it can never match: its ends have no family in common", "Name both ends in one family."
            mistakes.error(path, message, cure, path, ("groups",), ("services",))
        elif None not in hiding:
            deciding = [*dict.fromkeys(one for one in hiding if one is not None)]
            numbers = " and ".join(str(at + 1) for at in deciding)
            causes: list[Path] = [("filters", name, "terms", at) for at in deciding]
            cure = "Put it before, or take it out."
            message = f"it can never match: term {numbers} before it decides on all that it matches"
            mistakes.error(path, message, cure, *causes, ("groups",), ("services",))
        before.append((index, term))


def _has(term: TrafficRule, version: int) -> bool:
    return all(not side or _of(side, version) for side in (_sources(term), term.destinations))


def _sources(term: TrafficRule) -> tuple[Network, ...]:
    """Of a class nothing is known here: its subnets come and go."""
    return () if term.source_class else term.sources


def _decides(one: TrafficRule, other: TrafficRule, version: int) -> bool:
    """Whether a term matches every packet of a family that another one matches."""
    return (
        one.protocol in ("any", other.protocol)
        and one.source_class in (None, other.source_class)
        and _within(other.sources, one.sources, version, open_end=other.source_class is not None)
        and _within(other.destinations, one.destinations, version)
        and (not one.ports or (bool(other.ports) and {*other.ports} <= {*one.ports}))
        and (not one.source_ports or (bool(other.source_ports) and {*other.source_ports} <= {*one.source_ports}))
    )


def _within(inner: tuple[Network, ...], outer: tuple[Network, ...], version: int, open_end: bool = False) -> bool:
    """``open_end``: of the inner side not all networks are known."""
    if not outer:
        return True
    networks = _of(inner, version)
    return bool(networks) and not open_end and all(any(covers(one, each) for one in outer) for each in networks)


def _of(networks: Iterable[Network], version: int) -> list[Network]:
    return [network for network in networks if network.version == version]


def _filters_of(cloud: Cloud, edge: Edge) -> list[Filter]:
    """The filters on what the edge sends outside."""
    realm = cloud.vlans[edge.outside.vlan].realm
    return [one for one in cloud.filters.values() if one.realm == realm]


def _exclusions_pass(cloud: Cloud, shape: CloudShape, edge: Edge, mistakes: Mistakes) -> None:
    """What is spared from NAT passes the filters, or it is a black hole."""
    assert shape.edge is not None
    for one in _filters_of(cloud, edge):
        if cloud.exclusions and all(term.accept != "exclusions" for term in shape.filters[one.name].terms):
            message = f"{one.name!r} has no term for the exclusions: instances' own addresses may not pass it"
            cure = "Add `- {accept: exclusions}` to its terms."
            mistakes.error(("filters", one.name, "terms"), message, cure)
        for index, name, networks in _others_excluded(cloud, shape, edge):
            if not all(passes(one.terms, instance, to) for instance in _instances(cloud) for to in networks):
                message = f"{name!r} sees instances' own addresses, and the filter {one.name!r} drops them"
                cure = "List it under `exclusions`, with its ports, and not here."
                mistakes.error(("edge", "nat", "exclusions", index), message, cure, ("filters", one.name))


def _others_excluded(cloud: Cloud, shape: CloudShape, edge: Edge) -> Iterator[tuple[int, str, list[Network]]]:
    """What the edge's own list names that is none of the cloud's prefixes: IPv4, since only that is translated."""
    assert shape.edge is not None
    for index, name in enumerate(shape.edge.nat.exclusions):
        found = [one for one in edge.nat_exclusions if one.name == name and name not in cloud.prefixes]
        if found:
            yield index, name, _of(found[-1].networks, 4)


def _instances(cloud: Cloud) -> tuple[Network, ...]:
    """Where instances without a floating IP are translated, unless the destination is excluded."""
    classed = (one for one in cloud.prefixes.values() if one.network_class is NetworkClass.DEFAULT)
    return outermost(network for one in classed for network in _of(one.networks.all(), 4))


def passes(terms: tuple[TrafficRule, ...], source: Network, destination: Network) -> bool:
    """Whether some of what a source sends there passes: a term accepts it before one refuses all of it."""
    for term in terms:
        ends = ((term.sources, source), (term.destinations, destination))
        if all(not side or any(covers(one, end) for one in side) for side, end in ends) and term.protocol != "icmp":
            if term.action == "accept":
                return True
            if term.protocol == "any":
                return False
    return False


def _open_for_nobody(cloud: Cloud, shape: CloudShape, edge: Edge, mistakes: Mistakes) -> None:
    """A term for a service that the edge does not spare from NAT: who meets it has another address than it is for."""
    services = {address for addresses in cloud.services.values() for address in addresses.all() if address.version == 4}
    spared = [network for one in edge.nat_exclusions for network in one.networks]
    for one in _filters_of(cloud, edge):
        for index, term in _placed(cloud, shape, one.name):
            ends = _of(term.destinations, 4)
            named = ends and all(to.network_address in services and to.num_addresses == 1 for to in ends)
            if (
                named
                and term.action == "accept"
                and not term.sources
                and not any(covers(s, e) for s in spared for e in ends)
            ):
                message = (
                    f"no exclusion from NAT names {ends[0].network_address}: it never sees instances' own addresses"
                )
                cure = "List the service under `exclusions`, with its ports, instead of this term."
                mistakes.warning(("filters", one.name, "terms", index), message, cure)


def _answers_come_back(cloud: Cloud, shape: CloudShape, edge: Edge, mistakes: Mistakes) -> None:
    """Who sees instances' own addresses must have a route to them."""
    realm = cloud.vlans[edge.outside.vlan].realm
    told = [
        network
        for export in cloud.exports
        if (export.sender, export.receiver) == ("switches", "routers") and export.realm in (None, realm)
        for network in export.networks
    ]
    lost = [network for network in _instances(cloud) if not any(covers(one, network) for one in told)]
    excluded: list[tuple[Path, str]] = [(("exclusions", name), name) for name in cloud.exclusions]
    for index, name, _ in _others_excluded(cloud, shape, edge):
        excluded.append((("edge", "nat", "exclusions", index), name))
    for path, name in excluded if lost else ():
        message = f"{name!r} sees {lost[0]}, and has no way back: no switch announces it to the core routers"
        mistakes.error(path, message, "Add the prefix to the switches' exports.", ("bgp", "exports"))
