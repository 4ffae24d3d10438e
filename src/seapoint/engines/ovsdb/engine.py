"""The engine that keeps our rows of one database, and touches no other row, member or key."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from seapoint.base.errors import EngineError
from seapoint.engines.ovsdb.client import OvsdbClient
from seapoint.engines.ovsdb.operations import SHARED, Operation, operations, transactions
from seapoint.engines.ovsdb.replica import RowChange
from seapoint.target.changes import Change, Key
from seapoint.target.rows import OWNER, Link, Row, Setting, Table, Uuid

_Tables = Mapping[str, Mapping[Any, Mapping[str, Any]]]

_BATCH = 2000  # changes in one transaction: some tenths of a second of the server's time

#: Keys of ``external_ids`` that we write; others in our rows are other tools'.
_OUR_KEYS = ("seapoint:", "neutron:", "subnet_id")


def columns_of(tables: Sequence[Table], settings: Sequence[Setting] = ()) -> dict[str, tuple[str, ...]]:
    """What the engine's client has to replicate."""
    columns = {table.name: (*table.columns, *table.links) for table in tables}
    for setting in settings:
        columns[setting.table] = tuple(dict.fromkeys((*columns.get(setting.table, ()), setting.column)))
    return columns


class OvsdbEngine:
    """Observes and transacts rows, links and settings; a row is ours by the key ``seapoint:owner`` alone.

    ``tables`` in the order in which rows may refer to each other: what is referred to first.
    """

    def __init__(self, client: OvsdbClient, tables: Sequence[Table], settings: Sequence[Setting] = ()) -> None:
        self._client = client
        self._order = tuple(tables)
        self._tables = {table.name: table for table in tables}
        self._settings = tuple(settings)

    def observe(self, keys: Collection[Key] | None = None) -> dict[Key, Any]:
        """What the database holds of ours: everything, or of these keys. UnreachableError while cut off."""
        with self._client.lock:
            rows = self._client.tables
            if keys is not None:
                return {key: item for key in keys if (item := self._item(rows, key)) is not None}
            found: dict[Key, Any] = {}
            for table in self._order:
                for uuid, columns in rows[table.name].items():
                    if OWNER in columns[SHARED]:
                        found[uuid] = self._row(table, uuid, columns)
            for table in self._order:
                for uuid, columns in rows[table.name].items() if table.links else ():
                    if uuid in found:
                        for name in table.links:
                            links = (Link(table.name, uuid, name, child) for child in columns[name] if child in found)
                            found.update((link, link) for link in links)
            for setting in self._settings:
                if (value := self._item(rows, setting)) is not None:
                    found[setting] = value
            return found

    def transact(self, changes: Sequence[Change]) -> None:
        """Write changes, several transactions of them when they are many.

        Raises EngineError naming what the database refused, ConflictError when a row changed since it was observed,
        UnreachableError. Then some transactions may be done: observe again.
        """
        for batch in transactions(changes, self._order, _BATCH):
            with self._client.lock:
                steps = self._operations(batch, self._client.tables)
            if steps:
                self._client.transact(steps)

    def watch(self, notify: Callable[[Collection[Key] | None], None]) -> None:
        """Have ``notify`` called with the keys that may have changed; None: all of them, after a reconnection."""

        def on_change(changes: Sequence[RowChange] | None) -> None:
            keys = None if changes is None else {key for change in changes for key in self._keys(change)}
            if keys is None or keys:
                notify(keys)

        self._client.watch(on_change)

    def _operations(self, batch: Sequence[Change], rows: _Tables) -> list[Operation]:
        created = {change.key for change in batch if change.action == "create"}
        for change in batch:
            link = change.key
            if not isinstance(link, Link) or change.action != "create" or link.parent in created:
                continue
            if link.parent not in rows[link.table]:
                # a mutation of no row is no error to the database; the child would vanish unseen
                raise EngineError(f"{link.table} {link.parent}, which should hold {link.child}, does not exist")
        return operations(batch, lambda table, uuid: _exists(rows, table, uuid))

    def _keys(self, change: RowChange) -> Collection[Key]:
        table = self._tables.get(change.table)
        if table is None:
            return [setting for setting in self._settings if setting.table == change.table]
        keys: list[Key] = [
            Link(table.name, change.uuid, name, child) for name in table.links for child in change.columns.get(name, ())
        ]
        return [change.uuid, *keys] if any(name in change.columns for name in table.columns) else keys

    def _item(self, rows: _Tables, key: Key) -> Any:
        if isinstance(key, Setting):
            return next((row[key.column].get(key.key) for row in rows[key.table].values()), None)
        if isinstance(key, Link):
            parent = rows[key.table].get(key.parent)
            if parent is None or key.child not in parent[key.column] or OWNER not in parent[SHARED]:
                return None
            return key if self._item(rows, key.child) is not None else None
        for table in self._order:
            columns = rows[table.name].get(key)
            if columns is not None:
                return self._row(table, Uuid(key), columns) if OWNER in columns[SHARED] else None
        return None

    @staticmethod
    def _row(table: Table, uuid: Uuid, columns: Mapping[str, Any]) -> Row:
        own = {name: columns[name] for name in table.columns}
        own[SHARED] = {key: value for key, value in own[SHARED].items() if key.startswith(_OUR_KEYS)}
        return Row(table.name, uuid, own)


def _exists(rows: _Tables, table: str, uuid: Uuid | None) -> bool:
    return bool(rows[table]) if uuid is None else uuid in rows[table]
