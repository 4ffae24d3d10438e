"""A recursor's configuration as data. Source: unbound.conf(5) of Unbound 1.17."""

from dataclasses import dataclass

from seapoint.base.addresses import Address, Network


@dataclass(frozen=True, slots=True)
class Unbound:
    """Unbound. It answers at ``listen`` those in ``serves``, refuses others, and asks other servers from ``sources``.

    ``zones`` are asked at the addresses ``authoritative``, everything else from the root down. ``inside`` is a response
    policy zone, which tells what those inside are answered in place of an address; it is read from ``beside``.
    """

    listen: tuple[Address, ...]
    serves: tuple[Network, ...]
    sources: tuple[Address, ...]
    zones: tuple[str, ...]
    authoritative: tuple[Address, ...]
    inside: str = ""
    beside: tuple[Address, ...] = ()
    port: int = 53
