"""Reading the change log and the cloud file's versions."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from seapoint.intent.attributes import Standard
from seapoint.store.rows import from_json
from seapoint.store.schema import CHANGES, CLOUD, LOG

CLOUD_KIND = "cloud"  # the kind under which the log names the cloud file's versions


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asks for a change, and as part of what."""

    actor: str = "seapoint"
    request_id: str = ""
    change_set: str = ""  # changes that are rolled back together; the request's own when empty
    project_id: str = ""  # owner of what is made without naming one


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """One object in one revision; ``before`` and ``after`` are whole values, None where it did not exist.

    Of the cloud file (kind ``cloud``) they are None: its versions are in cloud_versions().
    """

    revision: int
    kind: str
    object_id: str
    before: Standard | None
    after: Standard | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One revision in the log."""

    revision: int
    time: str
    actor: str
    request_id: str
    change_set: str
    cloud_file: bool  # whether it brought a version of the cloud file
    objects: tuple[str, ...]  # tenants' objects that it touched, as "+ port blue-1": + made, ~ changed, - deleted


@dataclass(frozen=True, slots=True)
class CloudVersion:
    """One version of the cloud file, whole."""

    revision: int
    time: str
    actor: str
    text: str


def changes_where(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[LoggedChange]:
    """The logged changes that fulfil a condition, oldest first."""
    query = sa.select(CHANGES).where(condition).order_by(CHANGES.c.revision, CHANGES.c.position)
    return [_logged(row) for row in connection.execute(query)]


def changes_since(connection: sa.Connection, revision: int) -> list[LoggedChange]:
    """What changed after a revision, oldest first."""
    return changes_where(connection, CHANGES.c.revision > revision)


def changes_of(connection: sa.Connection, change_set: str) -> list[LoggedChange]:
    """What a change set changed, oldest first."""
    revisions = sa.select(LOG.c.revision).where(LOG.c.change_set == change_set)
    return changes_where(connection, CHANGES.c.revision.in_(revisions))


def entries(connection: sa.Connection, limit: int, *, cloud_only: bool = False) -> list[Entry]:
    """The newest revisions, newest first; ``cloud_only``: of those that brought a version of the cloud file."""
    brought_file = LOG.c.revision.in_(sa.select(CLOUD.c.revision))
    query = sa.select(LOG, brought_file.label("cloud_file")).order_by(LOG.c.revision.desc()).limit(limit)
    if cloud_only:
        query = query.where(brought_file)
    found = connection.execute(query).mappings().all()
    objects = _objects(connection, [row["revision"] for row in found])
    return [Entry(**row, objects=tuple(objects[row["revision"]])) for row in found]


def newest_cloud(connection: sa.Connection) -> CloudVersion | None:
    """The newest version of the cloud file."""
    row = connection.execute(sa.select(CLOUD).order_by(CLOUD.c.revision.desc()).limit(1)).first()
    return None if row is None else CloudVersion(*row)


def cloud_versions(connection: sa.Connection) -> list[CloudVersion]:
    """Every version of the cloud file, oldest first."""
    return [CloudVersion(*row) for row in connection.execute(sa.select(CLOUD).order_by(CLOUD.c.revision))]


def _objects(connection: sa.Connection, revisions: Sequence[int]) -> dict[int, list[str]]:
    """What each of these revisions did to tenants' objects, in words."""
    told: dict[int, list[str]] = {revision: [] for revision in revisions}
    if not revisions:
        return told
    query = (
        sa.select(CHANGES)
        .where(CHANGES.c.revision.between(min(revisions), max(revisions)), CHANGES.c.kind != CLOUD_KIND)
        .order_by(CHANGES.c.revision, CHANGES.c.position)
    )
    for row in connection.execute(query):
        if row.revision in told:
            told[row.revision].append(_words(row))
    return told


def _words(row: sa.Row[Any]) -> str:
    sign = "+" if row.before is None else "-" if row.after is None else "~"
    name = json.loads(row.after or row.before).get("name") or row.object_id
    return f"{sign} {row.kind.replace('_', ' ')} {name}"


def _logged(row: sa.Row[Any]) -> LoggedChange:
    if row.kind == CLOUD_KIND:
        return LoggedChange(row.revision, row.kind, row.object_id, None, None)
    before, after = from_json(row.kind, row.before), from_json(row.kind, row.after)
    return LoggedChange(row.revision, row.kind, row.object_id, before, after)
