"""What a service address is to be told as, after its checks and while it drains; what sessions are worth: pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seapoint.target.health import DRAINING, SICK, WAY, Watched

#: Looks in a row that find no connection until a draining address is withdrawn: the switch has turned away by then.
QUIET_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Health:
    """``streak``: checks in a row that say otherwise; ``failure``: what the last check said, empty if it was good."""

    well: bool
    streak: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """How an address is told: with the AS put before its path so many times more, or not at all (None), and why."""

    prepended: int | None
    why: str = ""


def after_check(health: Health | None, failure: str, rise: int, fall: int) -> Health:
    """The health after one more check; the first check of all decides by itself."""
    good = not failure
    if health is None or good == health.well:
        return Health(good, 0, failure)
    streak = health.streak + 1
    if streak >= (rise if good else fall):
        return Health(good, 0, failure)
    return Health(health.well, streak, failure)


def score(ways: Iterable[Iterable[str]], health: Mapping[str, Health]) -> int:
    """What a host's ways to other sites add to its priority: those of which one neighbour is well count."""
    return WAY * sum(any(health[address].well for address in way) for way in ways)


def announcement(watched: Watched, health: Health, quiet_looks: int, connections: int) -> Announcement:
    """How an address is to be told; ``quiet_looks``: in a row, without a connection, since it drains."""
    if watched.draining and quiet_looks >= QUIET_LOOKS:
        return Announcement(None, "drained")
    if not health.well:
        return Announcement(SICK if watched.when_all_sick == "keep" else None, f"sick: {health.failure}")
    if watched.draining:
        return Announcement(DRAINING, f"draining, {connections} connections")
    return Announcement(watched.order)
