"""Load balancers, resolved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from seapoint.base.addresses import Addresses, Network
from seapoint.intent.cloud.reach import Ports

#: What is balanced: HTTP and TCP by HAProxy, DNS by dnsdist; UDP of other kinds only where answers are direct.
Mode = Literal["http", "tcp", "dns", "udp"]
#: Whether answers go through a balancer, which is all that backends see; or from the owner of the VIP that the switch
#: chose straight to the client: then there is no balancer.
Answers = Literal["proxied", "direct"]
Method = Literal["leastconn", "roundrobin", "source"]
#: Who may call: everybody, the cloud's and the operator's own networks, or hosts in cloud-private subnets.
Access = Literal["internet", "internal", "cloud-private"]
#: How a backend is told the client's address: not at all, by X-Forwarded-For, or by the PROXY protocol, version 2.
ClientAddress = Literal["hidden", "header", "proxy"]

#: Where a balancer tells metrics and health, on loopback and cloud-private.
STATUS_PORT = 8081
#: Where balancers of DNS tell metrics, at their host's first cloud-private address.
DNS_STATUS_PORT = 8083
#: Balancers to each other.
PEER_PORT = 1024

#: What the ports of a mode are ports of. DNS is both (RFC 7766, section 5).
PROTOCOLS: Mapping[Mode, tuple[Literal["tcp", "udp"], ...]] = {
    "http": ("tcp",),
    "tcp": ("tcp",),
    "dns": ("tcp", "udp"),
    "udp": ("udp",),
}


def ports(mode: Mode, *numbers: int) -> Ports:
    """Ports of a service of a mode."""
    protocols = PROTOCOLS[mode]
    return Ports(numbers if "tcp" in protocols else (), numbers if "udp" in protocols else ())


@dataclass(frozen=True, slots=True)
class Backend:
    """A host that serves: its name, its name in the private zone, and its cloud-private addresses."""

    host: str
    fqdn: str
    addresses: Addresses


@dataclass(frozen=True, slots=True)
class Check:
    """How a backend is seen to be well. ``path``: a GET answered by 2xx or 3xx; None: a connection is enough.

    ``interval`` in milliseconds; ``rise`` and ``fall``: answers of a kind in a row.
    """

    path: str | None
    interval: int
    rise: int
    fall: int


@dataclass(frozen=True, slots=True)
class BalancedService:
    """One service of a balancer. ``ports`` are the VIP's.

    ``primary``: the host that alone is used while it is well; the others stand by, in their order. ``sticky``: minutes
    for which a client keeps its backend, 0: none. ``host``: the only Host header that is served. ``backend_tls``:
    backends speak TLS with the certificates of their hosts.
    """

    name: str
    ports: tuple[int, ...]
    backend_port: int
    backends: tuple[Backend, ...]
    primary: str | None
    mode: Mode
    access: Access
    method: Method
    sticky: int
    check: Check
    client_address: ClientAddress
    host: str | None
    backend_tls: bool


@dataclass(frozen=True, slots=True)
class Balancer:
    """The services behind one VIP, on the hosts that own it. ``certificate``: a name; the file is the installer's.

    Where ``answers`` are direct, the owners of the VIP serve themselves, and are the backends of every service.
    ``internal``: what the access class of that name means beside the cloud's own networks.
    """

    name: str
    vip: str
    answers: Answers
    certificate: str | None
    internal: tuple[Network, ...]
    services: tuple[BalancedService, ...]
