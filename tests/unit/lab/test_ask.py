"""A command for a virtual machine waits for its turn as long as it takes; its time begins then."""

import fcntl
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seapoint.base.errors import EngineError
from seapoint.lab import host
from seapoint.lab.host import ASK, CHANNELS, Host
from seapoint.lab.state import Lab

PATIENCE = 30.0
LIMIT = 0.2


@pytest.fixture
def port(tmp_path: Path) -> Iterator[socket.socket]:
    """The machine's end of its only port."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "0.sock"))
        listener.listen()
        listener.settimeout(PATIENCE)
        yield listener


def ask(directory: Path, seconds: float) -> subprocess.Popen[str]:
    words = [sys.executable, "-I", "-S", ASK, str(directory), str(seconds), "said", "that"]
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)


def test_the_time_of_a_command_begins_at_its_turn(tmp_path: Path, port: socket.socket) -> None:
    with (tmp_path / "0.lock").open("w") as taken:
        fcntl.flock(taken, fcntl.LOCK_EX)
        asked = ask(tmp_path, LIMIT)
        with pytest.raises(subprocess.TimeoutExpired):
            asked.wait(5 * LIMIT)
    caller, _ = port.accept()
    with caller:
        assert asked.wait(PATIENCE) == -signal.SIGALRM
    assert asked.communicate() == ("", None)


def test_a_command_without_a_limit_ends_as_it_ended_in_the_machine(tmp_path: Path, port: socket.socket) -> None:
    asked = ask(tmp_path, 0)
    caller, _ = port.accept()
    with caller, caller.makefile("rwb", buffering=0) as lines:
        words = [json.loads(line) for line in (lines.readline(), lines.readline()) if line.strip()]
        assert [word["argv"] for word in words] == [["said", "that"]]
        lines.write(b'{"out": "heard\\n"}\n{"exit": 3}\n')
        assert asked.wait(PATIENCE) == 3
    assert asked.communicate() == ("heard\n", None)


def test_a_command_that_does_not_end_in_its_machine_is_told_by_name(tmp_path: Path) -> None:
    there = Host(Lab(tmp_path), "machine", pid=0)
    channels = there.lab.host(there.name) / CHANNELS.lstrip("/")
    channels.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(channels / "0.sock"))
        listener.listen()
        with pytest.raises(EngineError, match=r"machine: said that: no end after 1 s"):
            host.run(there, ["said", "that"], seconds=1.0)
