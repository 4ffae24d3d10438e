"""The store: reads are a snapshot in memory, writes go through one thread, and what was answered is on disk.

Concurrent writes share a transaction: the writer takes all that wait, tries each as a draft upon the one before it,
writes the rows of all and commits once. A draft that is refused was never written; nobody sees a snapshot that is
not committed. With several servers on one database the counter's row is the lock, and each transaction first reads what
others have logged.
"""

import gc
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any, Generic, TypeVar
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from seapoint.base.errors import ConflictError, EngineError
from seapoint.intent.attributes import Standard
from seapoint.intent.draft import Draft
from seapoint.intent.resources import BY_KIND, STORED
from seapoint.intent.rules import CloudRules
from seapoint.intent.snapshot import Change, Intent
from seapoint.store import log
from seapoint.store.database import open_database
from seapoint.store.log import CLOUD_KIND, CloudVersion, Entry, LoggedChange, Origin
from seapoint.store.rollback import Transaction, restore
from seapoint.store.rows import from_rows
from seapoint.store.schema import CLOUD, REVISION, STATUS, TABLES
from seapoint.store.writing import Revision, Status, lock_revision, write_revisions, write_status

T = TypeVar("T")
LOG = logging.getLogger(__name__)
_AT_ONCE = 128  # writes that share a transaction at most


@dataclass(frozen=True, slots=True)
class Committed(Generic[T]):
    """What a write answered, and the revision that holds it (the newest one when it changed nothing)."""

    result: T
    revision: int
    changes: tuple[Change, ...] = ()


@dataclass(slots=True)
class _Job:
    run: Callable[[Transaction], Any]
    origin: Origin
    answer: "Future[Committed[Any]]"
    statuses: tuple[Status, ...] = ()


class Store:
    """Everything that people asked for, durable. Thread-safe; close() it."""

    def __init__(self, url: str, rules: CloudRules, on_commit: Callable[[int], None] | None = None) -> None:
        """Open (and migrate) the database at ``url`` and read it.

        ``on_commit(revision)`` is called by the writer's thread after commits: a hint to look for the newest revision.
        It must be quick (``loop.call_soon_threadsafe(event.set)``).
        """
        self.rules = rules
        self._on_commit = on_commit
        self._engine = open_database(url)
        self._intent = Intent.empty()
        self._statuses: dict[tuple[str, str], Status] = {}
        self._cursors: dict[str, int] = {}
        self._reload()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._writer = threading.Thread(target=self._write_all, name="store-writer", daemon=True)
        self._writer.start()

    def close(self) -> None:
        """Finish the writes that wait, and close the database."""
        self._jobs.put(None)
        self._writer.join()
        self._engine.dispose()

    def snapshot(self) -> Intent:
        """All resources at the newest committed revision."""
        return self._intent

    def status(self, kind: str, object_id: str) -> Status | None:
        """What the engines said last of an object."""
        return self._statuses.get((kind, object_id))

    def write(self, change: Callable[[Draft], T], origin: Origin) -> Committed[T]:
        """Run ``change`` on a draft and commit it as one revision; raises what it raises, and then wrote nothing."""
        return self.submit(change, origin).result()

    def submit(self, change: Callable[[Draft], T], origin: Origin) -> "Future[Committed[T]]":
        """As write(), without waiting."""
        return self._submit(lambda transaction: change(transaction.draft), origin)

    def set_status(self, statuses: Iterable[Status]) -> None:
        """Store what the engines say; takes no revision."""
        wanted = tuple(it for it in statuses if self._statuses.get((it.kind, it.object_id)) != it)
        if wanted:
            self._submit(lambda _: None, Origin(), wanted).result()

    def put_cloud(self, text: str, rules: CloudRules, origin: Origin, follows: int | None = None) -> int:
        """Store a version of the cloud file whole, with the rules that follow from it; gives its revision.

        ``follows`` is the revision of the version that it was made from (0: none): ConflictError when another has come.
        """

        def put(transaction: Transaction) -> None:
            revision = transaction.newest_cloud or 0
            if follows not in (None, revision):
                raise ConflictError(
                    f"The cloud file was changed meanwhile (revision {revision}, not {follows}): plan again."
                )
            transaction.cloud, transaction.rules = text, rules

        return self._submit(put, origin).result().revision

    def cloud(self) -> CloudVersion | None:
        """The version of the cloud file that is in force."""
        with self._reading() as connection:
            return log.newest_cloud(connection)

    def cloud_versions(self) -> list[CloudVersion]:
        """Every version of the cloud file, oldest first."""
        with self._reading() as connection:
            return log.cloud_versions(connection)

    def changes_since(self, revision: int) -> list[LoggedChange]:
        """What changed after a revision, oldest first, with whole values."""
        with self._reading() as connection:
            return log.changes_since(connection, revision)

    def history(self, limit: int = 50, *, cloud_only: bool = False) -> list[Entry]:
        """The newest revisions, newest first; ``cloud_only``: of those that brought a version of the cloud file."""
        with self._reading() as connection:
            return log.entries(connection, limit, cloud_only=cloud_only)

    def rollback(
        self, change_set: str, origin: Origin, rules_of: Callable[[str], CloudRules] | None = None
    ) -> Committed[None]:
        """Restore what a change set touched, as a new revision, with identifiers, addresses and MACs.

        ``rules_of`` reads a cloud file; needed when the change set has one. Raises InputError for an unknown change
        set, ConflictError naming each object that somebody has changed since; then nothing was written.
        """
        return self._submit(lambda transaction: restore(transaction, change_set, rules_of), origin).result()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """A connection to read with; raises EngineError for a database that cannot be read."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise EngineError(f"The database cannot be read: {_short(error)}") from error

    # the writer's thread

    def _submit(
        self, run: Callable[[Transaction], T], origin: Origin, statuses: tuple[Status, ...] = ()
    ) -> "Future[Committed[T]]":
        job = _Job(run, origin, Future(), statuses)
        self._jobs.put(job)
        return job.answer

    def _write_all(self) -> None:
        closing = False
        while not closing:
            waiting = [self._jobs.get()]
            while len(waiting) < _AT_ONCE and not self._jobs.empty():
                waiting.append(self._jobs.get())
            closing = None in waiting
            # a request that was given up while it waited is dropped; from here on it can no longer be given up
            jobs = [job for job in waiting if job is not None and job.answer.set_running_or_notify_cancel()]
            if jobs:
                before = self._intent.revision
                self._write_group(jobs)
                if self._intent.revision != before:
                    self._tell()

    def _tell(self) -> None:
        """Wake those who wait for a new revision: a hint, which may be lost, but must not stop the writer."""
        if self._on_commit is None:
            return
        try:
            self._on_commit(self._intent.revision)
        except Exception:
            LOG.exception("revision %d is stored, but who waits for it could not be told", self._intent.revision)

    def _write_group(self, jobs: list[_Job], *, again: bool = True) -> None:
        try:
            self._commit_or_read(jobs, again=again)
        except SQLAlchemyError as error:
            # a full disk, a lost server: nothing of this group was committed
            for job in jobs:
                job.answer.set_exception(EngineError(f"The database does not take the change: {_short(error)}"))
        except Exception as error:  # noqa: BLE001 - the writer's edge: a fault is answered, and the next group is tried
            for job in jobs:
                job.answer.set_exception(error)

    def _commit_or_read(self, jobs: list[_Job], *, again: bool) -> None:
        try:
            self._commit(jobs)
        except IntegrityError as error:
            # another server, or a hand, has written what our snapshot did not know: read all, then try one by one
            self._reload()
            if not again:
                raise ConflictError(f"The database holds what this change claims: {error.orig}") from error
            for job in jobs:
                self._write_group([job], again=False)

    def _commit(self, jobs: list[_Job]) -> None:
        """Try, write and commit a group of jobs, then publish the snapshot and answer."""
        answers: list[tuple[_Job, Committed[Any] | Exception]] = []
        revisions: list[Revision] = []
        statuses: list[Status] = []
        rules = self.rules
        with self._engine.begin() as connection:
            number = lock_revision(connection)
            base = intent = self._caught_up(connection, number)
            cursors = dict(self._cursors)
            cloud = connection.execute(sa.select(sa.func.max(CLOUD.c.revision))).scalar()
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            for job in jobs:
                tried = dict(cursors)
                draft = Draft(
                    intent,
                    rules,
                    now=now,
                    new_id=_new_id,
                    project_id=job.origin.project_id,
                    cursors=tried,
                )
                transaction = Transaction(draft, connection, newest_cloud=cloud)
                try:
                    result = job.run(transaction)
                except Exception as error:  # noqa: BLE001 - one request's fault is that request's answer
                    answers.append((job, error))
                    continue
                statuses.extend(job.statuses)
                changes = draft.changes()
                if changes or transaction.cloud is not None:
                    number += 1
                    revisions.append(Revision(number, now, job.origin, changes, transaction.cloud, cloud))
                    cloud = number if transaction.cloud is not None else cloud
                    rules = transaction.rules or rules
                    intent = replace(draft.intent, revision=number)
                    cursors = tried if transaction.rules is None else {}  # what was reserved may be free now
                answers.append((job, Committed(result, number, changes)))
            net = _net(base, intent, revisions)
            if revisions:
                write_revisions(connection, revisions, net)
            news = {(it.kind, it.object_id): it for it in statuses if _stands(it, intent)}
            write_status(connection, news.values())
        self._intent, self._cursors, self.rules = intent, cursors, rules
        for change in net:
            if change.after is None:
                self._statuses.pop((change.kind, change.id), None)
        self._statuses.update(news)
        for job, answer in answers:
            if isinstance(answer, Exception):
                job.answer.set_exception(answer)
            else:
                job.answer.set_result(answer)

    def _caught_up(self, connection: sa.Connection, number: int) -> Intent:
        """The snapshot at the newest revision, with what other servers have written."""
        intent = self._intent
        if intent.revision == number:
            return intent
        self._cursors.clear()
        for logged in log.changes_since(connection, intent.revision):
            if logged.kind != CLOUD_KIND:
                intent = intent.with_changes((Change(logged.before, logged.after),), logged.revision)
        return replace(intent, revision=number)

    def _reload(self) -> None:
        """Read everything anew."""
        with self._engine.begin() as connection, _no_garbage_collection():
            number = connection.execute(sa.select(REVISION.c.value)).scalar_one()
            values: list[Standard] = []
            for resource in STORED:
                values.extend(from_rows(resource.value, connection.execute(sa.select(TABLES[resource.kind]))))
            statuses = [Status(*row) for row in connection.execute(sa.select(STATUS))]
            self._intent = Intent.of_values(values, number)
        self._statuses = {(it.kind, it.object_id): it for it in statuses}
        self._cursors = {}


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Loading makes a million objects and no garbage: looking for some would take as long as the loading."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _short(error: SQLAlchemyError) -> object:
    """What the database itself said, without the statement: a tenant's values stand in it."""
    return error.orig if isinstance(error, sa.exc.DBAPIError) else error


def _new_id() -> str:
    return str(uuid4())


def _stands(status: Status, intent: Intent) -> bool:
    """Whether what a status tells of is still there; a port may go while its host reports it."""
    resource = BY_KIND.get(status.kind)
    return resource is None or status.object_id in intent.of(resource.value)


def _net(base: Intent, intent: Intent, revisions: Iterable[Revision]) -> list[Change]:
    """What all revisions together change in the tables."""
    touched = {(type(change.value), change.id) for revision in revisions for change in revision.changes}
    pairs = (Change(base.get(kind, key), intent.get(kind, key)) for kind, key in touched)
    return [change for change in pairs if change.before is not change.after]
