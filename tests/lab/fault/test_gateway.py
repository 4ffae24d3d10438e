"""Faults of the hosts on which the virtual router's way out is: the other takes over within OVN's BFD."""

import time
from collections.abc import Callable

import pytest

from lab.faults import as_intended, cut, edge_flowing, end_whole, kept_open, new_connections, tell, up_again
from lab.standing import CONTROL, Standing
from lab.waiting import until

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

GATEWAYS = ("cloudnet2005-dev", "cloudnet2006-dev")


def gateway(cloud: Standing) -> str:
    """The chassis that speaks for the router's external port; empty while none does."""
    command = "ovn-sbctl --bare --columns=chassis find Port_Binding type=chassisredirect"
    chassis = cloud.run(CONTROL, "sh", "-c", command).split()
    return cloud.run(CONTROL, "ovn-sbctl", "--bare", "get", "Chassis", chassis[0], "name").strip() if chassis else ""


def struck(cloud: Standing, what: str, strike: Callable[[], object], then: str) -> None:
    with edge_flowing(cloud) as told:
        began = time.monotonic()
        strike()
        until(lambda: gateway(cloud) == then, f"{what}: {then} speaks for the router")
        moved = time.monotonic() - began
        new_connections(cloud)
    tell(what, told, f"the southbound says so after {moved:.2f} s")
    kept_open(told)


def test_the_active_gateways_links_cut(faulty: Standing) -> None:
    first = gateway(faulty)
    second = next(name for name in GATEWAYS if name != first)
    link = cut(faulty, first, ["eno2"])
    try:
        struck(faulty, "the active gateway's links cut", link.__enter__, second)
    finally:
        struck(faulty, "the links are back", lambda: link.__exit__(None, None, None), first)
    as_intended(faulty)
    faulty.forwards()


def test_the_active_gateway_drained(faulty: Standing) -> None:
    """Whoever is to be worked on hands over first, and is given back what it had."""
    first = gateway(faulty)
    second = next(name for name in GATEWAYS if name != first)
    try:
        struck(faulty, "the active gateway drained", lambda: faulty.told("drain", first), second)
        assert faulty.seapoint("drain", second).status == 64, "somebody must hold it"
    finally:
        struck(faulty, "the gateway is taken back", lambda: faulty.told("undrain", first), first)
    as_intended(faulty)
    faulty.forwards()


def test_the_active_gateway_killed_whole(faulty: Standing) -> None:
    first = gateway(faulty)
    second = next(name for name in GATEWAYS if name != first)
    try:
        struck(faulty, "the active gateway killed whole", lambda: end_whole(faulty, first), second)
    finally:
        struck(faulty, "the gateway is back, made anew", lambda: up_again(faulty), first)
    as_intended(faulty)
    faulty.forwards()
