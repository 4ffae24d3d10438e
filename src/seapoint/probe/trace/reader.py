"""A program that looks at every packet of its network namespace for a while and keeps those that it was asked for.

Standard library only: its text is what is run on a host, ``python3 -I -S -c TEXT``, so that nothing need be installed
there. ``start TOKEN WANTED`` returns when the kernel keeps packets for it, with the MAC addresses and descriptions of
the NICs; ``collect TOKEN`` ends it, and returns what it has seen. It writes nothing, and ends by itself if nobody asks.

A packet is wanted when it carries a mark, or is TCP with a wanted source port, or opens or refuses a TCP connection.
Sources: packet(7) (SOCK_RAW, PACKET_AUXDATA), RFC 791, RFC 8200, RFC 9293, RFC 7348 (VXLAN), RFC 8926 (Geneve),
RFC 2890 (GRE).
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any

TIMESTAMP = 35  # SO_TIMESTAMPNS
PACKET, AUXDATA, VLAN_VALID = 263, 8, 0x10
RAW_IP = (65534, 768, 769, 776, 778)  # hardware types without a link header: ARPHRD_NONE, tunnels
IPV4, IPV6, TAGS, BRIDGED = 0x0800, 0x86DD, (0x8100, 0x88A8), 0x6558
VXLAN, GENEVE = 4789, 6081
SNAP = 4096  # octets of a packet that are looked at
MOST = 20_000  # packets kept


def start(token: str, wanted: dict[str, Any]) -> None:
    """Hear first, answer then, and go on in the background."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    tap.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
    tap.setsockopt(socket.SOL_SOCKET, TIMESTAMP, 1)
    tap.setsockopt(PACKET, AUXDATA, 1)
    door = socket.socket(socket.AF_UNIX)
    door.bind("\0seapoint-trace-" + token)
    door.listen(1)
    print(json.dumps(nics()), flush=True)
    if os.fork():
        return
    os.setsid()
    for stream in range(3):
        os.dup2(os.open(os.devnull, os.O_RDWR), stream)
    marks = [mark.encode() for mark in wanted["marks"]]
    until = time.monotonic() + wanted["seconds"]
    seen: list[dict[str, Any]] = []
    while time.monotonic() < until:
        ready = select.select([tap, door], [], [], 0.5)[0]
        if tap in ready:
            found = packet(tap, marks, wanted["ports"])
            if found and len(seen) < MOST:
                seen.append(found)
        elif door in ready:
            answer(door, seen)
            return


def answer(door: socket.socket, seen: list[Any]) -> None:
    link = door.accept()[0]
    uid = struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
    if uid == os.getuid():
        link.sendall(json.dumps(seen).encode())
    link.close()


def collect(token: str) -> None:
    with socket.socket(socket.AF_UNIX) as link:
        link.connect("\0seapoint-trace-" + token)
        for part in iter(lambda: link.recv(1 << 16), b""):
            sys.stdout.buffer.write(part)


def nics() -> dict[str, list[str]]:
    """Name -> MAC address and description. Source: Documentation/ABI/testing/sysfs-class-net of Linux."""
    found = {}
    for path in Path("/sys/class/net").iterdir():
        with contextlib.suppress(OSError):  # it went just now
            found[path.name] = [(path / name).read_text().strip() for name in ("address", "ifalias")]
    return found


def packet(tap: socket.socket, marks: list[bytes], ports: list[int]) -> dict[str, Any] | None:
    frame, about, _, (nic, kind, way, hardware, _) = tap.recvmsg(SNAP, 256)
    when = 0
    tag: int | None = None
    for level, what, data in about:
        if level == socket.SOL_SOCKET and what == TIMESTAMP:
            seconds, rest = struct.unpack("qq", data[:16])
            when = seconds * 10**9 + rest
        elif level == PACKET and what == AUXDATA:
            status, _, _, _, _, tci = struct.unpack("IIIHHH", data[:18])
            tag = tci & 0xFFF if status & VLAN_VALID else None
    try:
        found = parse(frame, kind, raw=hardware in RAW_IP)
    except (struct.error, IndexError):  # cut off in the middle of a header
        return None
    if found is None:
        return None
    found["mark"] = next((mark.decode() for mark in marks if mark in frame), "")
    if not (found["mark"] or (found["protocol"] == 6 and (found["flags"] & 0x06 or found["from"] in ports))):
        return None
    found["vlan"] = tag if tag is not None else found["vlan"]
    return {**found, "when": when, "nic": nic, "way": "out" if way == 4 else "in", "stranger": way == 3}


def parse(frame: bytes, kind: int, *, raw: bool = False) -> dict[str, Any] | None:
    """A packet's innermost IP header and what follows, and what is outside of all; None: it is no IP."""
    if raw:
        inner = network(frame, 0, kind)
        return inner and {"to_mac": "", "vlan": None, **inner}
    at, kind, vlan = link(frame, 0)
    inner = network(frame, at, kind)
    return inner and {"to_mac": frame[:6].hex(":"), "vlan": vlan, **inner}


def link(frame: bytes, at: int) -> tuple[int, int, int | None]:
    """Where the payload of an Ethernet frame begins, its type, its outermost VLAN."""
    kind, vlan = struct.unpack_from("!H", frame, at + 12)[0], None
    at += 14
    while kind in TAGS:
        tci, kind = struct.unpack_from("!HH", frame, at)
        vlan = tci & 0xFFF if vlan is None else vlan
        at += 4
    return at, kind, vlan


def network(frame: bytes, at: int, kind: int, *, tunnel: bool = False) -> dict[str, Any] | None:
    if kind == IPV4:
        length, protocol, limit = (frame[at] & 15) * 4, frame[at + 9], frame[at + 8]
        if struct.unpack_from("!H", frame, at + 6)[0] & 0x1FFF:
            return None  # not the first fragment
        return transport(frame, at + length, protocol, limit, tunnel=tunnel)
    if kind == IPV6:
        protocol, limit = frame[at + 6], frame[at + 7]
        at += 40
        while protocol in (0, 43, 44, 60):  # extension headers: RFC 8200, 4
            length = 8 if protocol == 44 else frame[at + 1] * 8 + 8
            protocol, at = frame[at], at + length
        return transport(frame, at, protocol, limit, tunnel=tunnel)
    return None


def transport(frame: bytes, at: int, protocol: int, limit: int, *, tunnel: bool) -> dict[str, Any] | None:
    found: dict[str, Any] = {"limit": limit, "tunnel": tunnel, "protocol": protocol, "from": 0, "to": 0, "flags": 0}
    found |= {"seq": 0, "ack": 0}
    if protocol == 17:
        found["from"], found["to"] = struct.unpack_from("!HH", frame, at)
        if found["to"] == VXLAN:
            return bridged(frame, at + 16)
        if found["to"] == GENEVE:
            return bridged(frame, at + 16 + (frame[at + 8] & 0x3F) * 4)
    elif protocol == 6:
        found["from"], found["to"], found["seq"], found["ack"] = struct.unpack_from("!HHII", frame, at)
        found["flags"] = frame[at + 13]
    elif protocol in (1, 58):
        found["from"] = frame[at]  # the type of message
    elif protocol == 47:
        flags, kind = struct.unpack_from("!HH", frame, at)
        at += 4 + 4 * sum(bool(flags & bit) for bit in (0x8000, 0x2000, 0x1000))
        return bridged(frame, at) if kind == BRIDGED else network(frame, at, kind, tunnel=True)
    elif protocol in (4, 41):
        return network(frame, at, IPV4 if protocol == 4 else IPV6, tunnel=True)
    return found


def bridged(frame: bytes, at: int) -> dict[str, Any] | None:
    at, kind, _ = link(frame, at)
    return network(frame, at, kind, tunnel=True)


if __name__ == "__main__":
    if sys.argv[1] == "start":
        start(sys.argv[2], json.loads(sys.argv[3]))
    else:
        collect(sys.argv[2])
