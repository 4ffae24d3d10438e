"""One domain's way into its engine: keeps the target, and brings the engine to it again and again."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from threading import Lock
from typing import Any, NamedTuple

from seapoint.base.errors import ConflictError, EngineError, UnreachableError
from seapoint.change.diff import diff, only
from seapoint.change.domain import Domain, Engine, compile_all, compile_scopes
from seapoint.change.plan import keeps
from seapoint.intent.snapshot import Intent
from seapoint.target.changes import Change, Finding, Items, Key, Scope

_SHARE, _FEW = 0.3, 20  # an audit that would prune more than this share, and more than a few items, asks first


class Refusal(NamedTuple):
    """Why the engine did not take a scope's changes, and the keys that they were about."""

    reason: str
    keys: frozenset[Key]


class Pipeline:
    """Level-triggered: what is to be done is always computed from target and engine, never remembered.

    A pass looks at the keys of dirty scopes and at those that the engine says have changed; an audit looks at all.
    A key belongs to one scope at a time. Everything but the engine's call-back runs in one thread.
    """

    def __init__(self, domain: Domain, engine: Engine, wake: Callable[[], None]) -> None:
        self.domain = domain
        self.findings: tuple[Finding, ...] = ()
        self.prune_approved = False  # of the next audit
        self._engine = engine
        self._wake = wake
        self._target: dict[Key, Any] = {}
        self._spans: dict[Scope, tuple[Key, ...]] = {}
        self._uncompiled: dict[Scope, str] = {}
        self._refused: dict[Scope, Refusal] = {}
        self._pending: dict[Scope, set[Key]] = {}  # scopes to be applied, with the keys that they have and had
        self._lock = Lock()  # guards what the engine's call-back writes:
        self._audit = True
        self._suspects: set[Key] = set()
        engine.watch(self._on_change)

    @property
    def target(self) -> Items:
        """What the engine should hold."""
        return self._target

    @property
    def failed(self) -> dict[Scope, str]:
        """Every scope that does not stand in the engine as people asked for, with the reason."""
        return {scope: refusal.reason for scope, refusal in self._refused.items()} | self._uncompiled

    @property
    def refused(self) -> bool:
        """Whether a ``retry`` could help."""
        return bool(self._refused)

    @property
    def busy(self) -> bool:
        """Whether something is left to be done."""
        with self._lock:
            return bool(self._audit or self._pending or self._suspects)

    def replace_domain(self, domain: Domain, intent: Intent) -> None:
        """Compile everything, by the functions of (another version of) the domain; the next pass is an audit."""
        self.domain = domain
        compiled = compile_all(domain, intent)
        gone = self._spans.keys() - compiled.items.keys() - compiled.failed.keys()
        self._put({**{scope: {} for scope in gone}, **compiled.items})
        self._uncompiled = compiled.failed
        self.audit()

    def recompile(self, scopes: Iterable[Scope], intent: Intent) -> None:
        """Compile these scopes; one that cannot be compiled keeps its last good target."""
        compiled = compile_scopes(self.domain, scopes, intent)
        self._put(compiled.items)
        self._uncompiled = {s: why for s, why in self._uncompiled.items() if s not in compiled.items} | compiled.failed

    def audit(self) -> None:
        """Have the next pass compare everything."""
        with self._lock:
            self._audit = True

    def retry(self) -> None:
        """Have the next pass try again what the engine refused."""
        for scope, refusal in self._refused.items():
            self._pending.setdefault(scope, set()).update(refusal.keys)

    def converge(self) -> set[Scope]:
        """One pass; gives the scopes that now stand in the engine as compiled.

        UnreachableError leaves everything to be done by a later pass.
        """
        with self._lock:
            everything, self._audit = self._audit, False
            suspects, self._suspects = self._suspects, set()
        try:
            return self._converge(None if everything else suspects.union(*self._pending.values()))
        except UnreachableError:
            self.audit()  # what was under way may be done or not
            raise

    def _converge(self, keys: Collection[Key] | None) -> set[Scope]:
        observed = self._engine.observe(keys)
        if keys is None:
            changes = self._prunable(diff(observed, self._target), observed)
            looked_at = self._spans.keys() | self._pending.keys()
            self._refused = {}
        else:
            changes = diff(observed, only(self._target, keys))
            looked_at = set(self._pending)
            self._refused = {scope: why for scope, why in self._refused.items() if scope not in looked_at}
        if changes:
            self._transact(changes, observed)
            self._try_refused_again(observed)
        self._pending.clear()
        return looked_at - self._refused.keys() - self._uncompiled.keys()

    def _transact(self, changes: list[Change], observed: Items) -> None:
        try:
            self._engine.transact(changes)
        except UnreachableError:
            raise
        except (ConflictError, EngineError) as error:
            self._divide(changes, observed, error)

    def _divide(self, changes: list[Change], observed: Items, error: Exception) -> None:
        """Find the scope that is in the way by halves, and apply the others."""
        groups: dict[Scope | None, set[Key]] = defaultdict(set)
        for change in changes:
            items = self._target if change.key in self._target else observed
            groups[self.domain.owner(change.key, items)].add(change.key)
        if len(groups) == 1:
            ((scope, keys),) = groups.items()
            if isinstance(error, ConflictError):  # somebody was quicker: look again
                self._on_change(keys)
            else:
                self._refused[scope or Scope(self.domain.name, "unknown")] = Refusal(str(error), frozenset(keys))
            return
        parts = list(groups.values())
        for half in (parts[: len(parts) // 2], parts[len(parts) // 2 :]):
            keys = set[Key]().union(*half)
            rest = diff(self._engine.observe(keys), only(self._target, keys))  # some of it may be done
            if rest:
                self._transact(rest, observed)

    def _try_refused_again(self, observed: Items) -> None:
        """What was refused because another scope's items were missing can be done now."""
        keys = set[Key]().union(*(refusal.keys for refusal in self._refused.values()))
        self._refused = {}
        rest = diff(self._engine.observe(keys), only(self._target, keys)) if keys else []
        if rest:
            self._transact(rest, observed)

    def _prunable(self, changes: list[Change], observed: Items) -> list[Change]:
        """An audit's changes, without deletes of what was not compiled, or of a large share that nobody asked for."""
        kept: list[Change] = []
        unasked: list[Change] = []
        for change in changes:
            owner = self.domain.owner(change.key, observed) if change.action == "delete" else None
            if change.action != "delete" or owner in self._pending:
                kept.append(change)
            elif not keeps(owner, self._uncompiled):
                unasked.append(change)
        self.findings = ()
        if len(unasked) > max(_FEW, _SHARE * len(observed)) and not self.prune_approved:
            message = (
                f"{len(unasked)} of {len(observed)} items, which nobody asked to delete, would go: approve it first"
            )
            self.findings = (Finding("prune", "error", self.domain.name, message),)
            return kept
        self.prune_approved = False
        return kept + unasked

    def _put(self, compiled: Mapping[Scope, Items]) -> None:
        """Take scopes' items into the target; all keys go before any comes, since one may move between scopes."""
        changed = {scope: items for scope, items in compiled.items() if not self._stands(scope, items)}
        for scope in compiled:
            self._pending.setdefault(scope, set())
        for scope in changed:
            before = self._spans.pop(scope, ())
            self._pending[scope].update(before)
            for key in before:
                self._target.pop(key, None)
        for scope, items in changed.items():
            self._target.update(items)
            self._pending[scope].update(items)
            if items:
                self._spans[scope] = tuple(items)

    def _stands(self, scope: Scope, items: Items) -> bool:
        """Whether the target has exactly these items of a scope and the engine did not refuse them."""
        before = self._spans.get(scope, ())
        return (
            scope not in self._refused
            and len(before) == len(items)
            and all(key in items and self._target.get(key) == items[key] for key in before)
        )

    def _on_change(self, keys: Collection[Key] | None) -> None:
        with self._lock:
            if keys is None:
                self._audit = True
            else:
                self._suspects.update(keys)
        self._wake()
