"""The tables and columns of interest of one database, decoded, and kept so by its update notifications."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from seapoint.base.errors import EngineError
from seapoint.target.rows import ColumnType, Uuid, Value, column_type, decoder

Json = Any
Columns = Mapping[str, Any]  # values as seapoint.target.rows.Value says


class RowChange(NamedTuple):
    """What became of one row.

    ``columns``: all of a row that came or went; of one that changed, the changed columns with the difference: new
    value, or for a set the members that came or went, or for a map the entries likewise.
    """

    table: str
    uuid: Uuid
    columns: Columns


class _Column(NamedTuple):
    type: ColumnType
    decode: Callable[[Json], Value]


class Replica:
    """``tables[table][uuid]`` gives a row's columns.

    A changed row is a new mapping, so what was read stays as it was; except that a set of references is one mutable
    set, for a switch with 50,000 ports: look at it under the client's lock.
    """

    def __init__(self, schema: Json, wanted: Mapping[str, Sequence[str]]) -> None:
        """Raises EngineError naming the table or column that the schema lacks."""
        self.tables: dict[str, dict[Uuid, Columns]] = {table: {} for table in wanted}
        self._columns: dict[str, dict[str, _Column]] = {}
        self._defaults: dict[str, dict[str, Value]] = {}
        for table, names in wanted.items():
            types = {name: _type_of(schema, table, name) for name in names}
            self._columns[table] = {name: _Column(of, decoder(of)) for name, of in types.items()}
            self._defaults[table] = {name: of.default for name, of in types.items()}

    def apply(self, updates: Json) -> list[RowChange]:
        """Take a <table-updates2> (ovsdb-server(7), section 4.1.14) and tell what it changed."""
        return [
            change
            for table, rows in updates.items()
            for uuid, update in rows.items()
            if (change := self._apply_row(table, Uuid(uuid), update)) is not None
        ]

    def _apply_row(self, table: str, uuid: Uuid, update: Json) -> RowChange | None:
        rows, columns = self.tables[table], self._columns[table]
        ((action, json),) = update.items()
        if action == "delete":
            gone = rows.pop(uuid, None)
            return None if gone is None else RowChange(table, uuid, gone)
        given = {name: columns[name].decode(value) for name, value in json.items() if name in columns}
        if action == "modify":
            old = rows[uuid]
            rows[uuid] = {
                **old,
                **{name: _changed(columns[name].type, old[name], diff) for name, diff in given.items()},
            }
            return RowChange(table, uuid, given)
        row: dict[str, Any] = {**self._defaults[table], **given}
        for name, column in columns.items():
            if _is_references(column.type):
                row[name] = set(row[name])
        rows[uuid] = row
        return RowChange(table, uuid, row)


def _type_of(schema: Json, table: str, column: str) -> ColumnType:
    try:
        return column_type(schema["tables"][table]["columns"][column]["type"])
    except KeyError:
        name, version = schema.get("name"), schema.get("version")
        raise EngineError(f"database {name} with schema {version} has no column {table}.{column}") from None


def _is_references(column: ColumnType) -> bool:
    return column.kind == "set" and column.key == "uuid"


def _changed(column: ColumnType, old: Json, diff: Json) -> Json:
    if column.kind == "set":
        if _is_references(column):
            old ^= diff
            return old
        return old ^ diff
    if column.kind == "map":
        new = dict(old)
        for key, value in diff.items():
            if new.get(key) == value:
                del new[key]
            else:
                new[key] = value
        return new
    return diff
