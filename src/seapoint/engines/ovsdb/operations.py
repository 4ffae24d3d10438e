"""Changes of rows, links and settings as OVSDB operations (RFC 7047, section 5.2), cut into transactions: pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from seapoint.target.changes import Change
from seapoint.target.rows import Link, Row, Setting, Table, Uuid, Value, encode

Operation = dict[str, Any]

#: Our rows may carry other tools' keys in this column: it is written key by key, and theirs stay.
SHARED = "external_ids"


def transactions(changes: Iterable[Change], tables: Sequence[Table], limit: int) -> Iterator[list[Change]]:
    """Changes in an order that leaves no reference dangling, cut into lists of about ``limit``.

    A row and the links that hold it stay together: a row that is no root and that nothing refers to is deleted when
    its transaction commits. Rows come in the order of ``tables``, what they refer to first; they go in the reverse.
    """
    rank = {table.name: place for place, table in enumerate(tables)}
    units: dict[Any, list[Change]] = {}
    for change in changes:
        units.setdefault(change.key.child if isinstance(change.key, Link) else change.key, []).append(change)
    batch: list[Change] = []
    for unit in sorted(units.values(), key=lambda unit: min(_order(change, rank) for change in unit)):
        if batch and len(batch) + len(unit) > limit:
            yield batch
            batch = []
        batch += unit
    if batch:
        yield batch


def _order(change: Change, rank: Mapping[str, int]) -> tuple[int, int]:
    if isinstance(change.key, Uuid):
        if change.action == "create":
            return 0, rank[change.after.table]
        if change.action == "delete":
            return 3, -rank[change.before.table]
        return 1, 0
    return (2, 0) if change.action == "delete" else (1, 0)


def operations(changes: Sequence[Change], exists: Callable[[str, Uuid | None], bool]) -> list[Operation]:
    """One transaction's operations; ``exists`` tells of a row, or with None of any row, in the database now."""
    rows: list[Operation] = []
    gone: list[Operation] = []
    members: dict[tuple[str, Uuid], dict[tuple[str, str], list[Uuid]]] = {}
    settings: dict[str, list[Change]] = {}
    for change in changes:
        key = change.key
        if isinstance(key, Setting):
            settings.setdefault(key.table, []).append(change)
        elif isinstance(key, Link):
            mutator = "delete" if change.action == "delete" else "insert"
            of_parent = members.setdefault((key.table, key.parent), {})
            of_parent.setdefault((key.column, mutator), []).append(key.child)
        elif change.action == "create":
            # a row under our UUID that has lost our mark is taken back, not inserted twice
            rows += (
                _replaced(change.after) if exists(change.after.table, change.after.uuid) else [_insert(change.after)]
            )
        elif change.action == "update":
            rows += _update(change.before, change.after)
        else:
            # also of rows that would go by themselves: until the commit those hold what they refer to
            gone.append(_on(change.before, "delete"))
    links = [
        {
            "op": "mutate",
            "table": table,
            "where": _where(parent),
            "mutations": [[column, mutator, encode(frozenset(children))] for (column, mutator), children in by.items()],
        }
        for (table, parent), by in members.items()
    ]
    singles = [_settings(table, of_table, exists(table, None)) for table, of_table in settings.items()]
    return [*rows, *links, *singles, *gone]


def _where(uuid: Uuid) -> list[Any]:
    return [["_uuid", "==", encode(uuid)]]


def _on(row: Row, operation: str, /, **members: object) -> Operation:
    return {"op": operation, "table": row.table, "where": _where(row.uuid), **members}


def _json(columns: Mapping[str, Value]) -> dict[str, Any]:
    return {name: encode(value) for name, value in columns.items()}


def _insert(row: Row) -> Operation:
    stated = {name: value for name, value in row.columns.items() if value is not None and value != frozenset()}
    return {"op": "insert", "table": row.table, "uuid": row.uuid, "row": _json(stated)}


def _replaced(row: Row) -> list[Operation]:
    own = {name: value for name, value in row.columns.items() if name != SHARED}
    return [_on(row, "update", row=_json(own)), _on(row, "mutate", mutations=_entries({}, row.columns[SHARED]))]


def _update(before: Row, after: Row) -> list[Operation]:
    """The changed columns only, guarded by the values that the plan expects to find."""
    changed = [name for name, value in after.columns.items() if value != before.columns[name]]
    own = [name for name in changed if name != SHARED]
    found: list[Operation] = []
    if own:
        expected = _json({name: before.columns[name] for name in own})
        wanted = _json({name: after.columns[name] for name in own})
        found.append(_on(after, "wait", timeout=0, columns=own, until="==", rows=[expected]))
        found.append(_on(after, "update", row=wanted))
    if SHARED in changed:
        found.append(_on(after, "mutate", mutations=_entries(before.columns[SHARED], after.columns[SHARED])))
    return found


def _entries(before: Any, after: Any) -> list[Any]:
    """Mutations that turn our entries of a shared map into others; an insert alone would keep a key's old value."""
    put = {key: value for key, value in after.items() if before.get(key) != value}
    return _rewritten(SHARED, {*before.keys() - after.keys(), *put}, put)


def _rewritten(column: str, drop: Iterable[str], put: Mapping[str, Value]) -> list[Any]:
    mutations = [[column, "delete", encode(frozenset(drop))]]
    return [*mutations, [column, "insert", encode(put)]] if put else mutations


def _settings(table: str, changes: Sequence[Change], exists: bool) -> Operation:
    columns: dict[str, dict[str, Any]] = {}
    for change in changes:
        assert isinstance(change.key, Setting)
        columns.setdefault(change.key.column, {})[change.key.key] = change.after
    put = {column: {key: value for key, value in of.items() if value is not None} for column, of in columns.items()}
    if not exists:
        return {"op": "insert", "table": table, "row": _json(put)}
    mutations = [mutation for column, of in columns.items() for mutation in _rewritten(column, of, put[column])]
    return {"op": "mutate", "table": table, "where": [], "mutations": mutations}
