"""Address arithmetic of both families: host parts, EUI-64, mapped IPv6, pairs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Interface = IPv4Interface | IPv6Interface

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")


@dataclass(frozen=True, slots=True)
class Addresses:
    """At most one address of each family, of one thing."""

    v4: IPv4Address | None = None
    v6: IPv6Address | None = None

    def all(self) -> tuple[Address, ...]:
        """The addresses that are there, IPv4 first."""
        return tuple(address for address in (self.v4, self.v6) if address is not None)


@dataclass(frozen=True, slots=True)
class Networks:
    """At most one network of each family, of one thing."""

    v4: IPv4Network | None = None
    v6: IPv6Network | None = None

    def all(self) -> tuple[Network, ...]:
        """The networks that are there, IPv4 first."""
        return tuple(network for network in (self.v4, self.v6) if network is not None)

    def __contains__(self, item: Address | Network) -> bool:
        return any(covers(network, item) for network in self.all())


def covers(network: Network, item: Address | Network) -> bool:
    """Whether ``item`` lies wholly inside ``network``; two families never cover each other."""
    if isinstance(network, IPv4Network):
        if isinstance(item, IPv4Network):
            return item.subnet_of(network)
        return isinstance(item, IPv4Address) and item in network
    if isinstance(item, IPv6Network):
        return item.subnet_of(network)
    return isinstance(item, IPv6Address) and item in network


def host_network(address: Address) -> Network:
    """The network that holds this one address: /32 or /128."""
    return ip_network(address)


def outermost(networks: Iterable[Network]) -> tuple[Network, ...]:
    """The networks that lie in no other of them, each once, IPv4 first, ascending."""
    kept: list[Network] = []
    for network in sorted(set(networks), key=lambda one: (one.version, int(one.network_address), one.prefixlen)):
        if not (kept and covers(kept[-1], network)):
            kept.append(network)
    return tuple(kept)


def eui64(prefix: IPv6Network, mac: str) -> IPv6Address:
    """The address that a host makes from a /64 and its MAC.

    Source: RFC 4291, appendix A (modified EUI-64). Raises ValueError for another prefix length or a malformed MAC.
    """
    if prefix.prefixlen != 64:
        raise ValueError(f"{prefix}: an address by EUI-64 needs a /64")
    if not _MAC.fullmatch(mac.lower()):
        raise ValueError(f"{mac!r} is no MAC address such as 06:8c:ba:00:04:77")
    octets = bytes.fromhex(mac.replace(":", ""))
    identifier = bytes([octets[0] ^ 0x02]) + octets[1:3] + b"\xff\xfe" + octets[3:]
    return prefix.network_address + int.from_bytes(identifier, "big")


def link_local(mac: str) -> str:
    """The link-local address that a host makes from its MAC (RFC 4291, appendix A), as text and quickly."""
    a, b, c, d, e, f = (int(octet, 16) for octet in mac.split(":"))
    return f"fe80::{(a ^ 2) << 8 | b:x}:{c << 8 | 0xFF:x}:{0xFE00 | d:x}:{e << 8 | f:x}"


def mapped_in(network: IPv6Network, address: IPv4Address) -> IPv6Address:
    """The IPv6 address whose last four groups spell an IPv4 address in decimal.

    10.192.20.7 in 2620:0:860:118::/64 is 2620:0:860:118:10:192:20:7: how many operators number dual-stack hosts.
    """
    groups = 0
    for octet in str(address).split("."):
        groups = (groups << 16) | int(octet, 16)
    return network.network_address + groups


def family(item: Address | Network | Interface) -> int:
    """4 or 6."""
    return item.version


def parse_address(text: str) -> Address:
    """Address of either family; raises ValueError."""
    return ip_address(text)


def parse_network(text: str) -> Network:
    """Network of either family, host bits must be zero; raises ValueError."""
    return ip_network(text)
