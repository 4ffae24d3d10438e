"""Faults of the owner that carries a VIP: drained, sick, killed whole, and the return of each; both families.

``pytest -rP`` prints what was lost; benchmarks/failover.py measures it: docs/reference/failover.md.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.faults import as_intended, back, end_whole, kill, up_again
from lab.flows import lost
from lab.passive import (
    ADDRESSES,
    FIRST,
    LEGS,
    SECOND,
    VIP,
    Passive,
    active_passive,
    chosen,
    end,
    service,
    silence,
    struck,
    unsilence,
)
from lab.standing import Standing

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

GENEROUS = 5.0  # seconds of silence: the benchmark has the budgets


@pytest.fixture
def passive(faulty: Standing, tmp_path: Path) -> Iterator[Passive]:
    with active_passive(faulty, tmp_path) as found:
        yield found


def test_drained_and_taken_back(passive: Passive) -> None:
    cloud = passive.cloud
    try:
        away = struck(cloud, "the first owner drained", lambda: cloud.told("drain", VIP, FIRST), SECOND)
        status = cloud.client.get("/seapoint/v1/status")["vips"][VIP]
        said = {address: of[FIRST]["why"] for address, of in status.items()}
        assert said == dict.fromkeys(ADDRESSES.values(), "drained")
        assert "drained" in cloud.told("status")
    finally:
        again = struck(cloud, "the first owner taken back", lambda: cloud.told("undrain", VIP, FIRST), FIRST)
    assert (lost(away), lost(again)) == ({}, {})


def test_sick_and_well_again(passive: Passive) -> None:
    """Echo requests are the kernel's to answer: none may be lost on the way from one owner to the other."""
    cloud = passive.cloud
    told = struck(cloud, "the service of the first owner dies", lambda: end(passive.services[FIRST]), SECOND)
    assert lost(told) == {}
    with service(cloud, FIRST):
        told = struck(cloud, "it is well again", lambda: None, FIRST)
        assert lost(told) == {}


def test_cut_off_and_back(passive: Passive) -> None:
    cloud = passive.cloud
    try:
        told = struck(cloud, "the first owner cut off", lambda: silence(cloud, FIRST), SECOND)
    finally:
        back_again = struck(cloud, "it is heard again", lambda: unsilence(cloud, FIRST), FIRST)
    assert max(about["silence"] for about in (*told.values(), *back_again.values())) < GENEROUS


def test_killed_whole_and_back(passive: Passive) -> None:
    cloud = passive.cloud
    with ExitStack() as stack:
        stack.callback(as_intended, cloud)
        try:
            told = struck(cloud, "the first owner killed whole", lambda: end_whole(cloud, FIRST), SECOND)
            assert max(about["silence"] for about in told.values()) < GENEROUS
        finally:
            up_again(cloud, passive.file)
        told = struck(cloud, "it is back", lambda: stack.enter_context(service(cloud, FIRST)), FIRST)
        assert max(about["silence"] for about in told.values()) < GENEROUS


def test_its_daemons_killed(passive: Passive) -> None:
    """The health daemon and the agent killed change nothing; both are back."""
    cloud = passive.cloud
    before = {unit: kill(cloud, FIRST, f"seapoint-{unit}.service", unit) for unit in ("health", "agent")}
    told = struck(cloud, "the first owner's health daemon and agent killed", lambda: None, FIRST)
    for unit, pid in before.items():
        back(cloud, FIRST, f"seapoint-{unit}.service", unit, pid)
    assert chosen(cloud) == LEGS[FIRST]
    assert lost(told) == {}
