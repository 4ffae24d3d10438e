"""Service addresses: bound to their prefix and their owners."""

from collections.abc import Mapping

from seapoint.intent.cloud import forms
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import Host, Prefix
from seapoint.intent.cloud.shape.base import AddressPair
from seapoint.intent.cloud.shape.cloud import CloudShape
from seapoint.intent.cloud.vip import Vip


def resolve_vips(
    shape: CloudShape, prefixes: Mapping[str, Prefix], hosts: Mapping[str, Host], mistakes: Mistakes
) -> dict[str, Vip]:
    """The VIPs by name, with those owners that run here."""
    found = {}
    for name, entry in shape.vips.items():
        path: Path = ("vips", name)
        prefix = prefixes.get(entry.prefix)
        if prefix is None:
            cure = nearest(entry.prefix, prefixes)
            mistakes.error((*path, "prefix"), f"unknown prefix {entry.prefix!r}", cure, ("prefixes",))
            continue
        ground = forms.Ground(prefix.networks, ("prefixes", prefix.name), on_link=False)
        found[name] = Vip(
            name=name,
            fqdn=f"{name}.{shape.domains.infrastructure}",
            prefix=entry.prefix,
            addresses=forms.pair(AddressPair(ipv4=entry.ipv4, ipv6=entry.ipv6), ground, path, mistakes),
            owners=owners(entry.owners, shape, hosts, (*path, "owners"), mistakes),
            kind=entry.kind,
        )
    return found


def owners(
    listed: tuple[str, ...], shape: CloudShape, hosts: Mapping[str, Host], path: Path, mistakes: Mistakes
) -> tuple[str, ...]:
    """The running hosts behind names of roles and hosts, each once, in the order of the list and of the file."""
    found: dict[str, None] = {}
    for index, name in enumerate(listed):
        if name not in shape.roles and name not in shape.hosts:
            cure = nearest(name, (*shape.roles, *shape.hosts))
            mistakes.error((*path, index), f"{name!r} is no role and no host", cure, ("roles", name), ("hosts", name))
        found |= dict.fromkeys(host.name for host in hosts.values() if host.runs and name in (host.role, host.name))
    return tuple(found)
