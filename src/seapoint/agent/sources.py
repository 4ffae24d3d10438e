"""Where targets come from: a server that is asked from a thread of its own, or a file that is looked at."""

import json
import logging
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread

from seapoint.agent.client import ServerLine
from seapoint.base.errors import EngineError, InputError
from seapoint.target.host import HostTarget
from seapoint.target.report import HostReport

_log = logging.getLogger("seapoint.agent")

#: Lines of changes that a report carries at most.
LONGEST_CHANGED = 200

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0  # seconds between questions to a server that does not answer


class TargetFile:
    """A file that another tool or a test writes. It is replaced by rename, so a change is seen by inode and times."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None

    def changed(self) -> HostTarget | None:
        """The target, when the file is new since the last call; raises InputError for one that is no target."""
        try:
            state = self._path.stat()
            seen = (state.st_ino, state.st_mtime_ns, state.st_size)
            if seen == self._seen:
                return None
            self._seen = seen
            return HostTarget.from_json(json.loads(self._path.read_text(encoding="utf-8")))
        except OSError as error:
            raise InputError(f"--target {self._path} cannot be read: {error.strerror}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"--target {self._path} is no host's target: {error!r}") from error


class ServerSource:
    """Asks the server for targets and tells it reports, each on a connection and in a thread of its own.

    ``digest`` gives the digest of the target that the agent holds; ``on_target`` is called from the thread.
    """

    def __init__(
        self,
        connect: Callable[[], ServerLine],
        poll_seconds: float,
        digest: Callable[[], str],
        on_target: Callable[[HostTarget], None],
    ) -> None:
        self._connect = connect
        self._poll_seconds = poll_seconds
        self._digest = digest
        self._on_target = on_target
        self._stop = Event()
        self._reports: Queue[HostReport] = Queue(maxsize=1)
        self._trouble = ""
        self._last: HostReport | None = None
        self._threads = (
            Thread(target=self._ask, name="targets", daemon=True),
            Thread(target=self._tell, name="reports", daemon=True),
        )

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads as soon as they look; they hold nothing that must be put in order."""
        self._stop.set()

    def report(self, report: HostReport) -> None:
        """Send a report; one that could not be sent yet is replaced by the newer one."""
        self._last = replace(report, changed=())
        self._offer(report)

    def _offer(self, report: HostReport) -> None:
        while True:
            try:
                self._reports.put_nowait(report)
            except Full:
                try:
                    stale = self._reports.get_nowait()
                except Empty:
                    continue
                self._reports.task_done()
                report = newer(stale, report)
            else:
                return

    def flush(self, patience: float) -> bool:
        """Wait, at most ``patience`` seconds, until the reports given so far were sent."""
        deadline = time.monotonic() + patience
        while self._reports.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self._reports.unfinished_tasks

    def _ask(self) -> None:
        line, pause = self._connect(), FIRST_PAUSE
        while not self._stop.is_set():
            try:
                # after trouble an answer is wanted at once: it says that the server is back
                target = line.poll(self._digest(), 0.0 if self._trouble else self._poll_seconds)
            except EngineError as error:
                self._complain(str(error))
                self._stop.wait(pause * random.uniform(0.7, 1.3))  # noqa: S311 - spreads hosts, hides nothing
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            if self._trouble and self._last is not None:
                # a server that was restarted knows no reports; one that was ending may have taken this one
                self._offer(self._last)
            self._complain("")
            pause = FIRST_PAUSE
            if target is not None:
                self._on_target(target)

    def _tell(self) -> None:
        line, pause = self._connect(), FIRST_PAUSE
        while not self._stop.is_set():
            report = self._reports.get()
            while not self._stop.is_set():
                try:
                    line.report(report)
                except EngineError:
                    self._stop.wait(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
                    report = self._latest(report)
                else:
                    pause = FIRST_PAUSE
                    break
            self._reports.task_done()

    def _latest(self, report: HostReport) -> HostReport:
        try:
            fresh = self._reports.get_nowait()
        except Empty:
            return report
        self._reports.task_done()
        return newer(report, fresh)

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            _log.warning("%s", trouble or "the server answers")
            self._trouble = trouble


def newer(old: HostReport, fresh: HostReport) -> HostReport:
    """The fresh report, with what the unsent old one said was changed."""
    return replace(fresh, changed=(*old.changed, *fresh.changed)[-LONGEST_CHANGED:])
