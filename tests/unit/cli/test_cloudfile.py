"""check, show and schema: what they print, and their exit statuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seapoint.cli.main import CHANGES, COMMANDS, FAILED, USAGE, run
from unit.cloud.edits import BASE, edited

RIGHT, WRONG, WARNED = "right.yaml", "wrong.yaml", "warned.yaml"
EXAMPLE = Path(__file__).parents[3] / "examples" / "codfw1dev" / "cloud.yaml"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a right file, one with two mistakes, and one with a warning; the working directory."""
    (tmp_path / RIGHT).write_text(BASE, encoding="utf-8")
    wrong, _ = edited(("asn: 64711", "asn: 0"), ("10.0.254.0/31", "10.0.254.1/31"))
    (tmp_path / WRONG).write_text(wrong, encoding="utf-8")
    warned, _ = edited((', ipv6: ":fe01::/64"}', "}"))
    (tmp_path / WARNED).write_text(warned, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_statuses_are_the_promised_numbers() -> None:
    assert (FAILED, CHANGES, USAGE) == (1, 2, 64)


def test_check_of_a_right_file(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(path.name for path in files.iterdir())
    assert run(["check", RIGHT]) == 0
    assert capsys.readouterr().out == "right.yaml: 0 errors, 0 warnings\n"
    assert sorted(path.name for path in files.iterdir()) == before


@pytest.mark.usefixtures("files")
def test_check_tells_file_line_column_mistake_and_cure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", WRONG]) == USAGE
    assert capsys.readouterr().out.splitlines() == [
        "wrong.yaml:20:14: error: asn: an AS number is a whole number from 1 to 4294967295",
        "    AS number.",
        "wrong.yaml:24:49: error: 10.0.254.1/31 is not aligned: it has host bits",
        "    With this length it would be 10.0.254.0/31.",
        "wrong.yaml: 2 errors, 0 warnings",
    ]


@pytest.mark.usefixtures("files")
def test_a_warning_forbids_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", WARNED]) == 0
    assert capsys.readouterr().out.endswith("warned.yaml: 0 errors, 1 warning\n")


@pytest.mark.usefixtures("files")
def test_check_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--json", WRONG]) == USAGE
    first, second = json.loads(capsys.readouterr().out)
    assert first == {
        "file": WRONG,
        "line": 20,
        "column": 14,
        "severity": "error",
        "path": ["switches", "sw1", "asn"],
        "message": "asn: an AS number is a whole number from 1 to 4294967295",
        "cure": "AS number.",
    }
    assert second["path"] == ["links", 0, "ipv4"]


@pytest.mark.usefixtures("files")
def test_show_prints_both_families_as_a_tree(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", RIGHT]) == 0
    lines = capsys.readouterr().out.splitlines()
    for line in (
        "172.16.0.0/17                      tenants [default]",
        "  172.16.4.0/24                    balancers [internal]",
        "  198.51.100.0/29                  floating [floating]",
        "    198.51.100.1                   · nat-address (reserved)",
        "2001:db8:a::/48                    site",
        "  2001:db8:a::/56                  tenants [default]",
        "    2001:db8:a:4::/64              balancers [internal]",
        "    2001:db8:a:205::/64            VLAN 20 own",
        "      2001:db8:a:205::13           · gw1",
    ):
        assert line in lines


def test_show_prints_the_matrix_with_rows_that_follow(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "--reach", str(EXAMPLE)]) == 0
    head, *rows = (line.split("\t") for line in capsys.readouterr().out.splitlines())
    cells = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert cells["recursive DNS"]["internet"] == "no"
    assert cells["authoritative DNS"]["calls"] == "internet production"
    assert cells["cloudlb, internet"]["ports"] == "tcp 5000 25000"
    assert [cells["cloudlb, internal"][one] for one in ("internet", "instances", "production")] == ["no", "yes", "yes"]


def test_show_draws(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "--svg", RIGHT]) == 0
    told = capsys.readouterr().out
    assert told.startswith("<svg ")
    assert run(["show", "--svg", RIGHT, "-o", "drawn.svg"]) == 0
    assert (files / "drawn.svg").read_text(encoding="utf-8") == told
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--svg", "--json"], "one of them"),
        (["-o", "drawn.svg"], "give both"),
        (["--svg", "-o", "nowhere/drawn.svg"], "nowhere/drawn.svg cannot be written: No such file or directory"),
    ],
)
def test_show_refuses(files: Path, words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", RIGHT, *words]) == USAGE
    assert complaint in capsys.readouterr().err
    assert not (files / "drawn.svg").exists()


@pytest.mark.usefixtures("files")
def test_show_as_json_nests_as_the_tree_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "--json", RIGHT]) == 0
    roots = {root["network"]: root for root in json.loads(capsys.readouterr().out)}
    inside = {branch["network"] for branch in roots["172.16.0.0/17"]["inside"]}
    assert inside == {"172.16.4.0/24"}
    assert {"address": "10.0.1.20", "label": "gw1"} in roots["10.0.1.0/24"]["addresses"]


@pytest.mark.usefixtures("files")
def test_show_of_a_wrong_file_tells_the_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", WRONG]) == USAGE
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("wrong.yaml:20:14: error: asn")


def test_a_file_that_is_no_text_is_bad_input(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "binary").write_bytes(b"\xff\xfe\x00")
    assert run(["check", "binary"]) == USAGE
    assert "binary cannot be read" in capsys.readouterr().err


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    "arguments",
    [["check"], ["check", "missing"], ["check", "."], ["check", "--bogus", RIGHT], ["bogus"], ["--bogus"]],
)
def test_bad_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == USAGE
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err
    assert "Traceback" not in streams.err


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], ["check", "--help"]])
def test_help_and_version(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    assert capsys.readouterr().out


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    assert [name for name in COMMANDS if f"  {name} " not in out] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_can_be_loaded(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert command in capsys.readouterr().out


def test_a_reader_that_leaves_early_is_no_traceback(files: Path) -> None:
    # stdbuf and pagers aside: a pipe whose reading end is closed before the first byte.
    reading, writing = os.pipe()
    os.close(reading)
    program = f"from seapoint.cli.main import main; main({['show', str(files / RIGHT)]})"
    command = [sys.executable, "-c", program]
    with os.fdopen(writing, "wb") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (FAILED, "")
