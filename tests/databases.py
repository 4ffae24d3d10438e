"""A real PostgreSQL for tests: a process of theirs, on a socket in a directory of theirs."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event

import psycopg
import pytest

#: What PostgreSQL runs as, since it refuses to be root.
USER = "postgres"
SECONDS = 60.0  # generous: a machine may be busy


@dataclass
class Postgres:
    """One server; stop it, kill it, start it again."""

    directory: Path
    process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def _options(self) -> str:
        return f"host={self.directory} user={USER} connect_timeout=5"

    def start(self) -> None:
        data = self.directory / "data"
        if not data.exists():
            _run("initdb", "--pgdata", str(data), "--username", USER, "--auth", "trust", "--no-sync", "-E", "UTF8")
        # fsync off: a kill of the process loses nothing without it either, only a power cut would
        options = ("-c", "listen_addresses=", "-c", f"unix_socket_directories={self.directory}", "-c", "fsync=off")
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [_program("postgres"), "-D", str(data), *options], stdout=log, stderr=log, **_identity()
            )
        waiting = Event()
        for _ in range(int(SECONDS / 0.05)):
            try:
                psycopg.connect(f"{self._options} dbname=postgres").close()
            except psycopg.OperationalError:
                assert self.process.poll() is None, (self.directory / "log").read_text()
                waiting.wait(0.05)
            else:
                return
        raise AssertionError((self.directory / "log").read_text())

    def stop(self, number: int = signal.SIGINT) -> None:
        """End it: SIGINT ends sessions too, SIGQUIT is a crash."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(SECONDS)
        self.process = None

    def limit_files(self, octets: int | None) -> None:
        """Let its sessions, from the next one on, make no file longer than that: for them the disk is full."""
        assert self.process is not None
        limit = "unlimited" if octets is None else octets
        command = ("prlimit", f"--pid={self.process.pid}", f"--fsize={limit}:unlimited")
        subprocess.run(command, check=True, **_identity())

    def execute(self, statement: str) -> None:
        """One statement of an administrator."""
        with psycopg.connect(f"{self._options} dbname=postgres", autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload] # typed for literals only

    def new_url(self) -> str:
        """The URL of a fresh database."""
        name = f"test{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return f"postgresql://{USER}@/{name}?host={self.directory}"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of one's own; its socket's path must be short."""
    directory = Path(tempfile.mkdtemp(prefix="seapoint-pg-"))
    if os.geteuid() == 0:
        shutil.chown(directory, USER, USER)
    server = Postgres(directory)
    try:
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.stop()
        shutil.rmtree(directory)


def _identity() -> dict[str, str | list[str]]:
    return {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [_program(program), *arguments], capture_output=True, text=True, check=False, cwd="/", **_identity()
    )
    assert done.returncode == 0, done.stderr


def _program(name: str) -> str:
    """Debian keeps them apart, by version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    assert found, "PostgreSQL is not installed: scripts/install"
    return str(found[-1])


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[Postgres]:
    """One for a whole run of tests."""
    with postgres() as server:
        yield server


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.root)]


def urls(request: pytest.FixtureRequest, directory: Path) -> Callable[[], str]:
    """URLs of fresh databases, of the kind that the fixture's parameter names."""
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("shared_postgres")
        return server.new_url
    numbers = count()
    return lambda: f"sqlite:///{directory}/intent{next(numbers)}.db"
