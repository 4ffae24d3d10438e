"""Faults at the edge: keepalived killed, a host killed whole, its links cut, and the return of each.

Within 2 s exactly one living host owns each address of each family, connections that are translated survive, and
the live tests pass afterwards. ``pytest -rP`` prints what was lost: docs/reference/failover.md.
"""

import json
import time
from collections.abc import Callable

import pytest

from lab.faults import (
    MOVING,
    SIDES,
    Ownership,
    active,
    as_intended,
    cut,
    edge_flowing,
    end_whole,
    kept_open,
    kill_keepalived,
    new_connections,
    other,
    owners,
    tell,
    up_again,
)
from lab.standing import CONTROL, Standing
from lab.waiting import until
from seapoint.lab import control

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

WITHIN = 2.0  # seconds in which exactly one host owns each address: the promise
WATCHED = 3.0


def struck(cloud: Standing, what: str, strike: Callable[[], object]) -> None:
    """Do something to the edge under flows of both families: what it owes whatever happens."""
    with Ownership(cloud) as seen, edge_flowing(cloud) as told:
        moment = time.monotonic()
        strike()
        unsettled = seen.unsettled(moment, WATCHED)
        new_connections(cloud)
    tell(what, told, f"one owner of each address after {unsettled:.2f} s")
    assert unsettled <= WITHIN, f"{what}: addresses without an owner or with two for {unsettled:.2f} s"
    kept_open(told)


def fail_over(cloud: Standing, host: str) -> None:
    """A host's keepalived hangs until the other host has taken the addresses, then dies.

    Killed alone it may be started again before the other's timer runs out, and keep them.
    """
    cloud.run(host, "pkill", "-STOP", "-x", "keepalived")
    until(lambda: all(other(host) in held for held in owners(cloud).values()), f"{other(host)} has the addresses")
    kill_keepalived(cloud, host)
    assert active(cloud) == other(host)


def keepalived_runs(cloud: Standing, host: str) -> bool:
    return bool(control.request(cloud.hosts[host], "status", "keepalived.service")["state"] == "active")


def test_the_active_host_drained(faulty: Standing) -> None:
    before = active(faulty)
    try:
        struck(faulty, "the active host drained", lambda: faulty.told("drain", before))
        assert active(faulty) == other(before)
        assert faulty.seapoint("drain", other(before)).status == 64, "somebody must hold the addresses"
        assert f"{before} is drained" in faulty.seapoint("status").out
    finally:
        struck(faulty, "it is taken back", lambda: faulty.told("undrain", before))
    assert active(faulty) == other(before), "nothing moves without need"
    as_intended(faulty)
    faulty.forwards()


def test_keepalived_killed_on_the_active_host(faulty: Standing) -> None:
    """Its addresses stay where they were until the supervisor has started it again; who is first has them then."""
    before = active(faulty)
    struck(faulty, "keepalived killed (-9) on the active host", lambda: kill_keepalived(faulty, before))

    until(lambda: keepalived_runs(faulty, before), "keepalived runs again")
    faulty.forwards()


def test_the_active_hosts_links_cut(faulty: Standing) -> None:
    before = active(faulty)
    link = cut(faulty, before, SIDES)
    try:
        struck(faulty, "both links of the active host cut", link.__enter__)
        assert active(faulty) == other(before)
    finally:
        struck(faulty, "the links are back", lambda: link.__exit__(None, None, None))
    assert active(faulty) == other(before), "no preemption"
    as_intended(faulty)
    faulty.forwards()


@pytest.mark.parametrize("side", SIDES)
def test_one_link_of_the_active_host_cut(faulty: Standing, side: str) -> None:
    """Addresses of both sides move together."""
    before = active(faulty)
    link = cut(faulty, before, [side])
    try:
        struck(faulty, f"{side} of the active host cut", link.__enter__)
        assert active(faulty) == other(before)
    finally:
        link.__exit__(None, None, None)
    faulty.forwards()


def test_the_active_host_killed_whole(faulty: Standing) -> None:
    """And a connection that was made while it was away survives when the host that carries it fails later."""
    before = active(faulty)
    try:
        struck(faulty, "the active host killed whole", lambda: end_whole(faulty, before))
        assert active(faulty) == other(before)
    finally:
        with edge_flowing(faulty) as told:
            up_again(faulty)
            as_intended(faulty)
            assert active(faulty) == other(before), "no preemption"
            fail_over(faulty, other(before))
            new_connections(faulty)
    tell("the host is back, made anew, and keepalived hangs on the other, then dies", told)
    kept_open(told)
    faulty.forwards()


def test_a_neighbour_that_missed_the_failover(faulty: Standing) -> None:
    """OVN is made to believe that the other host has the inside address: new translated connections come back."""
    links = json.loads(faulty.run(other(active(faulty)), "ip", "-j", "link", "show", SIDES[0]))
    find = f"find MAC_Binding ip={MOVING['virt']}"
    wrong = f'ovn-sbctl set MAC_Binding $(ovn-sbctl --bare --columns=_uuid {find}) mac=\\"{links[0]["address"]}\\"'
    new_connections(faulty)
    faulty.run(CONTROL, "sh", "-c", wrong)
    new_connections(faulty)
    assert links[0]["address"] not in faulty.run(CONTROL, "sh", "-c", f"ovn-sbctl --bare --columns=mac {find}")
    faulty.forwards()
