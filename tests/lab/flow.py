"""Flows that must not lose a packet while something else is changed; run where they start, in an instance.

``python flow.py SECONDS TARGET ...``: each SECONDS an echo request (RFC 792, RFC 4443) to every ``ping:ADDRESS``, and a
line to every ``tcp:ADDRESS:PORT``, which sends lines back, over one connection; a question for the address of its own
family to every name server ``dns:ADDRESS:NAME``. Says ``ready`` when each has answered
once; at the end of its standard input it stops sending, waits for what is still under way, and prints for each target
how many it sent, the numbers that were lost, and the greatest delay, as JSON.
"""

import contextlib
import json
import os
import selectors
import socket
import struct
import sys
import time

STRAGGLERS = 3.0  # seconds until a packet without an answer is lost
RETRANSMITTED = 30.0  # and a line over TCP, which the kernel sends again after pauses that double (RFC 6298)
READY = 30.0


class Ping:
    """Echo requests over a raw socket; the identifier tells our answers from other people's."""

    awaited = STRAGGLERS

    def __init__(self, address: str) -> None:
        self.address, self.six = address, ":" in address
        family, protocol = (socket.AF_INET6, "ipv6-icmp") if self.six else (socket.AF_INET, "icmp")
        self.link = socket.socket(family, socket.SOCK_RAW, socket.getprotobyname(protocol))
        self.link.setblocking(False)
        self.link.connect((address, 0))
        self.mark = os.getpid() & 0xFFFF

    def send(self, number: int) -> None:
        head = struct.pack("!BBHHH", 128 if self.six else 8, 0, 0, self.mark, number & 0xFFFF)
        body = struct.pack("!Q", number)
        if not self.six:  # the kernel computes ICMPv6's
            head = head[:2] + checksum(head + body) + head[4:]
        self.link.send(head + body)

    def answers(self) -> list[int]:
        packet = self.link.recv(2048)
        told = packet[0 if self.six else (packet[0] & 15) * 4 :]
        reply, mark = told[0] == (129 if self.six else 0), struct.unpack("!H", told[4:6])[0]
        return [struct.unpack("!Q", told[8:16])[0]] if reply and mark == self.mark else []


class Tcp:
    """Numbers over one connection; the far end's first line is the address that it saw."""

    awaited = RETRANSMITTED

    def __init__(self, address: str, port: str) -> None:
        self.link = socket.create_connection((address, int(port)), timeout=READY)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.heard, self.seen_as = b"", ""
        while b"\n" not in self.heard:
            self.heard += self.link.recv(100)
        self.seen_as, self.heard = self.heard.partition(b"\n")[0].decode(), self.heard.partition(b"\n")[2]
        self.link.setblocking(False)

    def send(self, number: int) -> None:
        self.link.send(f"{number}\n".encode())

    def answers(self) -> list[int]:
        self.heard += self.link.recv(4096)
        *lines, self.heard = self.heard.split(b"\n")
        return [int(line) for line in lines]


class Dns:
    """Questions over UDP; only an answer with an address in it counts. Source: RFC 1035, section 4.1."""

    awaited = STRAGGLERS

    def __init__(self, address: str, name: str) -> None:
        self.six = ":" in address
        self.link = socket.socket(socket.AF_INET6 if self.six else socket.AF_INET, socket.SOCK_DGRAM)
        self.link.setblocking(False)
        self.link.connect((address, 53))
        self.name = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"

    def send(self, number: int) -> None:
        head = struct.pack("!6H", number & 0xFFFF, 0x0100, 1, 0, 0, 0)
        self.link.send(head + self.name + struct.pack("!2H", 28 if self.six else 1, 1))

    def answers(self) -> list[int]:
        number, flags, _, answers = struct.unpack("!4H", self.link.recv(2048)[:8])
        return [number] if answers and not flags & 0x000F else []


def checksum(data: bytes) -> bytes:
    """The Internet checksum of an even number of octets (RFC 1071)."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF)


KINDS = {"tcp": Tcp, "dns": Dns}


def begun(target: str, limit: float) -> Ping | Tcp | Dns:
    """A flow's socket, tried again until the limit: a host that has just been given its routes may still lack one."""
    kind, _, rest = target.partition(":")
    while True:
        try:
            return Ping(rest) if kind == "ping" else KINDS[kind](*rest.rpartition(":")[::2])
        except OSError as error:
            if time.monotonic() > limit:
                sys.exit(f"{target}: {error}")
            time.sleep(0.1)


def main(interval: float, targets: list[str]) -> None:
    limit = time.monotonic() + READY
    flows = {target: begun(target, limit) for target in targets}
    sent: dict[str, dict[int, float]] = {target: {} for target in flows}
    delays: dict[str, float] = dict.fromkeys(flows, 0.0)
    newest: dict[str, float] = {}  # when the newest packet that was answered had been sent
    silences: dict[str, float] = dict.fromkeys(flows, 0.0)
    answered: dict[str, int] = dict.fromkeys(flows, 0)
    waiting = selectors.DefaultSelector()
    for target, flow in flows.items():
        waiting.register(flow.link, selectors.EVENT_READ, target)
    waiting.register(0, selectors.EVENT_READ, "")

    def hear(seconds: float) -> bool:
        """Take answers; whether standard input has ended."""
        ended = False
        for key, _ in waiting.select(max(seconds, 0)):
            if not key.data:
                ended = True
                continue
            with contextlib.suppress(OSError):  # nothing there, or a router or host says that nobody is
                for number in flows[key.data].answers():
                    began = sent[key.data].pop(number, None)
                    if began is not None:
                        answered[key.data] += 1
                        delays[key.data] = max(delays[key.data], time.monotonic() - began)
                        before = newest.get(key.data, began)
                        silences[key.data] = max(silences[key.data], began - before)
                        newest[key.data] = max(before, began)
        return ended

    number, ready, ended, due = 0, False, False, time.monotonic()
    while not ended:
        for target, flow in flows.items():
            sent[target][number] = time.monotonic()
            with contextlib.suppress(OSError):  # an answer that says unreachable is a packet without an answer
                flow.send(number)
        number += 1
        due = max(due + interval, time.monotonic())
        while time.monotonic() < due and not ended:
            ended = hear(due - time.monotonic())
        if not ready and all(answered.values()):  # what was sent before, ARP and neighbour discovery took
            ready, number = True, number + 1
            for target in flows:
                sent[target].clear()
                delays[target] = silences[target] = 0.0
            newest = dict.fromkeys(flows, time.monotonic())
            print("ready", flush=True)
        if not ready and time.monotonic() > limit:
            sys.exit(f"no answer yet: {[target for target in flows if not answered[target]]}")
    waiting.unregister(0)  # at its end it is readable for ever
    end = time.monotonic()
    while any(sent[target] and time.monotonic() < end + flow.awaited for target, flow in flows.items()):
        hear(0.05)
    told = {
        target: {
            "sent": number,
            "lost": sorted(sent[target]),
            "slowest": round(delays[target], 3),
            "silence": round(silences[target], 3),
            "seen_as": getattr(flow, "seen_as", ""),
        }
        for target, flow in flows.items()
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
