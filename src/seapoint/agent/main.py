"""The agent's life: hold the last target at once, take new ones, wake up when the host drifts, report."""

import logging
import signal
import time
from queue import Empty, SimpleQueue

from seapoint.agent.apply import apply_sections
from seapoint.agent.client import ServerLine
from seapoint.agent.context import Context
from seapoint.agent.memory import StateDirectory
from seapoint.agent.settings import AgentSettings
from seapoint.agent.sources import LONGEST_CHANGED, ServerSource, TargetFile
from seapoint.agent.units import service_manager
from seapoint.agent.vips import announced
from seapoint.agent.watch import DAEMONS, NETWORK, STOP, SWITCH, TARGET, Watch
from seapoint.base.errors import EngineError, InputError
from seapoint.target.host import HostTarget
from seapoint.target.report import HostReport, Part

_log = logging.getLogger("seapoint.agent")

DAEMONS_SECONDS = 2.0  # between looks at what sends no messages: files, units, sysctls
AUDIT_SECONDS = 30.0  # between passes over everything
REPORT_SECONDS = 30.0  # between reports that say nothing new
FILE_SECONDS = 0.2  # between looks at a target file
GATHER_SECONDS = 0.03  # a burst of netlink messages is answered by one pass
FIRST_RETRY, LONGEST_RETRY = 0.2, 10.0  # seconds until a failed part is tried again
ONCE_PASSES = 3
ONCE_PAUSE = 0.2
ONCE_SECONDS = 10.0
FLUSH_SECONDS = 10.0


class Agent:
    """One host's agent. Everything that touches the host happens in the thread that calls ``run``."""

    def __init__(self, settings: AgentSettings) -> None:
        self._settings = settings
        self._watch = Watch()
        self._state = StateDirectory(settings.state)
        self._context = Context(
            self._state,
            service_manager(settings.init_socket),
            settings.ovsdb,
            on_switch_change=lambda: self._watch.wake(SWITCH),
            on_work_done=lambda: self._watch.wake(DAEMONS),
        )
        self._incoming: SimpleQueue[HostTarget] = SimpleQueue()
        self._held: HostTarget | None = None
        #: Digest of the newest target that the server gave, applied or not.
        self._asked = ""
        self._results: dict[str, list[Part]] = {}
        self._reported: tuple[object, ...] = ()
        self._file = None if settings.target is None else TargetFile(settings.target)
        self._server = None if settings.server is None else self._source(settings)
        now = time.monotonic()
        self._due = {"audit": now + AUDIT_SECONDS, "daemons": now + DAEMONS_SECONDS, "report": now}
        self._retry = FIRST_RETRY

    def _source(self, settings: AgentSettings) -> ServerSource:
        def connect() -> ServerLine:
            server, ca, certificate, key = settings.server, settings.ca, settings.certificate, settings.key
            assert server is not None
            assert ca is not None
            assert certificate is not None
            assert key is not None
            return ServerLine(server, ca, certificate, key)

        def on_target(target: HostTarget) -> None:
            # it moves on here, so that the thread's next question is for the target after this one
            self._asked = target.digest()
            self._incoming.put(target)
            self._watch.wake(TARGET)

        return ServerSource(connect, settings.poll_seconds, lambda: self._asked, on_target)

    def run(self) -> int:
        """Until SIGTERM or SIGINT, which leave everything in force; or once. 0, or 1 where a part of it failed."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._watch.wake(STOP))
        try:
            if self._file is None and not self._settings.once:
                self._resume()
            if self._server is not None:
                self._server.start()
            return self._once() if self._settings.once else self._loop()
        finally:
            if self._server is not None:
                self._server.stop()
            self._context.close()
            self._watch.close()

    def _resume(self) -> None:
        """Hold the last target before the server is asked: a host that is cut off or was rebooted forwards."""
        last = self._state.target()
        if last is not None:
            self._take(last)
            self._asked = last.digest()
            self._pass(None)

    def _loop(self) -> int:
        complaint = ""
        while True:
            topics = self._watch.wait(self._patience())
            if NETWORK in topics:
                time.sleep(GATHER_SECONDS)
                topics |= self._watch.wait(0)
            if STOP in topics:
                return 0
            fresh = False
            try:
                fresh = self._fresh()
            except InputError as error:
                # looked at five times a second, told once
                if str(error) != complaint:
                    complaint = str(error)
                    _log.error("%s", complaint)
            if fresh:
                complaint = ""
            self._pass(None if fresh else self._woken(topics))

    def _once(self) -> int:
        deadline = time.monotonic() + ONCE_SECONDS
        while not self._fresh():
            self._watch.wait(FILE_SECONDS)
            if time.monotonic() > deadline:
                raise EngineError("there is no target for this host yet, or the server does not answer")
        for _ in range(ONCE_PASSES):
            self._pass(None)
            while self._context.work.busy():
                self._watch.wait(ONCE_PAUSE)
                self._pass(frozenset({DAEMONS}))
            if self._ok():
                break
            self._watch.wait(ONCE_PAUSE)
        if self._server is not None and not self._server.flush(FLUSH_SECONDS):
            _log.error("the report could not be sent")
        return 0 if self._ok() else 1

    def _fresh(self) -> bool:
        """Take the newest target that has come, if any."""
        if self._file is not None:
            target = self._file.changed()
            if target is not None:
                self._take(target)
            return target is not None
        found = False
        while True:
            try:
                self._take(self._incoming.get_nowait())
            except Empty:
                return found
            found = True

    def _take(self, target: HostTarget) -> None:
        self._held = target
        self._context.hold(target)
        self._retry = FIRST_RETRY
        self._results.pop("state", None)
        try:
            self._state.keep_target(target)
        except EngineError as error:
            self._results["state"] = [Part("state", ok=False, reason=str(error))]

    def _woken(self, topics: set[str]) -> frozenset[str] | None:
        """The topics that came up, with those of timers that are due; None: everything."""
        now = time.monotonic()
        if now >= self._due["audit"] or now >= self._due.get("retry", now + 1):
            return None
        if now >= self._due["daemons"]:
            self._due["daemons"] = now + DAEMONS_SECONDS
            topics.add(DAEMONS)
        return frozenset(topics)

    def _patience(self) -> float:
        soonest = min(self._due.values()) - time.monotonic()
        return min(soonest, FILE_SECONDS) if self._file is not None else soonest

    def _pass(self, topics: frozenset[str] | None) -> None:
        if self._held is not None and topics != frozenset():
            apply_sections(self._context, self._results, topics)
        now = time.monotonic()
        if topics is None:
            self._due |= {"audit": now + AUDIT_SECONDS, "daemons": now + DAEMONS_SECONDS}
        if topics != frozenset():
            if self._ok():
                self._due.pop("retry", None)
                self._retry = FIRST_RETRY
            elif topics is None or "retry" not in self._due:
                self._due["retry"] = now + self._retry
                self._retry = min(2 * self._retry, LONGEST_RETRY)
        self._report(now)

    def _ok(self) -> bool:
        return all(part.ok for parts in self._results.values() for part in parts)

    def _report(self, now: float) -> None:
        if self._held is None or self._context.work.busy():
            # what is under way is neither done nor failed: its end wakes us
            self._due["report"] = now + REPORT_SECONDS
            return
        parts = tuple(part for parts in self._results.values() for part in parts)
        features = self._context.feature_words()
        vips = announced(self._settings.vips)
        content = (self._held.digest(), parts, tuple(features.items()), vips)
        changed, self._context.changed = tuple(self._context.changed[-LONGEST_CHANGED:]), []
        if content == self._reported and not changed and now < self._due["report"]:
            return
        self._due["report"] = now + REPORT_SECONDS
        if content != self._reported:
            for part in parts:
                if not part.ok:
                    _log.error("%s: %s", part.part, part.reason)
        self._reported = content
        if self._server is not None:
            self._server.report(
                HostReport(
                    host=self._held.host,
                    digest=self._held.digest(),
                    ok=self._ok(),
                    parts=parts,
                    features=features,
                    changed=changed,
                    at=time.time(),
                    vips=vips,
                )
            )


def run(settings: AgentSettings) -> int:
    """Run the agent with these settings until it is told to stop: the exit status.

    Raises InputError for settings that don't fit together, and EngineError where ``once`` found no target.
    """
    return Agent(settings.checked()).run()
