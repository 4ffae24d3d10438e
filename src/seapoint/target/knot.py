"""An authoritative name server's configuration as data. Source: knot.conf(5) of Knot DNS 3.2."""

from dataclasses import dataclass

from seapoint.base.addresses import Address


@dataclass(frozen=True, slots=True)
class ServedZone:
    """A zone, and whether the server signs it (DNSSEC, RFC 4033)."""

    name: str
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Knot:
    """Knot DNS. It answers at ``listen``; ``feeders`` may transfer and change its zones with the key in its key file.

    Everything in a zone comes by updates: the server is given only what makes it a zone.
    """

    listen: tuple[Address, ...]
    feeders: tuple[Address, ...]
    zones: tuple[ServedZone, ...]
    port: int = 53
