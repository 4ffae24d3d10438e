"""Slow work on units (start, reload) in threads: nothing else waits for it, and all units start at once."""

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

from seapoint.base.errors import EngineError

T = TypeVar("T")


class Task(Generic[T]):
    """One action, in a thread that does not outlive the agent; ``result``: what it gave, None until it has."""

    def __init__(self, what: str, action: Callable[[], T], on_done: Callable[[], None]) -> None:
        self.what = what
        self.counts = True
        self.done = False
        self.error: EngineError | None = None
        self.result: T | None = None
        self._action = action
        self._on_done = on_done
        Thread(target=self._run, name=what, daemon=True).start()

    def _run(self) -> None:
        try:
            self.result = self._action()
        except EngineError as error:
            self.error = error
        except BaseException as error:
            self.error = EngineError(f"a fault of the agent itself: {error!r}")
            raise
        finally:
            self.done = True
            self._on_done()


class Work:
    """At most one action at a time for each unit. Used by one thread; ``on_done`` is called from others."""

    def __init__(self, on_done: Callable[[], None]) -> None:
        self._on_done = on_done
        self._tasks: dict[str, Task[None]] = {}

    def begin(self, unit: str, what: str, action: Callable[[], None]) -> None:
        """Do it; ``what`` is the word for it ("start")."""
        self._tasks[unit] = Task(what, action, self._on_done)

    def outdate(self, unit: str) -> None:
        """What is being done about a unit does not count for a file that changes now."""
        if unit in self._tasks:
            self._tasks[unit].counts = False

    def units(self) -> tuple[str, ...]:
        """Units about which something is under way or has ended unseen."""
        return tuple(self._tasks)

    def busy(self) -> bool:
        """Whether something is under way or its end was not looked at."""
        return bool(self._tasks)

    def under_way(self, unit: str) -> str | None:
        """What is being done about a unit now."""
        task = self._tasks.get(unit)
        return None if task is None or task.done else task.what

    def end(self, unit: str) -> tuple[str, bool] | None:
        """What was finished since the last call, and whether it counts; None: nothing. Raises what it raised."""
        task = self._tasks.get(unit)
        if task is None or not task.done:
            return None
        del self._tasks[unit]
        if task.error is not None:
            raise task.error
        return task.what, task.counts
