"""Where hosts send what is neither the cloud's own nor production's, resolved."""

from dataclasses import dataclass

from seapoint.base.addresses import Address, Addresses


@dataclass(frozen=True, slots=True)
class Proxy:
    """A HTTP proxy, at the address at which a host reaches it."""

    service: str
    address: Address
    port: int


@dataclass(frozen=True, slots=True)
class DefaultRoute:
    """What the file says of one host, under the key ``entry``: its role's or its own name.

    ``vlan``: the leg that it leaves by; None: management's, which is the installer's. ``sources`` are the host's
    addresses there, of the families in which the leg has a gateway; ``seen`` is what the internet sees of them.
    ``nat``: whether the edge carries it.
    """

    entry: str
    realm: str
    vlan: str | None
    sources: Addresses
    seen: Addresses
    nat: bool
    proxy: Proxy | None
