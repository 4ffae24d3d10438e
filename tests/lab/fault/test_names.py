"""Faults of one of two name servers, with the recursor on its host: clients go on getting answers, in both families.

Of the recursors' one address the switch finds the other owner; of the authoritative pair resolvers ask the other
server, which must not miss a question. ``pytest -rP`` prints what was lost.
"""

from collections.abc import Callable

import pytest

from lab.faults import DUAL, as_intended, back, end_whole, kill, tell, up_again
from lab.flows import Told, flowing
from lab.inspection import paths
from lab.passive import silence, unsilence
from lab.standing import CONTROL, Standing
from lab.waiting import until
from seapoint.compile.hosts.names import INTERNET

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

MEMBER = "cloudservices2004-dev"
RECURSORS = {4: "172.20.254.1", 6: "2a02:ec80:a100:2ff::1"}
ITS_OWN = {4: "185.15.57.25", 6: "2a02:ec80:a100:4000::2"}
THE_OTHERS = {4: "185.15.57.26", 6: "2a02:ec80:a100:4000::3"}
NAME = "ns1.openstack.codfw1dev.wikimediacloud.org"
GENEROUS = 5.0  # seconds of silence, in which a client asks again: the benchmark has the budgets
EVERY = "0.02"


def questions(servers: dict[int, str]) -> tuple[str, ...]:
    return tuple(f"dns:{address}:{NAME}" for address in servers.values())


def announced(cloud: Standing) -> list[int]:
    """Owners that the switch hears of: of the recursors' address and the member's own, IPv4 and IPv6."""
    found = []
    for family, length in ((4, 32), (6, 128)):
        known = paths(cloud, family)
        found += [known.get(f"{servers[family]}/{length}", 0) for servers in (RECURSORS, ITS_OWN)]
    return found


GONE, THERE = [1, 0, 1, 0], [2, 1, 2, 1]


def struck(cloud: Standing, what: str, strike: Callable[[], object], then: list[int]) -> Told:
    """Do something to the member while clients ask: recursors stay answered, and the other server misses nothing."""
    until(lambda: announced(cloud) in (GONE, THERE), "the switch has settled", 60.0)
    asked = {DUAL: questions(RECURSORS), CONTROL: questions(RECURSORS), INTERNET: questions(THE_OTHERS)}
    with flowing(cloud, asked, EVERY) as told:
        strike()
        until(lambda: announced(cloud) == then, f"the switch has {then} paths", 60.0)
    tell(what, told)
    assert {flow: about["silence"] for flow, about in told.items() if about["silence"] > GENEROUS} == {}
    assert {flow: about["lost"] for flow, about in told.items() if about["lost"] and flow.startswith(INTERNET)} == {}
    return told


def answers(cloud: Standing) -> None:
    """The member's own server answers the internet again, with what it should."""
    for family, server in ITS_OWN.items():
        asked = ("kdig", "+short", "+time=1", "+retry=0", f"@{server}", NAME, "A" if family == 4 else "AAAA")
        until(
            lambda asked=asked, family=family: cloud.run(INTERNET, *asked, check=False).strip() == THE_OTHERS[family],
            f"{server} answers",
        )
    cloud.passes("name")


def test_a_member_drained_and_taken_back(faulty: Standing) -> None:
    vips = ("ns-recursor.openstack", "ns0.openstack")

    def each(word: str) -> None:
        for vip in vips:
            faulty.told(word, vip, MEMBER)

    try:
        told = struck(faulty, "a DNS member drained", lambda: each("drain"), GONE)
    finally:
        back_again = struck(faulty, "a DNS member taken back", lambda: each("undrain"), THERE)
    assert [flow for one in (told, back_again) for flow, about in one.items() if about["lost"]] == []
    answers(faulty)


def test_a_member_cut_off_and_heard_again(faulty: Standing) -> None:
    try:
        struck(faulty, "a DNS member cut off", lambda: silence(faulty, MEMBER), GONE)
    finally:
        struck(faulty, "a DNS member heard again", lambda: unsilence(faulty, MEMBER), THERE)
    answers(faulty)


@pytest.mark.parametrize(("unit", "daemon"), [("unbound.service", "unbound"), ("knot.service", "knotd")])
def test_a_members_daemon_killed(faulty: Standing, unit: str, daemon: str) -> None:
    before: list[int] = []
    struck(faulty, f"{daemon} of a member killed", lambda: before.append(kill(faulty, MEMBER, unit, daemon)), THERE)
    back(faulty, MEMBER, unit, daemon, before[0])
    until(lambda: announced(faulty) == THERE, "it is announced", 60.0)
    answers(faulty)


def test_a_member_killed_whole_and_back(faulty: Standing) -> None:
    try:
        struck(faulty, "a DNS member killed whole", lambda: end_whole(faulty, MEMBER), GONE)
    finally:
        struck(faulty, "a DNS member is back", lambda: up_again(faulty), THERE)
    as_intended(faulty)
    answers(faulty)
