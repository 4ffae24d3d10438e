"""From the shape of a cloud file to the resolved cloud: names bound, addresses whole."""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

from seapoint.base.addresses import Addresses, Network, Networks, outermost
from seapoint.intent.cloud import forms, plan
from seapoint.intent.cloud.bgp import Bfd, Export, Reflection, Servers
from seapoint.intent.cloud.default_route import DefaultRoute
from seapoint.intent.cloud.document import Document, Path
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import (
    Cloud,
    Domains,
    Edge,
    EdgeSide,
    Filter,
    Function,
    Host,
    Internet,
    Managed,
    NatExclusion,
    Overlay,
    PhysicalNetwork,
    Prefix,
    Router,
    Switch,
    TrafficRule,
    Vlan,
    Vrrp,
)
from seapoint.intent.cloud.names import Names, rule
from seapoint.intent.cloud.parts.balancers import resolve_balancers
from seapoint.intent.cloud.parts.default_routes import resolve_default_routes
from seapoint.intent.cloud.parts.dns import resolve_dns
from seapoint.intent.cloud.parts.imports import resolve_imports
from seapoint.intent.cloud.parts.include import resolve_includes
from seapoint.intent.cloud.parts.joins import resolve_joins
from seapoint.intent.cloud.parts.offers import resolve_offers
from seapoint.intent.cloud.parts.reach import resolve_exclusions, resolve_reach
from seapoint.intent.cloud.parts.terms import implied_terms
from seapoint.intent.cloud.parts.vips import resolve_vips
from seapoint.intent.cloud.reach import Exclusion
from seapoint.intent.cloud.shape.cloud import CloudShape
from seapoint.intent.cloud.shape.edge import EdgeShape, EdgeSideShape


def resolve(shape: CloudShape, document: Document, mistakes: Mistakes) -> Cloud:
    """The cloud that a shape describes; what cannot be bound is a mistake and left out."""
    site = forms.ipv6_network(shape.site.ipv6, None, ("site", "ipv6"), mistakes)
    prefixes = plan.prefixes(shape, site, mistakes)
    vlans = plan.vlans(shape, site, mistakes)
    services = {name: forms.pair(entry, None, ("services", name), mistakes) for name, entry in shape.services.items()}
    sections = ("prefixes", "vlans", "services", "groups")
    written = frozenset(name for section in sections for name in document.keys((section,)))
    if shape.site.ipv6 is not None:
        written |= {"site"}
    names = Names(prefixes, vlans, services, shape.groups, written - frozenset(prefixes))
    for name in shape.groups:
        # Also those that nobody uses yet.
        deque(names.networks(name, ("groups", name), mistakes), maxlen=0)
    vlans = {name: replace(vlan, routes=_routes(shape, name, names, mistakes)) for name, vlan in vlans.items()}
    hosts = plan.hosts(shape, vlans, document.keys(("roles",)), mistakes)
    exclusions = resolve_exclusions(shape, names, mistakes)
    edge = _edge(shape.edge, names, hosts, exclusions, mistakes) if shape.edge else None
    routes = resolve_default_routes(shape, vlans, hosts, services, edge, mistakes)
    vips = resolve_vips(shape, prefixes, hosts, mistakes)
    return Cloud(
        name=shape.cloud,
        region=shape.region,
        site=shape.site.name,
        site_ipv6=Networks(v6=site),
        domains=Domains(
            shape.domains.infrastructure, shape.domains.instances, shape.domains.private, shape.domains.public
        ),
        prefixes=prefixes,
        racks={name: rack.switch for name, rack in shape.racks.items()},
        switches={
            name: Switch(
                name,
                entry.asn,
                Managed(entry.managed),
                tuple(rack for rack, of in shape.racks.items() if of.switch == name),
                forms.pair(entry.loopback, None, ("switches", name, "loopback"), mistakes),
            )
            for name, entry in shape.switches.items()
        },
        routers={
            name: Router(
                name,
                entry.asn,
                Managed(entry.managed),
                forms.pair(entry.loopback, None, ("routers", name, "loopback"), mistakes),
            )
            for name, entry in shape.routers.items()
        },
        links=plan.links(shape, site, mistakes),
        vlans=vlans,
        hosts=hosts,
        default_routes=routes,
        overlay=_overlay(shape, hosts),
        edge=edge,
        exports=_exports(shape, names, mistakes),
        imports=resolve_imports(shape, names, mistakes),
        bgp_bfd=Bfd(shape.bgp.bfd.interval, shape.bgp.bfd.multiplier),
        servers=Servers(**dict(shape.bgp.servers)) if shape.bgp.servers else None,
        links_gtsm=shape.bgp.gtsm,
        reflection=Reflection(shape.bgp.reflection.realm, shape.bgp.reflection.reflectors)
        if shape.bgp.reflection
        else None,
        filters=_filters(shape, names, exclusions, routes, mistakes),
        exclusions=exclusions,
        reach=resolve_reach(shape, names, hosts, vips, mistakes),
        vips=vips,
        dns=resolve_dns(shape, prefixes, vips, names, mistakes),
        balancers=resolve_balancers(shape, vips, hosts, names, mistakes),
        includes=resolve_includes(shape, hosts, mistakes),
        joins=resolve_joins(shape, names, edge, mistakes),
        internet=Internet(shape.internet.asn, forms.pair(shape.internet.host, None, ("internet", "host"), mistakes))
        if shape.internet
        else None,
        services=services,
        offers=tuple(resolve_offers(shape, services)),
    )


def _routes(shape: CloudShape, vlan: str, names: Names, mistakes: Mistakes) -> tuple[Network, ...]:
    path: Path = ("vlans", vlan, "routes")
    listed = enumerate(shape.vlans[vlan].routes)
    return outermost(network for index, name in listed for network in names.networks(name, (*path, index), mistakes))


def _overlay(shape: CloudShape, hosts: Mapping[str, Host]) -> Overlay:
    entry = shape.overlay
    return Overlay(
        type=entry.type,
        segmentation_ids=entry.segmentation_ids,
        bfd=Bfd(entry.bfd.interval, entry.bfd.multiplier),
        physical_networks={
            name: PhysicalNetwork(
                name, one.vlan, tuple(host.name for host in hosts.values() if host.role in one.roles and host.runs)
            )
            for name, one in entry.physical_networks.items()
        },
    )


def _edge(
    entry: EdgeShape,
    names: Names,
    hosts: Mapping[str, Host],
    exclusions: Mapping[str, Exclusion],
    mistakes: Mistakes,
) -> Edge | None:
    inside = _side(entry.inside, names.vlans, ("edge", "inside"), mistakes)
    outside = _side(entry.outside, names.vlans, ("edge", "outside"), mistakes)
    source = _nat_source(entry, names.prefixes, mistakes)
    link_local = forms.ipv6_address(entry.vrrp.link_local, None, ("edge", "vrrp", "link_local"), mistakes)
    if inside is None or outside is None or source is None or link_local is None:
        return None
    if not link_local.is_link_local:
        place: Path = ("edge", "vrrp", "link_local")
        mistakes.error(place, f"{link_local} is no link-local address", "Take one of fe80::/10.")
    return Edge(
        hosts=tuple(host.name for host in hosts.values() if host.does is Function.EDGE and host.runs),
        vrf=entry.vrf.name,
        table=entry.vrf.table,
        inside=inside,
        outside=outside,
        vrrp=Vrrp(entry.vrrp.id, entry.vrrp.interval, IPv6Address(link_local)),
        nat_source=source,
        nat_exclusions=(
            *(NatExclusion(one.name, one.networks) for one in exclusions.values()),
            *(
                NatExclusion(name, tuple(names.networks(name, ("edge", "nat", "exclusions", index), mistakes)))
                for index, name in enumerate(entry.nat.exclusions)
            ),
        ),
        drop=tuple(
            network
            for index, name in enumerate(entry.forward.drop)
            for network in names.networks(name, ("edge", "forward", "drop", index), mistakes)
        ),
        reject=tuple(
            rule(one, names, ("edge", "forward", "reject", index), mistakes)
            for index, one in enumerate(entry.forward.reject)
        ),
    )


def _side(entry: EdgeSideShape, vlans: Mapping[str, Vlan], path: Path, mistakes: Mistakes) -> EdgeSide | None:
    vlan = vlans.get(entry.vlan)
    if vlan is None:
        cure = nearest(entry.vlan, vlans)
        mistakes.error((*path, "vlan"), f"unknown VLAN {entry.vlan!r}", cure, ("vlans", entry.vlan))
        return None
    if entry.vip not in vlan.addresses:
        cure = nearest(entry.vip, vlan.addresses)
        place: Path = ("vlans", vlan.name, "addresses")
        mistakes.error((*path, "vip"), f"VLAN {vlan.name!r} has no address {entry.vip!r}", cure, place)
        return None
    return EdgeSide(vlan.name, entry.vip, vlan.addresses[entry.vip])


def _nat_source(entry: EdgeShape, prefixes: Mapping[str, Prefix], mistakes: Mistakes) -> IPv4Address | None:
    reserved: dict[str, Addresses] = {}
    for prefix in prefixes.values():
        reserved.update(prefix.reserved)
    path: Path = ("edge", "nat", "source")
    name = entry.nat.source
    if name not in reserved:
        mistakes.error(
            path,
            f"{name!r} is no reserved address of the plan: tenants could be given it",
            "Declare it under `reserved` of its prefix and name it here. " + nearest(name, reserved),
            ("prefixes",),
        )
        return None
    if reserved[name].v4 is None:
        cure = "Only IPv4 is translated: give it one."
        mistakes.error(path, f"{name!r} has no IPv4 address", cure, ("prefixes",))
    return reserved[name].v4


def _exports(shape: CloudShape, names: Names, mistakes: Mistakes) -> tuple[Export, ...]:
    found = []
    for index, entry in enumerate(shape.bgp.exports):
        networks: list[Network] = []
        for version, listed in ((4, entry.exactly.ipv4), (6, entry.exactly.ipv6)):
            for place, name in enumerate(listed):
                path: Path = ("bgp", "exports", index, "exactly", f"ipv{version}", place)
                behind = [one for one in names.networks(name, path, mistakes) if one.version == version]
                if not behind and name in names.known() and name not in names.written:
                    cure = "Take it out of this family's list."
                    mistakes.error(path, f"{name!r} has no IPv{version}", cure, ("prefixes",), ("vlans",))
                networks.extend(behind)
        found.append(Export(entry.from_, entry.to, entry.realm, tuple(networks)))
    return tuple(found)


def _filters(
    shape: CloudShape,
    names: Names,
    exclusions: Mapping[str, Exclusion],
    routes: Mapping[str, DefaultRoute],
    mistakes: Mistakes,
) -> dict[str, Filter]:
    found = {}
    for name, entry in shape.filters.items():
        for index, router in enumerate(entry.routers):
            if router not in shape.routers:
                place: Path = ("filters", name, "routers", index)
                cure = nearest(router, shape.routers)
                mistakes.error(place, f"unknown router {router!r}", cure, ("routers", router))
        terms: list[TrafficRule] = []
        for index, term in enumerate(entry.terms):
            implied = implied_terms(term, entry.links_of_realm, exclusions, routes)
            terms += (rule(term, names, ("filters", name, "terms", index), mistakes),) if implied is None else implied
        found[name] = Filter(name, entry.routers, entry.links_of_realm, tuple(terms))
    return found
