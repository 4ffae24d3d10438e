"""How a lab is: its hosts, their units, and the memory that each takes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seapoint.lab import control, host
from seapoint.lab.state import Lab


@dataclass(frozen=True, slots=True)
class HostStatus:
    """A host; ``units`` are those that were ever started, ``memory`` in bytes with shared pages divided among users.

    Of a host that has ended ``pid`` is 0, and there is nothing else to tell.
    """

    name: str
    pid: int
    memory: int
    processes: int
    units: tuple[dict[str, Any], ...]


def status(lab: Lab) -> list[HostStatus]:
    """Every host of the lab, also those that have ended; empty when there is no lab."""
    living = host.hosts(lab)
    known = {path.name for path in (lab.root / "hosts").glob("*/")}
    members = _members()
    found = []
    for name, there in living.items():
        pids = members.get(_namespace(there.pid), [])
        units = tuple(unit for unit in control.units(there) if unit["state"] != "inactive")
        found.append(HostStatus(name, there.pid, sum(map(memory, pids)), len(pids), units))
    found += (HostStatus(name, 0, 0, 0, ()) for name in known - {*living})
    return sorted(found, key=lambda one: one.name)


def memory(pid: int) -> int:
    """Proportional set size of a process in bytes, 0 when it has just ended. Source: proc(5), smaps_rollup."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _members() -> dict[str, list[int]]:
    """The processes of each PID namespace of this machine."""
    members: dict[str, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            members.setdefault(_namespace(int(entry.name)), []).append(int(entry.name))
    return members


def _namespace(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:  # it has just ended, or it is somebody's that even root may not look at
        return ""
