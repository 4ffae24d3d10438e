"""Joined sites: bound to the edge's hosts, and what is wrong between them and the rest of the cloud file."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address

from seapoint.base.addresses import Address, Addresses, Network, covers, outermost
from seapoint.intent.cloud import forms
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.joins import Joins, OtherSite, Tunnel
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import Cloud, Edge, Vlan
from seapoint.intent.cloud.names import Names
from seapoint.intent.cloud.plan import network_end
from seapoint.intent.cloud.shape.cloud import CloudShape
from seapoint.intent.cloud.shape.joins import JoinsShape, TunnelShape

HERE: Path = ("joins",)


def resolve_joins(shape: CloudShape, names: Names, edge: Edge | None, mistakes: Mistakes) -> Joins | None:
    """The joined sites of the file; None without any. Tunnels that cannot be bound are mistakes and left out."""
    entry = shape.joins
    if entry is None:
        return None
    if edge is None:
        message = "sites are joined by edge hosts, and there is no edge"
        mistakes.error(HERE, message, "Add `edge:`, or take the joins out.", ("edge",))
        return None
    site = forms.ipv6_network(shape.site.ipv6, None, ("site", "ipv6"), Mistakes())
    sites = {
        name: OtherSite(
            name,
            _networks(one.private, (*HERE, "sites", name, "private"), names, mistakes),
            forms.pair(one.host, None, (*HERE, "sites", name, "host"), mistakes),
        )
        for name, one in entry.sites.items()
    }
    gateways = dict(_gateways(entry, mistakes))
    outside = names.vlans[edge.outside.vlan]
    tunnels = []
    for index, one in enumerate(entry.tunnels):
        path: Path = (*HERE, "tunnels", index)
        networks = forms.networks(one.ipv4, one.ipv6, site, path, mistakes)
        ends = _ends(one, edge, gateways, (*path, "between"), mistakes)
        if ends is None:
            continue
        host, gateway = ends
        where, remote = gateways[gateway]
        local = _local(host, remote, outside, (*HERE, "sites", where, "gateways", gateway), mistakes)
        if local is None:
            continue
        first, second = network_end(networks, 0), network_end(networks, 1)
        own, far = (first, second) if one.between[0] == host else (second, first)
        tunnels.append(Tunnel(host, gateway, where, local, remote, networks, own, far))
    announced = _networks(entry.announces, (*HERE, "announces"), names, mistakes)
    return Joins(entry.asn, announced, sites, tuple(tunnels), entry.mtu, entry.password)


def _networks(listed: tuple[str, ...], path: Path, names: Names, mistakes: Mistakes) -> tuple[Network, ...]:
    found = (network for index, name in enumerate(listed) for network in names.networks(name, (*path, index), mistakes))
    return outermost(found)


def _gateways(entry: JoinsShape, mistakes: Mistakes) -> Iterator[tuple[str, tuple[str, Address]]]:
    """Each gateway of another site: the site's name, and the gateway's address."""
    for name, site in entry.sites.items():
        for gateway, text in site.gateways.items():
            try:
                yield gateway, (name, ip_address(text))
            except ValueError:
                path: Path = (*HERE, "sites", name, "gateways", gateway)
                mistakes.error(path, f"{text!r} is no address", "Write its outside address, IPv4 or IPv6, whole.")


def _ends(
    tunnel: TunnelShape, edge: Edge, gateways: Mapping[str, tuple[str, Address]], path: Path, mistakes: Mistakes
) -> tuple[str, str] | None:
    """Our edge host and the other site's gateway, whichever is named first."""
    for host, gateway in (tunnel.between, tunnel.between[::-1]):
        if host in edge.hosts and gateway in gateways:
            return host, gateway
    unknown = [name for name in tunnel.between if name not in edge.hosts and name not in gateways]
    cure = nearest(unknown[0], (*edge.hosts, *gateways)) if unknown else "Name an edge host and another site's gateway."
    message = f"{' - '.join(tunnel.between)} are not an edge host here and a gateway of another site"
    mistakes.error(path, message, cure, (*HERE, "sites"), ("hosts",), ("roles",))
    return None


def _local(host: str, remote: Address, outside: Vlan, path: Path, mistakes: Mistakes) -> Address | None:
    own = outside.addresses.get(host, Addresses())
    for address in own.all():
        if address.version == remote.version:
            return address
    message = f"{host!r} has no IPv{remote.version} address in {outside.name!r} from which to reach {remote}"
    mistakes.error(path, message, "Write the gateway's address of the other family.", ("vlans", outside.name))
    return None


def check_joins(cloud: Cloud, shape: CloudShape, mistakes: Mistakes) -> None:
    """Whether what is joined is cloud-private and nobody else's, is reached from here, and survives a host."""
    joins = cloud.joins
    if joins is None:
        return
    _announced(cloud, shape, mistakes)
    _foreign(cloud, mistakes)
    _leaks(cloud, joins, mistakes)
    _tunnels(cloud, joins, mistakes)
    _reached(cloud, joins, mistakes)


def _announced(cloud: Cloud, shape: CloudShape, mistakes: Mistakes) -> None:
    assert cloud.joins is not None
    assert shape.joins is not None
    private = cloud.private_space()
    for network in cloud.joins.announced:
        if not any(covers(one, network) for one in private):
            message = f"other sites would be told of {network}, which is not cloud-private"
            mistakes.error((*HERE, "announces"), message, "Take it out: tunnels carry cloud-private only.", ("vlans",))


def _foreign(cloud: Cloud, mistakes: Mistakes) -> None:
    """Another site's prefix leads into a tunnel: nothing of ours, and of no other site, may lie in it."""
    assert cloud.joins is not None
    taken = [*_ours(cloud)]
    for site in cloud.joins.sites.values():
        path: Path = (*HERE, "sites", site.name, "private")
        for network in site.networks:
            owner = next((who for who, one in taken if one.version == network.version and one.overlaps(network)), None)
            if owner:
                message = f"{network} of {site.name!r} overlaps {owner}: that would be led into a tunnel"
                mistakes.error(path, message, "Name the other site's own prefixes only.", ("vlans",), ("prefixes",))
        taken += [(f"that of {site.name!r}", network) for network in site.networks]


def _ours(cloud: Cloud) -> Iterator[tuple[str, Network]]:
    assert cloud.joins is not None
    yield from (("what is announced from here", network) for network in cloud.joins.announced)
    for vlan in cloud.vlans.values():
        yield from ((f"the VLAN {vlan.name!r}", network) for network in vlan.networks.all())
    for prefix in cloud.prefixes.values():
        if prefix.network_class:
            yield from ((f"the tenants' {prefix.name!r}", network) for network in prefix.networks.all())


def _leaks(cloud: Cloud, joins: Joins, mistakes: Mistakes) -> None:
    for index, export in enumerate(cloud.exports):
        if export.sender != "switches" or export.receiver != "routers":
            continue
        for network in export.networks:
            if any(covers(one, network) for one in joins.networks()):
                path: Path = ("bgp", "exports", index, "exactly", f"ipv{network.version}")
                message = f"{network} would tell the core routers of another site's cloud-private"
                mistakes.error(path, message, "Take it out: it is reached by a tunnel only.")


def _tunnels(cloud: Cloud, joins: Joins, mistakes: Mistakes) -> None:
    assert cloud.edge is not None
    path: Path = (*HERE, "tunnels")
    for site in joins.sites.values():
        mine = [tunnel for tunnel in joins.tunnels if tunnel.site == site.name]
        for host in cloud.edge.hosts:
            if not any(tunnel.host == host for tunnel in mine):
                message = f"{host!r} has no tunnel to {site.name!r}: while it is the active edge host, nothing passes"
                mistakes.error(path, message, "Add one from each edge host.", (*HERE, "tunnels"), (*HERE, "sites"))
        for tunnel in mine:
            carried = {address.version for address in tunnel.own.all()}
            for version in sorted({network.version for network in site.networks} - carried):
                message = f"the tunnel {tunnel.host} - {tunnel.gateway} has no IPv{version} network, {site.name!r} has"
                mistakes.error(path, message, f"Add `ipv{version}:` to it.", path)
        if len({tunnel.gateway for tunnel in mine}) == 1:
            message = f"every tunnel to {site.name!r} ends at {mine[0].gateway!r}: there is no backup path"
            mistakes.warning(path, message, "Add tunnels to a second gateway.", path, (*HERE, "sites"))
    pairs = [(tunnel.host, tunnel.gateway) for tunnel in joins.tunnels]
    for pair in sorted({pair for pair in pairs if pairs.count(pair) > 1}):
        mistakes.error(path, f"{' - '.join(pair)} have two tunnels", "Make one of them.")


def _reached(cloud: Cloud, joins: Joins, mistakes: Mistakes) -> None:
    """Hosts need a route to the other sites through cloud-private, or they send it by management's."""
    for vlan in cloud.vlans.values():
        if vlan.use != "private":
            continue
        lacking = [one for one in joins.networks() if not any(covers(route, one) for route in vlan.routes)]
        if lacking:
            words = _listed(lacking)
            message = f"hosts on {vlan.name!r} have no route through it to {words} of other sites"
            path: Path = ("vlans", vlan.name, "routes")
            mistakes.warning(path, message, "Add the other sites' prefixes to its `routes`.", path)


def _listed(networks: Iterable[Network]) -> str:
    return ", ".join(map(str, networks))
