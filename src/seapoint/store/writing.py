"""Writing changes: one transaction's rows of every table, in few statements however many objects they touch."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from seapoint.intent.snapshot import Change
from seapoint.store.log import CLOUD_KIND, Origin
from seapoint.store.rows import to_json, to_row
from seapoint.store.schema import CHANGES, CLAIMS, CLOUD, LOG, REVISION, STATUS, TABLES


@dataclass(frozen=True, slots=True)
class Revision:
    """What one revision writes."""

    number: int
    time: str
    origin: Origin
    changes: Sequence[Change]
    cloud: str | None = None  # a new version of the cloud file
    cloud_before: int | None = None  # the revision of the version that it follows


@dataclass(frozen=True, slots=True)
class Status:
    """What the engines say of one object."""

    kind: str
    object_id: str
    state: str
    reason: str = ""
    observed_revision: int = 0


class Position(NamedTuple):
    """How far the database is. Each commit raises one of the two or both, one commit after the other."""

    revision: int
    statuses: int  # the number of the newest status; status takes no revision


def position_of(connection: sa.Connection) -> Position:
    """How far the database is, as this transaction sees it."""
    return Position(*connection.execute(sa.select(REVISION.c.value, REVISION.c.statuses)).one())


def lock_revision(connection: sa.Connection) -> Position:
    """How far the database is; nobody else can go further until this transaction ends."""
    connection.execute(REVISION.update().values(value=REVISION.c.value))
    return position_of(connection)


def write_revisions(connection: sa.Connection, revisions: Sequence[Revision], net: Iterable[Change]) -> None:
    """Write the log of each revision, and the tables as they stand after all of them (``net``)."""
    _write_log(connection, revisions)
    _write_tables(connection, list(net))
    connection.execute(REVISION.update().values(value=revisions[-1].number))


def write_status(connection: sa.Connection, statuses: Iterable[Status], number: int) -> None:
    """Store what the engines say, as the news of this number; takes no revision."""
    rows = [{**asdict(status), "number": number} for status in statuses]
    if rows:
        connection.execute(REVISION.update().values(statuses=number))
    keys = [{"k": row["kind"], "i": row["object_id"]} for row in rows]
    _many(connection, _drop_status(), keys)
    _many(connection, STATUS.insert(), rows)


def _write_log(connection: sa.Connection, revisions: Sequence[Revision]) -> None:
    heads: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for revision in revisions:
        origin = revision.origin
        heads.append(
            {
                "revision": revision.number,
                "time": revision.time,
                "actor": origin.actor,
                "request_id": origin.request_id,
                "change_set": origin.change_set or origin.request_id or f"revision-{revision.number}",
            }
        )
        for position, change in enumerate(revision.changes):
            changes.append(
                {
                    "revision": revision.number,
                    "position": position,
                    "kind": change.kind,
                    "object_id": change.id,
                    "before": to_json(change.before),
                    "after": to_json(change.after),
                }
            )
        if revision.cloud is not None:
            before = revision.cloud_before
            changes.append(
                {
                    "revision": revision.number,
                    "position": len(revision.changes),
                    "kind": CLOUD_KIND,
                    "object_id": CLOUD_KIND,
                    "before": None if before is None else str(before),
                    "after": str(revision.number),
                }
            )
            version = {"revision": revision.number, "time": revision.time, "actor": origin.actor}
            connection.execute(CLOUD.insert(), version | {"text": revision.cloud})
    _many(connection, LOG.insert(), heads)
    _many(connection, CHANGES.insert(), changes)


def _write_tables(connection: sa.Connection, net: Sequence[Change]) -> None:
    gone: list[dict[str, str]] = []
    freed: list[dict[str, str]] = []
    claimed: list[dict[str, str]] = []
    for kind, table in TABLES.items():
        group = [change for change in net if change.kind == kind]
        if not group:
            continue
        key: sa.BindParameter[str] = sa.bindparam("key")
        inserted = [to_row(change.after) for change in group if change.before is None and change.after is not None]
        changed = [
            {**to_row(change.after), "key": change.id}
            for change in group
            if change.before is not None and change.after is not None
        ]
        deleted = [{"key": change.id} for change in group if change.after is None]
        _many(connection, table.delete().where(table.c.id == key), deleted)
        _many(connection, table.insert(), inserted)
        _many(connection, table.update().where(table.c.id == key), changed)
        gone.extend({"k": kind, "i": change.id} for change in group if change.after is None)
        for change in group:
            before = set(change.before.claims()) if change.before is not None else set()
            after = set(change.after.claims()) if change.after is not None else set()
            freed.extend({"s": space, "n": name} for space, name in before - after)
            claimed.extend({"space": space, "name": name, "owner": change.id} for space, name in after - before)
    _many(connection, _drop_status(), gone)
    drop = CLAIMS.delete().where(CLAIMS.c.space == sa.bindparam("s"), CLAIMS.c.name == sa.bindparam("n"))
    _many(connection, drop, freed)
    _many(connection, CLAIMS.insert(), claimed)


def _drop_status() -> sa.Delete:
    return STATUS.delete().where(STATUS.c.kind == sa.bindparam("k"), STATUS.c.object_id == sa.bindparam("i"))


def _many(connection: sa.Connection, statement: sa.Executable, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)
