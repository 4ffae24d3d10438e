"""Looks at what daemons run with: told once, not often, and forgotten when the daemon is given something new."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from seapoint.agent import looks
from seapoint.agent.looks import Looks
from seapoint.agent.memory import Memory

SECONDS = 20.0


def first(what: Callable[[], str]) -> str:
    deadline = time.monotonic() + SECONDS
    while not (seen := what()):
        assert time.monotonic() < deadline, "nothing was seen"
        time.sleep(0.01)
    return seen


def test_equal_outputs_look_equal_and_others_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "PERIOD", 0.0)
    file, one = tmp_path / "running", Looks(lambda: None)
    file.write_text("neighbor 192.0.2.2\nneighbor 2001:db8::2\n")
    before = first(lambda: one.seen("frr", ("cat", str(file))))
    assert first(lambda: one.seen("frr", ("cat", str(file)))) == before
    file.write_text("neighbor 192.0.2.2\n")
    one.forget("frr")
    assert first(lambda: one.seen("frr", ("cat", str(file)))) != before


def test_a_look_wakes_is_told_once_and_comes_again_only_when_it_is_time() -> None:
    done = Event()
    one = Looks(done.set)
    assert one.seen("frr", ("echo", "x")) == "", "it has only begun"
    assert done.wait(SECONDS)
    assert one.seen("frr", ("echo", "x"))
    assert one.seen("frr", ("echo", "y")) == ""
    assert one.seen("frr", ("echo", "y")) == ""


def test_who_does_not_answer_was_not_seen() -> None:
    done = Event()
    one = Looks(done.set)
    assert one.seen("frr", ("false",)) == ""
    assert done.wait(SECONDS)
    assert one.seen("frr", ("false",)) == ""


def test_a_unit_that_has_taken_up_its_files_is_to_be_looked_at_anew() -> None:
    memory = Memory(running={"frr": "digest", "knot": "other"}, started=frozenset({"frr"}))
    assert memory.settled("frr").running == {"frr": "", "knot": "other"}
    assert memory.stopped("frr").running == {"knot": "other"}
    assert Memory.from_json(memory.to_json()) == memory
