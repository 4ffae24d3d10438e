"""A change set goes back identically, or not at all."""

import dataclasses

import pytest

from seapoint.base.errors import ConflictError, InputError, TenantError
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.store.log import Origin
from seapoint.store.store import Store
from unit.store.making import ME, create, delete, network_with, own_ports, update


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
