"""What a lab consists of, as data: hosts, cables between their NICs, and what each host is given at the start."""

from dataclasses import dataclass
from typing import Literal

from seapoint.base.addresses import Address, Interface, Network
from seapoint.lab.units import UNITS, Unit


@dataclass(frozen=True, slots=True)
class SwitchPort:
    """How a NIC of a fabric treats VLANs: ``tag`` for an access port, ``trunks`` for a trunk of these VLANs."""

    tag: int | None = None
    trunks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """One end of a cable. With ``port`` it is plugged into the bridge of a fabric, and has no addresses."""

    host: str
    nic: str
    addresses: tuple[Interface, ...] = ()
    port: SwitchPort | None = None
    mac: str = ""  # computed from the names when empty


@dataclass(frozen=True, slots=True)
class Cable:
    """A veth pair; ``mtu`` in bytes of IP packet."""

    a: End
    b: End
    mtu: int = 9000

    @property
    def ends(self) -> tuple[End, End]:
        return (self.a, self.b)


@dataclass(frozen=True, slots=True)
class Route:
    """A static route that the lab itself sets; ``to`` None is the default route of the gateway's family."""

    via: Address
    to: Network | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """A TCP socket bound on the machine itself and handed to a unit as systemd hands over sockets."""

    unit: str
    address: Address
    port: int


@dataclass(frozen=True, slots=True)
class HostSpec:
    """A host as an installer leaves it: files, the routes of its production leg, and the units that then start.

    ``files`` are pairs of path and text (a text that begins with #! becomes executable), ``sysctls`` of key and
    value; ``loopback`` addresses sit on ``lo``.
    """

    name: str
    kind: Literal["host", "fabric", "stand-in", "instance"] = "host"
    start: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    sysctls: tuple[tuple[str, str], ...] = ()
    loopback: tuple[Interface, ...] = ()
    routes: tuple[Route, ...] = ()
    listeners: tuple[Listener, ...] = ()
    units: tuple[Unit, ...] = UNITS


@dataclass(frozen=True, slots=True)
class LabPlan:
    """Everything that ``lab up`` builds."""

    hosts: tuple[HostSpec, ...]
    cables: tuple[Cable, ...]
