"""The store: durable, atomic, logged whole; two requests never get one address; a change set goes back identically."""

import dataclasses
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import alembic.autogenerate
import alembic.migration
import pytest
import sqlalchemy as sa

from lab.waiting import until
from seapoint.base.errors import ConflictError, EngineError, InputError, TenantError
from seapoint.intent import request
from seapoint.intent.draft import Draft
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.resources import BY_KIND
from seapoint.intent.rules import CloudRules
from seapoint.intent.subnet import Subnet
from seapoint.store.database import open_database
from seapoint.store.log import Origin
from seapoint.store.schema import CLAIMS, METADATA, TABLES
from seapoint.store.store import Store
from seapoint.store.writing import Status

ME = Origin("tester", "req-1")
CIDRS = {4: ["192.0.2.0/24"], 6: ["2001:db8::/64"], 46: ["192.0.2.0/24", "2001:db8::/64"]}


def create(store: Store, kind: str, origin: Origin = ME, **body: Any) -> Any:
    return store.write(lambda draft: request.create(draft, BY_KIND[kind], body), origin).result


def update(store: Store, kind: str, identifier: str, origin: Origin = ME, **body: Any) -> Any:
    return store.write(lambda draft: request.update(draft, BY_KIND[kind], identifier, body), origin).result


def delete(store: Store, kind: str, identifier: str, origin: Origin = ME) -> None:
    store.write(lambda draft: request.delete(draft, BY_KIND[kind], identifier), origin)


def network_with(store: Store, family: int) -> Network:
    network: Network = create(store, "network", name=f"family {family}")
    for cidr in CIDRS[family]:
        create(store, "subnet", network_id=network.id, cidr=cidr, ip_version=6 if ":" in cidr else 4)
    return network


def own_ports(store: Store) -> dict[str, Port]:
    """Every port that somebody has asked for: all but the networks' metadata ports."""
    return {identifier: port for identifier, port in store.snapshot().of(Port).items() if not port.is_metadata}


@pytest.mark.parametrize("family", [4, 6, 46])
def test_concurrent_requests_never_share_an_address(store: Store, family: int) -> None:
    network = network_with(store, family)
    with ThreadPoolExecutor(8) as threads:
        ports = list(threads.map(lambda _: create(store, "port", network_id=network.id), range(200)))
    used = Counter((fixed.subnet_id, fixed.ip_address) for port in ports for fixed in port.fixed_ips)
    assert len(used) == 200 * len(CIDRS[family])
    assert max(used.values()) == 1
    assert len({port.mac_address for port in ports}) == 200
    addresses = {address for _, address in used}
    assert not addresses & {"192.0.2.0", "192.0.2.1", "192.0.2.3", "192.0.2.255", "2001:db8::1", "2001:db8::3"}


def test_two_requests_for_one_address_give_one_port_and_one_refusal(store: Store) -> None:
    network = network_with(store, 46)

    def ask(_: int) -> str:
        try:
            create(store, "port", network_id=network.id, fixed_ips=[{"ip_address": "2001:db8::99"}])
        except TenantError as error:
            return error.kind
        return "made"

    with ThreadPoolExecutor(8) as threads:
        answers = Counter(threads.map(ask, range(16)))
    assert answers == {"made": 1, "IpAddressAlreadyAllocated": 15}


def test_the_database_has_the_last_word_on_an_address(store: Store, url: str) -> None:
    """Should another server have taken the address meanwhile, the request is refused and nothing is stored."""
    network = network_with(store, 4)
    (subnet,) = store.snapshot().find(Subnet, network_id=network.id)
    other = sa.create_engine(url)
    with other.begin() as connection:
        connection.execute(CLAIMS.insert(), {"space": subnet.id, "name": "192.0.2.2", "owner": "somebody else"})
    before = store.snapshot().revision
    with pytest.raises(ConflictError, match="claims"):
        create(store, "port", network_id=network.id)
    assert own_ports(store) == {}
    assert store.snapshot().revision == before
    port = create(store, "port", network_id=network.id, fixed_ips=[{"ip_address": "192.0.2.9"}])
    assert port.fixed_ips[0].ip_address == "192.0.2.9"
    other.dispose()


def test_everything_is_there_after_closing_and_opening(store: Store, url: str) -> None:
    network = network_with(store, 46)
    create(
        store,
        "port",
        network_id=network.id,
        allowed_address_pairs=[{"ip_address": "2001:db8:1::/64"}, {"ip_address": "192.0.2.77"}],
        extra_dhcp_opts=[{"opt_name": "mtu", "opt_value": "1400"}],
        **{"binding:profile": {"b": [1], "a": "x"}, "binding:host_id": "host-1"},
    )
    expected = store.snapshot()
    store.set_status([Status("port", next(iter(expected.of(Port))), "ACTIVE", observed_revision=4)])
    again = Store(url, CloudRules())
    found = again.snapshot()
    assert found.revision == expected.revision
    assert set(found.types()) == set(expected.types())
    for kind in expected.types():
        assert dict(found.of(kind)) == dict(expected.of(kind))
    status = again.status("port", next(iter(expected.of(Port))))
    assert status is not None
    assert (status.state, status.observed_revision) == ("ACTIVE", 4)
    again.close()


def test_the_log_holds_whole_values_before_and_after(store: Store) -> None:
    network = create(store, "network", name="old")
    revision = store.snapshot().revision
    renamed = update(store, "network", network.id, Origin("tester", "req-2"), name="new")
    delete(store, "network", network.id, Origin("tester", "req-3"))
    changed, deleted = store.changes_since(revision)
    assert (changed.before, changed.after) == (network, renamed)
    assert (deleted.before, deleted.after) == (renamed, None)
    history = store.history()
    assert [entry.request_id for entry in history] == ["req-3", "req-2", "req-1"]
    assert [entry.objects[-1] for entry in history] == ["- network new", "~ network new", "+ network old"]
    assert history[-1].objects[0] == "+ security group default"  # came with the project's first network


def test_a_refused_request_takes_no_revision_and_stores_nothing(store: Store) -> None:
    network = network_with(store, 46)
    before = store.snapshot()

    def half(draft: Draft) -> None:
        request.create(draft, BY_KIND["port"], {"network_id": network.id})
        request.create(draft, BY_KIND["port"], {"network_id": network.id, "mac_address": "broken"})

    with pytest.raises(TenantError):
        store.write(half, ME)
    assert store.snapshot().revision == before.revision
    assert own_ports(store) == {}
    assert len(store.changes_since(before.revision)) == 0


def test_an_update_that_changes_nothing_takes_no_revision(store: Store) -> None:
    network = create(store, "network", name="same")
    revision = store.snapshot().revision
    assert update(store, "network", network.id, name="same") == network
    assert store.snapshot().revision == revision


def test_status_takes_no_revision_and_goes_with_its_object(store: Store) -> None:
    network = network_with(store, 6)
    port = create(store, "port", network_id=network.id)
    revision = store.snapshot().revision
    store.set_status([Status("port", port.id, "ACTIVE")])
    store.set_status([Status("port", port.id, "DOWN", "its host is gone")])
    status = store.status("port", port.id)
    assert status is not None
    assert (status.state, status.reason) == ("DOWN", "its host is gone")
    assert store.snapshot().revision == revision
    delete(store, "port", port.id)
    assert store.status("port", port.id) is None


@pytest.mark.parametrize("family", [4, 6, 46])
def test_rolling_back_a_deletion_restores_identifier_addresses_and_mac(store: Store, family: int) -> None:
    network = network_with(store, family)
    port = create(store, "port", network_id=network.id)
    delete(store, "port", port.id, Origin("tester", "req-9", "oops"))
    store.rollback("oops", ME)
    restored = store.snapshot().of(Port)[port.id]
    same = dataclasses.replace(restored, revision_number=port.revision_number, updated_at=port.updated_at)
    assert same == port
    assert restored.revision_number > port.revision_number


def test_rolling_back_a_creation_removes_it_and_an_update_undoes_it(store: Store) -> None:
    network = network_with(store, 46)
    origin = Origin("tester", "req-9", "day one")
    update(store, "network", network.id, origin, name="renamed")
    port = create(store, "port", origin, network_id=network.id)
    update(store, "port", port.id, origin, name="web")
    store.rollback("day one", ME)
    assert store.snapshot().of(Network)[network.id].name == network.name
    assert own_ports(store) == {}


def test_rolling_back_names_what_somebody_has_changed_since(store: Store) -> None:
    network = network_with(store, 46)
    update(store, "network", network.id, Origin("a", "r", "first"), name="renamed")
    update(store, "network", network.id, Origin("b", "s", "second"), name="renamed again")
    revision = store.snapshot().revision
    with pytest.raises(ConflictError, match=f"network {network.id}"):
        store.rollback("first", ME)
    assert store.snapshot().revision == revision


def test_rolling_back_refuses_an_address_that_another_holds_now(store: Store) -> None:
    network = network_with(store, 46)
    port = create(store, "port", network_id=network.id)
    delete(store, "port", port.id, Origin("a", "r", "gone"))
    other = create(store, "port", network_id=network.id)
    assert other.fixed_ips == port.fixed_ips  # the lowest free addresses
    with pytest.raises(TenantError, match="already used"):
        store.rollback("gone", ME)
    assert port.id not in store.snapshot().of(Port)


def test_an_unknown_change_set_is_an_input_error(store: Store) -> None:
    with pytest.raises(InputError, match="no change set 'x'"):
        store.rollback("x", ME)


def test_the_cloud_file_is_kept_whole_and_goes_back_with_its_rules(store: Store, url: str) -> None:
    def rules_of(text: str) -> CloudRules:
        return CloudRules(overlay_mtu=len(text))

    first = store.put_cloud("sites: [a]\n", rules_of("sites: [a]\n"), Origin("op", "r1"))
    second = store.put_cloud("sites: [a, b]\n", rules_of("sites: [a, b]\n"), Origin("op", "r2", "second"))
    assert (first, second) == (1, 2)
    assert store.rules.overlay_mtu == 14
    third = store.rollback("second", Origin("op", "r3", "third"), rules_of).revision
    assert [version.text for version in store.cloud_versions()] == ["sites: [a]\n", "sites: [a, b]\n", "sites: [a]\n"]
    assert third == 3
    assert store.rules.overlay_mtu == 11
    with pytest.raises(ConflictError, match="cloud file was changed"):
        store.rollback("second", ME, rules_of)
    with pytest.raises(InputError, match="first version"):
        store.rollback("r1", ME, rules_of)
    again = Store(url, CloudRules())
    assert len(again.cloud_versions()) == 3
    again.close()


def test_two_stores_on_one_database_see_each_other(store: Store, url: str) -> None:
    other = Store(url, store.rules)
    network = network_with(store, 46)
    port = create(other, "port", network_id=network.id)
    second = create(store, "port", network_id=network.id)
    assert not set(port.fixed_ips) & set(second.fixed_ips)
    assert set(own_ports(store)) == {port.id, second.id}
    other.close()


def test_migrations_lead_to_the_declared_schema(url: str) -> None:
    engine = open_database(url)
    with engine.connect() as connection:
        context = alembic.migration.MigrationContext.configure(connection)
        assert alembic.autogenerate.compare_metadata(context, METADATA) == []
    engine.dispose()
    open_database(url).dispose()  # a second time there is nothing to do


WRITER = """
import os
import sys
import threading
from seapoint.intent.request import create
from seapoint.intent.resources import BY_KIND
from seapoint.intent.rules import CloudRules
from seapoint.store.log import Origin
from seapoint.store.store import Store
from concurrent.futures import ThreadPoolExecutor

store = Store(sys.argv[1], CloudRules())
make = lambda kind, **body: store.write(lambda draft: create(draft, BY_KIND[kind], body), Origin("w")).result
network = make("network", name="n")
make("subnet", network_id=network.id, cidr="192.0.2.0/24", ip_version=4)
make("subnet", network_id=network.id, cidr="2001:db8::/64", ip_version=6)
def one(number):
    os.write(1, (make("port", network_id=network.id, name=str(number)).id + "\\n").encode())
with ThreadPoolExecutor(8) as threads:
    list(threads.map(one, range(200)))
"""


def test_a_killed_server_has_every_answered_write_and_none_half(url: str, tmp_path: Path) -> None:
    script = tmp_path / "writer.py"
    script.write_text(WRITER)
    with subprocess.Popen([sys.executable, script, url], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        answered = [writer.stdout.readline().strip() for _ in range(60)]
        os.kill(writer.pid, signal.SIGKILL)
        answered += [line.strip() for line in writer.stdout if len(line.strip()) == 36]
    assert 60 <= len(answered) < 200
    store = Store(url, CloudRules())
    ports = store.snapshot().of(Port)
    assert set(answered) <= set(ports)
    assert all(len(port.fixed_ips) == 2 for port in own_ports(store).values())
    claims = {(fixed.subnet_id, fixed.ip_address) for port in ports.values() for fixed in port.fixed_ips}
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        stored = {(row.space, row.name) for row in connection.execute(sa.select(CLAIMS)) if "fa:16" not in row.name}
        assert claims <= stored
        owners = {row.owner for row in connection.execute(sa.select(CLAIMS)) if "fa:16" in row.name}
        assert owners == set(ports)
        logged = [change for change in store.changes_since(0) if change.kind == "port"]
        assert {change.object_id for change in logged} == set(ports)
        assert connection.execute(sa.select(sa.func.count()).select_from(TABLES["port"])).scalar_one() == len(ports)
    engine.dispose()
    port = create(store, "port", network_id=next(iter(ports.values())).network_id)
    assert not set(port.fixed_ips) & {fixed for one in ports.values() for fixed in one.fixed_ips}
    store.close()


def test_a_full_disk_is_an_answer_and_loses_nothing(store: Store) -> None:
    network = network_with(store, 46)
    before = store.snapshot()
    with store._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(EngineError, match="full"):
        store.write(
            lambda draft: [request.create(draft, BY_KIND["port"], {"network_id": network.id}) for _ in range(100)], ME
        )
    assert store.snapshot() is before
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    port = create(store, "port", network_id=network.id)
    assert [fixed.ip_address for fixed in port.fixed_ips] == ["192.0.2.2", "2001:db8::2"]


def test_a_request_that_was_given_up_is_not_written_and_stops_nobody(store: Store) -> None:
    network = network_with(store, 6)
    hold = threading.Event()
    running = store.submit(lambda _: hold.wait(30), ME)
    while not running.running():
        pass
    waiting = store.submit(lambda draft: request.create(draft, BY_KIND["port"], {"network_id": network.id}), ME)
    assert waiting.cancel()
    hold.set()
    running.result(30)
    port = create(store, "port", network_id=network.id)
    assert set(own_ports(store)) == {port.id}


def test_a_fault_in_one_request_is_that_request_s_answer(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        store.write(lambda _: 1 // 0, ME)
    assert create(store, "network").provider_segmentation_id == 1


def test_a_column_that_is_newer_than_its_row_has_the_default(store: Store, url: str) -> None:
    network = network_with(store, 46)
    port = create(store, "port", network_id=network.id)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        newer = {"port_security_enabled": None, "extra_dhcp_opts": None, "binding_vnic_type": None}
        connection.execute(TABLES["port"].update().values(newer))
    engine.dispose()
    again = Store(url, store.rules)
    assert again.snapshot().of(Port)[port.id] == port
    again.close()


def test_each_commit_is_told_and_a_deaf_listener_stops_nobody(url: str, caplog: pytest.LogCaptureFixture) -> None:
    told: list[int] = []

    def listen(revision: int) -> None:
        told.append(revision)
        raise RuntimeError("no loop listens")

    store = Store(url, CloudRules(), listen)
    create(store, "network", name="one")
    create(store, "network", name="two")
    with pytest.raises(TenantError):
        create(store, "network", name=5)
    store.close()
    assert told == [1, 2]
    assert "could not be told" in caplog.text


def test_a_cloud_file_made_from_an_older_version_is_refused(store: Store) -> None:
    assert store.cloud() is None
    first = store.put_cloud("a", CloudRules(), Origin("op", "r1"), follows=0)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        store.put_cloud("b", CloudRules(), Origin("op", "r2"), follows=0)
    store.put_cloud("c", CloudRules(), Origin("op", "r3"), follows=first)
    newest = store.cloud()
    assert newest is not None
    assert (newest.text, newest.actor) == ("c", "op")


def test_of_cloud_files_made_from_one_version_one_wins_also_when_they_are_committed_together(store: Store) -> None:
    first = store.put_cloud("a", CloudRules(), ME, follows=0)
    hold = threading.Event()

    def put(text: str) -> int:
        try:
            return store.put_cloud(text, CloudRules(), ME, follows=first)
        except ConflictError:
            return 0

    with ThreadPoolExecutor(6) as threads:
        busy = store.submit(lambda _: hold.wait(60), ME)
        until(busy.running, "the writer is busy")
        puts = [threads.submit(put, text) for text in "bcdefg"]
        until(lambda: store._jobs.qsize() == len(puts), "all wait for the writer")
        hold.set()
        answers = [one.result() for one in puts]
        busy.result()

    newest = store.cloud()
    assert newest is not None
    assert sorted(answers) == [0, 0, 0, 0, 0, newest.revision]
    assert [version.revision for version in store.cloud_versions()] == [first, newest.revision]
    assert newest.text == "bcdefg"[answers.index(newest.revision)]


def test_a_status_that_comes_after_its_object_went_is_not_kept(store: Store, url: str) -> None:
    network = network_with(store, 46)
    port = create(store, "port", network_id=network.id)
    delete(store, "port", port.id)
    store.set_status([Status("port", port.id, "ACTIVE"), Status("domain", "ovn", "ACTIVE")])
    assert store.status("port", port.id) is None
    other = Store(url, store.rules)
    assert other.status("port", port.id) is None
    assert other.status("domain", "ovn") is not None
    other.close()


@pytest.mark.parametrize("family", [4, 6])
def test_an_address_that_another_server_has_freed_is_given_again(store: Store, url: str, family: int) -> None:
    network = network_with(store, family)
    ports = [create(store, "port", network_id=network.id) for _ in range(3)]
    other = Store(url, store.rules)
    delete(other, "port", ports[0].id)
    other.close()
    assert create(store, "port", network_id=network.id).fixed_ips == ports[0].fixed_ips


@pytest.mark.parametrize("family", [4, 6])
def test_an_address_that_is_no_longer_reserved_is_given(store: Store, family: int) -> None:
    network = network_with(store, family)
    create(store, "port", network_id=network.id)
    create(store, "port", network_id=network.id)
    store.put_cloud("cloud: none reserved", dataclasses.replace(store.rules, reserved=()), ME)
    (fixed,) = create(store, "port", network_id=network.id).fixed_ips
    assert fixed.ip_address in ("192.0.2.3", "2001:db8::3")


def test_a_database_that_is_lost_while_it_is_read_anew_stops_no_later_write(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = network_with(store, 6)

    def lost() -> None:
        raise sa.exc.OperationalError("SELECT", {}, OSError("disk I/O error"))

    with sa.create_engine(url).begin() as connection:  # what only another hand would do
        taken = {"space": network.claims()[0][0], "name": "2", "owner": "somebody"}
        connection.execute(CLAIMS.insert(), taken)
    with monkeypatch.context() as patched:
        patched.setattr(store, "_reload", lost)
        with pytest.raises(EngineError):
            store.submit(lambda draft: request.create(draft, BY_KIND["network"], {}), ME).result(10)
    assert create(store, "network", **{"provider:segmentation_id": 5}).provider_segmentation_id == 5
