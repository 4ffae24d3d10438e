"""What a new cloud file would change, said before anything is written. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import unified_diff
from typing import Any

from seapoint.change.plan import Plan
from seapoint.render.device import render_files
from seapoint.target.changes import Change, Finding
from seapoint.target.host import HostTarget
from seapoint.target.rows import Link, Row, Setting


@dataclass(frozen=True, slots=True)
class Preview:
    """``intent``: the file's own difference; ``hosts``: each host's, as text; ``rows``: a line for each of OVN's.

    ``devices``: what changes on those that are not ours to write: other tools and teams have to do it.
    """

    base_revision: int
    intent: str
    hosts: dict[str, str]
    rows: tuple[str, ...]
    findings: tuple[Finding, ...]
    devices: dict[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether the file says what it said."""
        return not (self.intent or self.hosts or self.rows)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "base_revision": self.base_revision,
            "intent": self.intent,
            "hosts": self.hosts,
            "devices": self.devices,
            "rows": list(self.rows),
            "findings": [finding._asdict() for finding in self.findings],
        }


def preview(base_revision: int, before: str, after: str, hosts: Plan, others: Sequence[Plan]) -> Preview:
    """What a file (``before``, ``after``) changes by these plans of hosts' targets and of other domains."""
    return Preview(
        base_revision=base_revision,
        intent=_difference(before, after, "cloud file"),
        hosts={str(change.key): target_difference(change.before, change.after) for change in hosts.changes},
        rows=tuple(line for plan in others for line in sorted(map(_row, plan.changes))),
        findings=tuple(finding for plan in (hosts, *others) for finding in plan.findings),
    )


def target_difference(before: HostTarget | None, after: HostTarget | None) -> str:
    """What changes on a host, file by file."""
    old = render_files(before) if before else {}
    new = render_files(after) if after else {}
    paths = dict.fromkeys([*old, *new])
    return "".join(_difference(old.get(path, ""), new.get(path, ""), path) for path in paths)


def _difference(before: str, after: str, name: str) -> str:
    old, new = (
        [f"{line}\n" for line in text.removesuffix("\n").split("\n")] if text else [] for text in (before, after)
    )
    if old == new and before != after:
        return f"--- {name}\n+++ {name}\n only the line end at the end of the file\n"
    return "".join(unified_diff(old, new, name, name, n=1))


def _row(change: Change) -> str:
    item = change.after if change.after is not None else change.before
    sign = {"create": "+", "update": "~", "delete": "-"}[change.action]
    match item:
        case Row():
            name = item.columns.get("name") or item.uuid
            return f"{sign} {item.table} {name}{_columns(change)}"
        case Link():
            return f"{sign} {item.table} {item.parent} {item.column} {item.child}"
        case _ if isinstance(change.key, Setting):
            return f"{sign} {change.key.table} {change.key.column}:{change.key.key} = {item}"
        case _:
            return f"{sign} {change.key}"


def _columns(change: Change) -> str:
    if change.action != "update":
        return ""
    changed = [
        f"{column}: {change.before.columns.get(column)!r} -> {value!r}"
        for column, value in change.after.columns.items()
        if change.before.columns.get(column) != value
    ]
    return " (" + "; ".join(changed) + ")"
