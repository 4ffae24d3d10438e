"""The real server's process on loopback, in a directory of the test."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from seapoint.base.errors import EngineError
from seapoint.wiring.client import Client

SECONDS = 30.0  # generous: a machine may be busy
TOKEN = "a-secret-that-is-nowhere-told"
BASE = (Path(__file__).parents[2] / "unit" / "cloud" / "base.yaml").read_text()
COMMAND = (sys.executable, "-c", "from seapoint.cli.main import main; main()")


def until(condition: Callable[[], Any], what: str) -> Any:
    """What a condition gives when it is true."""
    waiting = Event()
    for _ in range(int(SECONDS / 0.05)):
        found = condition()
        if found:
            return found
        waiting.wait(0.05)
    raise AssertionError(f"waited in vain: {what}")


@dataclass
class Server:
    """``seapoint server`` with a settings file; it may be killed and started again."""

    directory: Path
    address: str = "127.0.0.1"
    port: int = 0
    more: str = ""  # further lines of the settings
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port = self.port or free_port(self.address)
        (self.directory / "token").write_text(f"{TOKEN}\n")

    @property
    def client(self) -> Client:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return Client(f"http://{host}:{self.port}", TOKEN)

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()

    def settings(self) -> Path:
        path = self.directory / "server.toml"
        path.write_text(
            f'state = "{self.directory}/state"\n'
            f'token_file = "{self.directory}/token"\n'
            f'api_address = "{self.address}"\n'
            f"api_port = {self.port}\n"
            f'ovn_northbound = "unix:{self.directory}/nb.sock"\n'
            f'ovn_southbound = "unix:{self.directory}/sb.sock"\n'
            f"{self.more}"
        )
        return path

    def start(self, handed: socket.socket | None = None) -> None:
        command = [*COMMAND, "server", "--settings", str(self.settings())]
        if handed is not None:
            # as a service manager does: the socket is descriptor 3, and the process that reads LISTEN_PID is the same
            program = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = str(os.getpid())"
            program += "; os.execv(sys.argv[2], sys.argv[2:])"
            command = [sys.executable, "-c", program, str(handed.fileno()), *command]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                pass_fds=[handed.fileno()] if handed else [],
            )
        until(self._answers, "the server answers")

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        try:
            self.client.get("/healthcheck")
        except EngineError:
            return False
        return True

    def end(self, number: int = signal.SIGTERM) -> int:
        """Its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        status = self.process.wait(SECONDS)
        self.process = None
        return status

    def refused(self) -> str:
        """What a start says that must fail, as bad input."""
        command = [*COMMAND, "server", "--settings", str(self.settings())]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
        assert done.returncode == 64, done
        assert done.stdout == ""
        assert TOKEN not in done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr.splitlines()[-1]


def free_port(address: str = "127.0.0.1") -> int:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.wait()
