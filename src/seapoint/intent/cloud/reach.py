"""Who may reach what, resolved."""

from dataclasses import dataclass
from typing import Literal

from seapoint.base.addresses import Network

#: Callers as a whole: see ``compile.hosts.matrix.networks_of``.
Callers = Literal["internet", "instances", "cloud-private", "production"]


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports of services."""

    tcp: tuple[int, ...] = ()
    udp: tuple[int, ...] = ()

    def __add__(self, other: "Ports") -> "Ports":
        """Both, each number once."""
        return Ports(tuple(dict.fromkeys(self.tcp + other.tcp)), tuple(dict.fromkeys(self.udp + other.udp)))

    def by_protocol(self) -> tuple[tuple[Literal["tcp", "udp"], tuple[int, ...]], ...]:
        """The protocols that have ports, each with them."""
        return (*((("tcp", self.tcp),) if self.tcp else ()), *((("udp", self.udp),) if self.udp else ()))


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Another team's service that sees instances' own addresses.

    ``offers``: what instances ask there; ``asks``: what it asks of instances.
    """

    name: str
    networks: tuple[Network, ...]
    offers: Ports
    asks: Ports


@dataclass(frozen=True, slots=True)
class Reached:
    """A row of the matrix: a service at VIPs, or on hosts at their cloud-private addresses.

    ``callers`` as a whole, and others by their networks (``sources``), may call it; ``calls``: whom it may call itself.
    """

    name: str
    vips: tuple[str, ...]
    hosts: tuple[str, ...]
    ports: Ports
    callers: tuple[Callers, ...] = ()
    sources: tuple[Network, ...] = ()
    calls: tuple[Callers, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """The matrix. ``production``: its networks beside those of VLANs and services."""

    production: tuple[Network, ...] = ()
    rows: tuple[Reached, ...] = ()
