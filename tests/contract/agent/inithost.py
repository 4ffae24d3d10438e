"""A host of a test's own with the lab's real init and real daemons, to which an agent is applied."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import seapoint
from namespaces import Namespace, namespace
from seapoint.lab.units import Unit, as_data
from seapoint.target.host import HostTarget

TARGET = "/run/target.json"
INIT = "from seapoint.lab.init.main import main; main()"


@dataclass
class Host:
    """A host with the lab's init."""

    inside: Namespace

    def agent(self, target: HostTarget, *options: str) -> tuple[str, ...]:
        """The command of an agent that holds the host to a target."""
        self.inside.write(TARGET, json.dumps(target.to_json()))
        where = ("--target", TARGET, "--state", "/var/lib/agent")
        return (sys.executable, "-m", "seapoint.agent", *where, *options)

    def apply(self, target: HostTarget, code: int = 0) -> str:
        """Have an agent apply a target and end: what it has said."""
        done = self.inside.run(*self.agent(target, "--once"), check=False)
        assert done.returncode == code, done.stderr
        return done.stderr


@contextmanager
def inithost(*units: Unit) -> Iterator[Host]:
    """A host whose init knows these units."""
    with namespace() as inside:
        python = ("env", f"PYTHONPATH={Path(seapoint.__file__).parent.parent}", sys.executable)
        init = inside.start("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *python, "-c", INIT)
        assert init.stdin is not None
        assert init.stdout is not None
        init.stdin.write(json.dumps({"host": "h", "units": as_data(units), "listen": {}, "ready": 1}))
        init.stdin.close()
        assert init.stdout.read(1) == "1"
        init.stdin = None  # nothing more is told to it when the namespace ends
        yield Host(inside)
