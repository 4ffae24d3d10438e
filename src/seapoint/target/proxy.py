"""What programs of a host are told of its HTTP proxy, as data."""

from dataclasses import dataclass

from seapoint.base.addresses import Address


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy is; ``near`` are the domains whose names are asked directly."""

    address: Address
    port: int
    near: tuple[str, ...]
