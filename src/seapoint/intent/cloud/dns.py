"""DNS of a cloud, resolved: its zones, and the servers that answer for them.

Sources: RFC 1035 (names, IN-ADDR.ARPA), RFC 3596 (IP6.ARPA), RFC 2317 (classless IN-ADDR.ARPA delegation).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address
from typing import Literal

from seapoint.base.addresses import Address, Network, covers

ZoneKind = Literal["infrastructure", "instances", "public", "private", "reverse", "inside"]

#: The longest IPv4 prefix whose reverse zone ends at an octet; what is longer has a classless zone (RFC 2317).
_OCTETS = 24
_NIBBLE, _OCTET = 4, 8
#: Of names in the zone ``inside``: the prefix length of a whole IPv4 address, and the trigger.
_WHOLE, _ANSWERED, _IPV4 = 32, "rpz-ip", "in-addr.arpa"


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of ours, without the final dot. ``network``: of a reverse zone, the addresses whose names lie in it.

    The zone ``inside`` is for recursors alone, a response policy zone: it tells which address those inside are answered
    in place of a floating IP. Source: draft-vixie-dnsop-dns-rpz-00, section 4.3 (names of addresses in answers).
    """

    name: str
    kind: ZoneKind
    network: Network | None = None
    signed: bool = False

    def has(self, name: str) -> bool:
        """Whether a name is the zone's own or lies below it."""
        return name == self.name or name.endswith(f".{self.name}")

    def reverse_name(self, address: Address) -> str:
        """The name of an address in the zone: of a reverse zone the one that holds its PTR."""
        if self.kind == "inside":
            return f"{_WHOLE}.{address.reverse_pointer.removesuffix(_IPV4)}{_ANSWERED}.{self.name}"
        assert self.network is not None, f"{self.name} is no reverse zone"
        if isinstance(self.network, IPv4Network) and self.network.prefixlen > _OCTETS:
            return f"{int(address) & 0xFF}.{self.name}"
        return address.reverse_pointer

    def address(self, name: str) -> Address:
        """The address whose name ``reverse_name`` gave; raises ValueError for any other name."""
        own = name.removesuffix(f".{self.name}").split(".")
        if self.kind == "inside":
            return ip_address(".".join(reversed(own[1:5])))
        assert self.network is not None, f"{self.name} is no reverse zone"
        if self.network.version == 6:
            nibbles = "".join(reversed(name.removesuffix(".ip6.arpa").split(".")))
            return ip_address(bytes.fromhex(nibbles))
        if self.network.prefixlen > _OCTETS:
            return ip_address(int(self.network.network_address) & ~0xFF | int(own[0]))
        return ip_address(".".join(reversed(name.removesuffix(".in-addr.arpa").split("."))))


@dataclass(frozen=True, slots=True)
class Dns:
    """``authoritative`` and ``recursive`` are names of VIPs, whose owners run the servers.

    ``fed``: servers of the operator's own that are told the same records, but for the zones' own: these are theirs.
    """

    authoritative: tuple[str, ...] = ()
    recursive: tuple[str, ...] = ()
    fed: tuple[Address, ...] = ()
    zones: tuple[Zone, ...] = ()

    def zone_of(self, name: str) -> Zone | None:
        """The zone that a name lies in: the one with the longest name."""
        return max((zone for zone in self.zones if zone.has(name)), key=lambda zone: len(zone.name), default=None)

    def zone_for(self, kind: ZoneKind) -> Zone | None:
        """The first zone of a kind."""
        return next((zone for zone in self.zones if zone.kind == kind), None)

    def reverse_zone(self, address: Address) -> Zone | None:
        """The zone with an address's PTR: of several that of the longest prefix."""
        found = (zone for zone in self.zones if zone.network is not None and covers(zone.network, address))
        return max(found, key=lambda zone: zone.network.prefixlen if zone.network else 0, default=None)


def reverse_zones(networks: Iterable[Network]) -> Iterator[tuple[str, Network]]:
    """Names and networks of the zones for these networks' PTRs.

    IPv6 ends at a nibble and IPv4 at an octet, or several zones stand for one network. Two exceptions: an IPv4 network
    longer than a /24 has the classless zone that RFC 2317 names after its first address and length, and one of
    private addresses the zone around it, since nobody else's zone could be hidden by that.
    """
    for network in networks:
        step = _OCTET if network.version == 4 else _NIBBLE
        if network.version == 4 and network.prefixlen > _OCTETS:
            first = network.network_address
            octets = str(first).split(".")
            yield f"{octets[3]}-{network.prefixlen}.{'.'.join(reversed(octets[:3]))}.in-addr.arpa", network
        elif network.prefixlen % step == 0:
            yield _name(network), network
        elif network.version == 4 and network.is_private:
            around = network.supernet(new_prefix=network.prefixlen // step * step)
            yield _name(around), around
        else:
            yield from ((_name(one), one) for one in network.subnets(new_prefix=-(-network.prefixlen // step) * step))


def _name(network: Network) -> str:
    """The zone of a network that ends at an octet or nibble: the last labels of any of its addresses' names."""
    labels = network.network_address.reverse_pointer.split(".")
    size = _OCTET if network.version == 4 else _NIBBLE
    return ".".join(labels[(network.max_prefixlen - network.prefixlen) // size :])
