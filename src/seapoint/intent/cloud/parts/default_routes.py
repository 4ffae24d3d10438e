"""Default routes of hosts: bound to their legs, gateways and proxies; and where they end in nothing."""

from collections.abc import Iterator, Mapping

from seapoint.base.addresses import Address, Addresses, covers, host_network, outermost
from seapoint.intent.cloud.default_route import DefaultRoute, Proxy
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import Cloud, Edge, Function, Host, TrafficRule, Vlan
from seapoint.intent.cloud.parts.filters import passes
from seapoint.intent.cloud.shape.cloud import CloudShape
from seapoint.intent.cloud.shape.default_routes import DefaultRouteShape

#: A leg of a host: the VLAN and the host's addresses there.
Leg = tuple[Vlan, Addresses]


def resolve_default_routes(
    shape: CloudShape,
    vlans: Mapping[str, Vlan],
    hosts: Mapping[str, Host],
    services: Mapping[str, Addresses],
    edge: Edge | None,
    mistakes: Mistakes,
) -> dict[str, DefaultRoute]:
    """By host, of those that run; a host's own entry comes before its role's."""
    for name in shape.default_routes:
        if name not in shape.roles and name not in shape.hosts:
            cure = nearest(name, (*shape.roles, *shape.hosts))
            message = f"{name!r} is no role and no host"
            mistakes.error(("default_routes", name), message, cure, ("roles", name), ("hosts", name))
    found = {}
    for host in hosts.values():
        name = host.name if host.name in shape.default_routes else host.role
        entry = shape.default_routes.get(name) if host.runs else None
        if entry is None:
            continue
        path: Path = ("default_routes", name)
        leg = _leg(entry, host, vlans, path, mistakes)
        if leg is None:
            continue
        vlan, addresses = leg
        ours = vlan.use != "management"
        sources = _sources(entry, leg) if ours else addresses
        if ours:
            _ours(entry, host, leg, path, mistakes)
        if entry.nat:
            _edge_serves(edge, vlans, vlan, path, mistakes)
        translated = Addresses(edge.nat_source, sources.v6) if entry.nat and edge and sources.v4 else sources
        found[host.name] = DefaultRoute(
            entry=name,
            realm=vlan.realm,
            vlan=vlan.name if ours else None,
            sources=sources,
            seen=translated,
            nat=entry.nat,
            proxy=_proxy(entry.proxy, shape, services, host, path, mistakes) if entry.proxy else None,
        )
    return found


def check_default_routes(cloud: Cloud, mistakes: Mistakes) -> None:
    """Whether the internet hears what leaves by them, and can answer; and whether production hears none of it."""
    for host, route in cloud.default_routes.items():
        if route.nat:
            _way_to_edge(cloud, cloud.hosts[host], route, mistakes)
        for source, seen in zip(route.sources.all(), route.seen.all(), strict=True) if route.vlan else ():
            if _answered(cloud, host, route, seen, mistakes):
                _heard(cloud, host, route, seen, mistakes)
            if source == seen:
                _kept_out(cloud, host, route, seen, mistakes)


def _answered(cloud: Cloud, host: str, route: DefaultRoute, seen: Address, mistakes: Mistakes) -> bool:
    told = [network for one in cloud.exports if one.receiver == "internet" for network in one.networks]
    if not told or any(covers(network, seen) for network in told):
        return True
    own = seen.version == 4 and not route.nat
    message = f"the internet cannot answer {seen} of {host!r}: it is told no prefix with that address"
    cure = "Add `nat: true` or `ipv6_only: true`" if own else "Export a prefix with it"
    cure += ", or take a VLAN with addresses that it is told."
    mistakes.warning(("default_routes", route.entry), message, cure, ("bgp",))
    return False


def _heard(cloud: Cloud, host: str, route: DefaultRoute, seen: Address, mistakes: Mistakes) -> None:
    internet = cloud.internet.host.all() if cloud.internet else ()
    for one, terms in _filters(cloud, route):
        for far in (host_network(address) for address in internet if address.version == seen.version):
            if not passes(terms, host_network(seen), far):
                message = f"the filter {one!r} refuses what {host!r} sends to the internet from {seen}"
                cure = "Add `- {accept: default_routes}` to its terms, before the one that refuses."
                mistakes.warning(("default_routes", route.entry), message, cure, ("filters",))


def _kept_out(cloud: Cloud, host: str, route: DefaultRoute, seen: Address, mistakes: Mistakes) -> None:
    """Production's services are for the filter to let through or not; its own networks are not."""
    wired = (vlan.networks.all() for vlan in cloud.vlans.values() if vlan.realm != route.realm)
    production = outermost((*(network for networks in wired for network in networks), *cloud.reach.production))
    for one, terms in _filters(cloud, route):
        for network in production:
            if network.version == seen.version and passes(terms, host_network(seen), network):
                message = f"the filter {one!r} lets {host!r} into production, to {network} from {seen}"
                cure = "Refuse production's networks by a term before the one that accepts."
                mistakes.warning(("default_routes", route.entry), message, cure, ("filters",))


def _filters(cloud: Cloud, route: DefaultRoute) -> Iterator[tuple[str, tuple[TrafficRule, ...]]]:
    """The filters on what the realm sends, with the terms that can be about hosts."""
    for one in cloud.filters.values():
        if one.realm == route.realm:
            yield one.name, tuple(term for term in one.terms if term.source_class is None)


def _leg(entry: DefaultRouteShape, host: Host, vlans: Mapping[str, Vlan], path: Path, mistakes: Mistakes) -> Leg | None:
    legs = tuple(_legs(host, vlans))
    if entry.vlan is not None:
        place = (*path, "vlan")
        if entry.vlan not in vlans:
            mistakes.error(place, f"unknown VLAN {entry.vlan!r}", nearest(entry.vlan, vlans), ("vlans", entry.vlan))
            return None
        found = next((leg for leg in legs if leg[0].name == entry.vlan), None)
        if found is None:
            cure = f"Add it to `hosts` of {entry.vlan!r}."
            mistakes.error(place, f"{host.name!r} has no address on {entry.vlan!r}", cure, ("vlans", entry.vlan))
        return found
    found = next((leg for leg in legs if leg[0].use and leg[0].realm == entry.realm), None)
    if found is None:
        message = f"{host.name!r} has neither a management nor a private address in the realm {entry.realm!r}"
        cure = nearest(entry.realm or "", tuple(dict.fromkeys(vlan.realm for vlan, _ in legs if vlan.use)))
        mistakes.error((*path, "realm"), message, cure, ("vlans",), ("hosts", host.name))
    return found


def _legs(host: Host, vlans: Mapping[str, Vlan]) -> Iterator[Leg]:
    """Management's first."""
    for use, addresses in (("management", host.management), ("private", host.private)):
        of_use = (vlan for vlan in vlans.values() if vlan.use == use and vlan.rack in (None, host.rack))
        vlan = next(of_use, None)
        if vlan is not None and addresses.all():
            yield vlan, addresses
    for vlan in vlans.values():
        if vlan.use is None and host.name in vlan.addresses:
            yield vlan, vlan.addresses[host.name]


def _sources(entry: DefaultRouteShape, leg: Leg) -> Addresses:
    vlan, addresses = leg
    v4 = addresses.v4 if vlan.gateway.v4 and not entry.ipv6_only else None
    return Addresses(v4, addresses.v6 if vlan.gateway.v6 else None)


def _ours(entry: DefaultRouteShape, host: Host, leg: Leg, path: Path, mistakes: Mistakes) -> None:
    """What a leg other than management's needs, to have a default route."""
    vlan, _ = leg
    if host.does is Function.EDGE:
        message = f"{host.name!r} is an edge host: it carries others' default routes, its own stays with management"
        mistakes.error(path, message, "Take it out, or name the other hosts.", ("hosts", host.name))
    if not vlan.gateway.all():
        place: Path = ("vlans", vlan.name, "gateway")
        cure = "Add `gateway:` with the switch's addresses to the VLAN."
        mistakes.error(path, f"{vlan.name!r} has no gateway for a default route", cure, place)
        return
    managed = Addresses(None if entry.ipv6_only else host.management.v4, host.management.v6)
    led = {address.version for address in _sources(entry, leg).all()}
    for version in (address.version for address in managed.all() if address.version not in led):
        message = f"{host.name!r} has no IPv{version} by {vlan.name!r}: that default route stays with management"
        mistakes.warning(path, message, f"Give it an IPv{version} address and a gateway there.", ("vlans", vlan.name))


def _edge_serves(edge: Edge | None, vlans: Mapping[str, Vlan], leg: Vlan, path: Path, mistakes: Mistakes) -> None:
    served = vlans[edge.outside.vlan].realm if edge else None
    if served != leg.realm:
        cure = f"Take the realm {served!r}, or take `nat` out." if served else "Add `edge:`, or take `nat` out."
        mistakes.error((*path, "nat"), f"no edge serves the realm {leg.realm!r}", cure, ("edge",), ("vlans",))
    elif leg.use == "management":
        cure = "Name another leg of the hosts by `vlan:`, or take `nat` out."
        mistakes.error((*path, "nat"), "management's default route is the installer's: no edge carries it", cure)


def _way_to_edge(cloud: Cloud, host: Host, route: DefaultRoute, mistakes: Mistakes) -> None:
    outside = cloud.vlans[cloud.edge.outside.vlan] if cloud.edge else None
    first = cloud.gateway_switch(outside) if outside else None
    switch = cloud.racks.get(host.rack)
    if first is None or switch is None or switch == first:
        return
    if not any(link.other(switch) == first for link in cloud.links_of(switch, route.realm)):
        message = f"no link of the realm {route.realm!r} joins {switch!r} with {first!r}, where the edge is"
        mistakes.error(("default_routes", route.entry, "nat"), message, "Add the link, or take `nat` out.", ("links",))


def _proxy(
    name: str, shape: CloudShape, services: Mapping[str, Addresses], host: Host, path: Path, mistakes: Mistakes
) -> Proxy | None:
    """At its address of the first family that the host has where it is managed: proxies are production's."""
    place = (*path, "proxy")
    if name not in services:
        mistakes.error(place, f"unknown service {name!r}", nearest(name, services), ("services", name))
        return None
    port = shape.services[name].proxy
    if port is None:
        cure = f"Add `proxy:`, the port, to {name!r} under `services`."
        mistakes.error(place, f"the service {name!r} is no proxy", cure, ("services", name))
        return None
    own = {address.version for address in host.management.all()}
    address = next((one for one in services[name].all() if one.version in own), None)
    if address is None:
        message = f"{name!r} has no address of a family that {host.name!r} has in management"
        mistakes.error(
            place, message, "Add `ipv4:` and `ipv6:` to the service.", ("services", name), ("hosts", host.name)
        )
        return None
    return Proxy(name, address, port)
