"""Results on a terminal are no wider than it, and say which test is meant; in a pipe a group is one line."""

import io
from ipaddress import ip_address

import pytest
from rich.console import Console

from seapoint.cli.results import lines, show
from seapoint.probe.kinds.ping import Ping
from seapoint.probe.probe import Probe, Result, Verdict

NAME = "networktests-vxlan-ipv4only-fip.testlabs.codfw1dev.wikimedia.cloud"
V4, V6 = ip_address("172.16.129.20"), ip_address("2a02:ec80:a100:1::2f3")
RESULTS = [
    Result(Probe("edge", "cloudcontrol2005-dev", Ping(str(V6), V6)), Verdict(True, f"answers from {V6}"), 1, 0.2),
    Result(Probe("instances", "networktests-vxlan-ipv4only", Ping(NAME, V4)), Verdict(True, "answers"), 3, 1.5),
    Result(
        Probe("instances", "networktests-vxlan-ipv4only-fip", Ping(NAME, V4), ("ipv6",)),
        Verdict(False, "no answer\nat all", "look [there]"),
        1,
        1.0,
    ),
]


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    told = [line.plain for line in lines(RESULTS, width)]
    assert max(map(len, told)) <= width
    assert [line for line in told if ":" in line and not line.startswith(("passed", "FAILED"))] == [
        "edge: 1 passed, 0 failed",
        "instances: 1 passed, 1 failed",
    ]
    starts = [line.split()[:2] for line in told if line.startswith(("passed", "FAILED"))]
    assert len({start for _, start in starts}) == len(RESULTS), "instances can be told apart"


def test_a_wide_terminal_shows_all_and_how_often_it_was_tried() -> None:
    told = "\n".join(line.plain for line in lines(RESULTS, 200))
    assert "passed  networktests-vxlan-ipv4only      ping 4 " + NAME in told
    assert f"ping 6 {V6} " in told
    assert "answers (3 tries in 1.5 s)" in told


def test_in_a_pipe_groups_are_lines_and_failures_whole() -> None:
    pipe = io.StringIO()
    show(Console(file=pipe, width=20), RESULTS, ["shelved"], 2.345)
    assert pipe.getvalue().splitlines() == [
        "edge       1 passed, 0 failed",
        "instances  1 passed, 1 failed",
        "",
        f"FAILED instances/networktests-vxlan-ipv4only-fip/ping 4 {NAME} (ipv6)",
        f"  sent:     ping -4 -n -c 2 -i 0.2 -W 1 {NAME}   (on networktests-vxlan-ipv4only-fip, 1 try)",
        "  expected: answers from 172.16.129.20",
        "  seen:     no answer",
        "  at all",
        "  hint:     look [there]",
        "",
        "Not asked, for they run on no host: shelved",
        "",
        "2 passed, 1 failed in 2.3 s",
    ]
