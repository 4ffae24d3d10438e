"""Following a marked packet: what a reader makes of frames, and what is told of what readers saw."""

import random
import struct
from ipaddress import ip_address
from itertools import islice
from typing import Any

import pytest

from seapoint.intent.cloud.model import Cloud
from seapoint.intent.snapshot import Intent
from seapoint.probe.flow import Flow
from seapoint.probe.instances import instances
from seapoint.probe.trace.hops import Leg, Trace
from seapoint.probe.trace.marks import Mark, command, marks
from seapoint.probe.trace.path import Seen, trace
from seapoint.probe.trace.places import places
from seapoint.probe.trace.reader import parse

MARK = Mark("abcdefgh", 20_001)
FAR = {4: ip_address("198.51.100.10"), 6: ip_address("2001:db8:ffff::10")}
PING = {4: Flow(FAR[4]), 6: Flow(FAR[6])}
WEB = Flow(FAR[4], "tcp", 80)
MAC = {name: f"02:00:00:00:00:0{number}" for number, name in enumerate(("sender", "router", "far", "other"), 1)}
BOTH = pytest.mark.parametrize("family", [4, 6])


def echo(family: int, way: str, to: str, limit: int = 64, leg: Leg = "request", when: int = 0) -> dict[str, Any]:
    kinds = {4: (8, 0), 6: (128, 129)}[family]
    return {
        "protocol": 1 if family == 4 else 58,
        "from": kinds[leg == "reply"],
        "to": 0,
        "mark": MARK.text,
        "nic": "eth0",
        "way": way,
        "vlan": None,
        "tunnel": False,
        "limit": limit,
        "when": when,
        "to_mac": MAC.get(to, ""),
        "stranger": False,
    }


def tcp(way: str, limit: int, source: int, to: int, seq: int, flags: int = 2, ack: int = 0) -> dict[str, Any]:
    segment = {"protocol": 6, "from": source, "to": to, "seq": seq, "flags": flags, "ack": ack, "mark": ""}
    return {**echo(4, way, "", limit), **segment}


def seen(**packets: list[dict[str, Any]]) -> dict[str, Seen]:
    return {name: Seen({"eth0": (MAC[name], "")}, tuple(found)) for name, found in packets.items()}


@BOTH
def test_an_answer_that_comes_back_is_no_loss(family: int) -> None:
    told = seen(
        sender=[echo(family, "out", "far"), echo(family, "in", "sender", leg="reply", when=3)],
        far=[echo(family, "in", "far", when=1), echo(family, "out", "sender", leg="reply", when=2)],
    )
    found = trace(PING[family], MARK, "sender", told)
    assert (found.lost, found.last) == (None, None)
    assert "it was answered" in str(found)
    assert (found.path("request"), found.path("reply")) == ("sender eth0 > far eth0", "far eth0 > sender eth0")


@BOTH
def test_the_last_hop_is_the_one_with_the_lowest_hop_limit_whatever_the_clocks_say(family: int) -> None:
    """The first router's clock is an hour ahead; the second one has forwarded the packet all the same."""
    ahead = 3600 * 10**9
    told = seen(
        sender=[echo(family, "out", "router")],
        router=[echo(family, "in", "router", when=ahead), echo(family, "out", "other", 63, when=ahead)],
        other=[echo(family, "in", "other", 63, when=5), echo(family, "out", "far", 62, when=6)],
        far=[],
    )
    found = trace(PING[family], MARK, "sender", told)
    assert str(found) == "request seen last at other eth0 (out); not seen arriving at far"


@BOTH
def test_a_packet_that_came_in_and_did_not_leave(family: int) -> None:
    told = seen(sender=[echo(family, "out", "router")], router=[echo(family, "in", "router")], far=[])
    found = trace(PING[family], MARK, "sender", told, ("core",))
    assert str(found) == "request seen last at router eth0 (in); not seen leaving"
    assert found.blind == ("core",)


@BOTH
def test_an_error_message_that_quotes_the_mark_is_no_reply(family: int) -> None:
    error = {**echo(family, "in", "sender"), "from": 3 if family == 4 else 1}
    told = seen(sender=[echo(family, "out", "router"), error], router=[echo(family, "in", "router")])
    assert trace(PING[family], MARK, "sender", told).lost == "request"


def test_nothing_sent_and_nothing_of_another_mark() -> None:
    told = seen(sender=[{**echo(4, "out", "router"), "mark": "another"}])
    assert str(trace(PING[4], MARK, "sender", told)) == "not seen leaving where the probe starts"


def test_what_a_switch_sends_to_everybody_is_not_on_the_way() -> None:
    stray = {**echo(4, "in", "router", when=9), "stranger": True}
    told = seen(sender=[echo(4, "out", "router")], router=[echo(4, "in", "router", when=1)], other=[stray])
    found = trace(PING[4], MARK, "sender", told)
    assert found.last is not None
    assert found.last.host == "router"


def test_an_instances_frame_at_its_hypervisor_is_on_the_way() -> None:
    frame = {**echo(4, "in", "far", when=9), "stranger": True}
    told = seen(sender=[echo(4, "out", "far")], far=[])
    told["other"] = Seen({"eth0": (MAC["other"], "")}, (frame,), carries=frozenset({"far"}))
    assert str(trace(PING[4], MARK, "sender", told)) == "request seen last at other eth0 (in); not seen leaving"


def test_a_translated_connection_is_known_by_its_sequence_number() -> None:
    """Address and port are others behind the translation; the answer is lost there."""
    first = 2**32 - 1
    told = seen(
        sender=[tcp("out", 64, MARK.port, 80, first)],
        router=[
            tcp("in", 64, MARK.port, 80, first),
            tcp("out", 63, 1024, 80, first),
            {**tcp("in", 64, 80, 1024, 77, 0x12, 0), "when": 1},
        ],
        far=[tcp("in", 63, 1024, 80, first), tcp("out", 64, 80, 1024, 77, 0x12, 0), tcp("in", 63, 4000, 80, 5)],
    )
    found = trace(WEB, MARK, "sender", told)
    assert str(found) == "reply seen last at router eth0 (in); not seen leaving"
    assert found.path("reply") == "far eth0 > router eth0"
    assert [hop.host for hop in found.hops if hop.leg == "request"] == ["sender", "router", "router", "far"]


def test_marks_differ_and_commands_carry_them() -> None:
    made = list(islice(marks(random.Random(1)), 50))
    assert len({mark.port for mark in made}) == len({mark.text for mark in made}) == 50
    assert b"abcdefgh".hex() in command(PING[6], MARK)
    assert {"-6", "2001:db8:ffff::10"} <= {*command(PING[6], MARK)}
    assert {"20001", "http://198.51.100.10:80/"} <= {*command(WEB, MARK)}
    assert "abcdefgh" in " ".join(command(Flow(FAR[4], "udp", 53), MARK))


def ip(family: int, protocol: int, rest: bytes, limit: int = 60) -> bytes:
    if family == 4:
        return struct.pack("!BBHHHBBH8x", 0x45, 0, 20 + len(rest), 0, 0, limit, protocol, 0) + rest
    return struct.pack("!IHBB32x", 6 << 28, len(rest), protocol, limit) + rest


def ethernet(family: int, rest: bytes, vlan: int | None = None) -> bytes:
    tag = b"" if vlan is None else struct.pack("!HH", 0x8100, vlan)
    return bytes.fromhex("020000000003020000000001") + tag + struct.pack("!H", {4: 0x0800, 6: 0x86DD}[family]) + rest


@BOTH
@pytest.mark.parametrize("outer", [4, 6])
def test_frames_are_read_to_the_innermost_packet(family: int, outer: int) -> None:
    inner = ethernet(family, ip(family, 6, struct.pack("!HHIIBBHHH", 20_001, 80, 7, 8, 0x50, 2, 0, 0, 0)), vlan=5)
    vxlan = struct.pack("!HHHH", 1, 4789, 0, 0) + bytes(8) + inner
    geneve = struct.pack("!HHHH", 1, 6081, 0, 0) + b"\x02" + bytes(7) + bytes(8) + inner
    gre = struct.pack("!HHI", 0x2000, 0x6558, 9) + inner
    expected = {"protocol": 6, "from": 20_001, "to": 80, "seq": 7, "ack": 8, "flags": 2, "limit": 60}
    for frame in (
        ethernet(outer, ip(outer, 17, vxlan, 99), vlan=2151),
        ethernet(outer, ip(outer, 17, geneve, 99), vlan=2151),
        ethernet(outer, ip(outer, 47, gre, 99), vlan=2151),
    ):
        assert parse(frame, 3) == {**expected, "vlan": 2151, "tunnel": True, "to_mac": "02:00:00:00:00:03"}
    assert parse(inner, 3) == {**expected, "vlan": 5, "tunnel": False, "to_mac": "02:00:00:00:00:03"}


def test_extension_headers_fragments_and_what_is_no_ip() -> None:
    behind = struct.pack("!BB6x", 58, 0) + struct.pack("!BBH", 128, 0, 0)
    found = parse(ethernet(6, ip(6, 60, behind)), 3)
    assert found is not None
    assert (found["protocol"], found["from"]) == (58, 128)
    later = bytearray(ip(4, 17, bytes(8)))
    later[6:8] = struct.pack("!H", 185)
    assert parse(ethernet(4, bytes(later)), 3) is None
    assert parse(bytes(12) + b"\x08\x06" + bytes(28), 3) is None
    assert parse(ip(6, 58, b"\x80\x00"), 0x86DD, raw=True) is not None


def test_who_looks_follows_from_the_flow(cloud: Cloud, intent: Intent) -> None:
    one = instances(cloud, intent, {})[0]
    named = places(cloud, intent, one.name, FAR[4])
    assert named[0] == one.name
    assert one.port.binding_host_id in named
    assert {*cloud.routers, *cloud.switches, "internet"} <= {*named}
    others = {host.name for host in cloud.hosts.values() if host.does == "hypervisor"} - {one.port.binding_host_id}
    assert not others & {*named}


def test_a_trace_without_hops_says_so() -> None:
    assert str(Trace((), "request")) == "not seen leaving where the probe starts"
