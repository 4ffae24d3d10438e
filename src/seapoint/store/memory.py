"""What a server holds in memory of the database: one frozen value, and how it takes in what others have written."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from seapoint.base.errors import EngineError, InputError
from seapoint.intent.attributes import Standard
from seapoint.intent.frozenmap import FrozenMap
from seapoint.intent.resources import BY_KIND, STORED
from seapoint.intent.rules import CloudRules
from seapoint.intent.snapshot import Change, Intent
from seapoint.store import log
from seapoint.store.log import CLOUD_KIND
from seapoint.store.rows import from_rows
from seapoint.store.schema import STATUS, TABLES
from seapoint.store.writing import Position, Status, position_of

RulesOf = Callable[[str], CloudRules]
"""What a cloud file's text decides about tenants' requests; raises InputError."""

_TOLD = (STATUS.c.kind, STATUS.c.object_id, STATUS.c.state, STATUS.c.reason, STATUS.c.observed_revision)


@dataclass(frozen=True, slots=True)
class Memory:
    """All that is committed, at one moment."""

    intent: Intent
    rules: CloudRules
    statuses: FrozenMap[tuple[str, str], Status]
    reported: int = 0  # the number of the newest status

    @property
    def position(self) -> Position:
        """Which moment that is."""
        return Position(self.intent.revision, self.reported)

    def with_news(
        self, intent: Intent, changes: Iterable[Change], statuses: Iterable[Status], reported: int
    ) -> "Memory":
        """After a commit: the status of an object goes with it, and what engines say of nothing is not kept."""
        gone = [(change.kind, change.id) for change in changes if change.after is None]
        news = {(it.kind, it.object_id): it for it in statuses if stands(it, intent)}
        return Memory(intent, self.rules, self.statuses.changed(news, gone), reported)


def stands(status: Status, intent: Intent) -> bool:
    """Whether what a status tells of is still there; a port may go while its host reports it."""
    resource = BY_KIND.get(status.kind)
    return resource is None or status.object_id in intent.of(resource.value)


def read_all(connection: sa.Connection, rules: CloudRules, rules_of: RulesOf | None) -> Memory:
    """Everything; ``rules`` hold while there is no cloud file, or nobody who reads one."""
    position = position_of(connection)
    values: list[Standard] = []
    for resource in STORED:
        values.extend(from_rows(resource.value, connection.execute(sa.select(TABLES[resource.kind]))))
    statuses = [Status(*row) for row in connection.execute(sa.select(*_TOLD))]
    return Memory(
        Intent.of_values(values, position.revision),
        _rules(connection, rules_of) or rules,
        FrozenMap({(it.kind, it.object_id): it for it in statuses}),
        position.statuses,
    )


def caught_up(connection: sa.Connection, memory: Memory, position: Position, rules_of: RulesOf | None) -> Memory:
    """The memory at a later moment, with what other servers have written since; EngineError for an unreadable file."""
    if memory.position == position:
        return memory
    logged = log.changes_since(connection, memory.intent.revision)
    changes = [Change(each.before, each.after) for each in logged if each.kind != CLOUD_KIND]
    intent = memory.intent
    for change in changes:  # one by one: an object may have changed more than once
        intent = intent.with_changes((change,))
    newer = sa.select(*_TOLD).where(STATUS.c.number > memory.reported)
    statuses = [Status(*row) for row in connection.execute(newer)]
    rules = _rules(connection, rules_of) if len(changes) < len(logged) else None
    later = memory.with_news(replace(intent, revision=position.revision), changes, statuses, position.statuses)
    return replace(later, rules=rules or memory.rules)


def _rules(connection: sa.Connection, rules_of: RulesOf | None) -> CloudRules | None:
    newest = log.newest_cloud(connection) if rules_of else None
    if rules_of is None or newest is None:
        return None
    try:
        return rules_of(newest.text)
    except InputError as error:
        raise EngineError(f"The cloud file of revision {newest.revision} cannot be read here: {error}") from error
