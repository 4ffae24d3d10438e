"""The engine of name servers, on a real one: what it writes is answered, what is not ours stays, no fault loses it."""

import base64
from dataclasses import replace

import dns.message
import dns.query
import dns.update
import pytest

from contract.dns.conftest import Server, until
from seapoint.base.errors import ConflictError, EngineError, UnreachableError
from seapoint.change.diff import diff
from seapoint.engines.dns import DnsServer
from seapoint.target.changes import Items
from seapoint.target.dns import RecordKey, RecordSet
from seapoint.target.knot import ServedZone

VM, REVERSE = "vm.example", "1.10.in-addr.arpa"
SERVERS = ("ns0.infra.example.", "ns1.infra.example.")
TARGET: Items = {
    **{
        key: value
        for zone in (VM, REVERSE)
        for key, value in {
            RecordKey(zone, zone, "SOA"): RecordSet(
                3600, ("ns0.infra.example. hostmaster.infra.example. 0 3600 600 1209600 5",)
            ),
            RecordKey(zone, zone, "NS"): RecordSet(3600, SERVERS),
        }.items()
    },
    RecordKey(VM, f"v4.one.{VM}", "A"): RecordSet(60, ("10.1.0.5",)),
    RecordKey(VM, f"v6.one.{VM}", "AAAA"): RecordSet(60, ("2001:db8::6",)),
    RecordKey(VM, f"both.one.{VM}", "A"): RecordSet(60, ("10.1.0.7", "10.1.0.8")),
    RecordKey(VM, f"both.one.{VM}", "AAAA"): RecordSet(60, ("2001:db8::7",)),
    RecordKey(REVERSE, f"7.0.{REVERSE}", "PTR"): RecordSet(60, (f"both.one.{VM}.",)),
}


def brought(engine: DnsServer, target: Items = TARGET) -> Items:
    """What the server holds after one pass."""
    engine.transact(diff(engine.observe(), target))
    return engine.observe()


def answers(server: Server, name: str, kind: str) -> set[str]:
    question = dns.message.make_query(name, kind)
    answer = dns.query.udp(question, str(server.address), 5, server.port)
    return {data.to_text() for found in answer.answer for data in found}


def by_hand(server: Server, zone: str, *record: object) -> None:
    """Another's update."""
    key = server.key
    update = dns.update.UpdateMessage(zone, keyring=key.keyring(), keyname=key.name, keyalgorithm=key.algorithm)
    update.add(*record)
    assert dns.query.tcp(update, str(server.address), 5, server.port).rcode() == 0


@pytest.fixture
def engine(server: Server) -> DnsServer:
    return server.engine()


def test_what_was_asked_for_is_answered_in_both_families(server: Server, engine: DnsServer) -> None:
    assert brought(engine) == TARGET
    assert answers(server, f"v4.one.{VM}", "A") == {"10.1.0.5"}
    assert answers(server, f"v6.one.{VM}", "AAAA") == {"2001:db8::6"}
    assert answers(server, f"both.one.{VM}", "A") == {"10.1.0.7", "10.1.0.8"}
    assert answers(server, f"both.one.{VM}", "AAAA") == {"2001:db8::7"}
    assert answers(server, "7.0.1.10.in-addr.arpa", "PTR") == {f"both.one.{VM}."}
    assert answers(server, VM, "NS") == set(SERVERS)


def test_a_second_plan_is_empty_also_for_one_who_remembers_nothing(server: Server, engine: DnsServer) -> None:
    brought(engine)
    assert diff(server.engine().observe(), TARGET) == []


def test_sets_change_and_go(server: Server, engine: DnsServer) -> None:
    brought(engine)
    key = RecordKey(VM, f"both.one.{VM}", "A")
    apex = RecordKey(VM, VM, "NS")
    less = {**TARGET, key: RecordSet(30, ("10.1.0.9",)), apex: RecordSet(3600, SERVERS[1:])}
    del less[RecordKey(VM, f"both.one.{VM}", "AAAA")]
    assert brought(engine, less) == less
    assert (answers(server, key.name, "A"), answers(server, key.name, "AAAA")) == ({"10.1.0.9"}, set())
    assert brought(engine, TARGET) == TARGET


def test_only_the_keys_that_were_asked_for_are_told(engine: DnsServer) -> None:
    brought(engine)
    key = RecordKey(VM, f"v4.one.{VM}", "A")
    assert engine.observe([key, RecordKey(VM, f"nobody.{VM}", "A")]) == {key: TARGET[key]}


def test_records_of_others_stay_and_are_not_overwritten(server: Server, engine: DnsServer) -> None:
    by_hand(server, VM, f"hand.{VM}.", 60, "A", "10.1.0.99")
    by_hand(server, VM, f"v4.one.{VM}.", 60, "TXT", "kept")
    brought(engine)
    foreign = RecordKey(VM, f"hand.{VM}", "A")
    with pytest.raises(EngineError, match="is not ours"):
        engine.transact(diff(engine.observe(), {**TARGET, foreign: RecordSet(60, ("10.1.0.1",))}))
    engine.transact(diff(engine.observe(), {}))
    assert answers(server, foreign.name, "A") == {"10.1.0.99"}
    assert answers(server, f"v4.one.{VM}", "TXT") == {'"kept"'}
    assert answers(server, f"v4.one.{VM}", "A") == set()


def test_what_another_has_changed_meanwhile_is_not_written_over(server: Server, engine: DnsServer) -> None:
    brought(engine)
    key = RecordKey(VM, f"v4.one.{VM}", "A")
    changes = diff(engine.observe(), {**TARGET, key: RecordSet(60, ("10.1.0.6",))})
    by_hand(server, VM, f"{key.name}.", 60, "A", "10.1.0.77")
    with pytest.raises(ConflictError):
        engine.transact(changes)
    assert brought(engine) == TARGET, "drift is a difference like any other"


def test_changes_that_were_applied_in_part_are_found_and_finished(engine: DnsServer) -> None:
    changes = diff(engine.observe(), TARGET)
    engine.transact(changes[:3])
    assert brought(engine) == TARGET
    engine.transact(changes[4:])  # done already, and asked for again
    assert engine.observe() == TARGET


def test_a_killed_server_is_known_to_be_away_and_comes_back_with_all(server: Server, engine: DnsServer) -> None:
    brought(engine)
    told: list[object] = []
    engine.watch(told.append)
    server.kill()
    with pytest.raises(UnreachableError, match="does not answer"):
        engine.observe()
    server.start()
    until(lambda: bool(told))
    assert told[0] is None, "anything may have changed"
    assert engine.observe() == TARGET
    assert answers(server, f"both.one.{VM}", "A") == {"10.1.0.7", "10.1.0.8"}


def test_a_reload_with_another_zone_keeps_what_updates_made(server: Server, engine: DnsServer) -> None:
    brought(engine)
    server.write(*(ServedZone(zone) for zone in (VM, REVERSE, "new.example")))
    server.reload()
    until(lambda: bool(answers(server, "new.example", "SOA")))
    assert engine.observe() == TARGET


def test_a_zone_that_the_server_has_not_stops_no_other(engine: DnsServer) -> None:
    brought(engine)
    lost = RecordKey("lost.example", "a.lost.example", "A")
    with pytest.raises(EngineError, match=r"does not serve the zone lost\.example"):
        engine.transact(diff(engine.observe([lost]), {lost: RecordSet(60, ("10.1.0.1",))}))
    assert engine.observe() == TARGET


def test_another_key_is_refused(server: Server) -> None:
    wrong = replace(server.key, secret=base64.b64encode(b"x" * 32).decode())
    with pytest.raises(EngineError, match="does not take our key"):
        server.engine(wrong).observe()
