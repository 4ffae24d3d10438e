"""The store: reads are a snapshot in memory, writes go through one thread, and what was answered is on disk.

Concurrent writes share a transaction: the writer takes all that wait, tries each as a draft upon the one before it,
writes the rows of all and commits once. A draft that is refused was never written; nobody sees a snapshot that is
not committed. With several servers on one database the counter's row is the lock, and each transaction first reads what
others have logged; so does who must not read what is old (``catch_up``).
"""

import gc
import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any, Generic, TypeVar
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from seapoint.base.errors import ConflictError, EngineError, UnreachableError
from seapoint.intent.draft import Draft
from seapoint.intent.frozenmap import FrozenMap
from seapoint.intent.rules import CloudRules
from seapoint.intent.snapshot import Change, Intent
from seapoint.store import log
from seapoint.store.database import at_one_moment, is_shared, open_database
from seapoint.store.log import CloudVersion, Entry, LoggedChange, Origin
from seapoint.store.memory import Memory, RulesOf, caught_up, read_all, stands
from seapoint.store.rollback import Transaction, restore
from seapoint.store.schema import CLOUD
from seapoint.store.writing import Revision, Status, lock_revision, position_of, write_revisions, write_status

T = TypeVar("T")
LOG = logging.getLogger(__name__)
_AT_ONCE = 128  # writes that share a transaction at most
_LOOK = 0.1  # seconds between two looks for what other servers have written, where somebody waits for it


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

    def __init__(self, url: str, rules: CloudRules, rules_of: RulesOf | None = None) -> None:
        """Open (and migrate) the database at ``url`` and read it.

        ``rules`` hold until there is a cloud file, whose own ``rules_of`` reads.
        """
        self._on_commit: Callable[[int], None] | None = None
        self._rules_of = rules_of
        self._engine = open_database(url)
        self._reads = at_one_moment(self._engine)
        #: Whether other servers may write too.
        self.shared = is_shared(self._engine)
        self._memory = Memory(Intent.empty(), rules, FrozenMap())
        self._remembering = threading.Lock()
        self._cursors: dict[str, int] = {}
        self._cursors_at = 0  # the revision at which they are true
        self._reload()
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._begin(self._write_all, "store-writer")

    def close(self) -> None:
        """Finish the writes that wait, and close the database."""
        self._jobs.put(None)
        self._closing.set()
        for thread in self._threads:
            thread.join()
        self._engine.dispose()

    def watch(self, on_commit: Callable[[int], None]) -> None:
        """Have ``on_commit(revision)`` called, from a thread of the store, after commits of this server and of others.

        A hint to look for the newest revision. It must be quick (``loop.call_soon_threadsafe(event.set)``).
        """
        self._on_commit = on_commit
        if self.shared:
            self._begin(self._watch, "store-watcher")

    def catch_up(self) -> None:
        """Take in what other servers have committed: what is read afterwards is not older than this call.

        Nothing to do where no other can write. Raises EngineError while the database does not answer.
        """
        if not self.shared:
            return
        memory = self._memory  # before the database's moment is chosen: it must not be the later of the two
        with self._reading() as connection:
            later = caught_up(connection, memory, position_of(connection), self._rules_of)
        self._remember(later)

    def snapshot(self) -> Intent:
        """All resources at the newest committed revision."""
        return self._memory.intent

    @property
    def rules(self) -> CloudRules:
        """What the cloud file in force decides about tenants' requests."""
        return self._memory.rules

    def status(self, kind: str, object_id: str) -> Status | None:
        """What the engines said last of an object."""
        return self._memory.statuses.get((kind, object_id))

    def write(self, change: Callable[[Draft], T], origin: Origin) -> Committed[T]:
        """Run ``change`` on a draft and commit it as one revision; raises what it raises, and then wrote nothing."""
        return self.submit(change, origin).result()

    def submit(self, change: Callable[[Draft], T], origin: Origin) -> "Future[Committed[T]]":
        """As write(), without waiting."""
        return self._submit(lambda transaction: change(transaction.draft), origin)

    def set_status(self, statuses: Iterable[Status]) -> None:
        """Store what the engines say; takes no revision."""
        wanted = tuple(it for it in statuses if self.status(it.kind, it.object_id) != it)
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
            with self._reads.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise EngineError(f"The database cannot be read: {_short(error)}") from error

    # threads

    def _begin(self, work: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

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
                self._write_group(jobs)

    def _watch(self) -> None:
        """Look for what other servers have written, for those who wait for it."""
        while not self._closing.wait(_LOOK):
            with suppress(EngineError):  # a database that does not answer is looked at again
                self.catch_up()

    def _remember(self, memory: Memory) -> None:
        """Let everybody see what is committed, and wake who waits for it; what is older than what they see is not news.

        Waking is a hint, which may be lost, but must not stop the writer.
        """
        with self._remembering:
            before = self._memory
            if memory.position >= before.position:
                self._memory = memory
        revision = memory.intent.revision
        if self._on_commit is None or revision <= before.intent.revision:
            return
        try:
            self._on_commit(revision)
        except Exception:
            LOG.exception("revision %d is stored, but who waits for it could not be told", revision)

    def _write_group(self, jobs: list[_Job], *, again: bool = True) -> None:
        try:
            self._commit_or_read(jobs, again=again)
        except SQLAlchemyError as error:
            for job in jobs:
                job.answer.set_exception(_refusal(error))
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
        with self._engine.begin() as connection:
            position = lock_revision(connection)
            memory = caught_up(connection, self._memory, position, self._rules_of)
            base = intent = memory.intent
            rules, number = memory.rules, position.revision
            cursors = dict(self._cursors) if self._cursors_at == number else {}  # another server may have freed some
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
            news = {(it.kind, it.object_id): it for it in statuses if stands(it, intent)}
            reported = position.statuses + bool(news)
            write_status(connection, news.values(), reported)
        self._cursors, self._cursors_at = cursors, number
        self._remember(replace(memory.with_news(intent, net, news.values(), reported), rules=rules))
        for job, answer in answers:
            if isinstance(answer, Exception):
                job.answer.set_exception(answer)
            else:
                job.answer.set_result(answer)

    def _reload(self) -> None:
        """Read everything anew."""
        with self._reads.begin() as connection, _no_garbage_collection():
            memory = read_all(connection, self.rules, self._rules_of)
        self._cursors = {}
        self._remember(memory)


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


def _refusal(error: SQLAlchemyError) -> EngineError:
    """What is answered to those whose change the database did not take."""
    if isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated:
        return UnreachableError(f"The database was lost, perhaps before it had the change: {_short(error)}")
    return EngineError(f"The database does not take the change: {_short(error)}")  # a full disk: nothing is committed


def _short(error: SQLAlchemyError) -> object:
    """What the database itself said, without the statement: a tenant's values stand in it."""
    return error.orig if isinstance(error, sa.exc.DBAPIError) else error


def _new_id() -> str:
    return str(uuid4())


def _net(base: Intent, intent: Intent, revisions: Iterable[Revision]) -> list[Change]:
    """What all revisions together change in the tables."""
    touched = {(type(change.value), change.id) for revision in revisions for change in revision.changes}
    pairs = (Change(base.get(kind, key), intent.get(kind, key)) for kind, key in touched)
    return [change for change in pairs if change.before is not change.after]
