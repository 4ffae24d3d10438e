"""Jobs: generators that yield what they wait for, so that one thread can start many daemons at once."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator

TYPE_CHECKING = False
if TYPE_CHECKING:  # the module typing itself would cost every host memory
    from typing import Any, TypeAlias

    Wait: TypeAlias = tuple[float, Callable[[], Any] | None]  # until when, and for what (None: only the time)
    Job: TypeAlias = Generator[Wait, Any, None]  # is sent what it waited for, or None when the time was over

TICK = 0.02
IDLE = 60.0

_jobs: list[tuple[Job, Wait]] = []


def enter(job: Job) -> None:
    """Run a job from the next turn of the loop on."""
    _jobs.append((job, (0.0, None)))


def forget(job: Job | None) -> None:
    """Run a job no further."""
    _jobs[:] = [entry for entry in _jobs if entry[0] is not job]


def within(seconds: float, condition: Callable[[], Any] | None = None) -> Wait:
    """What a job yields: wait until the condition is something, or the seconds are over."""
    return time.monotonic() + seconds, condition


def advance() -> float:
    """Run every job whose wait is over; the result is the seconds until this must be called again."""
    soonest = IDLE
    for entry in list(_jobs):
        if entry not in _jobs:  # forgotten by a job before it
            continue
        job, (deadline, condition) = entry
        value = condition() if condition else None
        if value is None and time.monotonic() < deadline:
            soonest = min(soonest, TICK if condition else deadline - time.monotonic())
            continue
        _jobs.remove(entry)
        soonest = 0.0
        with contextlib.suppress(StopIteration):
            _jobs.append((job, job.send(value)))
    return max(soonest, 0.0)
