"""An authoritative name server's configuration as data. Source: knot.conf(5) of Knot DNS 3.2."""

from dataclasses import dataclass

from seapoint.base.addresses import Address


@dataclass(frozen=True, slots=True)
class ServedZone:
    """A zone, and whether the server signs it (DNSSEC, RFC 4033).

    ``records``: of a zone that nobody feeds, all its records as lines of a zone file with absolute names.
    """

    name: str
    signed: bool = False
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """The recursor beside the server, which alone reads a zone: from its ``sources``, told of changes at ``told``."""

    zone: str
    sources: tuple[Address, ...]
    told: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Knot:
    """Knot DNS. It answers at ``listen``; ``feeders`` may transfer and change its zones with the key in its key file.

    Everything in a zone that is fed comes by updates: the server is given only what makes it a zone.
    """

    listen: tuple[Address, ...]
    feeders: tuple[Address, ...]
    zones: tuple[ServedZone, ...]
    reader: Reader | None = None
    port: int = 53
