"""HAProxy's reload, to its end: its master says whether the new configuration was taken up.

Source: HAProxy's management guide 2.6, "Master CLI".
"""

import re
import socket
import time
from pathlib import Path

from seapoint.agent.programs import PATIENCE
from seapoint.agent.units import MOST_LINES, Units
from seapoint.base.errors import EngineError

_PAUSE = 0.1
#: Seconds; a question that reaches the master while it begins anew may have no answer.
_ANSWER = 1.0
#: Without the number of its process: the same trouble is the same words.
_ALERT = re.compile(r"\[ALERT\]\s+\(\d+\) : (.*)")
_MASTER = re.compile(r"^\d+\s+master\s+(\d+) \[failed: (\d+)\]", re.MULTILINE)


def reload_haproxy(units: Units, name: str, master: Path) -> None:
    """Reload the unit and wait for the end of it.

    Raises EngineError with HAProxy's own words where a new process could not start: an address or port that somebody
    else has. The old one then serves on, with the old configuration.
    """
    before = _reloads(master)
    if before is None:
        raise EngineError(f"HAProxy's master does not answer at {master}: is it started with -S {master}?")
    units.reload(name)
    deadline = time.monotonic() + PATIENCE
    now: tuple[int, int] | None = before
    while now is None or now[0] == before[0]:
        if time.monotonic() > deadline:
            raise EngineError(f"HAProxy's master has not reloaded in {PATIENCE:.0f} s")
        time.sleep(_PAUSE)
        now = _reloads(master)
    if now[1]:
        lines = units.said(name)
        words = [found[1] for line in lines if (found := _ALERT.search(line))] or lines
        raise EngineError(f"it serves on with its old configuration: {'; '.join(words[-MOST_LINES:])}")


def _reloads(master: Path) -> tuple[int, int] | None:
    """How often the master has reloaded, and how often in vain since it last could; None: it does not answer now."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(_ANSWER)
            line.connect(str(master))
            line.sendall(b"show proc\n")
            line.shutdown(socket.SHUT_WR)
            with line.makefile("r", encoding="utf-8") as stream:
                found = _MASTER.search(stream.read())
    except (OSError, UnicodeDecodeError):
        return None
    return None if found is None else (int(found[1]), int(found[2]))
