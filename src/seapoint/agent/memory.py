"""The agent's state directory: the last target, the last ruleset that loaded, and what the agent did.

What the kernel can tell us is asked of the kernel; here is only what nobody else remembers. Without the directory's
files the agent works on: it then cannot tell files and units of an earlier target from an operator's.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

from seapoint.agent.files import write_atomically
from seapoint.base.errors import EngineError
from seapoint.target.host import HostTarget

UnitChange = Literal["reload", "restart"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A ruleset in force: digest of the text that was loaded, and of what the kernel then listed."""

    text: str
    listing: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What the agent did.

    ``addresses``: (device, address) that we put, for kernels without IFA_PROTO. ``files``: paths that we wrote.
    ``pending``: units that have yet to take up a changed file -> how. ``started``: units that we started.
    ``rulesets``: what is loaded, by "main" and "seal". ``namespaces``: those that we made. ``running``: digest of what
    a unit was seen to run with once it had taken up its files; empty: it was not looked at since.
    """

    addresses: frozenset[tuple[str, str]] = frozenset()
    files: frozenset[str] = frozenset()
    pending: Mapping[str, UnitChange] = field(default_factory=dict)
    started: frozenset[str] = frozenset()
    rulesets: Mapping[str, Loaded] = field(default_factory=dict)
    namespaces: frozenset[str] = frozenset()
    running: Mapping[str, str] = field(default_factory=dict)

    def settled(self, unit: str) -> Self:
        """The memory once a unit runs with the files that it has now."""
        pending = {name: how for name, how in self.pending.items() if name != unit}
        return replace(self, pending=pending, running={**self.running, unit: ""})

    def stopped(self, unit: str) -> Self:
        """The memory once a unit that we started was stopped."""
        running = {name: digest for name, digest in self.running.items() if name != unit}
        return replace(self.settled(unit), started=self.started - {unit}, running=running)

    def to_json(self) -> dict[str, Any]:
        return {
            "addresses": sorted(self.addresses),
            "files": sorted(self.files),
            "pending": dict(self.pending),
            "started": sorted(self.started),
            "namespaces": sorted(self.namespaces),
            "running": dict(self.running),
            "rulesets": {name: asdict(loaded) for name, loaded in self.rulesets.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            addresses=frozenset((str(device), str(address)) for device, address in data["addresses"]),
            files=frozenset(data["files"]),
            pending={unit: "restart" if how == "restart" else "reload" for unit, how in data["pending"].items()},
            started=frozenset(data["started"]),
            rulesets={name: Loaded(row["text"], row["listing"]) for name, row in data["rulesets"].items()},
            namespaces=frozenset(data.get("namespaces", ())),
            running=dict(data.get("running", {})),
        )


class StateDirectory:
    """Files of the agent's own, each replaced atomically. Writing raises EngineError (a full disk)."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._target = path / "target.json"
        self._memory = path / "memory.json"
        self._ruleset = path / "ruleset.nft"

    def target(self) -> HostTarget | None:
        """The last target; None: there was none, or its file is unreadable."""
        data = _read(self._target)
        try:
            return None if data is None else HostTarget.from_json(data)
        except (KeyError, TypeError, ValueError):
            return None

    def keep_target(self, target: HostTarget) -> None:
        write_atomically(self._target, json.dumps(target.to_json()), mode=0o600)

    def memory(self) -> Memory:
        data = _read(self._memory)
        try:
            return Memory() if data is None else Memory.from_json(data)
        except (KeyError, TypeError, ValueError):
            return Memory()

    def keep_memory(self, memory: Memory) -> None:
        write_atomically(self._memory, json.dumps(memory.to_json()), mode=0o600)

    def ruleset(self) -> str | None:
        """The last ruleset that the kernel took."""
        try:
            return self._ruleset.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise EngineError(f"{self._ruleset} cannot be read: {error.strerror}") from error

    def keep_ruleset(self, text: str) -> None:
        write_atomically(self._ruleset, text, mode=0o600)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None
