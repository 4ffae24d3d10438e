"""Service addresses: bound to their prefix and their owners."""

import re
from collections.abc import Mapping

from seapoint.intent.cloud import forms
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import Cloud, Host, Prefix
from seapoint.intent.cloud.shape.base import AddressPair
from seapoint.intent.cloud.shape.cloud import CloudShape
from seapoint.intent.cloud.shape.vips import KINDS, CheckShape
from seapoint.intent.cloud.vip import Check, Vip


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
            check=_check(entry.check, (*path, "check"), mistakes) if entry.check else None,
            when_all_sick=entry.when_all_sick,
        )
    return found


def _check(entry: CheckShape, path: Path, mistakes: Mistakes) -> Check:
    kind = next(kind for kind in KINDS if getattr(entry, kind) is not None)
    if entry.command is not None and not entry.command[0].startswith("/"):
        message = f"{entry.command[0]!r} would be looked for where the daemon happens to be started"
        mistakes.error((*path, "command"), message, "Write the command's whole path.")
    if entry.over_tls and kind != "http":
        mistakes.error((*path, "over_tls"), f"a {kind} check has no HTTP to speak", "Take it out, or check `http`.")
    if entry.dns is not None and any(not 0 < len(label) < 64 for label in entry.dns.rstrip(".").split(".")):
        mistakes.error((*path, "dns"), f"{entry.dns!r} cannot be asked for", "Labels of a name have 1 to 63 octets.")
    if re.fullmatch("/[!-~]*", entry.path) is None:
        message = f"{entry.path!r} cannot be asked for"
        mistakes.error(
            (*path, "path"), message, "Begin with /, and write other than ASCII's visible characters as %XX."
        )
    return Check(
        kind,
        port=entry.tcp or entry.http or entry.tls or entry.port,
        name=entry.dns or entry.name,
        path=entry.path,
        statuses=entry.statuses,
        tls=entry.over_tls,
        command=entry.command or (),
        interval=entry.interval,
        timeout=entry.timeout,
        rise=entry.rise,
        fall=entry.fall,
    )


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


def check_vips(cloud: Cloud, shape: CloudShape, mistakes: Mistakes) -> None:
    """Whether owners can announce their VIPs: by an AS, from an address of the family in a cloud-private leg."""
    for vip in cloud.vips.values():
        path: Path = ("vips", vip.name)
        if not vip.addresses.all():
            mistakes.error(path, f"the VIP {vip.name!r} has no address", "Add `ipv4:` and `ipv6:`.", path)
        if vip.owners and cloud.servers is None:
            cure = "Add `servers: {asn: ...}` to `bgp`."
            mistakes.error(path, "its owners have no AS to announce it from", cure, ("bgp",))
        for owner in vip.owners:
            host = cloud.hosts[owner]
            own = {address.version for address in host.private.all()}
            for address in vip.addresses.all():
                if address.version not in own:
                    family = f"IPv{address.version}"
                    cure = f"Give {owner!r} a `private:` address of this family, or another owner."
                    message = f"{owner!r} has no cloud-private {family} address from which to announce {address}"
                    mistakes.error((*path, "owners"), message, cure, ("hosts", owner), ("vlans",))
        if shape.vips[vip.name].ipv4 and not shape.vips[vip.name].ipv6:
            cure = "Add `ipv6:`."
            mistakes.warning(path, f"the VIP {vip.name!r} has IPv4 and no IPv6", cure)
