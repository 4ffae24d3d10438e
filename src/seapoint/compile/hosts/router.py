"""A core router: links, filters on what a realm sends, BGP with switches, with each other and with the internet."""

from collections.abc import Iterator

from seapoint.compile.hosts.firewall import filter_ruleset
from seapoint.compile.hosts.forwarding import forwarding_everywhere
from seapoint.compile.hosts.names import INTERNET, link_interface
from seapoint.compile.hosts.routing import (
    EVERYTHING,
    Direction,
    aggregates,
    between_equals,
    exported,
    link_end,
    originates_default,
    policies,
    policy_name,
    router_id,
    session_bfd,
)
from seapoint.compile.hosts.standins import StandInCable, cables, service_routes
from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.intent.cloud.model import Cloud, Router
from seapoint.target.device import Device
from seapoint.target.frr import Bgp, Frr, Neighbor, StaticRoute
from seapoint.target.host import Interface
from seapoint.target.nftables import Ruleset


def core_router(cloud: Cloud, router: Router, tenants: Tenancy) -> Device:
    """The router's target."""
    outward = tuple(cable for cable in cables(cloud) if cable.router == router.name)
    interfaces = (
        *_loopback(router),
        *(link_end(link, router.name, link_interface(link, router.name)) for link in cloud.links_of(router.name)),
        *(cable.interface(router.name) for cable in outward),
    )
    number = [*cloud.routers].index(router.name)
    bgp = Bgp(
        router.asn,
        router_id((router.loopback, *(link.addresses_of(router.name) for link in cloud.links_of(router.name))), number),
        (EVERYTHING, *policies(cloud, _directions(cloud, router))),
        (*_neighbors(cloud, router), *_internet(cloud, outward)),
    )
    return Device(
        router.name,
        sysctls=forwarding_everywhere(interface.name for interface in interfaces if interface.name != "lo"),
        interfaces=interfaces,
        nftables=_filters(cloud, router, tenants),
        services=(Frr(router.name, _statics(cloud, router), bgp),),
    )


def _loopback(router: Router) -> tuple[Interface, ...]:
    addresses = tuple(f"{address}/{address.max_prefixlen}" for address in router.loopback.all())
    return (Interface("lo", addresses=addresses),) if addresses else ()


def _filters(cloud: Cloud, router: Router, tenants: Tenancy) -> Ruleset | None:
    mine = [
        (one, {link_interface(link, router.name): link for link in cloud.links_of(router.name, one.realm)})
        for one in cloud.filters.values()
        if router.name in one.routers
    ]
    return filter_ruleset(mine, tenants) if mine else None


def _directions(cloud: Cloud, router: Router) -> tuple[Direction, ...]:
    realms = dict.fromkeys(
        link.realm for link in cloud.links_of(router.name) if link.other(router.name) in cloud.switches
    )
    inward = [
        direction for realm in realms for direction in (("routers", "switches", realm), ("switches", "routers", realm))
    ]
    outward = [("routers", INTERNET, None), (INTERNET, "routers", None)] if cloud.internet else []
    return (*inward, *outward)


def _neighbors(cloud: Cloud, router: Router) -> Iterator[Neighbor]:
    for link in cloud.links_of(router.name):
        other = link.other(router.name)
        if other in cloud.routers:
            yield from between_equals(
                link,
                router.name,
                cloud.routers[other].asn,
                router.asn,
                EVERYTHING.name,
                session_bfd(cloud),
                cloud.links_gtsm,
            )
            continue
        default = originates_default(exported(cloud, "routers", "switches", link.realm))
        for address in link.addresses_of(other).all():
            yield Neighbor(
                address,
                cloud.switches[other].asn,
                f"{other} {link.realm}",
                imports=policy_name("switches", "routers", link.realm),
                exports=policy_name("routers", "switches", link.realm),
                originate_default=default[address.version],
                bfd=session_bfd(cloud),
                gtsm=cloud.links_gtsm,
            )


def _internet(cloud: Cloud, outward: tuple[StandInCable, ...]) -> Iterator[Neighbor]:
    if cloud.internet is None:
        return
    imports, exports = policy_name(INTERNET, "routers"), policy_name("routers", INTERNET)
    for cable in outward:
        if cable.stand_in == INTERNET:
            for address in cable.stand_in_addresses.all():
                yield Neighbor(
                    address,
                    cloud.internet.asn,
                    INTERNET,
                    imports,
                    exports,
                    bfd=session_bfd(cloud),
                    gtsm=cloud.links_gtsm,
                )


def _statics(cloud: Cloud, router: Router) -> tuple[StaticRoute, ...]:
    """Aggregates that no switch announces exactly, discarded where nothing more specific is known; and services."""
    learnt = [network for realm in cloud.realms() for network in exported(cloud, "switches", "routers", realm)]
    discarded = aggregates(exported(cloud, "routers", INTERNET), learnt)
    return (*(StaticRoute(network) for network in discarded), *service_routes(cloud, router))
