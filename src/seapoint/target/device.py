"""What one device must hold, as data: the form that diff and checks read. Text is made of it last, by ``render``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from seapoint.target.conntrackd import Conntrackd
from seapoint.target.dnsdist import Dnsdist
from seapoint.target.frr import Frr
from seapoint.target.haproxy import Haproxy
from seapoint.target.health import Health
from seapoint.target.host import Interface, Namespace, OpenVSwitch, Route, Rule, Vrf
from seapoint.target.keepalived import Keepalived
from seapoint.target.knot import Knot
from seapoint.target.metadata import MetadataProxy
from seapoint.target.nftables import Ruleset
from seapoint.target.ovnctl import OvnCentral, OvnController
from seapoint.target.proxy import Proxy
from seapoint.target.unbound import Unbound

#: The daemons that a device can run, each with its whole configuration; and what programs are told of a proxy.
Service = (
    Frr
    | Keepalived
    | Conntrackd
    | Health
    | Knot
    | Unbound
    | OvnController
    | OvnCentral
    | Haproxy
    | Dnsdist
    | MetadataProxy
    | Proxy
)


@dataclass(frozen=True, slots=True)
class Device:
    """A host, a router, or one routing instance of a switch. ``services`` start in their order."""

    name: str
    sysctls: Mapping[str, str] = field(default_factory=dict)
    namespaces: tuple[Namespace, ...] = ()
    open_vswitch: OpenVSwitch | None = None
    interfaces: tuple[Interface, ...] = ()
    vrfs: tuple[Vrf, ...] = ()
    rules: tuple[Rule, ...] = ()
    routes: tuple[Route, ...] = ()
    nftables: Ruleset | None = None
    services: tuple[Service, ...] = ()
