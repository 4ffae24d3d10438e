"""What one host must hold, as data: links, addresses, routes, rules, bridges, files, units.

Interfaces, addresses, rules and routes are applied through netlink and compared with the kernel's state; files are
text that a renderer made last. ``to_json``/``from_json`` are the form in which a target travels to its host; its hash
names it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal, Self

#: Number in the kernel's ``rtm_protocol`` that marks a route or rule as ours (rtnetlink(7): numbers above
#: RTPROT_STATIC are free for administrators; 186 to 196 are taken by routing daemons).
ROUTE_PROTOCOL = 77

#: The routing table of a host that has no other.
MAIN_TABLE = 254

#: The table that says what the host itself is; every look-up begins with it.
LOCAL_TABLE = 255


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface of a host and the addresses that are ours on it.

    ``vlan``: 802.1Q VLAN ID on ``parent``. The agent makes it in the way that the host can: an internal port of
    ``bridge`` with that tag where a bridge is named, else a VLAN device on ``parent``, else it takes the access cable
    that already has the name. ``nic``: exists already (a cable, ``lo``); we set addresses and MTU. ``gre``: a tunnel of
    Ethernet in GRE (RFC 2784) between the addresses ``local`` and ``remote``, outside by way of ``parent``; where the
    kernel has none, Open vSwitch's. ``addresses`` are "address/prefixlen" of both families.
    """

    name: str
    kind: Literal["nic", "vlan", "gre"] = "nic"
    vlan: int | None = None
    parent: str | None = None
    bridge: str | None = None
    mtu: int | None = None
    addresses: tuple[str, ...] = ()
    #: IPv6 router advertisements are believed on this interface; never on one that forwards.
    accept_ra: bool = False
    #: Read by a userspace datapath only: the host's own kernel must neither answer nor learn on it.
    sealed: bool = False
    local: str | None = None
    remote: str | None = None


@dataclass(frozen=True, slots=True)
class Vrf:
    """A second routing instance: a VRF device with its table, or policy rules where the kernel has no VRF.

    ``sources`` are addresses and prefixes of the host itself (VIPs included) whose traffic belongs to this instance
    although no incoming interface tells so.
    """

    name: str
    table: int
    interfaces: tuple[str, ...]
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One route; ``via`` and ``device`` as in ``ip route``; ``kind`` unicast, blackhole, unreachable or local.

    ``local`` (in ``LOCAL_TABLE``, on ``lo``): the destination is the host itself, without an address on any interface.
    """

    destination: str
    via: str | None = None
    device: str | None = None
    table: int = MAIN_TABLE
    metric: int | None = None
    source: str | None = None
    kind: Literal["unicast", "blackhole", "unreachable", "local"] = "unicast"


@dataclass(frozen=True, slots=True)
class Rule:
    """One policy-routing rule of one family, looked up by ascending priority."""

    family: Literal[4, 6]
    priority: int
    table: int
    source: str | None = None
    destination: str | None = None
    incoming: str | None = None


@dataclass(frozen=True, slots=True)
class BridgePort:
    """A port of a bridge of the host's own Open vSwitch.

    ``system``: an existing interface; ``patch``: joined to ``peer`` on another bridge; ``gre``: a tunnel from ``local``
    to ``remote``. ``iface_id`` names the logical port that ovn-controller binds to it (ovn-controller(8)).
    """

    name: str
    kind: Literal["system", "patch", "gre"] = "system"
    tag: int | None = None
    trunks: tuple[int, ...] = ()
    peer: str | None = None
    local: str | None = None
    remote: str | None = None
    iface_id: str | None = None


@dataclass(frozen=True, slots=True)
class Bridge:
    """A bridge of the host's own Open vSwitch; internal ports come from the interfaces that name it."""

    name: str
    ports: tuple[BridgePort, ...] = ()
    fail_mode: Literal["standalone", "secure"] = "standalone"
    mtu: int | None = None


@dataclass(frozen=True, slots=True)
class OpenVSwitch:
    """The host's own Open vSwitch: bridges and the settings that ovn-controller reads (ovn-controller(8))."""

    bridges: tuple[Bridge, ...]
    external_ids: Mapping[str, str] = field(default_factory=dict)
    other_config: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Namespace:
    """A network namespace of a host, as ``ip netns`` knows it, with one cable out of it.

    ``cable`` is the cable's end in the host's own namespace, for a bridge to take; the other end is ``NIC`` with
    ``mac``, ``mtu`` octets and ``addresses`` ("address/prefixlen" of both families). A namespace that we made and that
    is not listed any more is deleted.
    """

    NIC: ClassVar[str] = "eth0"

    name: str
    cable: str
    mac: str
    mtu: int
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A file that we own whole.

    ``check`` is a command run on the new text before it replaces the old; ``{}`` in it stands for the new text's path.
    ``secrets`` are files of the host that hold one word each, which the agent puts in place of ``secret(path)``.
    """

    path: str
    text: str
    mode: int = 0o644
    owner: str = "root"
    check: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


def secret(path: str) -> str:
    """What stands in a file's text for the word in another file of the host: the word itself is in no target."""
    return f"<secret:{path}>"


@dataclass(frozen=True, slots=True)
class Unit:
    """A daemon of the host's service manager, by its systemd name.

    ``on_change`` says what a change of one of ``files`` (paths) needs: ``reload`` or ``restart``; ``reload_command``
    replaces the unit's own reload. ``master``: the socket of HAProxy's master process ("-S"), which is asked whether a
    reload was taken up: the unit's own reload ends before that is known. ``running``: a command that prints what the
    daemon runs with; when that is no longer what it was, the unit takes up its files again. A change of one of
    ``restart_files`` always needs a restart. ``before_start`` is run before the agent starts it where it does not run,
    ``after_start`` whenever the agent has started it, anew or first; where that fails, the unit takes up its files
    again. A unit that we started and that is not listed any more is stopped.
    """

    name: str
    files: tuple[str, ...] = ()
    on_change: Literal["reload", "restart"] = "reload"
    reload_command: tuple[str, ...] = ()
    restart_files: tuple[str, ...] = ()
    before_start: tuple[str, ...] = ()
    after_start: tuple[str, ...] = ()
    master: str = ""
    running: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostTarget:
    """Everything that Seapoint wants of one host.

    Applied in the order: nftables (nothing is forwarded before its rules stand), sysctls, namespaces, bridges,
    interfaces, rules, routes, files, units.
    """

    host: str
    sysctls: Mapping[str, str] = field(default_factory=dict)
    namespaces: tuple[Namespace, ...] = ()
    open_vswitch: OpenVSwitch | None = None
    interfaces: tuple[Interface, ...] = ()
    vrfs: tuple[Vrf, ...] = ()
    rules: tuple[Rule, ...] = ()
    routes: tuple[Route, ...] = ()
    #: Text of our own nftables tables (``inet seapoint``), loaded atomically by ``nft -f``; empty: none must be there.
    nftables: str = ""
    files: tuple[File, ...] = ()
    units: tuple[Unit, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data: dictionaries, lists, strings, numbers, booleans and None."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of ``to_json``; raises KeyError or TypeError for data of another shape."""
        open_vswitch = data["open_vswitch"]
        return cls(
            host=data["host"],
            sysctls=dict(data["sysctls"]),
            namespaces=tuple(Namespace(**{**row, "addresses": tuple(row["addresses"])}) for row in data["namespaces"]),
            open_vswitch=None if open_vswitch is None else _open_vswitch(open_vswitch),
            interfaces=tuple(Interface(**{**row, "addresses": tuple(row["addresses"])}) for row in data["interfaces"]),
            vrfs=tuple(
                Vrf(row["name"], row["table"], tuple(row["interfaces"]), tuple(row["sources"])) for row in data["vrfs"]
            ),
            rules=tuple(Rule(**row) for row in data["rules"]),
            routes=tuple(Route(**row) for row in data["routes"]),
            nftables=data["nftables"],
            files=tuple(
                File(**{**row, "check": tuple(row["check"]), "secrets": tuple(row.get("secrets", ()))})
                for row in data["files"]
            ),
            units=tuple(
                Unit(
                    row["name"],
                    tuple(row["files"]),
                    row["on_change"],
                    tuple(row["reload_command"]),
                    tuple(row["restart_files"]),
                    tuple(row["before_start"]),
                    tuple(row["after_start"]),
                    row.get("master", ""),
                    tuple(row.get("running", ())),
                )
                for row in data["units"]
            ),
        )

    def digest(self) -> str:
        """SHA-256 of the target in hexadecimal: equal targets have equal digests."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


def _open_vswitch(data: Mapping[str, Any]) -> OpenVSwitch:
    return OpenVSwitch(
        bridges=tuple(
            Bridge(
                row["name"],
                tuple(BridgePort(**{**port, "trunks": tuple(port["trunks"])}) for port in row["ports"]),
                row["fail_mode"],
                row["mtu"],
            )
            for row in data["bridges"]
        ),
        external_ids=dict(data["external_ids"]),
        other_config=dict(data["other_config"]),
    )
