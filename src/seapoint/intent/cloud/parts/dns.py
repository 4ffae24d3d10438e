"""DNS: zones made of the domains and the plan, servers bound to their VIPs; names that would lie in two zones."""

import re
from collections.abc import Iterator, Mapping

from seapoint.base.addresses import Address, outermost
from seapoint.intent.cloud import forms
from seapoint.intent.cloud.dns import Dns, Zone, ZoneKind, reverse_zones
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import Prefix
from seapoint.intent.cloud.names import Names
from seapoint.intent.cloud.shape.cloud import CloudShape
from seapoint.intent.cloud.shape.dns import DnsShape
from seapoint.intent.cloud.vip import Vip

#: RFC 1035, section 2.3.1, in the lower case in which names are compared.
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
#: The label of the zone that recursors alone read.
INSIDE = "inside"
_KINDS: tuple[ZoneKind, ...] = ("infrastructure", "instances", "public", "private")


def resolve_dns(
    shape: CloudShape, prefixes: Mapping[str, Prefix], vips: Mapping[str, Vip], names: Names, mistakes: Mistakes
) -> Dns | None:
    """The part ``dns`` of a file; None where it has none."""
    entry = shape.dns
    if entry is None:
        return None
    zones = tuple(_zones(shape, entry, prefixes, names, mistakes))
    for index, name in enumerate(entry.signed):
        if name not in {zone.name for zone in zones}:
            cure = nearest(name, [zone.name for zone in zones])
            mistakes.error(("dns", "signed", index), f"{name!r} is no zone of this cloud", cure, ("domains",))
    dns = Dns(
        authoritative=_vips("authoritative", entry.authoritative, shape, vips, mistakes),
        recursive=_vips("recursive", entry.recursive, shape, vips, mistakes),
        fed=tuple(_literals(entry.fed, mistakes)),
        zones=zones,
    )
    _names_in_two_zones(shape, dns, mistakes)
    _recursors(entry, dns, vips, mistakes)
    return dns


def _zones(
    shape: CloudShape, entry: DnsShape, prefixes: Mapping[str, Prefix], names: Names, mistakes: Mistakes
) -> Iterator[Zone]:
    seen: dict[str, ZoneKind] = {}
    for kind in _KINDS:
        name = getattr(shape.domains, kind)
        if name in seen:
            cure = "Give each its own."
            mistakes.error(("domains", kind), f"{name!r} is the zone of {seen[name]} names already", cure)
        elif name and not _DOMAIN.fullmatch(name):
            cure = "Write labels of a-z, 0-9 and hyphens, joined by dots."
            mistakes.error(("domains", kind), f"{name!r} is no domain", cure)
        elif name:
            seen[name] = kind
            yield Zone(name, kind, signed=name in entry.signed)
    if entry.recursive and shape.domains.public:
        yield Zone(f"{INSIDE}.{shape.domains.infrastructure}", "inside")
    networks = [network for prefix in prefixes.values() if prefix.network_class for network in prefix.networks.all()]
    for index, name in enumerate(entry.reverse):
        networks += names.networks(name, ("dns", "reverse", index), mistakes)
    for name, network in dict(reverse_zones(outermost(networks))).items():
        yield Zone(name, "reverse", network, signed=name in entry.signed)


def _vips(
    key: str, listed: tuple[str, ...], shape: CloudShape, vips: Mapping[str, Vip], mistakes: Mistakes
) -> tuple[str, ...]:
    for index, name in enumerate(listed):
        if name not in shape.vips:
            mistakes.error(("dns", key, index), f"unknown VIP {name!r}", nearest(name, shape.vips), ("vips", name))
    return tuple(name for name in dict.fromkeys(listed) if name in vips)


def _recursors(entry: DnsShape, dns: Dns, vips: Mapping[str, Vip], mistakes: Mistakes) -> None:
    """A recursor reads the answers for inside from the name server beside it, and has addresses of its own."""
    serving = {owner for name in dns.authoritative for owner in vips[name].owners}
    for index, name in enumerate(entry.recursive):
        path: Path = ("dns", "recursive", index)
        if name in entry.authoritative:
            mistakes.error(path, f"{name!r} is the address of name servers already", "Name another VIP.", ("vips",))
        for owner in vips[name].owners if name in vips else ():
            if owner not in serving:
                message = f"{owner!r} runs no name server, from which its recursor would learn of floating IPs"
                cure = "Let it own a VIP of `authoritative` too, or take it from the owners."
                mistakes.error(path, message, cure, ("vips", name, "owners"))


def _literals(listed: tuple[str, ...], mistakes: Mistakes) -> Iterator[Address]:
    for index, text in enumerate(listed):
        path: Path = ("dns", "fed", index)
        if ":" in text:
            found: Address | None = forms.ipv6_address(text, None, path, mistakes)
        else:
            found = forms.ipv4_address(text, None, path, mistakes)
        if found is not None:
            yield found


def _names_in_two_zones(shape: CloudShape, dns: Dns, mistakes: Mistakes) -> None:
    """A name that another zone hides, and a name that two things of the file would have."""
    infrastructure = shape.domains.infrastructure
    owners: dict[str, Path] = {}
    places: list[Path] = [("vips", name) for name in shape.vips]
    places += [("vlans", name, "addresses", key) for name, vlan in shape.vlans.items() for key in vlan.addresses]
    for path in places:
        name = f"{path[-1]}.{infrastructure}"
        zone = dns.zone_of(name)
        if zone is not None and zone.name != infrastructure:
            cure = "Take another name, or another zone."
            mistakes.error(path, f"{name!r} would lie in two zones: in {zone.name!r} too", cure)
        elif name in owners and "vips" in (path[0], owners[name][0]):
            mistakes.error(path, f"{name!r} is the name of {'/'.join(map(str, owners[name]))} too", "Rename one.")
        owners.setdefault(name, path)
