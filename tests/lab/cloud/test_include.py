"""Operators' own lines on a standing cloud: shown, checked by the devices' own programs, in force, and rolled back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.edits import replaced
from lab.inspection import changed, hosts_of_diff, managed, states, without_target
from lab.standing import EDGES, Standing
from lab.waiting import until

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

BALANCER, OTHER, INSTANCE = "cloudlb2002-dev", "cloudlb2003-dev", "networktests-vxlan-dualstack"
RULES = ("ip daddr 198.51.100.10 icmp type echo-request counter drop", "ip6 daddr 2001:db8:ffff::10 counter drop")
WORD = "maxconn 4000"
LINE = "ip prefix-list OWN seq 5 permit 192.0.2.0/24"
FAR = {4: "198.51.100.10", 6: "2001:db8:ffff::10"}


def include(rules: tuple[str, ...], line: str, word: str) -> str:
    forward = ", ".join(f'"{rule}"' for rule in rules)
    return f"""
include:
  cut-off: {{on: [cloudgw], nftables: {{forward: [{forward}]}}}}
  learning: {{on: [{BALANCER}], frr: {{end: ["{line}"]}}}}
  many: {{on: [{OTHER}], haproxy: {{global: ["{word}"]}}}}

services:
"""


def answers(cloud: Standing, family: int) -> bool:
    return " 0% packet loss" in cloud.run(INSTANCE, "ping", "-c1", "-W1", FAR[family], check=False)


def reasons(cloud: Standing, host: str) -> str:
    return str(cloud.client.get("/seapoint/v1/status")["hosts"][host])


@pytest.fixture
def file(codfw1dev: Standing, tmp_path: Path) -> Iterator[Path]:
    """A file to be applied; afterwards the cloud's own is in force again."""
    before, fresh = tmp_path / "before.yaml", tmp_path / "cloud.yaml"
    before.write_text(codfw1dev.client.get("/seapoint/v1/cloud")["text"])
    fresh.write_text(before.read_text())
    yield fresh
    codfw1dev.told("apply", str(before))


def test_own_lines_are_shown_hold_and_are_rolled_back(codfw1dev: Standing, file: Path) -> None:
    cloud = codfw1dev
    file.write_text(replaced(file.read_text(), ("\nservices:\n", include(RULES, LINE, WORD))))
    before = states(cloud, managed(cloud))

    planned = cloud.seapoint("apply", str(file), "--plan")
    assert (planned.status, hosts_of_diff(planned.out)) == (2, {*EDGES, BALANCER, OTHER}), planned
    assert all(f"+\t\t{rule}" in planned.out for rule in RULES), planned.out
    assert f"+{LINE}" in planned.out

    cloud.told("apply", str(file))
    for family in (4, 6):
        until(lambda family=family: not answers(cloud, family), f"IPv{family} is cut off by the operator's rule")
    assert LINE in cloud.run(BALANCER, "vtysh", "-c", "show running-config")
    assert WORD in cloud.run(OTHER, "cat", "/etc/haproxy/haproxy.cfg")

    cloud.told("rollback")
    for family in (4, 6):
        until(lambda family=family: answers(cloud, family), f"IPv{family} passes again")
    assert LINE not in cloud.run(BALANCER, "vtysh", "-c", "show running-config")
    assert changed(without_target(before), without_target(states(cloud, managed(cloud)))) == {}


def test_lines_that_a_program_refuses_leave_the_old_ones_in_force(codfw1dev: Standing, file: Path) -> None:
    cloud = codfw1dev
    text = file.read_text()
    file.write_text(replaced(text, ("\nservices:\n", include(("no rule at all",), "no line at all", "bogus word"))))
    before = states(cloud, managed(cloud))

    said = cloud.seapoint("apply", str(file), "--timeout", "30")
    assert said.status == 1, said
    told = {EDGES[0]: "the ruleset before it stays in force", BALANCER: "no line at all", OTHER: "unknown keyword"}
    for host, words in told.items():
        until(lambda host=host, words=words: words in reasons(cloud, host), f"the status says why {host} refused")
    assert all(answers(cloud, family) for family in (4, 6))
    assert changed(without_target(before), without_target(states(cloud, managed(cloud)))) == {}

    cloud.told("rollback")
    until(lambda: "no line at all" not in reasons(cloud, BALANCER), "the host holds its target again")
