"""The host's daemons through its service manager: systemd on a real host, the lab's init on a lab host."""

import json
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from seapoint.agent.programs import run_program
from seapoint.base.errors import EngineError

UnitState = Literal["active", "inactive", "failed", "activating"]

#: Where the lab's init listens on a lab host.
INIT_SOCKET = Path("/run/seapoint-init.sock")

#: Of what a daemon has written when it failed: its last words.
MOST_LINES = 6

STATES: Mapping[str, UnitState] = {
    "active": "active",
    "reloading": "active",
    "activating": "activating",
    "deactivating": "activating",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class UnitStatus:
    """``running``: changes whenever the daemon was started anew; empty while it does not run."""

    state: UnitState
    running: str = ""
    error: str = ""


class Units(Protocol):
    """A service manager. Every method raises EngineError with the manager's own words."""

    def status(self, names: Iterable[str]) -> dict[str, UnitStatus]: ...
    def start(self, name: str) -> None: ...
    def stop(self, name: str) -> None: ...
    def restart(self, name: str) -> None: ...
    def reload(self, name: str) -> None: ...

    def said(self, name: str) -> list[str]:
        """The lines that the unit has written since it was last started or reloaded through here."""
        ...


class Systemd:
    """systemd through systemctl(1), and its journal."""

    def __init__(self) -> None:
        self._asked: dict[str, float] = {}

    def status(self, names: Iterable[str]) -> dict[str, UnitStatus]:
        wanted = tuple(names)
        if not wanted:
            return {}
        properties = "Id,ActiveState,InvocationID,Result,LoadState"
        text = run_program(("systemctl", "show", f"--property={properties}", "--", *wanted))
        blocks = [dict(line.split("=", 1) for line in block.splitlines()) for block in text.strip().split("\n\n")]
        return {name: _systemd_status(block) for name, block in zip(wanted, blocks, strict=True)}

    def start(self, name: str) -> None:
        self._demand("start", name)

    def stop(self, name: str) -> None:
        run_program(("systemctl", "stop", "--", name))

    def restart(self, name: str) -> None:
        self._demand("restart", name)

    def reload(self, name: str) -> None:
        self._demand("reload-or-restart", name)

    def said(self, name: str) -> list[str]:
        since = f"--since=@{int(self._asked.get(name, time.time()))}"
        return run_program(("journalctl", "--quiet", "--output=cat", since, f"--unit={name}")).splitlines()

    def _demand(self, action: str, name: str) -> None:
        """Do it; systemctl says only that it failed, the daemon's words say why."""
        self._asked[name] = time.time()
        try:
            run_program(("systemctl", action, "--", name))
        except EngineError as error:
            words = self.said(name)[-MOST_LINES:]
            raise EngineError(f"{error}: {'; '.join(words)}" if words else str(error)) from None


class LabInit:
    """The lab's init: one JSON line asks, one answers, over its Unix socket."""

    def __init__(self, path: Path = INIT_SOCKET, patience: float = 60.0) -> None:
        self._path = path
        self._patience = patience

    def status(self, names: Iterable[str]) -> dict[str, UnitStatus]:
        found = {}
        for name in names:
            answer = self._ask("status", name)
            state = STATES.get(str(answer.get("state")), "inactive")
            running = f"{answer.get('pid')} {answer.get('since')}" if state == "active" else ""
            found[name] = UnitStatus(state, running, str(answer.get("error") or ""))
        return found

    def start(self, name: str) -> None:
        self._demand("start", name)

    def stop(self, name: str) -> None:
        self._demand("stop", name)

    def restart(self, name: str) -> None:
        self._demand("restart", name)

    def reload(self, name: str) -> None:
        self._demand("reload", name)

    def said(self, name: str) -> list[str]:
        return str(self._ask("said", name).get("said") or "").splitlines()

    def _demand(self, action: str, name: str) -> None:
        answer = self._ask(action, name)
        if not answer.get("ok"):
            raise EngineError(f"{action} {name}: {answer.get('error') or answer.get('state')}")

    def _ask(self, action: str, name: str) -> dict[str, object]:
        question = json.dumps({"do": action, "unit": name}) + "\n"
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(self._patience)
                line.connect(str(self._path))
                line.sendall(question.encode())
                with line.makefile("r", encoding="utf-8") as stream:
                    answer = json.loads(stream.readline() or "null")
        except (OSError, ValueError) as error:
            raise EngineError(f"the init behind {self._path} does not answer: {error}") from error
        if not isinstance(answer, dict):
            raise EngineError(f"the init behind {self._path} closed the line")
        return answer


def service_manager(init_socket: Path = INIT_SOCKET) -> Units:
    """The lab's init where its socket is, else systemd."""
    return LabInit(init_socket) if init_socket.exists() else Systemd()


def _systemd_status(block: Mapping[str, str]) -> UnitStatus:
    if block.get("LoadState") == "not-found":
        return UnitStatus("failed", error="no such unit")
    state = STATES.get(block.get("ActiveState", ""), "inactive")
    running = block.get("InvocationID", "") if state == "active" else ""
    result = block.get("Result", "success")
    return UnitStatus(state, running, "" if result == "success" else result)
