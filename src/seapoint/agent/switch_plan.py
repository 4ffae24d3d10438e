"""The difference between the Open vSwitch that a target wants and the rows of its database, as operations: pure.

Source: ovs-vswitchd.conf.db(5), operations of RFC 7047, section 5.2. Ours are the rows with our key in
``external_ids``; bridges, ports and keys of others (ovn-controller's tunnels, instances' taps) are left alone. A
bridge or port that somebody else made and that the target names is used as it stands.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seapoint.agent.plan import Problem
from seapoint.target.host import Bridge, BridgePort, HostTarget, Interface, OpenVSwitch
from seapoint.target.rows import OWNER, Uuid, Value, encode

Rows = Mapping[str, Mapping[Uuid, Mapping[str, Value]]]

#: What the agent reads.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Open_vSwitch": ("bridges", "external_ids", "other_config", "next_cfg", "cur_cfg"),
    "Bridge": ("name", "ports", "datapath_type", "fail_mode", "external_ids"),
    "Port": ("name", "interfaces", "tag", "trunks", "external_ids"),
    "Interface": ("name", "type", "options", "mtu_request", "error", "external_ids"),
}

#: Key in the root row's ``external_ids`` that lists the keys of that row which are ours.
KEYS = "seapoint:keys"

#: Key of an interface's ``external_ids`` that names its logical port (ovn-controller(8)).
_IFACE_ID = "iface-id"

#: The datapath that ovn-controller gives the bridges that it makes itself (ovn-controller(8)).
OVN_DATAPATH = "ovn-bridge-datapath-type"


@dataclass(frozen=True, slots=True)
class WantedPort:
    """A port and its one interface; ``columns`` of Port, ``interface`` of Interface.

    ``iface_id`` is one of the interface's ``external_ids``, of which others are ovn-controller's.
    """

    bridge: str
    name: str
    columns: Mapping[str, Value]
    interface: Mapping[str, Value]
    iface_id: str | None = None


@dataclass(frozen=True, slots=True)
class WantedSwitch:
    """``bridges``: name -> columns of Bridge; ``settings``: column of the root row -> key -> value."""

    bridges: Mapping[str, Mapping[str, Value]]
    ports: tuple[WantedPort, ...]
    settings: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class SwitchDifference:
    operations: tuple[dict[str, Any], ...]
    lines: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


def wanted_switch(target: HostTarget, datapath: str) -> WantedSwitch:
    """What the target wants of a host whose Open vSwitch has this datapath ("system": the kernel's, or "netdev")."""
    switch = target.open_vswitch or OpenVSwitch(bridges=())
    bridges: dict[str, Mapping[str, Value]] = {}
    ports: list[WantedPort] = []
    for bridge in switch.bridges:
        bridges[bridge.name] = {"datapath_type": datapath, "fail_mode": bridge.fail_mode}
        local = {"type": "internal"} | ({} if bridge.mtu is None else {"mtu_request": bridge.mtu})
        ports.append(WantedPort(bridge.name, bridge.name, {}, local))
        ports += [_port(bridge, port) for port in bridge.ports]
    ports += [
        _internal(interface)
        for interface in target.interfaces
        if interface.bridge is not None and interface.name != interface.bridge
    ]
    external = dict(switch.external_ids)
    if datapath == "netdev" and any(key.startswith("ovn-") for key in external):
        external.setdefault(OVN_DATAPATH, datapath)
    return WantedSwitch(bridges, tuple(ports), {"external_ids": external, "other_config": dict(switch.other_config)})


def _port(bridge: Bridge, port: BridgePort) -> WantedPort:
    columns: dict[str, Value] = {"tag": port.tag, "trunks": frozenset(port.trunks)}
    if port.kind == "patch":
        return WantedPort(bridge.name, port.name, columns, {"type": "patch", "options": {"peer": port.peer}})
    if port.kind == "gre":
        ends = {"local_ip": port.local, "remote_ip": port.remote}
        return WantedPort(bridge.name, port.name, columns, {"type": "gre", "options": ends})
    return WantedPort(bridge.name, port.name, columns, {"type": ""}, port.iface_id)


def _internal(interface: Interface) -> WantedPort:
    assert interface.bridge is not None
    columns: dict[str, Value] = {"tag": interface.vlan, "trunks": frozenset()}
    mtu: dict[str, Value] = {} if interface.mtu is None else {"mtu_request": interface.mtu}
    return WantedPort(interface.bridge, interface.name, columns, {"type": "internal"} | mtu)


def plan_switch(rows: Rows, wanted: WantedSwitch) -> SwitchDifference:
    """Operations of one transaction, a line for a person about each, and what stands in the way."""
    ((root, switch),) = rows["Open_vSwitch"].items()
    plan = _Plan(rows, root)
    plan.settings(switch, wanted.settings)
    held = {row["name"]: uuid for uuid, row in rows["Bridge"].items()}
    for name, columns in wanted.bridges.items():
        mine = [port for port in wanted.ports if port.bridge == name]
        if name in held:
            plan.bridge(held[name], columns, mine)
        else:
            plan.new_bridge(name, columns, mine)
    for port in wanted.ports:
        if port.bridge not in wanted.bridges:
            if port.bridge in held:
                plan.bridge(held[port.bridge], {}, [port])
            else:
                plan.problems.append(Problem(f"interface {port.name}", f"there is no bridge {port.bridge}"))
    plan.remove_stale(wanted)
    return SwitchDifference(tuple(plan.operations), tuple(plan.lines), tuple(plan.problems))


class _Plan:
    """Operations that are being collected, over the rows that are there."""

    def __init__(self, rows: Rows, root: Uuid) -> None:
        self.operations: list[dict[str, Any]] = []
        self.lines: list[str] = []
        self.problems: list[Problem] = []
        self._rows = rows
        self._root = root

    def settings(self, switch: Mapping[str, Value], wanted: Mapping[str, Mapping[str, str]]) -> None:
        """Keys of the root row: ours set and, when no longer wanted, removed; all others stay."""
        external = _map(switch["external_ids"])
        before = json.loads(external.get(KEYS, "{}"))
        after = {column: sorted(entries) for column, entries in wanted.items() if entries}
        for column in ("external_ids", "other_config"):
            held = _map(switch[column])
            entries = dict(wanted.get(column, {}))
            if column == "external_ids" and after:
                entries[KEYS] = json.dumps(after, sort_keys=True)
            gone = [key for key in before.get(column, ()) if key in held and key not in entries]
            if column == "external_ids" and not after and KEYS in held:
                gone.append(KEYS)
            changed = {key: value for key, value in entries.items() if held.get(key) != value}
            stale = sorted({*gone, *(key for key in changed if key in held)})
            mutations = []
            if stale:
                mutations.append([column, "delete", ["set", stale]])
            if changed:
                mutations.append([column, "insert", encode(changed)])
            if mutations:
                self._mutate("Open_vSwitch", self._root, mutations)
                self.lines += [f"set {column}:{key}" for key in changed if key != KEYS]
                self.lines += [f"remove {column}:{key}" for key in gone if key != KEYS]

    def new_bridge(self, name: str, columns: Mapping[str, Value], ports: list[WantedPort]) -> None:
        names = [self._insert_port(port) for port in ports]
        bridge = f"bridge_{len(self.operations)}"
        row = {column: encode(value) for column, value in columns.items()}
        row |= {"name": name, "external_ids": _owner(name), "ports": _named(names)}
        self.operations.append({"op": "insert", "table": "Bridge", "uuid-name": bridge, "row": row})
        self._mutate("Open_vSwitch", self._root, [["bridges", "insert", _named([bridge])]])
        self.lines.append(f"add bridge {name}")

    def bridge(self, uuid: Uuid, columns: Mapping[str, Value], ports: list[WantedPort]) -> None:
        held = self._rows["Bridge"][uuid]
        if _ours(held):
            self._update("Bridge", uuid, held, columns)
        there = {self._rows["Port"][port]["name"]: port for port in _references(held["ports"])}
        for port in ports:
            if port.name in there:
                self._settle(there[port.name], port)
            else:
                name = self._insert_port(port)
                self._mutate("Bridge", uuid, [["ports", "insert", _named([name])]])

    def remove_stale(self, wanted: WantedSwitch) -> None:
        """Ports and bridges of ours that are not wanted; a bridge of ours that carries foreign ports stays."""
        wants = {(port.bridge, port.name) for port in wanted.ports}
        for uuid, bridge in self._rows["Bridge"].items():
            name = str(bridge["name"])
            ports = {port: self._rows["Port"][port] for port in _references(bridge["ports"])}
            if _ours(bridge) and name not in wanted.bridges:
                foreign = [str(row["name"]) for row in ports.values() if not _ours(row) and row["name"] != name]
                if foreign:
                    self.problems.append(
                        Problem(f"bridge {name}", f"not removed: it carries somebody else's {', '.join(foreign)}")
                    )
                else:
                    self._mutate("Open_vSwitch", self._root, [["bridges", "delete", encode(uuid)]])
                    self.lines.append(f"delete bridge {name}")
                    continue
            stale = [port for port, row in ports.items() if _ours(row) and (name, str(row["name"])) not in wants]
            stale = [port for port in stale if ports[port]["name"] != name]
            if stale:
                self._mutate("Bridge", uuid, [["ports", "delete", encode(frozenset(stale))]])
                self.lines += [f"delete port {ports[port]['name']}" for port in stale]

    def _settle(self, uuid: Uuid, port: WantedPort) -> None:
        held = self._rows["Port"][uuid]
        (interface,) = _references(held["interfaces"])
        row = self._rows["Interface"][interface]
        differs = _differing(held, port.columns) | _differing(row, port.interface)
        named = port.iface_id is None or _map(row["external_ids"]).get(_IFACE_ID) == port.iface_id
        differs |= set() if named else {"external_ids"}
        if not differs:
            return
        if not _ours(held) and port.name != port.bridge:
            words = ", ".join(sorted(differs))
            reason = f"somebody else's port of that name differs in {words}; it is left alone"
            self.problems.append(Problem(f"port {port.name}", reason))
            return
        self._update("Port", uuid, held, port.columns)
        self._update("Interface", interface, row, port.interface)
        if not named:
            self._mutate("Interface", interface, _iface_id(str(port.iface_id)))
            self.lines.append(f"set Interface {port.name} external_ids:{_IFACE_ID}")

    def _insert_port(self, port: WantedPort) -> str:
        interface, name = f"interface_{len(self.operations)}", f"port_{len(self.operations)}"
        row = {column: encode(value) for column, value in port.interface.items()} | {"name": port.name}
        row |= {"external_ids": encode({_IFACE_ID: port.iface_id})} if port.iface_id else {}
        self.operations.append({"op": "insert", "table": "Interface", "uuid-name": interface, "row": row})
        row = {column: encode(value) for column, value in port.columns.items()} | {"name": port.name}
        row |= {"external_ids": _owner(port.name), "interfaces": ["named-uuid", interface]}
        self.operations.append({"op": "insert", "table": "Port", "uuid-name": name, "row": row})
        self.lines.append(f"add port {port.name} to {port.bridge}")
        return name

    def _update(self, table: str, uuid: Uuid, held: Mapping[str, Value], columns: Mapping[str, Value]) -> None:
        changed = _differing(held, columns)
        if changed:
            row = {column: encode(columns[column]) for column in changed}
            where = [["_uuid", "==", encode(uuid)]]
            self.operations.append({"op": "update", "table": table, "where": where, "row": row})
            self.lines.append(f"set {table} {held['name']} {', '.join(sorted(changed))}")

    def _mutate(self, table: str, uuid: Uuid, mutations: list[list[Any]]) -> None:
        where = [["_uuid", "==", encode(uuid)]]
        self.operations.append({"op": "mutate", "table": table, "where": where, "mutations": mutations})


def _differing(held: Mapping[str, Value], columns: Mapping[str, Value]) -> set[str]:
    return {column for column, value in columns.items() if held[column] != value}


def _iface_id(value: str) -> list[list[Any]]:
    """Mutations that set one key of a map: an insert alone would leave another value as it is."""
    return [["external_ids", "delete", ["set", [_IFACE_ID]]], ["external_ids", "insert", encode({_IFACE_ID: value})]]


def _ours(row: Mapping[str, Value]) -> bool:
    return OWNER in _map(row["external_ids"])


def _owner(name: str) -> list[Any]:
    return ["map", [[OWNER, name]]]


def _named(names: list[str]) -> list[Any]:
    return ["set", [["named-uuid", name] for name in names]]


def _map(value: Value) -> Mapping[str, str]:
    assert isinstance(value, Mapping)
    return value


def _references(value: Value) -> list[Uuid]:
    assert isinstance(value, set | frozenset)
    return sorted(value)
