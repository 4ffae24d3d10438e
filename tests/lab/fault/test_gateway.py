"""Faults of the hosts on which the virtual router's way out is: the other takes over within OVN's BFD."""

import pytest

from lab.faults import as_intended, cut, end_whole, kept_open, up_again
from lab.gateways import gateway, peer, struck
from lab.standing import Standing

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]


def test_the_active_gateways_links_cut(faulty: Standing) -> None:
    first = gateway(faulty)
    second = peer(first)
    link = cut(faulty, first, ["eno2"])
    try:
        kept_open(struck(faulty, "the active gateway's links cut", link.__enter__, second))
    finally:
        kept_open(struck(faulty, "the links are back", lambda: link.__exit__(None, None, None), first))
    as_intended(faulty)
    faulty.forwards()


def test_the_active_gateway_drained(faulty: Standing) -> None:
    """Whoever is to be worked on hands over first, and is given back what it had."""
    first = gateway(faulty)
    second = peer(first)
    try:
        kept_open(struck(faulty, "the active gateway drained", lambda: faulty.told("drain", first), second))
        assert faulty.seapoint("drain", second).status == 64, "somebody must hold it"
    finally:
        kept_open(struck(faulty, "the gateway is taken back", lambda: faulty.told("undrain", first), first))
    as_intended(faulty)
    faulty.forwards()


def test_the_active_gateway_killed_whole(faulty: Standing) -> None:
    first = gateway(faulty)
    second = peer(first)
    try:
        kept_open(struck(faulty, "the active gateway killed whole", lambda: end_whole(faulty, first), second))
    finally:
        kept_open(struck(faulty, "the gateway is back, made anew", lambda: up_again(faulty), first))
    as_intended(faulty)
    faulty.forwards()
