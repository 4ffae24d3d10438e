"""The life of one daemon, as jobs: start, wait until it serves, stop, and bring back when it died."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Generator, Iterable

from seapoint.lab.init.daemon import FIRST_DELAY, Daemon, ended, mark_logs, note, open_notify, tails
from seapoint.lab.init.jobs import enter, forget, within
from seapoint.lab.init.process import exited, expected, group, kill, make_directory, spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seapoint.lab.init.jobs import Job, Wait

START_SECONDS = 90.0  # systemd's own default (DefaultTimeoutStartSec); and as long for a reload
STOP_SECONDS = 10.0
LAST_DELAY = 5.0
STEADY_SECONDS = 10.0  # who lived so long is no repeat offender


def run(daemon: Daemon, argv: Iterable[str], seconds: float) -> Generator[Wait, Any, str]:
    """Run one command to its end; the result is what went wrong, or nothing."""
    pid = spawn(daemon, argv)
    expected.add(pid)
    status = yield within(seconds, lambda: exited.pop(pid, None))
    if status is None:
        expected.discard(pid)
        kill([pid], signal.SIGKILL)
        return f"no end after {seconds:.0f} s"
    return ended(status) if status else ""


def bring_up(daemon: Daemon) -> Job:
    """From whatever it is to active, or to failed with the reason and the logs' last lines."""
    daemon.become("activating")
    mark_logs(daemon)
    trouble = yield from _launch(daemon)
    if trouble:
        yield from clear(daemon)
        daemon.pid = 0
        daemon.error = f"{daemon.host}: {daemon.mark}: {trouble}\n{tails(daemon)}".rstrip()
        daemon.become("failed")
    else:
        daemon.error = ""
        daemon.become("active")


def _launch(daemon: Daemon) -> Generator[Wait, Any, str]:
    row = daemon.row
    daemon.died, daemon.ready = None, False
    for directory in daemon.unit["directories"]:
        make_directory(*directory)
    if row["ready"]:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(row["ready"])  # of the one before
    if row["kind"] == "forking":
        return (yield from run(daemon, row["start"], START_SECONDS)) or adopt(daemon)
    if row["kind"] == "notify":
        open_notify(daemon)
    daemon.pid = spawn(daemon, row["start"])
    if row["kind"] == "notify" or row["ready"]:
        done = yield within(START_SECONDS, lambda: _serves(daemon))
        if not done:
            return f"not ready after {START_SECONDS:.0f} s"
    return ended(daemon.died) if daemon.died is not None else ""


def adopt(daemon: Daemon) -> str:
    """A daemon that put itself into the background: we are its parent now, its PID file tells which it is."""
    try:
        with open(daemon.row["pidfile"]) as file:
            pid = int(file.read())
        os.kill(pid, 0)
    except (OSError, ValueError) as error:
        return f"no main process by {daemon.row['pidfile']}: {error}"
    daemon.pid = pid
    return ""


def _serves(daemon: Daemon) -> bool | None:
    ready = daemon.ready or (daemon.row["ready"] and os.path.exists(daemon.row["ready"]))
    return True if ready or daemon.died is not None else None


def reread(daemon: Daemon) -> Generator[Wait, Any, str]:
    """Run the reload command; the main process may change meanwhile, as FRR's reload replaces watchfrr."""
    mark_logs(daemon)
    daemon.state = "reloading"
    trouble = yield from run(daemon, daemon.row["reload"], START_SECONDS)
    if daemon.row["pidfile"]:
        adopt(daemon)
    daemon.state = "active"
    if not daemon.pid:
        dead(daemon, daemon.died or 0)
    return trouble


def dead(daemon: Daemon, status: int) -> None:
    """The main process is gone; nobody asked for it when the daemon was active."""
    daemon.pid, daemon.died = 0, status
    if daemon.state == "active":
        daemon.recovery = _recover(daemon, ended(status), time.monotonic() - daemon.moment)
        daemon.become("activating")
        enter(daemon.recovery)


def _recover(daemon: Daemon, died: str, lived: float) -> Job:
    """Bring a dead daemon back, however often that takes."""
    note(daemon, f"main process: {died}")
    if lived > STEADY_SECONDS:
        daemon.delay = FIRST_DELAY
    while daemon.state != "active":
        yield from clear(daemon)
        yield within(daemon.delay)
        daemon.delay = min(daemon.delay * 2, LAST_DELAY)
        daemon.restarts += 1
        yield from bring_up(daemon)
        if daemon.state == "failed":
            daemon.become("activating")
    daemon.error = f"{daemon.mark} was started again: {died}"
    daemon.recovery = None


def clear(daemon: Daemon, number: int = signal.SIGKILL) -> Generator[Wait, Any, None]:
    """End whatever is left of a daemon: with the given signal, then by force."""
    for deed in (number, signal.SIGKILL):
        pids = group(daemon)
        if not pids:
            return
        kill(pids, deed)
        yield within(STOP_SECONDS, lambda: None if group(daemon) else True)


def take_down(daemon: Daemon) -> Job:
    """From whatever it is to inactive."""
    leave_alone(daemon)
    daemon.become("deactivating")  # so that its death is not repaired
    if daemon.pid and daemon.row["stop"]:
        yield from run(daemon, daemon.row["stop"], STOP_SECONDS)
    yield from clear(daemon, signal.SIGTERM)
    daemon.pid, daemon.error, daemon.delay = 0, "", FIRST_DELAY
    daemon.become("inactive")


def leave_alone(daemon: Daemon) -> None:
    """A request decides now: a repair under way ends."""
    forget(daemon.recovery)
    daemon.recovery = None
