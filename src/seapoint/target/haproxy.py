"""A load balancer's whole configuration, as data.

Sources: HAProxy's configuration manual 2.6; haproxy(1) for reloads in master-worker mode; the PROXY protocol's
specification (proxy-protocol.txt, versions 1 and 2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from seapoint.base.addresses import Address, Network


@dataclass(frozen=True, slots=True)
class Server:
    """A backend's address. ``backup``: used only while no other is well.

    ``tls_name``: it speaks TLS, with a certificate of that name.
    """

    name: str
    address: Address
    port: int
    backup: bool = False
    tls_name: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """``path``: a GET that is answered by 2xx or 3xx; None: a connection. ``interval`` in milliseconds."""

    path: str | None
    interval: int
    rise: int
    fall: int


@dataclass(frozen=True, slots=True)
class Proxy:
    """One service: where it listens, who may call, and the servers behind.

    ``certificate`` is a path: TLS towards clients. ``sources``: nobody else is let in; None: everybody is. ``sticky``:
    minutes for which a client keeps its server; 0: none. ``primary``: one server at a time, to which connections go
    back when it is well again. ``host``: requests for another name are refused.
    """

    name: str
    listens: tuple[tuple[Address, int], ...]
    mode: Literal["http", "tcp"]
    certificate: str | None
    sources: tuple[Network, ...] | None
    method: Literal["leastconn", "roundrobin", "source"]
    sticky: int
    primary: bool
    check: Check
    client_address: Literal["hidden", "header", "proxy"]
    host: str | None
    servers: tuple[Server, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """Plain HTTP for those near by.

    ``/metrics`` for Prometheus, and for each of ``groups`` (a name and its proxies) ``/NAME``: 200 while a server of
    any of its proxies is well, else 503. ``listens`` beside loopback; ``sources`` may ask.
    """

    listens: tuple[tuple[Address, int], ...]
    sources: tuple[Network, ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Peer:
    """A balancer of the same services, this one included: they tell each other which client has which server."""

    name: str
    address: Address
    port: int


@dataclass(frozen=True, slots=True)
class Haproxy:
    """HAProxy on the host ``name``, which is one of the peers.

    ``included`` are lines of the operator's own: the last of the sections global and defaults, and of the file.
    """

    name: str
    proxies: tuple[Proxy, ...]
    status: Status
    peers: tuple[Peer, ...]
    included: Mapping[Literal["global", "defaults", "end"], tuple[str, ...]] = field(default_factory=dict)
