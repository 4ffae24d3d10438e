"""Intent: look-ups by id, index and claim; a change touches only what it names."""

import dataclasses

import pytest

from seapoint.intent.network import Network
from seapoint.intent.port import FixedIp, Port
from seapoint.intent.snapshot import Change, Intent

NETWORK = Network(id="n1", name="dual")
PORT = Port(
    id="p1",
    network_id="n1",
    mac_address="fa:16:3e:00:00:01",
    fixed_ips=(FixedIp("s4", "192.0.2.5"), FixedIp("s6", "2001:db8::5")),
    security_groups=("g1", "g2"),
)


def test_empty_has_nothing() -> None:
    assert len(Intent.empty().of(Port)) == 0
    assert Intent.empty().find(Port, network_id="n1") == ()
    assert Intent.empty().get(Port, "p1") is None


def test_a_port_is_found_by_each_of_its_indexed_attributes() -> None:
    intent = Intent.of_values([NETWORK, PORT], revision=7)
    assert intent.revision == 7
    assert intent.of(Port)["p1"] is PORT
    assert intent.find(Port, network_id="n1") == (PORT,)
    assert intent.find(Port, security_groups="g2") == (PORT,)
    assert intent.find(Port, fixed_ips="s4") == intent.find(Port, fixed_ips="s6") == (PORT,)
    assert intent.owner(("s4", "192.0.2.5")) == intent.owner(("s6", "2001:db8::5")) == "p1"


def test_an_attribute_without_index_is_refused() -> None:
    with pytest.raises(KeyError, match=r"Port\.description has no index"):
        Intent.of_values([PORT]).find(Port, description="x")


def test_an_update_moves_the_port_between_index_entries_and_leaves_the_old_snapshot() -> None:
    old = Intent.of_values([NETWORK, PORT], 1)
    moved = dataclasses.replace(PORT, security_groups=("g2",), fixed_ips=(FixedIp("s6", "2001:db8::6"),))
    new = old.with_changes([Change(PORT, moved)], 2)
    assert new.find(Port, security_groups="g1") == ()
    assert new.find(Port, security_groups="g2") == (moved,)
    assert new.owner(("s4", "192.0.2.5")) is None
    assert new.owner(("s6", "2001:db8::6")) == "p1"
    assert new.of(Network) is old.of(Network)
    assert old.find(Port, security_groups="g1") == (PORT,)
    assert old.revision == 1


def test_a_deleted_port_leaves_no_trace() -> None:
    intent = Intent.of_values([PORT]).with_changes([Change(PORT, None)])
    assert len(intent.of(Port)) == 0
    assert intent.find(Port, network_id="n1") == ()
    assert intent.owner(("n1", "fa:16:3e:00:00:01")) is None


def test_two_ports_may_swap_addresses_in_one_change() -> None:
    other = dataclasses.replace(PORT, id="p2", mac_address="fa:16:3e:00:00:02", fixed_ips=(FixedIp("s4", "192.0.2.6"),))
    first = dataclasses.replace(PORT, fixed_ips=other.fixed_ips)
    second = dataclasses.replace(other, fixed_ips=PORT.fixed_ips)
    intent = Intent.of_values([PORT, other]).with_changes([Change(PORT, first), Change(other, second)])
    assert intent.owner(("s4", "192.0.2.5")) == "p2"
    assert intent.owner(("s4", "192.0.2.6")) == "p1"


def test_many_objects_are_all_found_after_many_changes() -> None:
    intent = Intent.empty()
    for number in range(3000):
        port = Port(id=f"p{number}", network_id=f"n{number % 7}", mac_address=str(number))
        intent = intent.with_changes([Change(None, port)])
    for number in range(0, 3000, 3):
        intent = intent.with_changes([Change(intent.of(Port)[f"p{number}"], None)])
    assert len(intent.of(Port)) == 2000
    assert {port.id for port in intent.of(Port).values()} == {f"p{n}" for n in range(3000) if n % 3}
    assert sum(len(intent.find(Port, network_id=f"n{n}")) for n in range(7)) == 2000
