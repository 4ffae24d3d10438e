"""Other sites and the tunnels to them, resolved."""

from collections.abc import Mapping
from dataclasses import dataclass

from seapoint.base.addresses import Address, Addresses, Network, Networks


@dataclass(frozen=True, slots=True)
class OtherSite:
    """A site that another Seapoint runs: what is cloud-private there, and a host that answers live tests."""

    name: str
    networks: tuple[Network, ...]
    host: Addresses


@dataclass(frozen=True, slots=True)
class Tunnel:
    """A tunnel from an edge host here, ``host``, to ``gateway`` of another site.

    ``local`` and ``remote`` are its ends outside; ``networks`` and the ends' addresses in them lie inside.
    """

    host: str
    gateway: str
    site: str
    local: Address
    remote: Address
    networks: Networks
    own: Addresses
    far: Addresses


@dataclass(frozen=True, slots=True)
class Joins:
    """Sites joined by tunnels: of a host's to a site the first is preferred. ``mtu`` in bytes, between the sites.

    ``password``: the file on all edge hosts with the word that signs BGP's segments (TCP MD5, RFC 2385).
    """

    asn: int
    announced: tuple[Network, ...]
    sites: Mapping[str, OtherSite]
    tunnels: tuple[Tunnel, ...]
    mtu: int
    password: str | None = None

    def of(self, host: str) -> tuple[Tunnel, ...]:
        """The tunnels of one edge host."""
        return tuple(tunnel for tunnel in self.tunnels if tunnel.host == host)

    def networks(self) -> tuple[Network, ...]:
        """What is cloud-private in all other sites."""
        return tuple(network for site in self.sites.values() for network in site.networks)
