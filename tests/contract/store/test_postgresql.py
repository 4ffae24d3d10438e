"""The store on a real PostgreSQL that is restarted, killed, full, and shared by several servers."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from databases import Postgres, postgres
from lab.waiting import until
from seapoint.base.errors import EngineError, InputError, UnreachableError
from seapoint.intent import request
from seapoint.intent.draft import Draft
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.resources import BY_KIND
from seapoint.intent.rules import CloudRules
from seapoint.store.memory import RulesOf
from seapoint.store.store import Store
from seapoint.store.writing import Status
from unit.store.making import CIDRS, ME, create, delete, network_with, own_ports, update

pytestmark = pytest.mark.root


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture
def url(database: Postgres) -> str:
    return database.new_url()


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def opened(closing: ExitStack, url: str, rules_of: RulesOf | None = None) -> Store:
    store = Store(url, CloudRules(), rules_of)
    closing.callback(store.close)
    return store


def port_in(store: Store, network: Network) -> Port:
    port: Port = create(store, "port", network_id=network.id)
    return port


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_a_database_that_restarts_is_found_again_and_has_what_was_answered(
    database: Postgres, url: str, closing: ExitStack, number: int
) -> None:
    told = threading.Event()
    store = opened(closing, url)
    store.watch(lambda _revision: told.set())
    other = opened(closing, url)
    network = network_with(store, 46)
    port = port_in(store, network)
    other.catch_up()
    database.stop(number)
    with pytest.raises(EngineError):
        port_in(store, network)
    with pytest.raises(EngineError, match="cannot be read"):
        other.catch_up()
    assert other.snapshot().of(Port)[port.id] == port
    database.start()
    second = port_in(store, network)
    other.catch_up()
    assert set(own_ports(other)) == {port.id, second.id}
    told.clear()
    update(other, "port", second.id, name="renamed")
    assert told.wait(60), "who waits for others' commits hears of them again"


def test_a_write_whose_fate_is_unknown_says_so_and_is_seen_as_it_went(url: str, closing: ExitStack) -> None:
    store = opened(closing, url)
    other = opened(closing, url)
    network = network_with(store, 46)

    def cut(draft: Draft) -> Port:
        port: Port = request.create(draft, BY_KIND["port"], {"network_id": network.id})
        with other._engine.connect() as hand:
            hand.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return port

    with pytest.raises(UnreachableError, match="lost"):
        store.write(cut, ME)
    port = port_in(store, network)
    other.catch_up()
    assert set(own_ports(store)) == set(own_ports(other)) == {port.id}
    assert [fixed.ip_address for fixed in port.fixed_ips] == ["192.0.2.2", "2001:db8::2"]


def test_a_full_disk_is_an_answer_and_loses_nothing(database: Postgres, url: str, closing: ExitStack) -> None:
    store = opened(closing, url)
    network = network_with(store, 46)
    before = store.snapshot()
    database.limit_files(2**24)  # of its log's segments, which must go on
    store._engine.dispose()
    with pytest.raises(EngineError, match="File too large"):
        store.put_cloud(os.urandom(12 * 2**20).hex(), CloudRules(), ME)
    assert store.snapshot() == before
    assert store.cloud() is None
    database.limit_files(None)
    store._engine.dispose()
    assert [fixed.ip_address for fixed in port_in(store, network).fixed_ips] == ["192.0.2.2", "2001:db8::2"]


@pytest.mark.parametrize("family", [4, 6, 46])
def test_servers_that_write_at_once_never_give_an_address_twice(url: str, closing: ExitStack, family: int) -> None:
    stores = [opened(closing, url) for _ in range(3)]
    network = network_with(stores[0], family)
    with ThreadPoolExecutor(9) as threads:
        ports = list(threads.map(lambda number: port_in(stores[number % 3], network), range(120)))
    used = [(fixed.subnet_id, fixed.ip_address) for port in ports for fixed in port.fixed_ips]
    assert len(used) == len(set(used)) == 120 * len(CIDRS[family])
    for store in stores:
        store.catch_up()
        assert set(own_ports(store)) == {port.id for port in ports}
        assert store.snapshot().revision == stores[0].snapshot().revision


def test_what_one_writes_the_other_reads(url: str, closing: ExitStack) -> None:
    one, other = opened(closing, url), opened(closing, url)
    network = network_with(one, 46)
    port = port_in(one, network)
    one.set_status([Status("port", port.id, "ACTIVE"), Status("domain", "ovn", "DOWN", "not reached")])
    other.catch_up()
    assert other.snapshot().of(Port)[port.id] == port
    assert other.status("port", port.id) == Status("port", port.id, "ACTIVE")
    assert other.status("domain", "ovn") == Status("domain", "ovn", "DOWN", "not reached")
    one.set_status([Status("port", port.id, "DOWN", "its host is gone")])
    other.catch_up()
    assert other.status("port", port.id) == Status("port", port.id, "DOWN", "its host is gone")
    delete(other, "port", port.id)
    one.catch_up()
    assert port.id not in one.snapshot().of(Port)
    assert one.status("port", port.id) is None


def rules_of(text: str) -> CloudRules:
    if not text.startswith("mtu "):
        raise InputError("no such words")
    return CloudRules(overlay_mtu=int(text.removeprefix("mtu ")))


def test_a_cloud_file_that_another_server_has_stored_rules_here_too(url: str, closing: ExitStack) -> None:
    one, other = opened(closing, url, rules_of), opened(closing, url, rules_of)
    one.put_cloud("mtu 1400", rules_of("mtu 1400"), ME)
    other.catch_up()
    assert other.rules.overlay_mtu == 1400
    one.put_cloud("mtu 1300", rules_of("mtu 1300"), ME)
    create(other, "network")
    assert other.rules.overlay_mtu == 1300
    one.put_cloud("of a later version", CloudRules(), ME)
    with pytest.raises(EngineError, match="no such words"):
        create(other, "network")
    one.put_cloud("mtu 1200", rules_of("mtu 1200"), ME)
    create(other, "network")
    assert other.rules.overlay_mtu == 1200
    third = opened(closing, url, rules_of)
    assert third.rules.overlay_mtu == 1200


def test_who_waits_for_commits_hears_of_others(url: str, closing: ExitStack) -> None:
    told: list[int] = []
    store = opened(closing, url)
    store.watch(told.append)
    other = opened(closing, url)
    network = network_with(other, 6)
    until(lambda: told and told[-1] == other.snapshot().revision, "the newest revision is told")
    assert network.id in store.snapshot().of(Network)
    assert told == sorted(set(told))


def test_servers_that_start_at_once_migrate_once(url: str, closing: ExitStack) -> None:
    with ThreadPoolExecutor(4) as threads:
        stores = list(threads.map(lambda _: Store(url, CloudRules()), range(4)))
    for store in stores:
        closing.callback(store.close)
    for store in stores:
        create(store, "network")
    for store in stores:
        store.catch_up()
        assert len(store.snapshot().of(Network)) == 4


def test_a_server_that_hangs_in_a_transaction_does_not_hold_the_others(url: str, closing: ExitStack) -> None:
    """PostgreSQL ends its session, and it writes nothing of what it held."""
    store, other = opened(closing, url), opened(closing, url)
    with store._engine.connect() as connection:
        connection.exec_driver_sql("SET idle_in_transaction_session_timeout = '200ms'")
        connection.commit()
    hold = threading.Event()
    hanging = store.submit(lambda draft: (hold.wait(60), request.create(draft, BY_KIND["network"], {})), ME)
    until(hanging.running, "the transaction is begun")
    made = create(other, "network")
    hold.set()
    with pytest.raises(UnreachableError):
        hanging.result(60)
    assert set(other.snapshot().of(Network)) == {made.id}
    create(store, "network")
    assert made.id in store.snapshot().of(Network)
