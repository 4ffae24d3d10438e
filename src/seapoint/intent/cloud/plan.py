"""Resolves the address plan, VLANs, links and hosts of a cloud file."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from seapoint.base.addresses import Addresses, Network, Networks, covers
from seapoint.intent.cloud import forms
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import Function, Host, Link, Managed, NetworkClass, Prefix, Vlan
from seapoint.intent.cloud.shape.cloud import CloudShape
from seapoint.intent.cloud.shape.plan import LinkShape, PrefixShape, VlanShape


def prefixes(shape: CloudShape, site: IPv6Network | None, mistakes: Mistakes) -> dict[str, Prefix]:
    """The address plan, flat, parents before children; siblings must not overlap."""
    found: dict[str, Prefix] = {}
    paths: dict[str, Path] = {}
    if site is not None:
        found["site"] = Prefix("site", Networks(v6=site))
        paths["site"] = ("site", "ipv6")
    for prefix, path in _walk(shape.prefixes, ("prefixes",), None, None, site, mistakes):
        if prefix.name in found:
            mistakes.error(path, f"the name {prefix.name!r} stands twice in the address plan", "Give it another name.")
            continue
        _check_nesting(prefix, path, found, mistakes)
        found[prefix.name] = prefix
        paths[prefix.name] = path
    return found


def _walk(
    entries: Mapping[str, PrefixShape],
    path: Path,
    parent: str | None,
    inherited: NetworkClass | None,
    site: IPv6Network | None,
    mistakes: Mistakes,
) -> Iterator[tuple[Prefix, Path]]:
    for name, entry in entries.items():
        here = (*path, name)
        networks = forms.networks(entry.ipv4, entry.ipv6, site, here, mistakes)
        network_class = NetworkClass(entry.network_class) if entry.network_class else inherited
        reserved = {
            key: forms.pair(value, forms.Ground(networks, here), (*here, "reserved", key), mistakes)
            for key, value in entry.reserved.items()
        }
        yield Prefix(name, networks, network_class, parent, reserved), here
        yield from _walk(entry.inside, (*here, "inside"), name, network_class, site, mistakes)


def ancestors(prefix: Prefix, known: Mapping[str, Prefix]) -> Iterator[Prefix]:
    """The prefixes around one, the nearest first."""
    while prefix.parent is not None and prefix.parent in known:
        prefix = known[prefix.parent]
        yield prefix


def _check_nesting(prefix: Prefix, path: Path, known: Mapping[str, Prefix], mistakes: Mistakes) -> None:
    around = list(ancestors(prefix, known))
    for network in prefix.networks.all():
        place = (*path, f"ipv{network.version}")
        parent = next((one for one in around if _of_family(one.networks, network)), None)
        if parent is not None and network not in parent.networks:
            outer = _of_family(parent.networks, network)
            mistakes.error(
                place, f"{network} lies outside of {parent.name!r} ({outer})", "Move it, or take a part of that prefix."
            )
        for other in known.values():
            if other in around or other.name == "site":
                continue
            theirs = _of_family(other.networks, network)
            if theirs and network.overlaps(theirs):
                mistakes.error(
                    place,
                    f"{network} overlaps {other.name!r} ({theirs})",
                    "Make one of them smaller, or write the smaller under `inside` of the larger.",
                )


def _of_family(networks: Networks, like: Network) -> Network | None:
    return networks.v4 if isinstance(like, IPv4Network) else networks.v6


def vlans(shape: CloudShape, site: IPv6Network | None, mistakes: Mistakes) -> dict[str, Vlan]:
    """VLANs without the hosts' numbers, which ``hosts`` adds."""
    return {name: _vlan(name, entry, site, mistakes) for name, entry in shape.vlans.items()}


def _vlan(name: str, entry: VlanShape, site: IPv6Network | None, mistakes: Mistakes) -> Vlan:
    path: Path = ("vlans", name)
    networks = forms.networks(entry.ipv4, entry.ipv6, site, path, mistakes)
    ground = forms.Ground(networks, path)
    addresses = {
        key: forms.pair(value, ground, (*path, section, key), mistakes)
        for section, entries in (("hosts", entry.hosts), ("addresses", entry.addresses))
        for key, value in entries.items()
    }
    for key in entry.hosts.keys() & entry.addresses.keys():
        place: Path = (*path, "addresses", key)
        mistakes.error(place, f"{key!r} stands in `hosts` of this VLAN too", "Keep one of them.")
    return Vlan(
        name=name,
        id=entry.id,
        realm=entry.realm,
        networks=networks,
        rack=entry.rack,
        use=entry.use,
        mtu=entry.mtu,
        gateway=forms.pair(entry.gateway, ground, (*path, "gateway"), mistakes),
        addresses=addresses,
    )


def links(shape: CloudShape, site: IPv6Network | None, mistakes: Mistakes) -> tuple[Link, ...]:
    """Links with both ends' addresses."""
    return tuple(_link(index, entry, site, mistakes) for index, entry in enumerate(shape.links))


def _link(index: int, entry: LinkShape, site: IPv6Network | None, mistakes: Mistakes) -> Link:
    path: Path = ("links", index)
    networks = forms.networks(entry.ipv4, entry.ipv6, site, path, mistakes)
    for network in networks.all():
        if network.num_addresses < 2:
            place = (*path, f"ipv{network.version}")
            mistakes.error(place, f"{network} has no room for two ends", "Take a /31 or a /64, for instance.")
            return Link(*entry.between, entry.realm, Networks(), Addresses(), Addresses())
    return Link(*entry.between, entry.realm, networks, network_end(networks, 0), network_end(networks, 1))


def network_end(networks: Networks, end: Literal[0, 1]) -> Addresses:
    """The addresses of one end of a point-to-point network, 0 the lower."""
    v4 = networks.v4[end if networks.v4.prefixlen == 31 else end + 1] if networks.v4 else None
    v6 = networks.v6[end if networks.v6.prefixlen == 127 else end + 1] if networks.v6 else None
    return Addresses(v4, v6)


def hosts(shape: CloudShape, known: Mapping[str, Vlan], written: frozenset[str], mistakes: Mistakes) -> dict[str, Host]:
    """Hosts with their addresses in the management and private VLANs of their racks.

    ``written``: roles that stand in the file, also those that a mistake of their own has removed.
    """
    found = {}
    for name, entry in shape.hosts.items():
        path: Path = ("hosts", name)
        role = shape.roles.get(entry.role)
        if role is None and entry.role not in written:
            mistakes.error((*path, "role"), f"unknown role {entry.role!r}", nearest(entry.role, shape.roles))
        if entry.rack not in shape.racks:
            cure = nearest(entry.rack, shape.racks)
            mistakes.error((*path, "rack"), f"unknown rack {entry.rack!r}", cure, ("racks", entry.rack))
        found[name] = Host(
            name=name,
            role=entry.role,
            does=Function(role.does) if role and role.does else None,
            rack=entry.rack,
            managed=Managed(entry.managed),
            runs=entry.runs,
            management=_leg(shape, known, name, "management", mistakes),
            private=_leg(shape, known, name, "private", mistakes),
        )
    return found


def _leg(
    shape: CloudShape, known: Mapping[str, Vlan], host: str, use: Literal["management", "private"], mistakes: Mistakes
) -> Addresses:
    entry = shape.hosts[host]
    value = entry.management if use == "management" else entry.private
    if value is None:
        return Addresses()
    path: Path = ("hosts", host, use)
    vlan = next((one for one in known.values() if one.use == use and one.rack in (None, entry.rack)), None)
    if vlan is None:
        if entry.rack in shape.racks:
            cure = f"Add a VLAN with `use: {use}` and `rack: {entry.rack}`."
            mistakes.error(path, f"rack {entry.rack!r} has no VLAN for {use} addresses", cure, ("vlans",))
        return Addresses()
    ground = forms.Ground(vlan.networks, ("vlans", vlan.name))
    return forms.host_pair(value, ground, shape.vlans[vlan.name].hosts_ipv6, path, mistakes)


def inside_any(item: Network, known: Mapping[str, Prefix]) -> Prefix | None:
    """The smallest entry of the plan around a network."""
    around = [
        (network.prefixlen, prefix)
        for prefix in known.values()
        for network in prefix.networks.all()
        if covers(network, item)
    ]
    return max(around, key=lambda pair: pair[0])[1] if around else None
