"""Speak to the first process of a lab host: start, stop, reload units and see how they are."""

import json
import socket
from collections.abc import Iterable
from typing import Any

from seapoint.base.errors import EngineError
from seapoint.lab.host import Host

ANSWER_SECONDS = 300.0  # longer than the longest start or stop of a unit

Status = dict[str, Any]
"""``ok``, ``unit``, ``state``, ``pid`` (inside the host), ``since``, ``restarts``, ``error``, ``daemons``."""


def request(host: Host, do: str, unit: str = "") -> Status:
    """One request and its answer; raises EngineError when the host does not answer."""
    return _answer(host, _ask(host, do, unit))


def units(host: Host) -> list[Status]:
    """How every unit of the host is."""
    answer: list[Status] = request(host, "list")["units"]
    return answer


def start(wishes: Iterable[tuple[Host, str]]) -> None:
    """Start units of many hosts at the same time.

    Raises EngineError with host, daemon and the last lines of its log for each that does not come up.
    """
    asked = [(host, _ask(host, "start", unit)) for host, unit in wishes]
    answers = [_answer(host, connection) for host, connection in asked]
    troubles = [answer["error"] for answer in answers if not answer["ok"]]
    if troubles:
        raise EngineError("\n".join(troubles))


def _ask(host: Host, do: str, unit: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(ANSWER_SECONDS)
    try:
        connection.connect(str(host.lab.host(host.name) / "run" / "seapoint-init.sock"))
        connection.sendall(json.dumps({"do": do, "unit": unit}).encode() + b"\n")
    except OSError as error:
        connection.close()
        raise EngineError(f"{host.name}: its first process does not answer: {error}") from error
    return connection


def _answer(host: Host, connection: socket.socket) -> Status:
    with connection, connection.makefile() as lines:
        try:
            line = lines.readline()
        except TimeoutError as error:
            raise EngineError(f"{host.name}: no answer of its first process for {ANSWER_SECONDS:.0f} s") from error
    if not line:
        raise EngineError(f"{host.name}: it ended before it answered")
    answer: Status = json.loads(line)
    return answer
