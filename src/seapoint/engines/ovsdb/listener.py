"""Where OVN's southbound database listens for chassis: rows of its table Connection, with the role that chassis have.

Source: ovn-sb(5), SB_Global.connections and Connection; ovsdb-server(1), "Active Connections", role-based access.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from seapoint.base.errors import UnreachableError
from seapoint.engines.ovsdb.client import OvsdbClient
from seapoint.engines.ovsdb.replica import RowChange
from seapoint.target.changes import Change, Key
from seapoint.target.rows import OWNER

#: What the client has to replicate.
LISTENERS = {"SB_Global": ("connections",), "Connection": ("target", "role", "external_ids")}


class Listener(NamedTuple):
    """A passive remote, such as pssl:6642:10.0.0.1, and the role of those who connect to it; its target is its key."""

    target: str
    role: str


class SouthboundListeners:
    """The engine that keeps our listeners; other rows of the table stay as they are."""

    def __init__(self, client: OvsdbClient) -> None:
        self._client = client

    def observe(self, keys: Collection[Key] | None = None) -> dict[Key, Listener]:
        """Our listeners, all or of these targets; UnreachableError while cut off."""
        with self._client.lock:
            found = [
                Listener(row["target"], row["role"] or "")
                for row in self._client.tables["Connection"].values()
                if OWNER in row["external_ids"]
            ]
        return {listener.target: listener for listener in found if keys is None or listener.target in keys}

    def transact(self, changes: Sequence[Change]) -> None:
        """Write listeners; a target that somebody else's row has already is taken over, for it can be there once."""
        for change in changes:
            self._client.transact(self._operations(str(change.key), change.after))

    def watch(self, notify: Callable[[Collection[Key] | None], None]) -> None:
        """Have ``notify`` called when the table may have changed."""

        def on_change(changes: Sequence[RowChange] | None) -> None:
            if changes is None or any(change.table in LISTENERS for change in changes):
                notify(None)

        self._client.watch(on_change)

    def _operations(self, target: str, after: Listener | None) -> list[dict[str, Any]]:
        where = [["target", "==", target]]
        with self._client.lock:
            rows = self._client.tables
            there = [uuid for uuid, row in rows["Connection"].items() if row["target"] == target]
            globals_there = bool(rows["SB_Global"])
        if after is None:
            references = ["set", [["uuid", uuid] for uuid in there]]
            return [
                {
                    "op": "mutate",
                    "table": "SB_Global",
                    "where": [],
                    "mutations": [["connections", "delete", references]],
                }
            ]
        if not globals_there:
            # a mutation of no row is no error to the database; the listener, unreferenced, would vanish unseen
            raise UnreachableError("OVN_Southbound has no row in SB_Global yet: ovn-northd makes it")
        own = ["map", [[OWNER, f"listener/{target}"]]]
        if there:
            return [
                {"op": "update", "table": "Connection", "where": where, "row": {"role": after.role}},
                {
                    "op": "mutate",
                    "table": "Connection",
                    "where": where,
                    "mutations": [["external_ids", "delete", ["set", [OWNER]]], ["external_ids", "insert", own]],
                },
            ]
        columns = {"target": target, "role": after.role, "external_ids": own}
        return [
            {"op": "insert", "table": "Connection", "row": columns, "uuid-name": "listener"},
            {
                "op": "mutate",
                "table": "SB_Global",
                "where": [],
                "mutations": [["connections", "insert", ["named-uuid", "listener"]]],
            },
        ]
