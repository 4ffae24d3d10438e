"""Looks at what daemons run with, in threads and not often: who types at a daemon's own prompt changes no file."""

import contextlib
import hashlib
import time
from collections.abc import Callable
from threading import Thread

from seapoint.agent.programs import run_program
from seapoint.base.errors import EngineError

#: Seconds between looks at one daemon.
PERIOD = 30.0


class _Look:
    """One look, in a thread that does not outlive the agent; ``seen``: the digest of what was printed."""

    def __init__(self, command: tuple[str, ...], on_done: Callable[[], None]) -> None:
        self.begun = time.monotonic()
        self.done = False
        self.seen = ""
        self._command = command
        self._on_done = on_done
        Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        # a daemon that does not answer is the service manager's business: nothing was seen
        with contextlib.suppress(EngineError):
            self.seen = hashlib.sha256(run_program(self._command).encode()).hexdigest()
        self.done = True
        self._on_done()


class Looks:
    """At most one look at a time at each unit. Used by one thread; ``on_done`` is called from others."""

    def __init__(self, on_done: Callable[[], None]) -> None:
        self._on_done = on_done
        self._looks: dict[str, _Look] = {}

    def seen(self, unit: str, command: tuple[str, ...]) -> str:
        """What the last look saw, told once; empty: nothing new. Begins the next look where it is time."""
        look = self._looks.get(unit)
        if look is None or (look.done and time.monotonic() > look.begun + PERIOD):
            self._looks[unit] = _Look(command, self._on_done)
        if look is None or not look.done:
            return ""
        seen, look.seen = look.seen, ""
        return seen

    def forget(self, unit: str) -> None:
        """What was seen, or is being looked at, is over; the next look is at once."""
        self._looks.pop(unit, None)
