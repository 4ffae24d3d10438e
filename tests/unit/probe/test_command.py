"""``seapoint test``: table, JSON, JUnit, exit status; with a cloud in which a runner plays the network."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from seapoint.cli import probe as command
from seapoint.cli.main import run
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.port import Port
from seapoint.intent.snapshot import Change, Intent
from seapoint.probe.probe import Completed


class Network:
    """Pings are answered by their target; ``seen_as`` shows every far end one address, the router's own."""

    def run(self, where: str, argv: Sequence[str], timeout: float) -> Completed:
        assert where
        assert timeout
        if argv[0] == "curl":
            return Completed(0, "185.15.57.10\n", "")
        lines = [f"64 bytes from {argv[-1]}: icmp_seq={number} ttl=64 time=1 ms" for number in (1, 2)]
        return Completed(0, "\n".join([*lines, "2 packets transmitted, 2 received"]), "")


@dataclass
class Standing:
    cloud: Cloud
    intent: Intent
    runner: Network = field(default_factory=Network)
    projects: dict[str, str] = field(default_factory=dict)


@pytest.fixture(autouse=True)
def standing(monkeypatch: pytest.MonkeyPatch, cloud: Cloud, intent: Intent) -> Standing:
    there = Standing(cloud, intent)
    monkeypatch.setattr(command, "live", lambda _lab: there)
    return there


def test_all_passed_is_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test", "--patience", "0", "--only", "functional-1"]) == 0
    first, empty, last = capsys.readouterr().out.splitlines()
    assert (first, empty) == ("edge  4 passed, 0 failed", "")
    assert re.fullmatch(r"4 passed, 0 failed in \d+\.\d s", last)


def test_failures_say_why_and_are_status_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The real outage: SNAT turned on at the virtual router."""
    report = tmp_path / "junit.xml"
    assert run(["test", "--patience", "0", "--only", "source", "--junit", str(report)]) == 1
    out = capsys.readouterr().out
    assert "0 passed, 12 failed" in out
    assert out.count("hint:     the virtual router's own address (cloudinstances2b-gw): SNAT is on at the router") == 12
    assert "'http://[2001:db8:ffff::10]:80/'" in out
    assert ET.parse(report).getroot().get("failures") == "12"  # noqa: S314 - what we have just written


def test_json_is_one_object_for_each_probe(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test", "--json", "--patience", "0", "--only", "functional-6"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert len(told) == 3
    assert {one["seen"] for one in told} == {"seen as 185.15.57.10"}
    assert not any(one["passed"] for one in told)


def test_list_runs_nothing(capsys: pytest.CaptureFixture[str], standing: Standing) -> None:
    standing.runner = None  # type: ignore[assignment]  # whoever asks it fails
    assert run(["test", "--list", "--only", "ipv6"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "42 probes"
    assert run(["test", "--list", "--json"]) == 0
    assert {one["kind"] for one in json.loads(capsys.readouterr().out)} >= {"ping", "seen_as", "full_size", "closed"}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--only", "nix"], "no probe matches 'nix'"),
        (["--junit", "/nowhere/at/all.xml"], "no directory /nowhere/at"),
        (["--patience", "-1"], "--patience"),
    ],
)
def test_bad_usage_is_status_64(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["test", *arguments]) == 64
    assert complaint in capsys.readouterr().err


def test_an_instance_on_no_host_is_named(
    capsys: pytest.CaptureFixture[str], standing: Standing, make_instance: Callable[..., Port]
) -> None:
    shelved = replace(make_instance("shelved", "legacy", ["172.16.128.77"]), binding_host_id="")
    standing.intent = standing.intent.with_changes([Change(None, shelved)])
    assert run(["test", "--patience", "0", "--only", "functional-1"]) == 0
    assert "Not asked, for they run on no host: shelved" in capsys.readouterr().out
