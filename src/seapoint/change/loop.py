"""The loop: carries intent into every engine, and what engines report into status.

It asks what is dirty since its revision, never which event came; a wake-up is a hint. At start, when the operator's
cloud changes and on a slow timer everything is dirty. An engine that cannot be reached stops no other.
"""

import gc
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from threading import Event, Lock, Thread

from seapoint.base.errors import EngineError, InputError, UnreachableError
from seapoint.change.domain import Domain, Engine
from seapoint.change.pipeline import Pipeline
from seapoint.change.source import Reporter, Source
from seapoint.intent.resources import BY_KIND
from seapoint.intent.snapshot import Change, Intent
from seapoint.store.log import CLOUD_KIND
from seapoint.store.writing import Status
from seapoint.target.changes import Scope

_log = logging.getLogger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0  # seconds until what failed is tried again

#: The kind under which status tells of a whole domain: ACTIVE, DOWN (its engine is not reached) or ERROR.
DOMAIN_KIND = "domain"


class _Retry:
    """When something that failed is tried again: later each time."""

    def __init__(self) -> None:
        self.at: float | None = None
        self._pause = _FIRST_PAUSE

    def failed(self, now: float) -> None:
        if self.at is None or self.at <= now:
            self.at = now + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def worked(self) -> None:
        self.at = None
        self._pause = _FIRST_PAUSE


class Loop:
    """One thread over all domains.

    ``domains`` gives the domains of the newest version of the operator's cloud; their names are those of ``engines``.
    ``reporters`` tell the state of objects of a kind, by the kind.
    """

    def __init__(
        self,
        source: Source,
        domains: Callable[[], Sequence[Domain]],
        engines: Mapping[str, Engine],
        reporters: Mapping[str, Reporter] | None = None,
        *,
        audit_seconds: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._domains = domains
        self._engines = engines
        self._reporters = dict(reporters or {})
        self._audit_seconds = audit_seconds
        self._clock = clock
        self._intent: Intent | None = None  # None until the first whole snapshot was read and compiled
        self._pipelines: dict[str, Pipeline] = {}
        self._retries: dict[str, _Retry] = {}
        self._next_audit = 0.0
        self._awake = Event()
        self._stopped = False
        self._thread = Thread(target=self._run, name="loop", daemon=True)
        self._lock = Lock()
        self._reported: dict[str, set[str] | None] = dict.fromkeys(self._reporters)  # None: all of that kind
        for kind, reporter in self._reporters.items():
            reporter.watch(partial(self._on_report, kind))

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End after the pass that is under way."""
        self._stopped = True
        self._awake.set()
        if self._thread.is_alive():
            self._thread.join()

    def wake(self) -> None:
        """A hint from any thread that something may have changed."""
        self._awake.set()

    def approve_prune(self, domain: str) -> None:
        """Let the next audit of a domain delete what it held back (see its findings).

        Raises InputError where nothing is held back: an approval is of what somebody has seen, never in advance.
        """
        pipeline = self._pipelines.get(domain)
        if pipeline is None or not pipeline.findings:
            raise InputError(f"{domain} holds nothing back: there is nothing to approve")
        pipeline.prune_approved = True
        pipeline.audit()
        self.wake()

    def step(self) -> float:
        """One pass over everything that is due; gives the seconds until the next one is."""
        now = self._clock()
        if not self._guarded("intent", self._read, now):
            return _FIRST_PAUSE
        statuses: list[Status] = []
        for name, pipeline in self._pipelines.items():
            statuses += self._converge(name, pipeline, now)
        for kind in self._reporters:
            statuses += self._states(kind)
        news = [status for status in statuses if self._is_news(status)]
        if not news:
            self._retries.pop("status", None)  # what could not be kept is over
        elif not self._guarded("status", lambda _now: self._source.set_status(news), now):
            with self._lock:
                self._reported = dict.fromkeys(self._reporters)
        times = [retry.at for retry in self._retries.values() if retry.at is not None]
        busy = any(pipeline.busy and self._retries[name].at is None for name, pipeline in self._pipelines.items())
        return 0.0 if busy else max(0.0, min([self._next_audit, *times]) - now)

    def _run(self) -> None:
        while not self._stopped:
            pause = self.step()
            self._awake.wait(pause)
            self._awake.clear()

    def _guarded(self, what: str, action: Callable[[float], None], now: float) -> bool:
        """Do something that must not end the loop."""
        retry = self._retries.setdefault(what, _Retry())
        try:
            action(now)
        except EngineError as error:  # the database does not answer
            _log.warning("%s: tried again later: %s", what, error)
            retry.failed(now)
            return False
        except Exception:  # noqa: BLE001 - the loop's edge: a full disk or a fault of ours must not end it
            _log.exception("%s: failed, tried again later", what)
            retry.failed(now)
            return False
        retry.worked()
        return True

    def _read(self, now: float) -> None:
        """Take in what changed since our revision."""
        before, after = self._intent, self._source.snapshot()
        logged = []
        if before is not None and after.revision != before.revision:
            logged = [each for each in self._source.changes_since(before.revision) if each.revision <= after.revision]
        if before is None or any(each.kind == CLOUD_KIND for each in logged):
            self._compile_all(self._domains(), after)
            if before is None:
                # The first intent and its targets stay: a collector that walks them all (50,000 ports: 160 ms, each
                # time, in which nobody is answered) finds nothing. Counting references frees them as before.
                gc.freeze()
        elif now >= self._next_audit:
            self._compile_all([pipeline.domain for pipeline in self._pipelines.values()], after)
        else:
            changes = [Change(each.before, each.after) for each in logged]
            for pipeline in self._pipelines.values():
                dirty = {scope for change in changes for scope in pipeline.domain.dirty(change, before, after)}
                pipeline.recompile(dirty, after)
        self._intent = after
        if now >= self._next_audit:
            self._next_audit = now + self._audit_seconds

    def _compile_all(self, domains: Sequence[Domain], intent: Intent) -> None:
        for gone in self._pipelines.keys() - {domain.name for domain in domains}:
            del self._pipelines[gone], self._retries[gone]
        for domain in domains:
            if domain.name not in self._pipelines:
                self._pipelines[domain.name] = Pipeline(domain, self._engines[domain.name], self.wake)
                self._retries[domain.name] = _Retry()
            self._pipelines[domain.name].replace_domain(domain, intent)

    def _converge(self, name: str, pipeline: Pipeline, now: float) -> list[Status]:
        """One domain's pass, and what it has to tell."""
        retry = self._retries[name]
        if pipeline.refused and retry.at is not None and retry.at <= now:
            pipeline.retry()
        told = self._source.status(DOMAIN_KIND, name)
        if not pipeline.busy and retry.at is None and told is not None and told.observed_revision == self._revision:
            return []
        state, reason, applied = "ACTIVE", "", set[Scope]()
        try:
            applied = pipeline.converge()
        except UnreachableError as error:
            state, reason = "DOWN", str(error)
        except Exception as error:  # noqa: BLE001 - the loop's edge: one domain's fault must not stop the others
            _log.exception("%s: a pass failed, everything is compared again later", name)
            pipeline.audit()
            state, reason = "ERROR", repr(error)
        if state == "ACTIVE" and not pipeline.refused:
            retry.worked()
        else:
            retry.failed(now)
        failed = pipeline.failed
        if state == "ACTIVE" and (failed or pipeline.findings):
            state = "ERROR"
            first = [f"{scope}: {why}" for scope, why in failed.items()] + [each.message for each in pipeline.findings]
            reason = first[0] if len(first) == 1 else f"{first[0]} (and {len(first) - 1} more)"
        return [
            self._status(DOMAIN_KIND, name, state, reason),
            *(self._status(scope.kind, scope.id, "ERROR", why) for scope, why in failed.items()),
            *self._recovered(applied),
        ]

    def _recovered(self, applied: Collection[Scope]) -> list[Status]:
        """Objects whose status still tells of a failure that is over."""
        told = (self._source.status(scope.kind, scope.id) for scope in applied)
        over = [status for status in told if status is not None and status.state == "ERROR"]
        for status in over:
            self._on_report(status.kind, [status.object_id])
        return [self._status(it.kind, it.object_id, "ACTIVE") for it in over if it.kind not in self._reporters]

    def _states(self, kind: str) -> list[Status]:
        """What the engine reports of objects that exist and did not fail."""
        with self._lock:
            ids, self._reported[kind] = self._reported[kind], set()
        if ids is not None and not ids:
            return []
        assert self._intent is not None, "nothing is reported before intent was read"
        try:
            states = self._reporters[kind].states(ids)
        except UnreachableError:
            return []  # it tells of everything when it is back
        objects = self._intent.of(BY_KIND[kind].value)
        failed = {scope.id for pipeline in self._pipelines.values() for scope in pipeline.failed if scope.kind == kind}
        present = (each for each in (objects if ids is None else ids) if each in objects and each not in failed)
        return [self._status(kind, each, states.get(each, "DOWN")) for each in present]

    @property
    def _revision(self) -> int:
        return 0 if self._intent is None else self._intent.revision

    def _status(self, kind: str, identifier: str, state: str, reason: str = "") -> Status:
        return Status(kind, identifier, state, reason, self._revision)

    def _is_news(self, status: Status) -> bool:
        """Of a domain people wait for the revision; of an object only for another state."""
        told = self._source.status(status.kind, status.object_id)
        return told is None or status.kind == DOMAIN_KIND or (told.state, told.reason) != (status.state, status.reason)

    def _on_report(self, kind: str, ids: Collection[str] | None) -> None:
        with self._lock:
            waiting = self._reported.get(kind)
            if ids is None:
                self._reported[kind] = None
            elif waiting is not None:
                waiting.update(ids)
        self.wake()
