"""One daemon: its row of the table, what has become of it, its log, and the socket on which it says it is ready."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seapoint.lab.init.jobs import Job

NOTIFY = "/run/seapoint-init"
FIRST_DELAY = 0.1  # seconds, systemd's RestartSec
LOG_LINES = 8


class Daemon:
    """One daemon of a unit and what has become of it; ``row`` is its row of the table as JSON."""

    def __init__(self, host: str, unit: dict[str, Any], row: dict[str, Any], listen: list[int]) -> None:
        self.host, self.unit, self.row, self.listen = host, unit, row, listen
        self.mark = f"{unit['name']}/{row['name']}"
        self.log = f"/var/log/{unit['name'].removesuffix('.service')}.log"
        self.log_starts: dict[str, int] = {}  # where the logs of the last command begin
        self.notify: socket.socket | None = None
        self.ready = False
        self.pid = 0
        self.died: int | None = None  # wait status of the main process since the last start
        self.restarts = 0
        self.delay = FIRST_DELAY
        self.error = ""
        self.recovery: Job | None = None
        self.become("inactive")

    def become(self, state: str) -> None:
        self.state, self.since, self.moment = state, now(), time.monotonic()

    def status(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "pid": self.pid,
            "since": self.since,
            "restarts": self.restarts,
            "error": self.error,
        }


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def ended(status: int) -> str:
    """A wait status in words."""
    code = os.waitstatus_to_exitcode(status)
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"


def note(daemon: Daemon, text: str) -> None:
    """Write a line of ours into the unit's log."""
    with open(daemon.log, "a") as file:
        file.write(f"-- {now()} {daemon.mark}: {text}\n")


def mark_logs(daemon: Daemon) -> None:
    """Remember where the logs end now, so that ``tails`` tells only what came after."""
    paths = (daemon.log, *daemon.row["logs"])
    daemon.log_starts = {path: os.stat(path).st_size if os.path.exists(path) else 0 for path in paths}


def tails(daemon: Daemon) -> str:
    """The last lines of each log since ``mark_logs``."""
    parts = []
    for path, begin in daemon.log_starts.items():
        with contextlib.suppress(OSError), open(path, errors="replace") as file:
            file.seek(begin)
            parts += [f"{path}: {line.rstrip()}" for line in file.readlines()[-LOG_LINES:]]
    return "\n".join(parts)


def open_notify(daemon: Daemon) -> None:
    """The socket of sd_notify(3); each daemon has its own, so that the sender needs no finding out."""
    if daemon.notify is None:
        os.makedirs(NOTIFY, exist_ok=True)
        daemon.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        daemon.notify.bind(notify_path(daemon))
        # also for a daemon that has given up root before it is ready; the host's own directory is nobody else's
        os.chmod(notify_path(daemon), 0o722)  # noqa: S103


def notify_path(daemon: Daemon) -> str:
    return f"{NOTIFY}/{daemon.row['name']}.notify"


def read_notify(daemon: Daemon) -> None:
    if daemon.notify is None:
        return
    with contextlib.suppress(BlockingIOError):
        while True:
            if b"READY=1" in daemon.notify.recv(4096).split(b"\n"):
                daemon.ready = True
