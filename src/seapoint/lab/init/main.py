"""The loop and the control socket of a lab host's first process."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
from collections.abc import Callable, Generator

from seapoint.lab.init.daemon import Daemon, read_notify, tails
from seapoint.lab.init.jobs import advance, enter
from seapoint.lab.init.life import bring_up, clear, dead, leave_alone, reread, take_down
from seapoint.lab.init.process import reap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from seapoint.lab.init.jobs import Job, Wait

    Answer: TypeAlias = Callable[[dict[str, Any]], None]

CONTROL = "/run/seapoint-init.sock"
REQUEST_BYTES = 65536


class Units:
    """Every unit of this host, and the requests that wait for their turn at one."""

    def __init__(self, config: dict[str, Any]) -> None:
        host, listen = config["host"], config["listen"]
        self.daemons = {
            unit["name"]: [Daemon(host, unit, row, listen.get(unit["name"], [])) for row in unit["daemons"]]
            for unit in config["units"]
        }
        self.queues: dict[str, list[Job]] = {}

    def all(self) -> list[Daemon]:
        return [daemon for daemons in self.daemons.values() for daemon in daemons]

    def request(self, line: bytes, answer: Answer) -> None:
        """Answer a request, at once or when its job is done."""
        try:
            request = json.loads(line)
            do, name = str(request["do"]), str(request.get("unit", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            answer({"ok": False, "error": 'a request is one JSON object with "do" and "unit"'})
            return
        if do == "list":
            answer({"ok": True, "units": [status_of(*item) for item in self.daemons.items()]})
        elif name not in self.daemons:
            answer({"ok": False, "unit": name, "error": f"no unit {name!r}; there are {', '.join(self.daemons)}"})
        elif do == "status":
            answer(status_of(name, self.daemons[name]))
        elif do == "said":
            answer({"ok": True, "unit": name, "said": "\n".join(tails(daemon) for daemon in self.daemons[name])})
        elif do in {"start", "stop", "restart", "reload"}:
            queue = self.queues.setdefault(name, [])
            queue.append(operate(do, name, self.daemons[name], answer))
            if len(queue) == 1:
                enter(self._turns(queue))
        else:
            answer(
                {"ok": False, "unit": name, "error": f"cannot {do!r}; start, stop, restart, reload, status, said, list"}
            )

    def _turns(self, queue: list[Job]) -> Job:
        while queue:
            yield from queue[0]
            queue.pop(0)


def state_of(daemons: list[Daemon]) -> str:
    states = {daemon.state for daemon in daemons}
    for state in ("failed", "deactivating", "activating", "reloading"):
        if state in states:
            return state
    return "active" if states == {"active"} else "inactive"


def status_of(name: str, daemons: list[Daemon], trouble: str = "") -> dict[str, Any]:
    state = state_of(daemons)
    return {
        "ok": not trouble and state != "failed",
        "unit": name,
        "state": state,
        "pid": daemons[0].pid,
        "since": max(daemon.since for daemon in daemons),
        "restarts": sum(daemon.restarts for daemon in daemons),
        "error": trouble or "\n".join(daemon.error for daemon in daemons if daemon.error),
        "daemons": {daemon.row["name"]: daemon.status() for daemon in daemons},
    }


def operate(do: str, name: str, daemons: list[Daemon], answer: Answer) -> Job:
    """One request on one unit, from its first command to its answer."""
    trouble = ""
    if do in {"stop", "restart"}:
        for daemon in reversed(daemons):
            yield from take_down(daemon)
    if do in {"start", "restart"}:
        yield from start(daemons)
    if do == "reload":
        trouble = yield from reload(name, daemons)
    answer(status_of(name, daemons, trouble))


def start(daemons: list[Daemon]) -> Job:
    for daemon in daemons:
        if daemon.state != "active":
            leave_alone(daemon)
            yield from clear(daemon)
            yield from bring_up(daemon)
        if daemon.state == "failed":
            return


def reload(name: str, daemons: list[Daemon]) -> Generator[Wait, Any, str]:
    state = state_of(daemons)
    reloadable = [daemon for daemon in daemons if daemon.row["reload"]]
    if not reloadable or state != "active":
        why = f"it is {state}" if reloadable else "it has no reload command"
        return f"{daemons[0].host}: {name} cannot be reloaded: {why}"
    for daemon in reloadable:
        trouble = yield from reread(daemon)
        if trouble:
            return f"{daemon.host}: {daemon.mark}: reload: {trouble}\n{tails(daemon)}".rstrip()
    return ""


def answer_to(client: socket.socket) -> Answer:
    def answer(value: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # the client may have gone; its request counted all the same
            client.sendall(json.dumps(value).encode() + b"\n")

    return answer


def listen() -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    os.umask(0o177)
    listener.bind(CONTROL)
    os.umask(0o022)
    listener.listen(16)
    return listener


def serve(config: dict[str, Any]) -> None:
    """Run for ever; the death of this process is the end of the host."""
    units = Units(config)
    daemons = units.all()
    wake, waker = socket.socketpair()
    wake.setblocking(False)
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    listener = listen()
    os.write(config["ready"], b"1")
    os.close(config["ready"])
    clients: dict[socket.socket, bytes] = {}
    while True:
        seconds = advance()
        notifiers = [daemon.notify for daemon in daemons if daemon.notify]
        readable, _, _ = select.select([wake, listener, *notifiers, *clients], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            wake.recv(4096)
        for daemon in daemons:
            read_notify(daemon)
        for pid, status in reap():
            for daemon in daemons:
                if daemon.pid == pid:
                    dead(daemon, status)
        if listener in readable:
            client, _ = listener.accept()
            client.settimeout(1.0)
            clients[client] = b""
        for client in clients.keys() & set(readable):
            read_client(units, clients, client)


def read_client(units: Units, clients: dict[socket.socket, bytes], client: socket.socket) -> None:
    """Take whole lines; a client that is gone or talks without end is dropped, its answers still under way are not."""
    try:
        data = client.recv(REQUEST_BYTES)
    except OSError:
        data = b""
    *lines, rest = (clients[client] + data).split(b"\n")
    for line in lines:
        units.request(line, answer_to(client))
    if data and len(rest) < REQUEST_BYTES:
        clients[client] = rest
    else:
        del clients[client]


def main() -> None:
    """Read what to run from standard input and serve."""
    with open(0) as stdin:
        config = json.load(stdin)
    del os.environ["PYTHONPATH"]  # ours, not our daemons'
    os.set_inheritable(os.open("/dev/null", os.O_RDWR), True)  # the free place 0: everybody's standard input
    for fds in config["listen"].values():
        for fd in fds:
            os.set_inheritable(fd, False)
    os.set_inheritable(config["ready"], False)
    with open("/proc/self/comm", "w") as comm:
        comm.write("systemd")  # keepalived tells its readiness only to a first process of this name (lib/systemd.c)
    serve(config)
