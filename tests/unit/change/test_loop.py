"""The loop over a real store, with engines in memory."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ovn_world import CLOUD, VALUES, domain, port, uid
from seapoint.base.errors import EngineError, UnreachableError
from seapoint.change.loop import DOMAIN_KIND, Loop
from seapoint.engines.memory import MemoryEngine
from seapoint.intent.attributes import Standard
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.rules import CloudRules
from seapoint.intent.snapshot import Change
from seapoint.store.log import Origin
from seapoint.store.store import Store
from seapoint.target.rows import Row, Uuid, row_uuid

SECONDS = 20.0


class PortStates:
    """Plays the southbound database."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.reachable = True
        self._notify: Callable[[Collection[str] | None], None] = lambda _: None

    def states(self, ids: Collection[str] | None = None) -> Mapping[str, str]:
        if not self.reachable:
            raise UnreachableError("cut off")
        return {name: state for name, state in self.known.items() if ids is None or name in ids}

    def watch(self, notify: Callable[[Collection[str] | None], None]) -> None:
        self._notify = notify

    def say(self, name: str, state: str) -> None:
        self.known[name] = state
        self._notify([name])


class Bench:
    def __init__(self, url: str) -> None:
        self.store = Store(url, CloudRules())
        self.engine = MemoryEngine()
        self.ports = PortStates()
        self.now = 0.0
        self.cloud = CLOUD
        self.loop = self.new_loop()

    def new_loop(self) -> Loop:
        return Loop(
            self.store, lambda: [domain(self.cloud)], {"ovn": self.engine}, {"port": self.ports}, clock=lambda: self.now
        )

    def put(self, *values: Standard) -> None:
        intent = self.store.snapshot()
        changes = [Change(intent.get(type(value), value.id), value) for value in values]
        self.store.write(lambda draft: draft.restore(changes), Origin())

    def drop(self, value: Standard) -> None:
        self.store.write(lambda draft: draft.restore([Change(value, None)]), Origin())

    def settle(self) -> None:
        """Pass until nothing is due."""
        for _ in range(20):
            if self.loop.step() > 0:
                return
        raise AssertionError("the loop finds no rest")

    def status(self, kind: str, name: str) -> str | None:
        found = self.store.status(kind, name)
        return None if found is None else found.state


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(f"sqlite:///{tmp_path}/intent.db")
    yield made
    made.loop.stop()
    made.store.close()


VM = port("vm9", "blue", 40, ("blue4", "10.0.1.40"), ("blue6", "2001:db8:1::40"))


def names_in(engine: MemoryEngine, table: str) -> set[str]:
    rows = (item for item in engine.observe().values() if isinstance(item, Row))
    return {row.columns["name"] for row in rows if row.table == table}


def test_intent_reaches_the_engine_and_its_revision_the_status(bench: Bench) -> None:
    bench.put(*VALUES)
    bench.settle()
    assert uid("vm1") in names_in(bench.engine, "Logical_Switch_Port")
    bench.put(VM)
    bench.settle()
    assert VM.id in names_in(bench.engine, "Logical_Switch_Port")
    bench.drop(VM)
    bench.settle()
    assert VM.id not in names_in(bench.engine, "Logical_Switch_Port")
    told = bench.store.status(DOMAIN_KIND, "ovn")
    assert told is not None
    assert (told.state, told.observed_revision) == ("ACTIVE", bench.store.snapshot().revision)


def test_a_new_loop_finds_nothing_to_do_and_prunes_only_after_it_read_everything(bench: Bench) -> None:
    bench.put(*VALUES)
    bench.settle()
    before = dict(bench.engine.observe())
    told: list[Collection[object] | None] = []
    bench.engine.watch(told.append)
    bench.loop = bench.new_loop()
    assert dict(bench.engine.observe()) == before
    bench.settle()
    assert dict(bench.engine.observe()) == before
    assert told == [], "nothing was written"


def test_an_engine_that_is_cut_off_is_told_and_tried_again(bench: Bench) -> None:
    bench.put(*VALUES)
    bench.engine.reachable = False
    pause = bench.loop.step()
    assert bench.status(DOMAIN_KIND, "ovn") == "DOWN"
    assert 0 < pause < 1
    bench.now += pause
    bench.engine.reachable = True
    bench.settle()
    assert bench.status(DOMAIN_KIND, "ovn") == "ACTIVE"
    assert uid("vm1") in names_in(bench.engine, "Logical_Switch_Port")


def test_a_port_is_active_when_its_host_has_it(bench: Bench) -> None:
    bench.put(*VALUES)
    bench.settle()
    bench.ports.say(uid("vm1"), "ACTIVE")
    bench.ports.say("somebody-elses", "ACTIVE")
    bench.settle()
    assert bench.status("port", uid("vm1")) == "ACTIVE"
    assert bench.status("port", "somebody-elses") is None
    bench.ports.say(uid("vm1"), "DOWN")
    bench.settle()
    assert bench.status("port", uid("vm1")) == "DOWN"
    assert bench.store.snapshot().revision == 1, "a status takes no revision"


def test_a_scope_that_fails_is_marked_and_recovers(bench: Bench) -> None:
    bench.put(*VALUES)
    bench.settle()
    astray = Network(
        id=uid("astray"),
        provider_network_type="vlan",
        provider_physical_network="unheard-of",
        provider_segmentation_id=77,
    )
    bench.put(astray, VM)
    bench.settle()
    told = bench.store.status("network", astray.id)
    assert told is not None
    assert told.state == "ERROR"
    assert "no physical network 'unheard-of'" in told.reason
    assert bench.status(DOMAIN_KIND, "ovn") == "ERROR"
    assert VM.id in names_in(bench.engine, "Logical_Switch_Port"), "it stops nothing else"
    bench.put(replace(astray, provider_physical_network="legacy"))
    bench.settle()
    assert bench.status("network", astray.id) == "ACTIVE"
    assert bench.status(DOMAIN_KIND, "ovn") == "ACTIVE"


def test_a_refused_scope_is_tried_again_later(bench: Bench) -> None:
    bench.put(*VALUES)
    bench.settle()
    key = row_of(VM)
    bench.engine.refused = {key}
    bench.put(VM)
    pause = bench.loop.step()
    assert bench.status("port", VM.id) == "ERROR"
    bench.engine.refused = set()
    bench.now += pause
    bench.settle()
    assert bench.status("port", VM.id) == "DOWN"
    assert VM.id in names_in(bench.engine, "Logical_Switch_Port")


def row_of(value: Port) -> Uuid:
    """The row that a port will have."""
    return row_uuid("Logical_Switch_Port", value.id)


def test_the_thread_follows_hints(bench: Bench) -> None:
    bench.loop.start()
    bench.put(*VALUES, VM)
    bench.loop.wake()
    uuid = row_of(VM)
    assert bench.engine.wait_for_other(uuid, None, SECONDS) is not None
    row = bench.engine.observe()[uuid]
    bench.engine.disturb(uuid, "scribbled")
    bench.engine.wait_for_other(uuid, "scribbled", SECONDS)
    assert bench.engine.observe()[uuid] == row


def test_a_new_version_of_the_cloud_compiles_everything_anew(bench: Bench) -> None:
    bench.put(*VALUES)
    bench.settle()
    bench.cloud = replace(CLOUD, dns_domain="other.example")
    bench.settle()
    assert told_domain(bench) == '"cloud.example"'
    bench.store.put_cloud("name: cloud", CloudRules(), Origin())
    bench.settle()
    assert told_domain(bench) == '"other.example"'


def told_domain(bench: Bench) -> str:
    row = bench.engine.observe()[row_uuid("DHCP_Options", uid("blue4"))]
    return str(row.columns["options"]["domain_name"])


def test_a_domain_that_the_cloud_has_no_more_is_left_alone(bench: Bench) -> None:
    both = [domain(CLOUD), replace(domain(CLOUD), name="dns/192.0.2.1")]
    gone = MemoryEngine()
    loop = Loop(bench.store, lambda: both, {"ovn": bench.engine, "dns/192.0.2.1": gone}, clock=lambda: bench.now)
    bench.loop = loop
    bench.put(*VALUES)
    bench.settle()
    held = dict(gone.observe())
    assert held == dict(bench.engine.observe())
    del both[1]
    bench.store.put_cloud("cloud: next", CloudRules(), Origin())
    gone.reachable = False  # it may be switched off now
    bench.put(Network(id=uid("later"), name="later", provider_network_type="geneve", provider_segmentation_id=9))
    bench.settle()
    gone.reconnect()
    bench.settle()
    assert dict(gone.observe()) == held
    assert len(bench.engine.observe()) > len(held)


def test_the_audit_repairs_what_a_scoped_pass_missed(bench: Bench) -> None:
    bench.put(*VALUES)
    bench.settle()
    bench.engine._items.clear()  # nobody was told
    bench.settle()
    assert bench.engine.observe() == {}
    bench.now += 301
    bench.settle()
    assert uid("vm1") in names_in(bench.engine, "Logical_Switch_Port")
    assert bench.store.snapshot().of(Port)


def test_a_status_that_could_not_be_kept_and_is_over_lets_the_loop_rest(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.put(*VALUES)
    bench.ports.say(uid("vm1"), "ACTIVE")
    bench.settle()

    def full(_statuses: object) -> None:
        raise EngineError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(bench.store, "set_status", full)
        bench.ports.say(uid("vm1"), "DOWN")
        bench.loop.step()
    bench.ports.say(uid("vm1"), "ACTIVE")
    bench.now += 1.0
    bench.settle()
    assert bench.status("port", uid("vm1")) == "ACTIVE"
