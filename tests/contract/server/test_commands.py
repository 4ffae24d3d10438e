"""The commands that ask a real server, where no host and no OVN ever reports."""

import json
import os
from pathlib import Path
from threading import Timer
from typing import Any, NamedTuple

import pytest

from seapoint.cli.apply import wait_settled
from seapoint.cli.main import run

from .conftest import BASE, TOKEN, Server, until

PORT_25 = BASE.replace("ports: [25]", "ports: [25, 465]")


class Said(NamedTuple):
    status: int
    out: str
    err: str


class Operator:
    """Types commands at a server that is no lab's."""

    def __init__(self, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
        self.server, self._capsys = server, capsys
        self.file = server.directory / "cloud.yaml"

    def types(self, *words: str) -> Said:
        self._capsys.readouterr()
        status = run(words)
        said = Said(status, *self._capsys.readouterr())
        assert TOKEN not in said.out + said.err
        return said

    def apply(self, text: str, *words: str) -> Said:
        self.file.write_text(text)
        return self.types("apply", str(self.file), *words)

    def cloud(self) -> Any:
        return self.server.client.get("/seapoint/v1/cloud")


@pytest.fixture
def operator(server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Operator:
    server.start()
    monkeypatch.setenv("SEAPOINT_URL", f"{server.client.url}/")
    monkeypatch.setenv("SEAPOINT_TOKEN_FILE", str(server.directory / "token"))
    return Operator(server, capsys)


def test_a_host_that_does_not_report_is_told_and_fails(operator: Operator) -> None:
    said = operator.apply(BASE, "--timeout", "0.5")
    assert said.status == 1
    assert operator.cloud()["text"] == BASE, "what was accepted stays; hosts get it when they are back"
    for words in ("gw1                      pending", "ovn                      DOWN", "No such file"):
        assert words in said.out
    again = operator.apply(BASE)
    assert (again.status, again.out) == (0, "Nothing to do.\n")
    status = operator.types("status")
    assert (status.status, "edge1                    pending" in status.out) == (1, True)
    as_json = operator.apply(PORT_25, "--timeout", "0", "--json")
    assert as_json.status == 1
    assert json.loads(as_json.out)["status"]["hosts"]["edge1"]["state"] == "pending"


def test_plan_and_history_and_rollback(operator: Operator) -> None:
    operator.apply(BASE, "--timeout", "0")
    before = operator.cloud()
    planned = operator.apply(PORT_25, "--plan")
    assert planned.status == 2
    assert "=== edge1" in planned.out
    assert "=== gw1" not in planned.out
    assert operator.cloud() == before
    assert operator.apply(BASE, "--plan").status == 0
    assert operator.apply(PORT_25, "--timeout", "0").status == 1
    for number in range(3):
        body = {"network": {"name": f"n{number}"}}
        operator.server.client.ask("POST", "/v2.0/networks", body)
    history = operator.types("history")
    assert [line.split()[1] == "*" for line in history.out.splitlines()] == [False] * 3 + [True] * 2
    assert len(operator.types("history", "--cloud-file").out.splitlines()) == 2
    back = operator.types("rollback", "--timeout", "0")
    assert back.status == 1, "no host reports"
    assert "=== edge2" in back.out
    assert operator.cloud()["text"] == BASE
    names = [one["name"] for one in operator.server.client.get("/v2.0/networks")["networks"]]
    assert sorted(names) == ["n0", "n1", "n2"]


def test_the_newest_file_is_found_behind_however_many_changes(operator: Operator) -> None:
    operator.apply(BASE, "--timeout", "0")
    operator.apply(PORT_25, "--timeout", "0")
    client = operator.server.client
    network = client.ask("POST", "/v2.0/networks", {"network": {}})["network"]["id"]
    for number in range(60):  # more than a history's page of 50
        client.ask("PUT", f"/v2.0/networks/{network}", {"network": {"name": str(number)}})
    operator.types("rollback", "--timeout", "0")
    assert operator.cloud()["text"] == BASE


def test_refusals_leave_with_their_status(operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "no cloud file was ever applied" in operator.types("rollback").err
    assert "no cloud file yet" in operator.types("render", "edge1").err
    wrong = operator.apply(BASE.replace("rack: r1, management: 7}", "rack: r9, management: 7}"))
    assert (wrong.status, f"{operator.file}:" in wrong.err) == (64, True)
    operator.apply(BASE, "--timeout", "0")
    first = operator.types("rollback")
    assert (first.status, "first version" in first.err) == (64, True)
    unknown = operator.types("rollback", "req-none")
    assert (unknown.status, "req-none" in unknown.err) == (64, True)
    nothing = operator.types("approve", "ovn")
    assert (nothing.status, "holds nothing back" in nothing.err) == (64, True)
    (tmp_path / "another").write_text("another")
    monkeypatch.setenv("SEAPOINT_TOKEN_FILE", str(tmp_path / "another"))
    forbidden = operator.types("status")
    assert (forbidden.status, "does not take this token" in forbidden.err) == (1, True)
    monkeypatch.setenv("SEAPOINT_TOKEN_FILE", str(tmp_path / "none"))
    assert operator.types("status").status == 64
    for url in ("localhost:9696", "file:///etc/passwd", "http://[::1", "http://127.0.0.1:x"):
        monkeypatch.setenv("SEAPOINT_URL", url)
        monkeypatch.setenv("SEAPOINT_TOKEN_FILE", str(operator.server.directory / "token"))
        said = operator.types("status")
        assert (said.status, len(said.err.splitlines())) == (64, 1), said
    monkeypatch.setenv("SEAPOINT_URL", "http://127.0.0.1:1")
    silent = operator.types("status")
    assert (silent.status, silent.err) == (
        1,
        "the server at http://127.0.0.1:1 does not answer: [Errno 111] Connection refused\n",
    )


def test_a_file_from_a_pipe_is_read_once(operator: Operator) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as pipe:
        pipe.write(BASE)
    try:
        operator.types("apply", f"/dev/fd/{reading}", "--timeout", "0")
    finally:
        os.close(reading)
    assert operator.cloud()["text"] == BASE


def test_a_server_that_restarts_is_waited_for_and_what_lacks_is_said(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.apply(BASE, "--timeout", "0")
    operator.server.end()
    back = Timer(0.5, operator.server.start)
    back.start()
    try:
        told = wait_settled(operator.server.client, 1, 10)
        assert told["cloud"]["revision"] == 1
        (said,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("  edge1: ")]
        assert said == "  edge1: has not reported its newest target", "once, while nothing changes"
    finally:
        back.join()
    until(lambda: operator.types("status").status == 1, "it answers, and no host has reported")
