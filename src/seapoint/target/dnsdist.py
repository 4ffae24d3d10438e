"""A balancer of name servers as data. Source: dnsdist's manual, 1.7 (https://dnsdist.org)."""

from dataclasses import dataclass
from typing import Literal

from seapoint.base.addresses import Address, Network


@dataclass(frozen=True, slots=True)
class Server:
    """A name server's address behind the balancer."""

    name: str
    address: Address
    port: int


@dataclass(frozen=True, slots=True)
class Pool:
    """One service: where it listens, over UDP and TCP, who may ask (None: everybody), and the servers behind.

    ``ordered``: the first server that is well. Each is asked for the name ``asked`` every ``interval`` milliseconds,
    and any answer but SERVFAIL is well; ``rise`` and ``fall``: answers of a kind in a row.
    """

    name: str
    listens: tuple[tuple[Address, int], ...]
    sources: tuple[Network, ...] | None
    method: Literal["leastoutstanding", "roundrobin", "ordered"]
    asked: str
    interval: int
    rise: int
    fall: int
    servers: tuple[Server, ...]


@dataclass(frozen=True, slots=True)
class Dnsdist:
    """dnsdist. ``status``: where it tells Prometheus, by plain HTTP at ``/metrics``, those in ``sources``."""

    pools: tuple[Pool, ...]
    status: tuple[Address, int]
    sources: tuple[Network, ...]
