"""Looks at what daemons run with, in threads and not often: who types at a daemon's own prompt changes no file."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from seapoint.agent.programs import run_program
from seapoint.agent.work import Task

#: Seconds between looks at one daemon.
PERIOD = 30.0


@dataclass
class _Look:
    begun: float
    task: Task[str]


class Looks:
    """At most one look at a time at each unit. Used by one thread; ``on_done`` is called from others."""

    def __init__(self, on_done: Callable[[], None]) -> None:
        self._on_done = on_done
        self._looks: dict[str, _Look] = {}

    def seen(self, unit: str, command: tuple[str, ...]) -> str:
        """What the last look saw, told once; empty: nothing new. Begins the next look where it is time."""
        look, now = self._looks.get(unit), time.monotonic()
        if look is None or (look.task.done and now > look.begun + PERIOD):
            self._looks[unit] = _Look(now, Task("look", partial(_digest, command), self._on_done))
        # a daemon that did not answer is the service manager's business: nothing was seen
        if look is None or not look.task.done or look.task.result is None:
            return ""
        seen, look.task.result = look.task.result, None
        return seen

    def forget(self, unit: str) -> None:
        """What was seen, or is being looked at, is over; the next look is at once."""
        self._looks.pop(unit, None)


def _digest(command: tuple[str, ...]) -> str:
    return hashlib.sha256(run_program(command).encode()).hexdigest()
