"""What OVN's southbound database says of ports: which ones their hosts have taken up."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from seapoint.engines.ovsdb.client import OvsdbClient
from seapoint.engines.ovsdb.replica import RowChange
from seapoint.target.rows import Uuid

#: What the client has to replicate: ovn-sb(5).
SOUTHBOUND = {
    "Port_Binding": ("logical_port", "type", "up", "chassis"),
    "Chassis": ("name", "hostname"),
    "Chassis_Private": ("name", "chassis", "nb_cfg_timestamp"),
}

_OF_NO_HOST = ("patch", "localnet", "localport")  # types that are everywhere as soon as northd has made them
_GATEWAY = "cr-lrp-"


class Southbound:
    """Ports' states: ACTIVE when a chassis holds the port and has its flows, DOWN otherwise."""

    def __init__(self, client: OvsdbClient) -> None:
        self._client = client
        self._rows: dict[str, Uuid] = {}  # of Port_Binding, by logical port; guarded by the client's lock
        client.watch(self._index)

    def states(self, ids: Collection[str] | None = None) -> Mapping[str, str]:
        """ACTIVE or DOWN by port, of these or of all that OVN knows; UnreachableError while cut off."""
        with self._client.lock:
            bindings = self._client.tables["Port_Binding"]
            names = self._rows if ids is None else [name for name in ids if name in self._rows]
            return {name: self._state(bindings, name) for name in names}

    def watch(self, notify: Callable[[Collection[str] | None], None]) -> None:
        """Have ``notify`` called with ports whose state may have changed; None: any of them."""

        def on_change(changes: Sequence[RowChange] | None) -> None:
            names = None if changes is None else {name for change in changes if (name := self._port(change))}
            if names is None or names:
                notify(names)

        self._client.watch(on_change)

    def chassis(self) -> Mapping[str, str]:
        """Hostnames of the chassis that have registered, by name; UnreachableError while cut off."""
        with self._client.lock:
            return {row["name"]: row["hostname"] for row in self._client.tables["Chassis"].values()}

    def _state(self, bindings: Mapping[Any, Mapping[str, Any]], name: str) -> str:
        row = bindings[self._rows[name]]
        gateway = self._rows.get(_GATEWAY + name)
        if gateway is not None:  # a router's gateway is where the chassis is that speaks for it
            return "ACTIVE" if bindings[gateway]["chassis"] is not None else "DOWN"
        if row["type"] in _OF_NO_HOST:
            return "ACTIVE"
        return "ACTIVE" if row["up"] and row["chassis"] is not None else "DOWN"

    def _port(self, change: RowChange) -> str | None:
        if change.table != "Port_Binding":
            return None
        row = self._client.tables["Port_Binding"].get(change.uuid, change.columns)
        name = row.get("logical_port")
        return None if name is None else str(name).removeprefix(_GATEWAY)

    def _index(self, changes: Sequence[RowChange] | None) -> None:
        with self._client.lock:
            bindings = self._client.tables["Port_Binding"]
            if changes is None:
                self._rows = {row["logical_port"]: uuid for uuid, row in bindings.items()}
                return
            for change in changes:
                if change.table != "Port_Binding" or "logical_port" not in change.columns:
                    continue
                name = change.columns["logical_port"]
                if change.uuid in bindings:
                    self._rows[name] = change.uuid
                elif self._rows.get(name) == change.uuid:
                    del self._rows[name]
