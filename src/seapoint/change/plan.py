"""Plans: what would be done, said before it is done. Pure."""

from collections.abc import Collection
from typing import NamedTuple

from seapoint.change.diff import diff
from seapoint.change.domain import Domain, compile_all, merged
from seapoint.intent.snapshot import Intent
from seapoint.target.changes import Change, Finding, Items, Scope


class Plan(NamedTuple):
    """One domain's changes and what one should know of them; ``base_revision``: of the intent they were made from."""

    base_revision: int
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes


def make_plan(domain: Domain, intent: Intent, present: Items) -> Plan:
    """What brings ``present`` (observed, or another target) to the domain's target of an intent."""
    compiled = compile_all(domain, intent)
    target = merged(compiled)
    kept = tuple(
        change
        for change in diff(present, target)
        if change.action != "delete" or not keeps(domain.owner(change.key, present), compiled.failed)
    )
    findings = tuple(Finding("compile", "error", str(scope), reason) for scope, reason in compiled.failed.items())
    return Plan(intent.revision, kept, findings)


def keeps(owner: Scope | None, failed: Collection[Scope]) -> bool:
    """Whether an observed item stays although no target has it: its scope, or an unknown one, was not compiled."""
    return bool(failed) and (owner is None or owner in failed)
