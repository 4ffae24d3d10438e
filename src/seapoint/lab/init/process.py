"""Processes: started with what systemd would give them, found again by their mark, collected when they are dead."""

from __future__ import annotations

import contextlib
import os
import pwd
import shlex
import signal
from collections.abc import Iterable

from seapoint.lab.init.daemon import Daemon, notify_path, now

#: What a program would inherit as ignored: Python ignores two, nohup(1) and shells in the background the others.
INHERITED = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)

expected: set[int] = set()  # processes that a job waits for
exited: dict[int, int] = {}  # their wait status, until the job has read it


def environment(daemon: Daemon) -> dict[str, str]:
    """The environment of a daemon: ours, its EnvironmentFile, and what systemd would tell it."""
    values = dict(os.environ)
    if daemon.row["environment_file"]:
        with contextlib.suppress(FileNotFoundError), open(daemon.row["environment_file"]) as file:
            for word in shlex.split(file.read(), comments=True):
                name, equals, value = word.partition("=")
                if equals:
                    values[name] = value
    values["SEAPOINT_DAEMON"] = daemon.mark
    if daemon.row["kind"] == "notify":
        values["NOTIFY_SOCKET"] = notify_path(daemon)
    if daemon.pid:
        values["MAINPID"] = str(daemon.pid)
    return values


def spawn(daemon: Daemon, argv: Iterable[str]) -> int:
    """Start one process in the unit's log; words like ``$OPTIONS`` are expanded as systemd expands them."""
    values = environment(daemon)
    words: list[str] = []
    for word in argv:
        words += shlex.split(values.get(word[1:], "")) if word.startswith("$") else [word]
    log = os.open(daemon.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(log, f"-- {now()} {shlex.join(words)}\n".encode())
    pid = os.fork()
    if pid:
        os.close(log)
        return pid
    try:
        os.setsid()
        for number in INHERITED:
            signal.signal(number, signal.SIG_DFL)
        os.dup2(log, 1)
        os.dup2(log, 2)
        if daemon.listen:
            values |= {"LISTEN_FDS": str(hand_over(daemon.listen)), "LISTEN_PID": str(os.getpid())}
        os.execvpe(words[0], words, values)  # noqa: S606 - no shell wanted
    except OSError as error:
        os.write(2, f"{words[0]}: {error}\n".encode())
    finally:
        os._exit(127)


def hand_over(listeners: list[int]) -> int:
    """Place sockets at descriptors 3, 4, ... as sd_listen_fds(3) says; the result is their number."""
    copies = [os.dup(fd) for fd in listeners]
    while min(copies) < 3 + len(copies):  # none may lie where another will go
        copies = [os.dup(fd) for fd in copies]
    for place, fd in enumerate(copies):
        os.dup2(fd, 3 + place)
    return len(copies)


def group(daemon: Daemon) -> list[int]:
    """Every living process that the daemon started, itself included."""
    mark = f"\0SEAPOINT_DAEMON={daemon.mark}\0".encode()
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{entry}/environ", "rb") as file:
                if mark in b"\0" + file.read():
                    found.append(int(entry))
    return found


def kill(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def reap() -> Iterable[tuple[int, int]]:
    """Collect every dead process, orphans too; the result is PID and wait status of each."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid in expected:
            expected.remove(pid)
            exited[pid] = status
        yield pid, status


def make_directory(path: str, owner: str, mode: int) -> None:
    """A directory as the distribution's package or RuntimeDirectory= would make it."""
    os.makedirs(path, exist_ok=True)
    entry = pwd.getpwnam(owner)
    os.chown(path, entry.pw_uid, entry.pw_gid)
    os.chmod(path, mode)
