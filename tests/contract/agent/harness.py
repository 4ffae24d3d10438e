"""Network namespaces of a test's own, and an agent that runs in one of them, in file mode."""

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seapoint.target.host import HostTarget

SECONDS = 20.0  # generous: a machine may be busy
_numbers = itertools.count(1)


def until(condition: Callable[[], Any], what: str, seconds: float = SECONDS) -> Any:
    """The first true value of a condition; fails after a generous time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.02)
    return value


class Netns:
    """A network namespace by name."""

    def __init__(self) -> None:
        self.name = f"spagent-{os.getpid()}-{next(_numbers)}"
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *arguments: str, ok: bool = False, stdin: str | None = None) -> str:
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, *arguments], capture_output=True, text=True, check=False, input=stdin
        )
        assert ok or done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def succeeds(self, *arguments: str) -> bool:
        command = ["ip", "netns", "exec", self.name, *arguments]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.run("ip", "-j", *arguments) or "[]")
        return rows

    def addresses(self, device: str) -> set[str]:
        """Global addresses of both families on a device."""
        rows = self.json("address", "show", "dev", device)
        return {
            f"{entry['local']}/{entry['prefixlen']}"
            for row in rows
            for entry in row.get("addr_info", ())
            if entry["scope"] == "global"
        }

    def routes(self, table: str = "main", protocol: str = "77") -> set[tuple[str, str | None]]:
        """(destination, gateway) of a protocol's routes in a table."""
        return {
            (row["dst"], row.get("gateway"))
            for family in ("-4", "-6")
            for row in self.json(family, "route", "show", "table", table, "protocol", protocol)
        }

    def rules(self) -> str:
        return self.run("ip", "-4", "rule") + self.run("ip", "-6", "rule")

    def dump(self) -> dict[str, Any]:
        """Everything that the agent may change, without counters and times."""
        links = [{key: row.get(key) for key in ("ifname", "mtu", "operstate", "flags")} for row in self.json("link")]
        addresses = [
            (row["ifname"], entry["local"], entry["prefixlen"])
            for row in self.json("address")
            for entry in row.get("addr_info", ())
        ]
        # the kernel adds routes of link-local addresses when it has found them to be unique: seconds later
        routes = [
            [
                line
                for line in self.run("ip", family, "route", "show", "table", "all").splitlines()
                if "fe80:" not in line
            ]
            for family in ("-4", "-6")
        ]
        return {
            "links": links,
            "addresses": addresses,
            "routes": routes,
            "rules": self.rules(),
            "rulesets": self.run("nft", "-a", "-s", "list", "ruleset"),
        }

    def delete(self) -> None:
        subprocess.run(["ip", "netns", "delete", self.name], check=False)


def cable(a: Netns, name_a: str, b: Netns, name_b: str) -> None:
    """A veth pair between two namespaces, both ends up."""
    names = ("name", name_b, "netns", b.name)
    subprocess.run(["ip", "link", "add", name_a, "netns", a.name, "type", "veth", "peer", *names], check=True)
    a.run("ip", "link", "set", name_a, "up")
    b.run("ip", "link", "set", name_b, "up")


class Agent:
    """An agent's process and its files, in a namespace."""

    def __init__(self, netns: Netns, directory: Path) -> None:
        self.netns = netns
        self.target = directory / "target.json"
        self.state = directory / "state"
        self.log = directory / "agent.log"
        self.options: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None

    def write(self, target: HostTarget) -> None:
        fresh = self.target.with_suffix(".new")
        fresh.write_text(json.dumps(target.to_json()))
        fresh.replace(self.target)

    def command(self, *options: str) -> list[str]:
        where = ["--target", str(self.target), "--state", str(self.state)]
        return [
            "ip",
            "netns",
            "exec",
            self.netns.name,
            sys.executable,
            "-m",
            "seapoint.agent",
            *where,
            *self.options,
            *options,
        ]

    def once(self, target: HostTarget, code: int = 0) -> str:
        """Apply one target and end: what the agent logged, a line for each thing that it wrote or that failed."""
        self.write(target)
        done = subprocess.run(self.command("--once"), capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == code, done.stderr
        return done.stderr

    def start(self, target: HostTarget | None = None, *options: str) -> None:
        if target is not None:
            self.write(target)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command(*options), stdout=log, stderr=log)

    def end(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            self.process.wait(timeout=SECONDS)
            self.process = None
