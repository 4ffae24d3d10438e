"""A cloud that a benchmark has for itself: codfw1dev with its tenants, in a lab beside whatever else stands."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seapoint.base.errors import EngineError
from seapoint.lab import host, up
from seapoint.lab.host import Host
from seapoint.lab.state import Lab
from seapoint.wiring import lab as wired
from seapoint.wiring.client import Client

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "codfw1dev"
PROGRAMS = Path(sys.executable).parent
LABS = "seapoint-lab-bench-"
CONTROL = "cloudcontrol2005-dev"
HYPERVISORS = ("cloudvirt2004-dev", "cloudvirt2005-dev", "cloudvirt2006-dev")
GROUP, PROJECT = "networktests", "testlabs"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cloud:
    """A standing cloud and its API."""

    lab: Lab
    client: Client

    def make(self, kind: str, **values: Any) -> Json:
        """Create an object through the Networking API."""
        made: Json = self.client.ask("POST", f"/v2.0/{kind}s", {kind: values})[kind]
        return made

    def named(self, kind: str, name: str) -> Json:
        """An object of the example's tenants."""
        return next(each for each in self.client.get(f"/v2.0/{kind}s")[f"{kind}s"] if each["name"] == name)

    def group(self) -> str:
        """The security group that lets pings of both families in."""
        groups = self.client.get(f"/v2.0/security-groups?name={GROUP}&project_id={PROJECT}")["security_groups"]
        return str(groups[0]["id"])

    def host(self, name: str) -> Host:
        return host.find(self.lab, name)


def own_lab() -> Lab:
    """The directory of this process's lab, after those of benchmarks that were killed are removed."""
    for root in Path("/run").glob(f"{LABS}*"):
        owner = re.fullmatch(r"\d+", root.name.removeprefix(LABS))
        if owner and not Path(f"/proc/{owner[0]}").exists():
            up.down(Lab(root))
    return Lab(Path(f"/run/{LABS}{os.getpid()}"))


@contextmanager
def standing() -> Iterator[Cloud]:
    """The cloud; afterwards nothing of it is left."""
    lab = own_lab()
    print(f"bringing up a cloud in {lab.root}", file=sys.stderr)
    try:
        _command(
            [PROGRAMS / "seapoint", "lab", "up", EXAMPLE / "cloud.yaml"],
            {"SEAPOINT_LAB": str(lab.root), "SEAPOINT_API_PORT": str(free_port())},
        )
        _command(
            [PROGRAMS / "python", EXAMPLE / "tenants.py", "--cloud", "seapoint-demo"],
            {"OS_CLIENT_CONFIG_FILE": str(lab.root / "clouds.yaml")},
        )
        yield Cloud(lab, wired.access(lab))
    finally:
        up.down(lab)


def free_port() -> int:
    """A port of this machine's loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _command(argv: list[str | Path], environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        argv, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise EngineError(f"{' '.join(map(str, argv))}: exit status {done.returncode}:\n{done.stdout}{done.stderr}")
