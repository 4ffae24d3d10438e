"""Results for people and programs: each failure says what was sent, expected, seen, and where to look."""

from ipaddress import ip_address
from xml.etree import ElementTree as ET

from seapoint.probe.kinds.ping import Ping
from seapoint.probe.kinds.seen_as import SeenAs
from seapoint.probe.probe import Probe, Result, Verdict
from seapoint.probe.report import junit, result_data, summary, why

FAR6 = ip_address("2001:db8:ffff::10")
GOOD = Result(
    Probe("gateway", "vm", Ping("192.0.2.1", ip_address("192.0.2.1")), ("ipv6",)), Verdict(True, "yes"), 1, 0.25
)
BAD = Result(
    Probe("source", "vm", SeenAs("internet", FAR6, (ip_address("2001:db8::5"),))),
    Verdict(False, "seen as 2001:db8::7 \x1b[1m", "translated <somewhere>"),
    4,
    2.0,
)


def test_summary() -> None:
    assert summary([GOOD, BAD, GOOD]) == "2 passed, 1 failed"


def test_why_tells_command_expectation_answer_and_hint() -> None:
    assert why(BAD).splitlines() == [
        "sent:     curl -6 --noproxy '*' -s -S -f -m 3 'http://[2001:db8:ffff::10]:80/'   (on vm, 4 tries in 2.0 s)",
        "expected: internet sees 2001:db8::5",
        "seen:     seen as 2001:db8::7 \x1b[1m",
        "hint:     translated <somewhere>",
    ]


def test_data() -> None:
    assert result_data(GOOD) == {
        "name": "gateway/vm/ping 4 192.0.2.1 (ipv6)",
        "group": "gateway",
        "covers": ["ipv6"],
        "kind": "ping",
        "from": "vm",
        "sent": "ping -4 -n -c 2 -i 0.2 -W 1 192.0.2.1",
        "expected": "answers from 192.0.2.1",
        "passed": True,
        "seen": "yes",
        "hint": "",
        "tries": 1,
        "seconds": 0.25,
    }


def test_junit_is_xml_with_a_suite_for_each_group() -> None:
    root = ET.fromstring(junit("codfw1dev", [GOOD, BAD]))  # noqa: S314 - what we have just written
    assert root.attrib == {"name": "seapoint test codfw1dev", "tests": "2", "failures": "1", "time": "2.250"}
    assert [(suite.get("name"), suite.get("failures")) for suite in root] == [("gateway", "0"), ("source", "1")]
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("message") == "seen as 2001:db8::7 ?[1m"
    assert "expected: internet sees 2001:db8::5" in str(failure.text)
    assert "translated <somewhere>" in str(failure.text)
