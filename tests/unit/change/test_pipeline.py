"""One domain's way into its engine, with an engine in memory and a domain of plain values."""

from collections.abc import Iterable

import pytest

from seapoint.base.errors import CompileError, UnreachableError
from seapoint.change.diff import diff
from seapoint.change.domain import Domain
from seapoint.change.pipeline import Pipeline
from seapoint.change.plan import make_plan
from seapoint.engines.memory import MemoryEngine
from seapoint.intent.network import Network
from seapoint.intent.snapshot import Change as IntentChange
from seapoint.intent.snapshot import Intent
from seapoint.target.changes import Change, Items, Key, Scope


def scope(name: str) -> Scope:
    return Scope("network", name)


def names_of(intent: Intent) -> Iterable[Scope]:
    return [scope(identifier) for identifier in intent.of(Network)]


def compile_name(of: Scope, intent: Intent) -> Items:
    network = intent.get(Network, of.id)
    if network is None:
        return {}
    if network.name == "bad":
        raise CompileError("bad is no name")
    if network.name == "fault":
        raise ZeroDivisionError
    return {f"{of.id}/name": network.name}


def owner_of(key: Key, _items: Items) -> Scope | None:
    name, slash, _ = str(key).partition("/")
    return scope(name) if slash else None


def dirty(change: IntentChange, _before: Intent, _after: Intent) -> set[Scope]:
    return {scope(change.id)}


NAMES = Domain("names", names_of, dirty, compile_name, owner_of)


def intent_of(**names: str) -> Intent:
    return Intent.of_values([Network(id=identifier, name=name) for identifier, name in names.items()])


class Bench:
    """A pipeline that stands in its engine."""

    def __init__(self, **names: str) -> None:
        self.engine = MemoryEngine()
        self.pipeline = Pipeline(NAMES, self.engine, lambda: None)
        self.pipeline.replace_domain(NAMES, intent_of(**names))
        self.applied = self.pipeline.converge()

    def change(self, scopes: Iterable[str], **names: str) -> set[Scope]:
        self.pipeline.recompile([scope(name) for name in scopes], intent_of(**names))
        return self.pipeline.converge()

    @property
    def held(self) -> dict[Key, str]:
        return dict(self.engine.observe())


def test_diff_names_what_comes_changes_and_goes() -> None:
    assert set(diff({"a": 1, "b": 2, "c": 3}, {"b": 2, "c": 4, "d": 5})) == {
        Change("delete", "a", 1, None),
        Change("update", "c", 3, 4),
        Change("create", "d", None, 5),
    }
    assert diff({"a": 1}, {"a": 1}) == []


def test_create_update_delete() -> None:
    bench = Bench(a="one")
    assert bench.held == {"a/name": "one"}
    assert bench.applied == {scope("a")}
    assert bench.change("ab", a="two", b="one") == {scope("a"), scope("b")}
    assert bench.held == {"a/name": "two", "b/name": "one"}
    assert bench.change("a", b="one") == {scope("a")}
    assert bench.held == {"b/name": "one"}
    assert bench.pipeline.converge() == set(), "the engine told of our own changes: nothing to do"
    assert not bench.pipeline.busy


@pytest.mark.parametrize("name", ["bad", "fault"])
def test_a_scope_that_cannot_be_compiled_keeps_its_last_good_target_and_stops_no_other(name: str) -> None:
    bench = Bench(a="one")
    assert bench.change("ab", a=name, b="new") == {scope("b")}
    assert bench.held == {"a/name": "one", "b/name": "new"}
    assert list(bench.pipeline.failed) == [scope("a")]
    bench.pipeline.audit()
    bench.pipeline.converge()
    assert bench.held["a/name"] == "one"
    assert bench.change("a", a="two") == {scope("a")}
    assert bench.held["a/name"] == "two"
    assert bench.pipeline.failed == {}


def test_a_scope_that_cannot_be_compiled_at_start_loses_nothing() -> None:
    engine = MemoryEngine()
    engine.transact([Change("create", key, None, "old") for key in ("a/name", "gone/name", "nobody's")])
    pipeline = Pipeline(NAMES, engine, lambda: None)
    pipeline.replace_domain(NAMES, intent_of(a="bad"))
    pipeline.converge()
    assert dict(engine.observe()) == {"a/name": "old", "nobody's": "old"}, "whose item it is may not be known either"


def test_a_refused_scope_is_named_and_stops_no_other() -> None:
    bench = Bench(a="one")
    bench.engine.refused = {"c/name"}
    assert bench.change("bcde", a="one", b="1", c="2", d="3", e="4") == {scope("b"), scope("d"), scope("e")}
    assert bench.held == {"a/name": "one", "b/name": "1", "d/name": "3", "e/name": "4"}
    assert bench.pipeline.failed == {scope("c"): "c/name is refused"}
    bench.engine.refused = set()
    bench.pipeline.retry()
    bench.pipeline.converge()
    assert bench.held["c/name"] == "2"
    assert bench.pipeline.failed == {}


def test_an_engine_that_is_cut_off_is_brought_up_to_date_when_it_is_back() -> None:
    bench = Bench(a="one")
    bench.engine.reachable = False
    with pytest.raises(UnreachableError):
        bench.change("ab", b="new")
    bench.engine.reconnect()
    assert bench.pipeline.busy
    bench.pipeline.converge()
    assert bench.held == {"b/name": "new"}


def test_drift_is_a_diff_like_any_other() -> None:
    bench = Bench(a="one")
    bench.engine.disturb("a/name", "scribbled")
    assert bench.pipeline.busy, "the engine told of it"
    bench.pipeline.converge()
    assert bench.held == {"a/name": "one"}
    bench.engine.disturb("a/name", None)
    bench.engine.disturb("orphan/name", "left over")
    bench.pipeline.converge()
    assert bench.held == {"a/name": "one"}


def test_an_audit_that_would_delete_a_large_share_asks_first() -> None:
    engine = MemoryEngine()
    engine.transact([Change("create", f"{n}/name", None, "old") for n in range(100)])
    pipeline = Pipeline(NAMES, engine, lambda: None)
    pipeline.replace_domain(NAMES, intent_of(a="one"))
    pipeline.converge()
    assert len(engine.observe()) == 101, "what is new is done, what would go stays"
    (finding,) = pipeline.findings
    assert "100 of 100" in finding.message
    pipeline.prune_approved = True
    pipeline.audit()
    pipeline.converge()
    assert dict(engine.observe()) == {"a/name": "one"}
    assert pipeline.findings == ()


def test_what_people_asked_to_delete_is_deleted_however_much_it_is() -> None:
    many = {f"n{n}": "x" for n in range(100)}
    bench = Bench(**many)
    bench.pipeline.audit()
    bench.change(many)
    assert bench.held == {}


def test_another_version_of_the_domain_is_applied_whole() -> None:
    bench = Bench(a="one", b="two")

    def shout(of: Scope, intent: Intent) -> Items:
        return {key: item.upper() for key, item in compile_name(of, intent).items()}

    louder = Domain("names", names_of, dirty, shout, owner_of)
    bench.pipeline.replace_domain(louder, intent_of(a="one"))
    bench.pipeline.converge()
    assert bench.held == {"a/name": "ONE"}


def test_a_plan_tells_what_would_be_done_and_what_cannot() -> None:
    plan = make_plan(NAMES, intent_of(a="one", b="bad"), {"a/name": "zero", "b/name": "kept", "c/name": "gone"})
    assert {(change.action, change.key) for change in plan.changes} == {("update", "a/name"), ("delete", "c/name")}
    assert [finding.subject for finding in plan.findings] == ["network/b"]
    assert make_plan(NAMES, intent_of(a="one"), {"a/name": "one"}).empty
