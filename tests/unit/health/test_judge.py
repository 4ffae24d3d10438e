"""When a service counts as well or sick, and what follows for its address: every answer by what is known."""

import pytest

from seapoint.health.judge import QUIET_LOOKS, Announcement, Health, after_check, announcement, score
from seapoint.target.health import DRAINING, SICK, WAY, Check, Watched

WELL, ILL = Health(well=True), Health(well=False, failure="refused")
ADDRESSES = ("192.0.2.1", "2001:db8::1")


def after(health: Health | None, said: str, rise: int = 3, fall: int = 2) -> Health | None:
    """The health after checks: ``+`` a good one, ``-`` a bad one."""
    for one in said:
        health = after_check(health, "" if one == "+" else "refused", rise, fall)
    return health


@pytest.mark.parametrize(
    ("before", "said", "well"),
    [
        (None, "+", True),
        (None, "-", False),
        (WELL, "-", True),
        (WELL, "--", False),
        (WELL, "-+-", True),
        (ILL, "++", False),
        (ILL, "+++", True),
        (ILL, "++-++", False),
        (WELL, "--+++", True),
    ],
)
def test_rise_and_fall_count_checks_in_a_row(before: Health | None, said: str, well: bool) -> None:
    found = after(before, said)
    assert found is not None
    assert (found.well, found.failure) == (well, "" if said.endswith("+") else "refused")


CHECKED = Watched("v", ADDRESSES, check=Check("tcp", 80))
KEPT = Watched("v", ADDRESSES, check=Check("tcp", 80), when_all_sick="keep")
PASSIVE = Watched("v", ADDRESSES, order=2)
DRAINED = Watched("v", ADDRESSES, draining=True)
DRAINED_KEPT = Watched("v", ADDRESSES, draining=True, when_all_sick="keep")


@pytest.mark.parametrize(
    ("watched", "health", "quiet", "said"),
    [
        (CHECKED, WELL, 0, Announcement(0)),
        (PASSIVE, WELL, 0, Announcement(2)),
        (CHECKED, ILL, 0, Announcement(None, "sick: refused")),
        (KEPT, ILL, 0, Announcement(SICK, "sick: refused")),
        (DRAINED, WELL, 0, Announcement(DRAINING, "draining, 4 connections")),
        (DRAINED, WELL, QUIET_LOOKS - 1, Announcement(DRAINING, "draining, 4 connections")),
        (DRAINED, WELL, QUIET_LOOKS, Announcement(None, "drained")),
        (DRAINED, ILL, 0, Announcement(None, "sick: refused")),
        (DRAINED_KEPT, ILL, 0, Announcement(SICK, "sick: refused")),
        (DRAINED_KEPT, ILL, QUIET_LOOKS, Announcement(None, "drained")),
    ],
)
def test_announcement(watched: Watched, health: Health, quiet: int, said: Announcement) -> None:
    assert announcement(watched, health, quiet, 4) == said


@pytest.mark.parametrize(
    ("down", "ways"),
    [
        (set(), 2),
        ({"192.0.2.1"}, 2),
        ({"192.0.2.1", "192.0.2.2"}, 1),
        ({"2001:db8::1"}, 1),
        ({"192.0.2.1", "192.0.2.2", "2001:db8::1"}, 0),
    ],
)
def test_a_way_counts_while_one_of_its_neighbours_is_well(down: set[str], ways: int) -> None:
    of_families = (("192.0.2.1", "192.0.2.2"), ("2001:db8::1",))
    health = {address: ILL if address in down else WELL for way in of_families for address in way}
    assert score(of_families, health) == ways * WAY
