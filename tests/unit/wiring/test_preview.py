"""What a new cloud file would change, as text."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from seapoint.change.plan import Plan
from seapoint.change.preview import preview, target_difference
from seapoint.engines.ovsdb.listener import Listener
from seapoint.target.changes import Change, Finding
from seapoint.target.host import File, HostTarget
from seapoint.target.rows import Link, Row, Setting, row_uuid

NOTHING = Plan(1, (), ())


def plan(*changes: Change) -> Plan:
    return Plan(1, changes, ())


def host(text: str) -> HostTarget:
    return replace(HostTarget("host1"), files=(File("/etc/a.conf", text),))


def rows(*changes: Change) -> tuple[str, ...]:
    return preview(1, "a\n", "a\n", NOTHING, [plan(*changes)]).rows


def test_nothing_changes() -> None:
    found = preview(7, "cloud: a\n", "cloud: a\n", NOTHING, [NOTHING])
    assert found.empty
    assert found.to_json() == {"base_revision": 7, "intent": "", "hosts": {}, "devices": {}, "rows": [], "findings": []}


def test_the_file_s_own_difference_can_be_patched(tmp_path: Path) -> None:
    before, after = "a: 1\nb: 2\nc: 3\n", "a: 1\nb: 4\nc: 3\nd: 5\n"
    found = preview(1, before, after, NOTHING, [])
    assert not found.empty
    (tmp_path / "cloud").write_text(before)
    assert shutil.which("patch") is None or _patched(tmp_path / "cloud", found.intent) == after
    assert "-b: 2\n+b: 4\n" in found.intent


def _patched(path: Path, difference: str) -> str:
    subprocess.run(["patch", "-s", str(path)], input=difference, text=True, check=True, capture_output=True)
    return path.read_text()


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a: 1", "a: 2", ["-a: 1", "+a: 2"]),
        ("a: 1\n", "a: 2", ["-a: 1", "+a: 2"]),
        ("", "a: 1", ["+a: 1"]),
        ("a: 1", "", ["-a: 1"]),
        ("a: x\x0cy\n", "a: x\x0cz\n", ["-a: x\x0cy", "+a: x\x0cz"]),
    ],
)
def test_every_line_stands_for_itself(before: str, after: str, lines: list[str]) -> None:
    text = preview(1, before, after, NOTHING, []).intent
    assert [line for line in text.split("\n")[3:] if line] == lines
    assert text.endswith("\n")


def test_a_line_end_at_the_end_is_a_change_too() -> None:
    assert not preview(1, "a: 1", "a: 1\n", NOTHING, []).empty


def test_a_host_s_difference_file_by_file() -> None:
    change = Change("update", "host1", host("one\n2001:db8::1\n"), host("one\n192.0.2.1\n"))
    found = preview(1, "", "", plan(change), [])
    assert [*found.hosts] == ["host1"]
    assert "--- /etc/a.conf\n+++ /etc/a.conf\n" in found.hosts["host1"]
    assert "-2001:db8::1\n+192.0.2.1\n" in found.hosts["host1"]


def test_a_host_that_comes_and_one_that_goes() -> None:
    assert "+one\n" in target_difference(None, host("one\n"))
    assert "-one\n" in target_difference(host("one\n"), None)
    assert target_difference(host("one\n"), host("one\n")) == ""


SWITCH = row_uuid("Logical_Switch", "s")
PORT = row_uuid("Logical_Switch_Port", "p")


def test_rows_links_settings_and_listeners() -> None:
    row = Row("Logical_Switch", SWITCH, {"name": "s", "mtu": 1, "external_ids": {}})
    longer = row._replace(columns={**row.columns, "mtu": 2})
    nameless = Row("DHCP_Options", PORT, {"cidr": "2001:db8::/64"})
    link, setting = Link("Logical_Switch", SWITCH, "ports", PORT), Setting("NB_Global", "options", "bfd-min-rx")
    listener = Listener("pssl:6642:[2001:db8::1]", "ovn-controller")
    assert set(
        rows(
            Change("create", SWITCH, None, row),
            Change("update", SWITCH, row, longer),
            Change("delete", PORT, nameless, None),
            Change("create", link, None, link),
            Change("delete", link, link, None),
            Change("create", setting, None, "100"),
            Change("delete", setting, "100", None),
            Change("create", listener.target, None, listener),
        )
    ) == {
        "+ Logical_Switch s",
        "~ Logical_Switch s (mtu: 1 -> 2)",
        f"- DHCP_Options {PORT}",
        f"+ Logical_Switch {SWITCH} ports {PORT}",
        f"- Logical_Switch {SWITCH} ports {PORT}",
        "+ NB_Global options:bfd-min-rx = 100",
        "- NB_Global options:bfd-min-rx = 100",
        "+ pssl:6642:[2001:db8::1]",
    }


def test_findings_of_every_plan_are_told() -> None:
    one, other = (Finding("compile", "error", name, "why") for name in ("one", "other"))
    found = preview(1, "", "", Plan(1, (), (one,)), [Plan(1, (), (other,))])
    assert found.findings == (one, other)
    assert found.to_json()["findings"][0] == {
        "check": "compile",
        "severity": "error",
        "subject": "one",
        "message": "why",
    }
