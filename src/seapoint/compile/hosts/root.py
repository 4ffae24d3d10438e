"""The root of DNS as the lab's internet plays it: at the root servers' own addresses, as recursors know them.

Its one zone holds everything above the cloud's own: the delegations of its public zones, the names of addresses whose
zones are classless (RFC 2317, section 4), and a name of somebody else's.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_address

from seapoint.base.addresses import Address
from seapoint.intent.cloud.dns import Dns, Zone
from seapoint.intent.cloud.model import Cloud, Internet
from seapoint.target.knot import Knot, ServedZone

#: Somebody else's name: it leads to the internet's host.
ELSEWHERE = "www.example.org"

#: The root servers, by their letters, some with an older address that recursors still know.
#: Source: https://www.internic.net/domain/named.root, which is part of every recursor.
ROOT_SERVERS: dict[str, tuple[Address, ...]] = {
    letter: tuple(ip_address(text) for text in texts.split())
    for letter, texts in {
        "a": "198.41.0.4 2001:503:ba3e::2:30",
        "b": "170.247.170.2 2801:1b8:10::b 199.9.14.201 2001:500:200::b",
        "c": "192.33.4.12 2001:500:2::c",
        "d": "199.7.91.13 2001:500:2d::d",
        "e": "192.203.230.10 2001:500:a8::e",
        "f": "192.5.5.241 2001:500:2f::f",
        "g": "192.112.36.4 2001:500:12::d0d",
        "h": "198.97.190.53 2001:500:1::53",
        "i": "192.36.148.17 2001:7fe::53",
        "j": "192.58.128.30 2001:503:c27::2:30",
        "k": "193.0.14.129 2001:7fd::1",
        "l": "199.7.83.42 2001:500:9f::42",
        "m": "202.12.27.33 2001:dc3::35",
    }.items()
}


def root_addresses() -> tuple[Address, ...]:
    """Every address at which the root answers."""
    return tuple(address for addresses in ROOT_SERVERS.values() for address in addresses)


def root_server(cloud: Cloud, dns: Dns, behind: Internet) -> Knot:
    """The server of that zone; nobody feeds it."""
    everywhere = (ip_address("0.0.0.0"), ip_address("::"))  # noqa: S104 - a stand-in of the lab, in its own namespace
    return Knot(everywhere, (), (ServedZone("", records=tuple(_records(cloud, dns, behind))),))


def _records(cloud: Cloud, dns: Dns, behind: Internet) -> Iterator[str]:
    yield ". 60 SOA a.root-servers.net. nobody.invalid. 1 3600 600 1209600 5"
    for letter, addresses in ROOT_SERVERS.items():
        yield f". 60 NS {letter}.root-servers.net."
        yield from _addresses(f"{letter}.root-servers.net", addresses)
    yield from _addresses(ELSEWHERE, behind.host.all())
    servers = tuple(cloud.vips[name] for name in dns.authoritative)
    for server in servers:
        yield from _addresses(server.fqdn, server.addresses.all())
    for zone in dns.zones:
        if _is_public(zone):
            yield from (f"{zone.name}. 60 NS {server.fqdn}." for server in servers)
            yield from _classless(zone)


def _addresses(name: str, addresses: tuple[Address, ...]) -> Iterator[str]:
    yield from (f"{name}. 60 {'A' if address.version == 4 else 'AAAA'} {address}" for address in addresses)


def _is_public(zone: Zone) -> bool:
    """Whether the internet knows a zone: neither those of private names and addresses, nor recursors' own."""
    return zone.network.is_global if zone.network else zone.kind in ("infrastructure", "instances", "public")


def _classless(zone: Zone) -> Iterator[str]:
    """Of each address in a classless zone: its name in the zone around it leads there."""
    if isinstance(zone.network, IPv4Network) and not zone.has(zone.network[0].reverse_pointer):
        yield from (f"{one.reverse_pointer}. 60 CNAME {zone.reverse_name(one)}." for one in zone.network)
