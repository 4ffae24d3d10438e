"""What can be wrong between parts of a cloud file that are each well formed."""

from collections.abc import Iterator

from seapoint.base.addresses import Address, Addresses, Network, covers
from seapoint.intent.cloud.document import Document, Path
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import Cloud, Function, Vlan
from seapoint.intent.cloud.naming import check_names
from seapoint.intent.cloud.parts.bgp import check_bgp
from seapoint.intent.cloud.parts.default_routes import check_default_routes
from seapoint.intent.cloud.parts.filters import check_filters
from seapoint.intent.cloud.parts.health import check_health
from seapoint.intent.cloud.parts.imports import check_imports
from seapoint.intent.cloud.parts.include import check_includes
from seapoint.intent.cloud.parts.joins import check_joins
from seapoint.intent.cloud.parts.oversights import check_oversights
from seapoint.intent.cloud.parts.reach import check_reach
from seapoint.intent.cloud.parts.vips import check_vips
from seapoint.intent.cloud.shape.base import AddressPair
from seapoint.intent.cloud.shape.cloud import CloudShape

#: With VXLAN the VNI's 24 bits carry what Geneve carries in options (ovn-architecture(7), "Tunnel Encapsulations").
VXLAN_NETWORKS = 4095

#: A key's tuple of what a check finds there: where it stands and who has it.
Owner = tuple[Path, str]


def run(cloud: Cloud, shape: CloudShape, document: Document, mistakes: Mistakes) -> None:
    """All checks, in one list."""
    check_names(shape, mistakes)
    _racks(shape, document, mistakes)
    _devices(shape, document, mistakes)
    _links(shape, mistakes)
    _vlan_ids(cloud, mistakes)
    _vlan_hosts(shape, document, mistakes)
    _vlan_routes(cloud, mistakes)
    _twins(shape, mistakes)
    _networks(cloud, mistakes)
    _addresses_used_once(cloud, mistakes)
    _reserved(cloud, mistakes)
    _overlay(cloud, shape, mistakes)
    _edge(cloud, mistakes)
    _realms(cloud, shape, mistakes)
    _hosts(cloud, shape, mistakes)
    check_vips(cloud, shape, mistakes)
    check_health(cloud, mistakes)
    check_bgp(cloud, shape, mistakes)
    check_imports(cloud, shape, mistakes)
    check_joins(cloud, shape, mistakes)
    check_reach(cloud, shape, mistakes)
    check_filters(cloud, shape, mistakes)
    check_default_routes(cloud, mistakes)
    check_includes(cloud, shape, mistakes)
    check_oversights(cloud, shape, mistakes)


def _racks(shape: CloudShape, document: Document, mistakes: Mistakes) -> None:
    for name, rack in shape.racks.items():
        if rack.switch not in document.keys(("switches",)):
            cure = nearest(rack.switch, shape.switches)
            mistakes.error(("racks", name, "switch"), f"unknown switch {rack.switch!r}", cure)
    for name, vlan in shape.vlans.items():
        if vlan.rack is not None and vlan.rack not in document.keys(("racks",)):
            cure = nearest(vlan.rack, shape.racks)
            mistakes.error(("vlans", name, "rack"), f"unknown rack {vlan.rack!r}", cure)


def _devices(shape: CloudShape, document: Document, mistakes: Mistakes) -> None:
    devices = document.keys(("switches",)) | document.keys(("routers",)) | document.keys(("hosts",))
    for index, link in enumerate(shape.links):
        for end, device in enumerate(link.between):
            if device not in devices:
                cure = nearest(device, devices)
                mistakes.error(("links", index, "between", end), f"unknown device {device!r}", cure)
        if link.realm is None and any(device in shape.switches for device in link.between):
            place: Path = ("links", index)
            cure = "Add `realm:`, the switch's routing instance."
            mistakes.error(place, "a switch's end needs a realm", cure, (*place, "realm"))
    owners: dict[str, str] = {}
    for section in ("hosts", "switches", "routers"):
        for name in getattr(shape, section):
            if name in owners:
                cure = "Give one of them another name."
                mistakes.error((section, name), f"{name!r} is also in `{owners[name]}`", cure)
            owners[name] = section


def _links(shape: CloudShape, mistakes: Mistakes) -> None:
    """An interface is named after the far end: of two links of one realm between the same devices one would be lost."""
    seen: set[tuple[frozenset[str], str | None]] = set()
    for index, link in enumerate(shape.links):
        ends = frozenset(link.between)
        place: Path = ("links", index, "between")
        if len(ends) == 1:
            mistakes.error(place, f"the link joins {link.between[0]!r} with itself", "Name its two ends.")
        elif (ends, link.realm) in seen:
            cure = "Make one link of them, or take another realm."
            mistakes.error(place, f"{' - '.join(link.between)} have a link of this realm already", cure)
        seen.add((ends, link.realm))


def _vlan_ids(cloud: Cloud, mistakes: Mistakes) -> None:
    for name, vlan in cloud.vlans.items():
        for other in cloud.vlans.values():
            if other.name == name:
                break
            if other.id == vlan.id and (None in (vlan.rack, other.rack) or vlan.rack == other.rack):
                cure = "Take an ID that is free in the racks that have it."
                mistakes.error(("vlans", name, "id"), f"VLAN {vlan.id} is used twice, by {other.name!r} too", cure)


def _vlan_hosts(shape: CloudShape, document: Document, mistakes: Mistakes) -> None:
    written = document.keys(("hosts",))
    for name, vlan in shape.vlans.items():
        for host in vlan.hosts:
            if host not in written:
                place: Path = ("vlans", name, "hosts", host)
                mistakes.error(place, f"unknown host {host!r}", nearest(host, written))


def _vlan_routes(cloud: Cloud, mistakes: Mistakes) -> None:
    for name, vlan in cloud.vlans.items():
        gateways = {address.version for address in vlan.gateway.all()}
        for version in sorted({network.version for network in vlan.routes} - gateways):
            cure = "Add `gateway:` with the switch's addresses."
            unless: Path = ("vlans", name, "gateway")
            mistakes.error(("vlans", name, "routes"), f"{name!r} has no IPv{version} gateway to route by", cure, unless)


def _twins(shape: CloudShape, mistakes: Mistakes) -> None:
    cure = "Add `ipv6:`, or `ipv4_only: true` where that is meant."
    for index, link in enumerate(shape.links):
        if link.ipv4 and not link.ipv6 and not link.ipv4_only:
            here: Path = ("links", index)
            message = f"the link {' - '.join(link.between)} has IPv4 and no IPv6"
            mistakes.warning(here, message, cure, (*here, "ipv6"))
    for name, vlan in shape.vlans.items():
        if vlan.ipv4 and not vlan.ipv6 and not vlan.ipv4_only:
            here = ("vlans", name)
            mistakes.warning(here, f"the VLAN {name!r} has IPv4 and no IPv6", cure, (*here, "ipv6"))
        for section, entries in (("hosts", vlan.hosts), ("addresses", vlan.addresses)):
            for key, address in entries.items():
                if vlan.ipv6 and address.ipv4 and not address.ipv6:
                    place: Path = ("vlans", name, section, key)
                    message = f"{key!r} has IPv4 and no IPv6"
                    mistakes.warning(place, message, "Add `ipv6:`.", (*place, "ipv6"))


def _segments(cloud: Cloud) -> Iterator[tuple[Path, str, Network]]:
    """Every network that lies on wires: VLANs' and links'."""
    for name, vlan in cloud.vlans.items():
        for network in vlan.networks.all():
            yield ("vlans", name, f"ipv{network.version}"), f"VLAN {name!r}", network
    for index, link in enumerate(cloud.links):
        for network in link.networks.all():
            yield ("links", index, f"ipv{network.version}"), f"the link {link.name}", network


def _networks(cloud: Cloud, mistakes: Mistakes) -> None:
    seen: list[tuple[str, Network]] = []
    cure = "Make one of them smaller, or move it."
    for path, owner, network in _segments(cloud):
        for other, theirs in seen:
            if network.overlaps(theirs):
                mistakes.error(path, f"{network} overlaps {theirs} of {other}", cure)
        seen.append((owner, network))
        for prefix in cloud.prefixes.values():
            for planned in prefix.networks.all():
                if covers(network, planned) and network != planned:
                    mistakes.error(path, f"{network} covers {prefix.name!r} ({planned}) of the address plan", cure)
                elif network == planned and prefix.network_class and str(prefix.network_class) == "floating":
                    mistakes.error(path, f"{network} is the pool {prefix.name!r} of floating IPs", cure)


def _owned(cloud: Cloud) -> Iterator[tuple[Path, str, Address]]:
    """Every address that the file gives to somebody."""

    def each(path: Path, owner: str, addresses: Addresses) -> Iterator[tuple[Path, str, Address]]:
        for address in addresses.all():
            yield (*path, f"ipv{address.version}"), owner, address

    for name, vlan in cloud.vlans.items():
        yield from each(("vlans", name, "gateway"), f"the gateway of {name!r}", vlan.gateway)
        for key, addresses in vlan.addresses.items():
            section = "hosts" if key in cloud.hosts else "addresses"
            yield from each(("vlans", name, section, key), repr(key), addresses)
    for name, host in cloud.hosts.items():
        yield from each(("hosts", name, "management"), repr(name), host.management)
        yield from each(("hosts", name, "private"), repr(name), host.private)
    for index, link in enumerate(cloud.links):
        yield from each(("links", index), f"{link.a!r} on {link.name}", link.a_addresses)
        yield from each(("links", index), f"{link.b!r} on {link.name}", link.b_addresses)
    for name, router in cloud.routers.items():
        yield from each(("routers", name, "loopback"), f"the loopback of {name!r}", router.loopback)
    for name, switch in cloud.switches.items():
        yield from each(("switches", name, "loopback"), f"the loopback of {name!r}", switch.loopback)
    for index, tunnel in enumerate(cloud.joins.tunnels if cloud.joins else ()):
        for end, addresses in ((tunnel.host, tunnel.own), (tunnel.gateway, tunnel.far)):
            yield from each(("joins", "tunnels", index), f"{end!r} in a tunnel", addresses)
    for name, vip in cloud.vips.items():
        yield from each(("vips", name), f"the VIP {name!r}", vip.addresses)
    for name, addresses in cloud.services.items():
        yield from each(("services", name), f"the service {name!r}", addresses)


def _addresses_used_once(cloud: Cloud, mistakes: Mistakes) -> None:
    seen: dict[Address, str] = {}
    for path, owner, address in _owned(cloud):
        if address in seen and not address.is_link_local:
            network = (*path[:2], f"ipv{address.version}")
            mistakes.error(path, f"{address} is used twice, by {seen[address]} too", "Take a free address.", network)
        seen.setdefault(address, owner)


def _reserved(cloud: Cloud, mistakes: Mistakes) -> None:
    """An address of the operator inside a prefix from which tenants are given addresses must be declared."""
    reserved = set(cloud.declared())
    for path, owner, address in _owned(cloud):
        network_class = cloud.class_of(address)
        if network_class is None or address in reserved:
            continue
        vlan = cloud.vlans.get(str(path[1])) if path[0] == "vlans" else None
        if vlan is None or network_class == "floating":
            mistakes.error(
                path,
                f"{address} of {owner} lies in a prefix of class {network_class}: tenants could be given it",
                "Declare it under `reserved` of that prefix, or take another address.",
                *([("vlans", vlan.name, f"ipv{address.version}")] if vlan else []),
            )


def _overlay(cloud: Cloud, shape: CloudShape, mistakes: Mistakes) -> None:
    first, last = cloud.overlay.segmentation_ids
    path: Path = ("overlay", "segmentation_ids")
    if cloud.overlay.type == "vxlan" and last - first + 1 > VXLAN_NETWORKS:
        mistakes.error(
            path,
            f"{last - first + 1} networks do not fit: with VXLAN, OVN has room for {VXLAN_NETWORKS}",
            "Take a smaller range, or `type: geneve`.",
        )
    if first < 1 or last >= 2**24:
        mistakes.error(path, f"{first}-{last} is out of range", "Segmentation IDs are 24 bits: 1-16777215.")
    for name, network in shape.overlay.physical_networks.items():
        here: Path = ("overlay", "physical_networks", name)
        if network.vlan not in shape.vlans:
            cure = nearest(network.vlan, shape.vlans)
            mistakes.error((*here, "vlan"), f"unknown VLAN {network.vlan!r}", cure, ("vlans", network.vlan))
        for index, role in enumerate(network.roles):
            if role not in shape.roles:
                cure = nearest(role, shape.roles)
                mistakes.error((*here, "roles", index), f"unknown role {role!r}", cure, ("roles", role))


def _edge(cloud: Cloud, mistakes: Mistakes) -> None:
    if cloud.edge is None:
        return
    for side in (cloud.edge.inside, cloud.edge.outside):
        vlan = cloud.vlans[side.vlan]
        for host in cloud.edge.hosts:
            _edge_address(vlan, host, mistakes)
    inside, outside = cloud.vlans[cloud.edge.inside.vlan], cloud.vlans[cloud.edge.outside.vlan]
    place: Path = ("edge", "inside", "vlan")
    if inside.name == outside.name:
        mistakes.error(place, "the edge's two sides are one VLAN", "Name the VLAN towards the virtual routers.")
    elif inside.realm != outside.realm:
        message = f"the edge would join the realms {inside.realm!r} and {outside.realm!r}"
        mistakes.error(place, message, "Both its VLANs belong to one realm.")
    for vlan in (inside, outside):
        if vlan.use is not None:
            cure = "Take a VLAN without `use`, with the edge hosts' addresses under `hosts`."
            mistakes.error(("vlans", vlan.name, "use"), f"a side of the edge is no {vlan.use} VLAN", cure)
    if not outside.gateway.all():
        cure = "Add `gateway:` with the switch's addresses."
        here: Path = ("vlans", outside.name)
        mistakes.error(here, "the edge's outside VLAN has no gateway", cure, (*here, "gateway"))
    if len(cloud.edge.hosts) != 2:
        count = len(cloud.edge.hosts)
        message, cure = f"an edge is a pair of hosts, here are {count}", "Give two hosts a role that does edge."
        mistakes.error(("edge",), message, cure, ("hosts",), ("roles",))


def _edge_address(vlan: Vlan, host: str, mistakes: Mistakes) -> None:
    addresses = vlan.addresses.get(host, Addresses())
    for network, address in ((vlan.networks.v4, addresses.v4), (vlan.networks.v6, addresses.v6)):
        if network is not None and address is None:
            path: Path = ("vlans", vlan.name, "hosts")
            cure = f"Add `{host}: {{ipv{network.version}: ...}}` here."
            mistakes.error(path, f"edge host {host!r} has no address in {network}", cure, (*path, host))


def _realms(cloud: Cloud, shape: CloudShape, mistakes: Mistakes) -> None:
    realms = cloud.realms()
    places: list[tuple[Path, str | None]] = [
        *((("links", index, "realm"), link.realm) for index, link in enumerate(shape.links)),
        *((("filters", name, "links_of_realm"), entry.links_of_realm) for name, entry in shape.filters.items()),
        *((("bgp", "exports", index, "realm"), one.realm) for index, one in enumerate(shape.bgp.exports)),
        *((("bgp", "imports", index, "realm"), one.realm) for index, one in enumerate(shape.bgp.imports)),
        (("bgp", "reflection", "realm"), shape.bgp.reflection.realm if shape.bgp.reflection else None),
    ]
    for path, realm in places:
        if realm is not None and realm not in realms:
            mistakes.error(path, f"no VLAN is in the realm {realm!r}", nearest(realm, realms), ("vlans",))


def _hosts(cloud: Cloud, shape: CloudShape, mistakes: Mistakes) -> None:
    if not cloud.doing(Function.CONTROL):
        cure = "Give a host that runs a role with `does: control`."
        mistakes.error(("hosts",), "no host runs OVN's databases and this server", cure, ("hosts",), ("roles",))
    for host in cloud.hosts.values():
        overlay = host.does in (Function.GATEWAY, Function.HYPERVISOR)
        # One that is written and could not be made whole has been told already.
        written = shape.hosts[host.name].private
        lacking = written is None or (isinstance(written, AddressPair) and written.ipv4 is None)
        if host.runs and overlay and lacking:
            cure = "Add `private:`, its address in the rack's private VLAN."
            here: Path = ("hosts", host.name)
            mistakes.error(here, f"{host.name!r} needs an IPv4 address for tunnels", cure, (*here, "private"))
