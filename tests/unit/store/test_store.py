"""The store: atomic, logged whole; two requests never get one address."""

import dataclasses
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from seapoint.base.errors import ConflictError, TenantError
from seapoint.intent import request
from seapoint.intent.draft import Draft
from seapoint.intent.resources import BY_KIND
from seapoint.intent.rules import CloudRules
from seapoint.intent.subnet import Subnet
from seapoint.store.log import Origin
from seapoint.store.schema import CLAIMS
from seapoint.store.store import Store
from seapoint.store.writing import Status
from unit.store.making import CIDRS, ME, create, delete, network_with, own_ports, update


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


def test_two_stores_on_one_database_see_each_other(store: Store, url: str) -> None:
    other = Store(url, store.rules)
    network = network_with(store, 46)
    port = create(other, "port", network_id=network.id)
    second = create(store, "port", network_id=network.id)
    assert not set(port.fixed_ips) & set(second.fixed_ips)
    assert set(own_ports(store)) == {port.id, second.id}
    other.close()


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


def test_each_commit_is_told_and_a_deaf_listener_stops_nobody(url: str, caplog: pytest.LogCaptureFixture) -> None:
    told: list[int] = []

    def listen(revision: int) -> None:
        told.append(revision)
        raise RuntimeError("no loop listens")

    store = Store(url, CloudRules())
    store.watch(listen)
    create(store, "network", name="one")
    create(store, "network", name="two")
    with pytest.raises(TenantError):
        create(store, "network", name=5)
    store.close()
    assert told == [1, 2]
    assert "could not be told" in caplog.text


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
