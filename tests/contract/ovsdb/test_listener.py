"""Where the southbound listens, on a real ovsdb-server with OVN's southbound schema."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from seapoint.base.errors import UnreachableError
from seapoint.change.diff import diff
from seapoint.change.domain import Domain
from seapoint.change.pipeline import Pipeline
from seapoint.engines.ovsdb.client import OvsdbClient
from seapoint.engines.ovsdb.listener import LISTENERS, Listener, SouthboundListeners
from seapoint.engines.ovsdb.remotes import parse_remotes
from seapoint.engines.ovsdb.southbound import SOUTHBOUND
from seapoint.intent.snapshot import Intent
from seapoint.target.changes import Change, Scope
from seapoint.target.rows import OWNER

from .conftest import SECONDS, Database

ROLE = "ovn-controller"
#: Nobody listens there: the server has no remote db:OVN_Southbound,SB_Global,connections in these tests.
TARGETS = ("pssl:6642:192.0.2.1", "pssl:6642:[2001:db8::1]")
FOREIGN = "ptcp:6642:127.0.0.1"
EVERYTHING = Scope("listeners", "southbound")


def domain(*listeners: Listener) -> Domain:
    return Domain(
        "listeners",
        scopes=lambda _intent: (EVERYTHING,),
        dirty=lambda _change, _before, _after: (),
        compile=lambda _scope, _intent: {listener.target: listener for listener in listeners},
        owner=lambda _key, _items: EVERYTHING,
    )


class Bench:
    """The database, and a pipeline into it."""

    def __init__(self, database: Database, *targets: str) -> None:
        self.database = database
        self.client = OvsdbClient(parse_remotes(database.remote), "OVN_Southbound", {**SOUTHBOUND, **LISTENERS})
        self.engine = SouthboundListeners(self.client)
        self.woken = 0
        wanted = domain(*(Listener(target, ROLE) for target in targets))
        self.pipeline = Pipeline(wanted, self.engine, self.wake)
        self.client.start()
        self.client.wait_connected(SECONDS)
        self.pipeline.replace_domain(wanted, Intent.empty())

    def wake(self) -> None:
        self.woken += 1

    def move(self, *listeners: Listener) -> None:
        self.pipeline.replace_domain(domain(*listeners), Intent.empty())
        self.pipeline.converge()

    def heal(self) -> None:
        """The pass that another's hand has caused."""
        assert self.client.wait_for(lambda: bool(diff(self.engine.observe(), self.pipeline.target)), SECONDS)
        assert self.pipeline.busy, "the engine has told of it"
        self.pipeline.converge()

    def rows(self) -> dict[str, tuple[str, dict[str, str]]]:
        """Role and external_ids by target, as another tool reads them."""
        return {row["target"]: (row["role"] or "", dict(row["external_ids"][1])) for row in self.table("Connection")}

    def table(self, name: str) -> list[dict[str, Any]]:
        ((answer),) = json.loads(self.database.transact(json.dumps({"op": "select", "table": name, "where": []})))
        found: list[dict[str, Any]] = answer["rows"]
        return found

    def add_foreign(self, target: str = FOREIGN, **columns: Any) -> None:
        self.database.transact(
            json.dumps(
                {
                    "op": "insert",
                    "table": "Connection",
                    "row": {"target": target, "external_ids": ["map", [["who", "another"]]], **columns},
                    "uuid-name": "other",
                }
            ),
            json.dumps(
                {
                    "op": "mutate",
                    "table": "SB_Global",
                    "where": [],
                    "mutations": [["connections", "insert", ["named-uuid", "other"]]],
                }
            ),
        )


def ours(target: str) -> tuple[str, dict[str, str]]:
    return ROLE, {OWNER: f"listener/{target}"}


@pytest.fixture
def database(serve: Callable[[str], Database]) -> Database:
    found = serve("ovn-sb")
    found.wait()
    return found


@pytest.fixture
def bench(database: Database) -> Iterator[Bench]:
    database.transact('{"op": "insert", "table": "SB_Global", "row": {}}')
    found = Bench(database, *TARGETS)
    yield found
    found.client.close()


def test_our_listeners_of_both_families_come_with_their_role(bench: Bench) -> None:
    bench.pipeline.converge()
    assert bench.rows() == {target: ours(target) for target in TARGETS}
    assert diff(bench.engine.observe(), bench.pipeline.target) == []
    assert bench.engine.observe(TARGETS[1:]) == {TARGETS[1]: Listener(TARGETS[1], ROLE)}
    (globals_row,) = bench.table("SB_Global")
    assert len(globals_row["connections"][1]) == 2, "a row that nobody references is no listener"


def test_a_second_pass_writes_nothing(bench: Bench) -> None:
    bench.pipeline.converge()
    before = bench.table("Connection"), bench.table("SB_Global")
    bench.pipeline.audit()
    bench.pipeline.converge()
    assert (bench.table("Connection"), bench.table("SB_Global")) == before, "no row has a new version"


def test_another_s_listener_stays(bench: Bench) -> None:
    bench.add_foreign()
    bench.pipeline.converge()
    assert bench.rows()[FOREIGN] == ("", {"who": "another"})
    bench.move()
    assert bench.rows() == {FOREIGN: ("", {"who": "another"})}


@pytest.mark.parametrize("target", TARGETS)
def test_what_somebody_deleted_comes_back(bench: Bench, target: str) -> None:
    bench.add_foreign()
    bench.pipeline.converge()
    (row,) = [row for row in bench.table("Connection") if row["target"] == target]
    mutation = ["connections", "delete", row["_uuid"]]
    bench.database.transact(json.dumps({"op": "mutate", "table": "SB_Global", "where": [], "mutations": [mutation]}))
    bench.heal()
    assert bench.rows() == {FOREIGN: ("", {"who": "another"})} | {one: ours(one) for one in TARGETS}


@pytest.mark.parametrize("target", TARGETS)
def test_a_role_that_somebody_took_away_comes_back(bench: Bench, target: str) -> None:
    bench.pipeline.converge()
    operation = {
        "op": "update",
        "table": "Connection",
        "where": [["target", "==", target]],
        "row": {"role": ""},
    }
    bench.database.transact(json.dumps(operation))
    bench.heal()
    assert bench.rows() == {one: ours(one) for one in TARGETS}


def test_another_management_address_moves_the_listener(bench: Bench) -> None:
    bench.pipeline.converge()
    moved = ("pssl:6642:192.0.2.2", "pssl:6642:[2001:db8::2]")
    bench.move(*(Listener(target, ROLE) for target in moved))
    assert bench.rows() == {target: ours(target) for target in moved}
    bench.move(Listener(moved[0], "another-role"))
    assert bench.rows() == {moved[0]: ("another-role", {OWNER: f"listener/{moved[0]}"})}


def test_a_target_that_another_s_row_has_is_taken_over(bench: Bench) -> None:
    bench.add_foreign(TARGETS[0], inactivity_probe=5000)
    bench.pipeline.converge()
    role, ids = ours(TARGETS[0])
    assert bench.rows() == {TARGETS[0]: (role, {"who": "another"} | ids), TARGETS[1]: ours(TARGETS[1])}
    (row,) = [row for row in bench.table("Connection") if row["target"] == TARGETS[0]]
    assert row["inactivity_probe"] == 5000
    assert diff(bench.engine.observe(), bench.pipeline.target) == []


def test_before_northd_has_begun_it_is_not_written_and_then_is(database: Database) -> None:
    bench = Bench(database, *TARGETS)
    try:
        with pytest.raises(UnreachableError, match="ovn-northd makes it"):
            bench.pipeline.converge()
        assert bench.rows() == {}
        database.transact('{"op": "insert", "table": "SB_Global", "row": {}}')
        assert bench.client.wait_for(lambda: bool(bench.client.tables["SB_Global"]), SECONDS)
        bench.pipeline.converge()
        assert bench.pipeline.failed == {}
        assert bench.rows() == {target: ours(target) for target in TARGETS}
    finally:
        bench.client.close()


def test_deleting_what_is_gone_is_no_error(bench: Bench) -> None:
    bench.engine.transact([Change("delete", TARGETS[0], Listener(TARGETS[0], ROLE), None)])
    assert bench.rows() == {}


def test_changes_of_other_tables_wake_nobody(bench: Bench) -> None:
    bench.pipeline.converge()
    bench.pipeline.converge()
    woken = bench.woken
    bench.database.transact(
        '{"op": "insert", "table": "Encap", "uuid-name": "e",'
        ' "row": {"type": "geneve", "ip": "2001:db8::9", "chassis_name": "hv1"}}',
        '{"op": "insert", "table": "Chassis", "row": {"name": "hv1", "encaps": ["named-uuid", "e"]}}',
    )
    assert bench.client.wait_for(lambda: bool(bench.client.tables["Chassis"]), SECONDS)
    assert (bench.woken, bench.pipeline.busy) == (woken, False)


def test_a_server_that_was_away_is_looked_at_again(bench: Bench) -> None:
    bench.pipeline.converge()
    bench.database.kill()
    assert _until_cut_off(bench)
    with pytest.raises(UnreachableError):
        bench.pipeline.converge()
    bench.database.file.unlink()
    bench.database.create()
    bench.database.start()
    bench.database.wait()
    bench.database.transact('{"op": "insert", "table": "SB_Global", "row": {}}')
    bench.client.wait_connected(SECONDS)
    assert bench.client.wait_for(lambda: bool(bench.client.tables["SB_Global"]), SECONDS)
    bench.pipeline.converge()
    assert bench.rows() == {target: ours(target) for target in TARGETS}


def _until_cut_off(bench: Bench) -> bool:
    with bench.client._changed:
        return bench.client._changed.wait_for(lambda: not bench.client.connected, SECONDS)


def test_ovn_s_own_tool_shows_it(bench: Bench) -> None:
    bench.pipeline.converge()
    tool = shutil.which("ovn-sbctl")
    assert tool is not None
    done = subprocess.run(
        [tool, f"--db={bench.database.remote}", "--no-leader-only", "get-connection"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(done.stdout.split("\n")[:-1]) == sorted(f'read-write role="{ROLE}" {target}' for target in TARGETS)
