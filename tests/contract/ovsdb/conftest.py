"""Real ovsdb-servers and ovn-northd in a directory of the test, without root."""

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seapoint.engines.ovsdb.client import OvsdbClient
from seapoint.engines.ovsdb.engine import columns_of
from seapoint.engines.ovsdb.remotes import parse_remotes
from seapoint.target.rows import Setting, Table

SECONDS = 20.0  # generous: a machine may be busy


class Database:
    """One ovsdb-server with one database; it may be killed and started again on the same file."""

    def __init__(self, directory: Path, name: str, schema: Path) -> None:
        self.schema = schema
        self.file = directory / f"{name}.db"
        self.socket = directory / f"{name}.sock"
        self.log = directory / f"{name}.log"
        self.control = directory / f"{name}.ctl"
        self.options: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None
        self.create()

    def create(self) -> None:
        run("ovsdb-tool", "create", self.file, self.schema)

    @property
    def remote(self) -> str:
        return f"unix:{self.socket}"

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [
                "ovsdb-server",
                f"--remote=p{self.remote}",
                f"--unixctl={self.control}",
                f"--log-file={self.log}",
                "-vconsole:off",
                *self.options,
                str(self.file),
            ],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        """Until it answers."""
        run("ovsdb-client", "--timeout=20", "wait", self.remote, self.name, "connected")

    @property
    def name(self) -> str:
        """The database's name in its schema."""
        return run("ovsdb-tool", "db-name", self.file).strip()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def transact(self, *operations: str) -> str:
        """Another tool's hand: a transaction by ovsdb-client."""
        text = f'["{self.name}",{",".join(operations)}]'
        answer = run("ovsdb-client", "transact", self.remote, text)
        assert '"error"' not in answer, answer
        return answer


def run(*command: str | Path) -> str:
    """A program's output; what it complains of otherwise."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}{done.stdout}"
    return done.stdout


@pytest.fixture
def directory() -> Iterator[Path]:
    """A short path: a unix socket's may have 107 characters."""
    path = Path(tempfile.mkdtemp(prefix="sp-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def serve(directory: Path) -> Iterator[Callable[[str], Database]]:
    """Starts databases by their schema's name: ``ovn-nb``, ``ovn-sb``."""
    running: list[Database] = []

    def start(schema: str) -> Database:
        database = Database(directory, schema, Path(f"/usr/share/ovn/{schema}.ovsschema"))
        running.append(database)
        database.start()
        return database

    yield start
    for database in running:
        database.kill()


@pytest.fixture
def connect() -> Iterator[Callable[..., OvsdbClient]]:
    """Connected clients, closed at the end."""
    with contextlib.ExitStack() as stack:

        def client(
            database: Database, name: str, tables: tuple[Table, ...], settings: tuple[Setting, ...] = ()
        ) -> OvsdbClient:
            found = OvsdbClient(parse_remotes(database.remote), name, columns_of(tables, settings))
            stack.callback(found.close)
            found.start()
            found.wait_connected(SECONDS)
            return found

        yield client
