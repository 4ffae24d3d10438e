"""A host's default route by another leg than management's, and its HTTP proxy.

The installer's default route is left alone: the two halves of each family come before it, for they are longer. What has
management's address as its source, and what goes to production, leaves through management as ever.
"""

from collections.abc import Iterator

from seapoint.compile.hosts.names import MANAGEMENT_NIC
from seapoint.compile.hosts.private import LAST_RESORT, leg_table, rules_from
from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.intent.cloud.default_route import DefaultRoute
from seapoint.intent.cloud.matrix import networks_of, own_networks
from seapoint.intent.cloud.model import Cloud, Host, Vlan
from seapoint.target.device import Device
from seapoint.target.host import Route, Rule
from seapoint.target.proxy import Proxy

#: What has management's address as its source is routed by the first table, that of a listed leg by the second.
MANAGEMENT_TABLE, LISTED_TABLE = 1001, 1002
HALVES = {4: ("0.0.0.0/1", "128.0.0.0/1"), 6: ("::/1", "8000::/1")}


def default_route(cloud: Cloud, host: Host, _tenants: Tenancy) -> Device | None:
    """A host's part, where the file says something of its default route."""
    chosen = cloud.default_routes.get(host.name)
    if chosen is None:
        return None
    near = (cloud.domains.infrastructure, cloud.domains.instances, cloud.domains.private)
    proxy = chosen.proxy
    services = (Proxy(proxy.address, proxy.port, near),) if proxy else ()
    leg = cloud.vlans[chosen.vlan] if chosen.vlan else None
    management = cloud.vlan_for("management", host.rack)
    if leg is None or management is None:
        return Device(host.name, services=services)
    return Device(
        host.name,
        rules=(*rules_from(host.management.all(), MANAGEMENT_TABLE), *_listed_rules(leg, chosen)),
        routes=(
            *_halves(leg, chosen),
            *_production(cloud, management, chosen),
            *leg_table(management, MANAGEMENT_NIC, host.management, MANAGEMENT_TABLE),
            *(leg_table(leg, leg.interface, chosen.sources, LISTED_TABLE) if leg.use is None else ()),
        ),
        services=services,
    )


def _listed_rules(leg: Vlan, chosen: DefaultRoute) -> tuple[Rule, ...]:
    """A private leg has its own."""
    return rules_from(chosen.sources.all(), LISTED_TABLE) if leg.use is None else ()


def _halves(leg: Vlan, chosen: DefaultRoute) -> Iterator[Route]:
    """By the leg, and nowhere where the leg is gone: never into the other realm."""
    gateways = {address.version: str(address) for address in leg.gateway.all()}
    for source in chosen.sources.all():
        for half in HALVES[source.version]:
            yield Route(half, gateways[source.version], leg.interface, source=str(source))
            yield Route(half, metric=LAST_RESORT, kind="unreachable")


def _production(cloud: Cloud, management: Vlan, chosen: DefaultRoute) -> Iterator[Route]:
    """Through management, whose own network is on its link."""
    gateways = {address.version: str(address) for address in management.gateway.all()}
    near = {*management.networks.all(), *own_networks(cloud)}
    led = {address.version for address in chosen.sources.all()}
    for network in networks_of(cloud, "production"):
        if network.version in led & gateways.keys() and network not in near:
            yield Route(str(network), gateways[network.version], MANAGEMENT_NIC)
