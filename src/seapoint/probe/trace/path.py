"""From what hosts have seen to the way of a packet: pure.

Packets are ordered by their hop limit, which every router lowers (RFC 791, RFC 8200), and by time only between two
routers: the clocks of hosts differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seapoint.probe.flow import Flow
from seapoint.probe.trace.hops import Hop, Leg, Trace
from seapoint.probe.trace.marks import Mark

TCP, SYN, ACK = 6, 0x02, 0x10
ECHO_REQUESTS, ECHO_REPLIES = {(1, 8), (58, 128)}, {(1, 0), (58, 129)}
#: Octets of a connection after its first that still belong to it: more than a marked request and its answer have.
WINDOW = 1 << 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What one host tells: MAC addresses and descriptions of its NICs, and packets, as ``reader`` writes both.

    ``carries`` are the instances whose frames pass through it; ``switch``: everybody's do.
    """

    nics: Mapping[str, tuple[str, str]]
    packets: Sequence[Mapping[str, Any]]
    carries: frozenset[str] = frozenset()
    switch: bool = False


def trace(flow: Flow, mark: Mark, start: str, seen: Mapping[str, Seen], blind: tuple[str, ...] = ()) -> Trace:
    """The way of a marked flow that began at a host."""
    owners = {mac: host for host, told in seen.items() for mac, _ in told.nics.values() if mac.strip("0:")}
    found = {leg: _ordered(leg, flow, mark, start, seen, owners) for leg in ("request", "reply")}
    hops = (*found["request"], *found["reply"])
    returned = any(hop.host == start and hop.way == "in" for hop in found["reply"])
    lost: Leg | None = None if returned else "reply" if found["reply"] else "request"
    return Trace(hops, lost, blind)


def _ordered(
    leg: Leg, flow: Flow, mark: Mark, start: str, seen: Mapping[str, Seen], owners: Mapping[str, str]
) -> tuple[Hop, ...]:
    """Each NIC once for each way, by the first packet of the leg that it saw."""
    first = _first_octet(flow, mark, seen.get(start))
    packets = [
        (host, packet)
        for host, told in seen.items()
        for packet in told.packets
        if _leg_of(flow, mark, first, packet) == leg
    ]
    packets.sort(key=lambda one: (-one[1]["limit"], one[1]["when"]))
    hops: dict[tuple[str, str, str], Hop] = {}
    for host, packet in packets:
        towards = owners.get(packet["to_mac"], "")
        if packet["stranger"] and towards not in {"", host, *seen[host].carries} and not seen[host].switch:
            continue  # a switch that did not know where the MAC address is has sent it to everybody
        vlan, tunnel = packet["vlan"], packet["tunnel"]
        port = seen[host].nics.get(packet["nic"], ("", ""))[1]
        hop = Hop(leg, host, packet["nic"], packet["way"], vlan, tunnel, port, towards)
        hops.setdefault((host, packet["nic"], packet["way"]), hop)
    return tuple(hops.values())


def _first_octet(flow: Flow, mark: Mark, told: Seen | None) -> int | None:
    """The initial sequence number of the marked connection, known where it begins."""
    numbers: Iterator[int] = (
        packet["seq"]
        for packet in (told.packets if told else ())
        if (packet["protocol"], packet["from"], packet["to"]) == (TCP, mark.port, flow.port)
        and packet["flags"] & (SYN | ACK) == SYN
    )
    return next(numbers, None)


def _leg_of(flow: Flow, mark: Mark, first: int | None, packet: Mapping[str, Any]) -> Leg | None:
    """Which leg of the marked flow a packet is; None: it is none of it, or an error message that quotes it."""
    marked = packet["mark"] == mark.text
    if flow.protocol == "icmp":
        kind = (packet["protocol"], packet["from"])
        return None if not marked else "request" if kind in ECHO_REQUESTS else "reply" if kind in ECHO_REPLIES else None
    if flow.protocol == "udp":
        ours = marked and packet["protocol"] == 17
        return None if not ours else "request" if packet["to"] == flow.port else "reply"
    if first is None or packet["protocol"] != TCP:
        return None
    if marked or (0 <= (packet["seq"] - first) % 2**32 < WINDOW and packet["to"] == flow.port):
        return "request"
    answers = packet["flags"] & ACK and 1 <= (packet["ack"] - first) % 2**32 < WINDOW
    return "reply" if answers and packet["from"] == flow.port else None
