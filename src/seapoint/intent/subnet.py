"""Subnets: a prefix of one family on a network, and what its hosts are told."""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Network as Prefix
from seapoint.base.addresses import parse_network
from seapoint.intent.attributes import Named, attribute
from seapoint.intent.formats import (
    address,
    boolean,
    choice,
    integer,
    many,
    optional,
    prefix,
    record,
    records,
    texts,
    uuid,
)


@dataclass(frozen=True, slots=True)
class Pool:
    """Addresses from ``start`` to ``end``, both included, that may be allocated."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Route:
    """A static route: packets to ``destination`` go to ``nexthop``."""

    destination: str
    nexthop: str


POOL = record(Pool, {"start": address(), "end": address()}, needed=("start", "end"))
ROUTE = record(Route, {"destination": prefix(), "nexthop": address()}, needed=("destination", "nexthop"))
MODES = ("slaac", "dhcpv6-stateful", "dhcpv6-stateless")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet(Named):
    """A subnet of the Networking API."""

    KIND: ClassVar[str] = "subnet"
    NOUN: ClassVar[str] = "Subnet"

    network_id: str = attribute(uuid(), required=True, update=False, refers="network")
    ip_version: int = attribute(integer(4, 6), default=4, required=True, update=False)
    cidr: str = attribute(prefix(strict=True), required=True, update=False)
    gateway_ip: str | None = attribute(optional(address()), default=None, doc="left out: the first address; null: none")
    enable_dhcp: bool = attribute(boolean(), default=True)
    ipv6_ra_mode: str | None = attribute(optional(choice(*MODES)), default=None, update=False)
    ipv6_address_mode: str | None = attribute(optional(choice(*MODES)), default=None, update=False)
    allocation_pools: tuple[Pool, ...] = attribute(records(POOL), default=())
    dns_nameservers: tuple[str, ...] = attribute(many(address()), default=())
    service_types: tuple[str, ...] = attribute(
        texts(255), default=(), doc="device owners that get addresses here; none: every one"
    )
    host_routes: tuple[Route, ...] = attribute(records(ROUTE), default=())

    @property
    def prefix(self) -> Prefix:
        """The prefix as a number that can be reckoned with."""
        return parse_network(self.cidr)

    @property
    def computes_addresses(self) -> bool:
        """Whether hosts make their own address by EUI-64 (RFC 4862), with no pool."""
        return not {self.ipv6_ra_mode, self.ipv6_address_mode}.isdisjoint(("slaac", "dhcpv6-stateless"))
