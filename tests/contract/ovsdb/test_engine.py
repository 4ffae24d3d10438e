"""The engine on a real ovsdb-server with OVN's northbound schema."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ovn_world import VALUES, changed, domain, port, uid, world
from seapoint.base.errors import ConflictError, EngineError, UnreachableError
from seapoint.change.diff import diff
from seapoint.change.pipeline import Pipeline
from seapoint.compile.ovn.names import group_uuid, port_uuid, switch_uuid
from seapoint.compile.ovn.tables import NORTHBOUND, SETTINGS
from seapoint.engines.ovsdb import engine as engine_module
from seapoint.engines.ovsdb.client import OvsdbClient
from seapoint.engines.ovsdb.engine import OvsdbEngine
from seapoint.intent.snapshot import Change as IntentChange
from seapoint.intent.snapshot import Intent
from seapoint.target.changes import Change, Scope
from seapoint.target.rows import OWNER, Link, Row

from .conftest import SECONDS, Database

Connect = Callable[..., OvsdbClient]
Serve = Callable[[str], Database]


class Bench:
    """A database, an engine on it and a pipeline into it that holds the whole world."""

    def __init__(self, serve: Serve, connect: Connect) -> None:
        self.database = serve("ovn-nb")
        self.client = connect(self.database, "OVN_Northbound", NORTHBOUND, SETTINGS)
        self.engine = OvsdbEngine(self.client, NORTHBOUND, SETTINGS)
        self.pipeline = Pipeline(domain(), self.engine, lambda: None)
        self.intent = world()
        self.pipeline.replace_domain(domain(), self.intent)

    def move(self, intent: Intent, *changes: IntentChange) -> None:
        """Follow changes that lead to an intent."""
        dirty = {scope for change in changes for scope in domain().dirty(change, self.intent, intent)}
        self.intent = intent
        self.pipeline.recompile(dirty, intent)
        self.pipeline.converge()

    def differences(self) -> list[Change]:
        return diff(self.engine.observe(), self.pipeline.target)

    def contents(self) -> Any:
        """The whole database as another tool reads it."""
        tables = (*(table.name for table in NORTHBOUND), "NB_Global")
        selects = [json.dumps({"op": "select", "table": table, "where": []}) for table in tables]
        return json.loads(self.database.transact(*selects))


@pytest.fixture
def bench(serve: Serve, connect: Connect) -> Bench:
    return Bench(serve, connect)


def test_what_is_read_back_equals_the_target_and_a_second_pass_is_empty(bench: Bench) -> None:
    bench.pipeline.converge()
    assert bench.pipeline.failed == {}
    assert bench.differences() == []
    before = bench.contents()
    bench.pipeline.audit()
    bench.pipeline.converge()
    assert bench.contents() == before, "no row has a new version"


def test_another_client_s_first_read_equals_the_target(bench: Bench, connect: Connect) -> None:
    bench.pipeline.converge()
    other = OvsdbEngine(connect(bench.database, "OVN_Northbound", NORTHBOUND, SETTINGS), NORTHBOUND, SETTINGS)
    assert diff(other.observe(), bench.pipeline.target) == []


def test_every_object_comes_and_goes_alone(bench: Bench) -> None:
    for value in reversed(VALUES):
        bench.move(bench.intent.with_changes([IntentChange(value, None)]), IntentChange(value, None))
        bench.pipeline.retry()
        bench.pipeline.converge()
    bench.pipeline.audit()
    bench.pipeline.converge()
    assert bench.differences() == []
    for value in VALUES:
        bench.move(bench.intent.with_changes([IntentChange(None, value)]), IntentChange(None, value))
    bench.pipeline.retry()
    bench.pipeline.converge()
    assert bench.pipeline.failed == {}
    assert bench.differences() == []


def test_one_port_more_is_one_row_and_its_links(bench: Bench) -> None:
    bench.pipeline.converge()
    more = port("vm9", "blue", 40, ("blue4", "10.0.1.40"), ("blue6", "2001:db8:1::40"), security_groups=(uid("sg"),))
    bench.move(changed(bench.intent, more), IntentChange(None, more))
    assert bench.differences() == []
    keys = bench.engine.observe(
        [port_uuid(more.id), Link("Port_Group", group_uuid(uid("sg")), "ports", port_uuid(more.id))]
    )
    assert len(keys) == 2


FOREIGN_SWITCH = "11111111-0000-4000-8000-000000000001"
FOREIGN_PORT = "11111111-0000-4000-8000-000000000002"


def plant_foreign_rows(bench: Bench) -> None:
    """A switch and a port of others, a port of others on our switch, a key of others in our row."""
    ours = str(switch_uuid(uid("blue")))
    bench.database.transact(
        json.dumps({"op": "insert", "table": "Logical_Switch", "uuid": FOREIGN_SWITCH, "row": {"name": "theirs"}}),
        json.dumps(
            {"op": "insert", "table": "Logical_Switch_Port", "uuid": FOREIGN_PORT, "row": {"name": "theirs-on-ours"}}
        ),
        json.dumps(
            {
                "op": "mutate",
                "table": "Logical_Switch",
                "where": [["_uuid", "==", ["uuid", ours]]],
                "mutations": [
                    ["ports", "insert", ["set", [["uuid", FOREIGN_PORT]]]],
                    ["external_ids", "insert", ["map", [["their:key", "their value"]]]],
                ],
            }
        ),
        json.dumps(
            {
                "op": "mutate",
                "table": "NB_Global",
                "where": [],
                "mutations": [["options", "insert", ["map", [["their-option", "1"]]]]],
            }
        ),
    )


def foreign(bench: Bench) -> tuple[bool, bool, bool, bool]:
    contents = dict(zip((*(table.name for table in NORTHBOUND), "NB_Global"), bench.contents(), strict=True))
    switches = {row["_uuid"][1]: row for row in contents["Logical_Switch"]["rows"]}
    ours = switches.get(str(switch_uuid(uid("blue"))), {"ports": [], "external_ids": ["map", []]})
    return (
        FOREIGN_SWITCH in switches,
        FOREIGN_PORT in json.dumps(ours["ports"]),
        ["their:key", "their value"] in ours["external_ids"][1],
        ["their-option", "1"] in contents["NB_Global"]["rows"][0]["options"][1],
    )


def test_what_is_not_ours_is_not_touched(bench: Bench) -> None:
    bench.pipeline.converge()
    plant_foreign_rows(bench)
    assert foreign(bench) == (True, True, True, True)
    blue = bench.intent.of(type(VALUES[3]))[uid("blue")]
    bench.move(changed(bench.intent, type(blue)(id=blue.id, name="azure", mtu=1400)), IntentChange(blue, blue))
    bench.pipeline.audit()
    bench.pipeline.converge()
    assert bench.differences() == []
    assert foreign(bench) == (True, True, True, True)


def test_drift_is_repaired_and_a_row_that_lost_our_mark_taken_back(bench: Bench) -> None:
    bench.pipeline.converge()
    where = [["_uuid", "==", ["uuid", str(port_uuid(uid("vm1")))]]]
    bench.database.transact(
        json.dumps({"op": "update", "table": "Logical_Switch_Port", "where": where, "row": {"enabled": False}})
    )
    vm = port_uuid(uid("vm1"))
    assert bench.client.wait_for(lambda: bench.client.tables["Logical_Switch_Port"][vm]["enabled"] is False, SECONDS)
    bench.pipeline.converge()
    assert bench.differences() == []
    bench.database.transact(
        json.dumps(
            {
                "op": "mutate",
                "table": "Logical_Switch_Port",
                "where": where,
                "mutations": [["external_ids", "delete", ["set", [OWNER]]]],
            }
        )
    )
    rows = bench.client
    assert rows.wait_for(lambda: OWNER not in rows.tables["Logical_Switch_Port"][vm]["external_ids"], SECONDS)
    bench.pipeline.converge()
    assert bench.pipeline.failed == {}
    assert bench.differences() == []


def test_an_update_that_somebody_else_was_quicker_with_is_a_conflict(bench: Bench) -> None:
    bench.pipeline.converge()
    vm = port_uuid(uid("vm1"))
    row: Row = bench.engine.observe([vm])[vm]
    other = row._replace(columns={**row.columns, "enabled": False})
    wanted = row._replace(columns={**row.columns, "enabled": True})
    with pytest.raises(ConflictError, match="Logical_Switch_Port"):
        bench.engine.transact([Change("update", vm, other, wanted)])
    assert bench.differences() == []


def test_a_member_of_nothing_is_refused_and_not_lost_unseen(bench: Bench) -> None:
    row = Row("Logical_Switch_Port", port_uuid("lost"), {"name": "lost", "external_ids": {OWNER: "port/lost"}})
    link = Link("Logical_Switch", switch_uuid("nowhere"), "ports", row.uuid)
    with pytest.raises(EngineError, match="does not exist"):
        bench.engine.transact([Change("create", row.uuid, None, row), Change("create", link, None, link)])


def test_what_the_database_refuses_is_named_and_stops_nothing_else(bench: Bench) -> None:
    name = uid("vm1")
    taken = {"op": "insert", "table": "Logical_Switch_Port", "uuid": FOREIGN_PORT, "row": {"name": name}}
    holder = {
        "op": "insert",
        "table": "Logical_Switch",
        "uuid": FOREIGN_SWITCH,
        "row": {"name": "theirs", "ports": ["uuid", FOREIGN_PORT]},
    }
    bench.database.transact(json.dumps(taken), json.dumps(holder))
    bench.pipeline.converge()
    assert list(bench.pipeline.failed) == [Scope("port", name)]
    assert name in bench.pipeline.failed[Scope("port", name)]
    assert uid("vm2") in {row["name"] for row in bench.client.tables["Logical_Switch_Port"].values()}
    bench.database.transact(
        json.dumps({"op": "delete", "table": "Logical_Switch", "where": [["_uuid", "==", ["uuid", FOREIGN_SWITCH]]]})
    )
    bench.pipeline.retry()
    bench.pipeline.converge()
    assert bench.pipeline.failed == {}
    assert bench.differences() == []


def test_the_server_killed_between_batches_loses_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_BATCH", 10)
    transact = bench.client.transact
    count = 0

    def transact_until_killed(*args: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        if count == 5:
            bench.database.kill()
        return transact(*args, **more)

    monkeypatch.setattr(bench.client, "transact", transact_until_killed)
    with pytest.raises(UnreachableError):
        bench.pipeline.converge()
    assert count == 5
    bench.database.start()
    bench.client.wait_connected(SECONDS)
    assert 0 < len(bench.engine.observe()) < len(bench.pipeline.target), "a part was done"
    bench.pipeline.converge()
    assert bench.pipeline.failed == {}
    assert bench.differences() == []


def test_a_server_that_starts_again_is_found_and_compared(bench: Bench) -> None:
    bench.pipeline.converge()
    bench.database.kill()
    bench.database.file.unlink()
    bench.database.create()
    bench.database.start()
    assert bench.client.wait_for(lambda: not bench.client.tables["Logical_Switch"], SECONDS), (
        "an empty database is seen"
    )
    assert bench.pipeline.busy
    bench.pipeline.converge()
    assert bench.differences() == []
