"""Rolling back a change set: what it touched becomes again what it was, unless somebody has changed it since."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from seapoint.base.errors import ConflictError, InputError
from seapoint.intent.draft import Draft
from seapoint.intent.restored import check_restored
from seapoint.intent.rules import CloudRules
from seapoint.intent.snapshot import Change
from seapoint.store import log
from seapoint.store.log import CLOUD_KIND, LoggedChange
from seapoint.store.schema import CHANGES, CLOUD, LOG


@dataclass(slots=True)
class Transaction:
    """What one write may do: change resources in the draft, and put a new version of the cloud file."""

    draft: Draft
    connection: sa.Connection  # to read with; what was written before in the same group is not in SQL yet
    newest_cloud: int | None = None  # revision of the cloud file's newest version, the group's own included
    cloud: str | None = None
    rules: CloudRules | None = None  # those of the new cloud file


def restore(transaction: Transaction, change_set: str, rules_of: Callable[[str], CloudRules] | None) -> None:
    """Put back what a change set touched; raises InputError, ConflictError, TenantError."""
    logged = log.changes_of(transaction.connection, change_set)
    if not logged:
        raise InputError(f"There is no change set {change_set!r}: see the history for their names.")
    first: dict[tuple[str, str], LoggedChange] = {}
    latest: dict[tuple[str, str], LoggedChange] = {}
    for change in logged:
        first.setdefault((change.kind, change.object_id), change)
        latest[change.kind, change.object_id] = change
    has_cloud = latest.pop((CLOUD_KIND, CLOUD_KIND), None) is not None
    intent = transaction.draft.intent
    changed_since: list[str] = []
    back: list[Change] = []
    for key, change in latest.items():
        value = change.after or change.before
        assert value is not None, "the log holds a change of nothing"
        present = intent.get(type(value), change.object_id)
        if present != change.after:
            changed_since.append(f"{change.kind} {change.object_id}")
        elif present is not None or first[key].before is not None:
            back.append(Change(present, first[key].before))
    if changed_since:
        raise ConflictError(f"Changed since {change_set}, so it cannot be rolled back: {', '.join(changed_since)}.")
    transaction.draft.restore(back)
    check_restored(transaction.draft, back)
    if has_cloud:
        _restore_cloud(transaction, change_set, rules_of)


def _restore_cloud(transaction: Transaction, change_set: str, rules_of: Callable[[str], CloudRules] | None) -> None:
    connection = transaction.connection
    query = sa.select(CHANGES.c.before, CHANGES.c.after).where(
        CHANGES.c.kind == CLOUD_KIND,
        CHANGES.c.revision.in_(sa.select(LOG.c.revision).where(LOG.c.change_set == change_set)),
    )
    versions = connection.execute(query.order_by(CHANGES.c.revision)).all()
    before, after = versions[0][0], versions[-1][1]
    if before is None:
        raise InputError(f"{change_set} brought the first version of the cloud file: there is none to go back to.")
    if int(after) != transaction.newest_cloud:
        raise ConflictError(f"The cloud file was changed since {change_set}, so it cannot be rolled back.")
    assert rules_of is not None, "rolling back a cloud file needs its reader"
    text = connection.execute(sa.select(CLOUD.c.text).where(CLOUD.c.revision == int(before))).scalar_one()
    transaction.cloud, transaction.rules = text, rules_of(text)
