"""Which scopes there are, which ones a change makes dirty, and what one compiles to."""

from collections.abc import Iterable, Iterator

from seapoint.base.addresses import Address, parse_address
from seapoint.base.errors import CompileError
from seapoint.compile.dns.names import (
    DnsCloud,
    addresses_of,
    inside_of,
    names_of,
    names_of_floating,
    names_of_port,
)
from seapoint.intent.cloud.dns import Zone
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.port import Port
from seapoint.intent.snapshot import Change, Intent
from seapoint.target.changes import Items, Key, Scope
from seapoint.target.dns import RecordKey, RecordSet, RecordType

#: Seconds that an answer may be kept: a name moves with its instance.
TTL = 60
#: Seconds that a name may be remembered as missing: it may be made the next moment (RFC 2308).
NEGATIVE_TTL = 5
#: Seconds that the zone's own servers may be remembered.
APEX_TTL = 3600
_REFRESH, _RETRY, _EXPIRE = 3600, 600, 1209600

ZONE, NAME = "zone", "name"


def scopes(intent: Intent, cloud: DnsCloud) -> Iterator[Scope]:
    """Every scope: each zone, each name of the cloud file, each name of tenants and each address that has one."""
    found: dict[Scope, None] = {Scope(ZONE, zone.name): None for zone in cloud.dns.zones}
    for name, addresses in cloud.named.items():
        found.update(dict.fromkeys(_scopes((name,), addresses, cloud)))
    for port in intent.of(Port).values():
        found.update(dict.fromkeys(_of_port(port, intent, cloud)))
    for floating in intent.of(FloatingIp).values():
        found.update(dict.fromkeys(_of_floating(floating, intent, cloud)))
    return iter(found)


def dirty(change: Change, before: Intent, after: Intent, cloud: DnsCloud) -> set[Scope]:
    """The names that an object had and has, and those of its addresses."""
    found: set[Scope] = set()
    for value, intent in ((change.before, before), (change.after, after)):
        if isinstance(value, Port):
            found.update(_of_port(value, intent, cloud))
            for floating in intent.find(FloatingIp, port_id=value.id):
                found.update(_of_floating(floating, intent, cloud))
        elif isinstance(value, FloatingIp):
            found.update(_of_floating(value, intent, cloud))
    return found


def compile_scope(scope: Scope, intent: Intent, cloud: DnsCloud) -> dict[Key, RecordSet]:
    """The scope's record sets; none where nobody has the name any more."""
    zone = cloud.dns.zone_of(scope.id)
    if zone is None:
        raise CompileError(f"{scope.id} lies in no zone of this cloud")
    if scope.kind == ZONE:
        return _apex(zone, cloud)
    if zone.network is not None:
        names = names_of(zone.address(scope.id), intent, cloud)
        return _sets(zone, scope.id, {"PTR": {f"{name}." for name in names}})
    if zone.kind == "inside":
        addresses = inside_of(zone.address(scope.id), intent, cloud)
    else:
        addresses = addresses_of(scope.id, intent, cloud)
    return _sets(
        zone,
        scope.id,
        {
            "A": {str(address) for address in addresses if address.version == 4},
            "AAAA": {str(address) for address in addresses if address.version == 6},
        },
    )


def is_public(scope: Scope, cloud: DnsCloud) -> bool:
    """Whether an operator's own servers are told it: neither a zone's own records, nor what recursors alone read."""
    inside = cloud.dns.zone_for("inside")
    return scope.kind != ZONE and (inside is None or not inside.has(scope.id))


def owner(key: Key, _observed: Items) -> Scope | None:
    """The scope that a record set was compiled from."""
    if not isinstance(key, RecordKey):
        return None
    return Scope(ZONE, key.zone) if key.name == key.zone else Scope(NAME, key.name)


def _of_port(port: Port, _intent: Intent, cloud: DnsCloud) -> Iterator[Scope]:
    names = tuple(names_of_port(port, cloud))
    if names:
        yield from _scopes(names, (parse_address(fixed.ip_address) for fixed in port.fixed_ips), cloud)


def _of_floating(floating: FloatingIp, intent: Intent, cloud: DnsCloud) -> Iterator[Scope]:
    address = parse_address(floating.floating_ip_address)
    names = tuple(names_of_floating(floating, intent, cloud))
    if names:
        yield from _scopes(names, (address,), cloud)
    inside = cloud.dns.zone_for("inside")
    if inside is not None:
        yield Scope(NAME, inside.reverse_name(address))


def _scopes(names: Iterable[str], addresses: Iterable[Address], cloud: DnsCloud) -> Iterator[Scope]:
    yield from (Scope(NAME, name) for name in names if cloud.dns.zone_of(name) is not None)
    for address in addresses:
        zone = cloud.dns.reverse_zone(address)
        if zone is not None:
            yield Scope(NAME, zone.reverse_name(address))


def _sets(zone: Zone, name: str, data: dict[RecordType, set[str]]) -> dict[Key, RecordSet]:
    held = {kind: tuple(sorted(some)) for kind, some in data.items() if some}
    return {RecordKey(zone.name, name, kind): RecordSet(TTL, some) for kind, some in held.items()}


def _apex(zone: Zone, cloud: DnsCloud) -> dict[Key, RecordSet]:
    """The zone's own records: its servers are called by the names of their VIPs."""
    infrastructure = cloud.zone_name("infrastructure")
    servers = [f"{name}.{infrastructure}." for name in cloud.dns.authoritative]
    soa = f"{servers[0]} hostmaster.{infrastructure}. 0 {_REFRESH} {_RETRY} {_EXPIRE} {NEGATIVE_TTL}"
    return {
        RecordKey(zone.name, zone.name, "SOA"): RecordSet(APEX_TTL, (soa,)),
        RecordKey(zone.name, zone.name, "NS"): RecordSet(APEX_TTL, tuple(sorted(servers))),
    }
