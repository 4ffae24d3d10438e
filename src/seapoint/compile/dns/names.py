"""Who is called what: names of tenants' addresses, and addresses of tenants' names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from seapoint.base.addresses import Address, Network, parse_address
from seapoint.intent.cloud.dns import Dns, ZoneKind
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.frozenmap import FrozenMap
from seapoint.intent.hostnames import floating_label, port_label, ports_called, project_domain
from seapoint.intent.port import Port
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Subnet

_NO_NAMES: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class DnsCloud:
    """What record sets need to know of a cloud.

    ``named`` are the cloud file's own names with their addresses. ``projects`` gives names of projects by their ids;
    a project with a known name has records under both.
    """

    dns: Dns
    named: Mapping[str, tuple[Address, ...]]
    names: Mapping[Address, tuple[str, ...]]
    projects: Mapping[str, str]

    def zone_name(self, kind: ZoneKind) -> str:
        """The name of the first zone of a kind; empty where there is none."""
        zone = self.dns.zone_for(kind)
        return zone.name if zone else ""


def dns_cloud(dns: Dns, named: Iterable[tuple[str, Address]], projects: Mapping[str, str] = _NO_NAMES) -> DnsCloud:
    """Made by wiring of a cloud's DNS and its file's names."""
    by_name: dict[str, list[Address]] = {}
    by_address: dict[Address, list[str]] = {}
    for name, address in named:
        by_name.setdefault(name.lower(), []).append(address)
        by_address.setdefault(address, []).append(name.lower())
    return DnsCloud(
        dns,
        {name: tuple(addresses) for name, addresses in by_name.items()},
        {address: tuple(names) for address, names in by_address.items()},
        projects,
    )


def names_of_port(port: Port, cloud: DnsCloud) -> Iterator[str]:
    """The names of an instance's port, the one that its addresses' PTR tells first."""
    called = port_label(port)
    if called:
        yield from _within(called, port.project_id, cloud.zone_name("instances"), cloud)


def names_of_floating(floating: FloatingIp, intent: Intent, cloud: DnsCloud) -> Iterator[str]:
    """The names of a floating IP, likewise. One that leads nowhere has none but its own ``dns_name``."""
    called = floating_label(floating, intent.get(Port, floating.port_id))
    if called:
        yield from _within(called, floating.project_id, cloud.zone_name("public"), cloud)


def addresses_of(name: str, intent: Intent, cloud: DnsCloud) -> set[Address]:
    """Every address that has a name, from wherever."""
    found = set(cloud.named.get(name, ()))
    called = name.partition(".")[0]
    for port in _ports(called, intent):
        if name in names_of_port(port, cloud):
            found.update(parse_address(fixed.ip_address) for fixed in port.fixed_ips)
    for floating in _floating_ips(called, intent):
        if name in names_of_floating(floating, intent, cloud):
            found.add(parse_address(floating.floating_ip_address))
    return found


def names_of(address: Address, intent: Intent, cloud: DnsCloud) -> set[str]:
    """What an address is called: the first name of each thing that has it."""
    found = set(cloud.names.get(address, ())[:1])
    for port in _holders(address, intent):
        found.update(_first(names_of_port(port, cloud)))
    for floating in intent.find(FloatingIp, floating_ip_address=str(address)):
        found.update(_first(names_of_floating(floating, intent, cloud)))
    return found


def inside_of(address: Address, intent: Intent, cloud: DnsCloud) -> set[Address]:
    """Where a floating IP leads: addresses of the plan, for others are not routed to who asks."""
    led = (floating.fixed_ip_address for floating in intent.find(FloatingIp, floating_ip_address=str(address)))
    fixed = {parse_address(one) for one in led if one}
    return {one for one in fixed if cloud.dns.reverse_zone(one) is not None}


def _within(called: str, project: str, zone: str, cloud: DnsCloud) -> Iterator[str]:
    known = cloud.projects.get(project)
    for one in dict.fromkeys((known, project)):
        domain = project_domain(one, zone) if one else None
        if domain:
            yield f"{called}.{domain}"


def _first(names: Iterator[str]) -> tuple[str, ...]:
    name = next(names, None)
    return () if name is None else (name,)


def _ports(called: str, intent: Intent) -> Iterable[Port]:
    found = (*intent.find(Port, dns_name=called), *intent.find(Port, name=called))
    return {port.id: port for port in found}.values()


def _floating_ips(called: str, intent: Intent) -> Iterable[FloatingIp]:
    ports = (port for name in ports_called(called) for port in _ports(name, intent))
    led = (floating for port in ports for floating in intent.find(FloatingIp, port_id=port.id))
    return {floating.id: floating for floating in (*intent.find(FloatingIp, dns_name=called), *led)}.values()


def _holders(address: Address, intent: Intent) -> Iterator[Port]:
    """The ports that have an address, in whichever subnet: several networks may have the same prefix."""
    for subnet in _subnets_with(address, intent):
        port = intent.get(Port, intent.owner((subnet, str(address))))
        if port is not None:
            yield port


class _Same:
    """A table that is compared by being the same one, which is quick and enough: it never changes."""

    __slots__ = ("table",)

    def __init__(self, table: FrozenMap[str, Subnet]) -> None:
        self.table = table

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.table is self.table

    def __hash__(self) -> int:
        return id(self.table)


def _subnets_with(address: Address, intent: Intent) -> Iterator[str]:
    by_prefix = _by_prefix(_Same(intent.of(Subnet)))
    for length in by_prefix.get(address.version, {}):
        yield from by_prefix[address.version][length].get(_head(address, length), ())


@lru_cache(maxsize=2)  # the newest snapshot's, and that of the one before
def _by_prefix(tables: _Same) -> dict[int, dict[int, dict[int, list[str]]]]:
    """Subnets' ids by family, prefix length and first bits: an address is found by one look-up for each length."""
    found: dict[int, dict[int, dict[int, list[str]]]] = {}
    for subnet in tables.table.values():
        prefix: Network = subnet.prefix
        heads = found.setdefault(prefix.version, {}).setdefault(prefix.prefixlen, {})
        heads.setdefault(_head(prefix.network_address, prefix.prefixlen), []).append(subnet.id)
    return found


def _head(address: Address, length: int) -> int:
    return int(address) >> (address.max_prefixlen - length)
