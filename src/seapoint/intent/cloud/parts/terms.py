"""Terms of filters that other parts of the file stand for."""

from collections.abc import Iterable, Iterator, Mapping

from seapoint.base.addresses import host_network
from seapoint.intent.cloud.default_route import DefaultRoute
from seapoint.intent.cloud.model import TrafficRule
from seapoint.intent.cloud.reach import Exclusion
from seapoint.intent.cloud.shape.base import RuleShape


def implied_terms(
    term: RuleShape, realm: str, exclusions: Mapping[str, Exclusion], routes: Mapping[str, DefaultRoute]
) -> tuple[TrafficRule, ...] | None:
    """The terms that one of the file stands for, in a filter on what a realm sends; None: it says all itself."""
    if term.accept == "exclusions":
        return tuple(_of_exclusions(exclusions.values()))
    if term.accept == "default_routes":
        return tuple(_of_default_routes(routes.values(), realm))
    return None


def _of_exclusions(exclusions: Iterable[Exclusion]) -> Iterator[TrafficRule]:
    """Answers to them, then questions."""
    for one in exclusions:
        for protocol, ports in one.asks.by_protocol():
            yield TrafficRule("accept", protocol, destinations=one.networks, source_ports=ports)
        for protocol, ports in one.offers.by_protocol():
            yield TrafficRule("accept", protocol, destinations=one.networks, ports=ports)


def _of_default_routes(routes: Iterable[DefaultRoute], realm: str) -> Iterator[TrafficRule]:
    """The hosts' own addresses, but those that the edge translates: the routers never see them."""
    mine = (one for one in routes if one.vlan and one.realm == realm)
    sources = (address for one in mine for address in one.sources.all() if address in one.seen.all())
    networks = tuple(dict.fromkeys(map(host_network, sources)))
    if networks:
        yield TrafficRule("accept", "any", sources=networks)
