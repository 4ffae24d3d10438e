"""Wake-ups: netlink groups, other threads and signals, as topics. A wake-up is a hint; the kernel's state decides.

Messages are not decoded beyond what keeps another daemon's routes (a BGP table being loaded) from waking us.
"""

import contextlib
import os
import select
import socket
import struct
from collections import deque
from collections.abc import Iterable

from seapoint.target.host import ROUTE_PROTOCOL

NETWORK, RULESET, SWITCH, DAEMONS, TARGET, STOP = "network", "ruleset", "switch", "daemons", "target", "stop"

#: From linux/netlink.h, linux/rtnetlink.h and linux/netfilter/nfnetlink.h.
NETLINK_NETFILTER = 12
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP = 270, 1
RTNLGRP = {
    "link": 1,
    "ipv4 address": 5,
    "ipv4 route": 7,
    "ipv4 rule": 8,
    "ipv6 address": 9,
    "ipv6 route": 11,
    "ipv6 rule": 19,
}
NFNLGRP_NFTABLES = 7
RTM_NEWROUTE, RTM_DELROUTE = 24, 25
HEADER = struct.Struct("=IHHII")
#: Routes of ours, and the kernel's own: those that connect our subnets.
OUR_PROTOCOLS = (ROUTE_PROTOCOL, 2)
PROTOCOL_OFFSET = HEADER.size + 5  # rtm_protocol in struct rtmsg

BUFFER = 1 << 18


class Watch:
    """Collects topics from the kernel and from other threads; one thread waits."""

    def __init__(self) -> None:
        self._network = _listen(socket.NETLINK_ROUTE, RTNLGRP.values())
        self._ruleset = _listen(NETLINK_NETFILTER, [NFNLGRP_NFTABLES])
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._topics: deque[str] = deque()
        self._poll = select.poll()
        for handle in (self._network.fileno(), self._ruleset.fileno(), self._bell):
            self._poll.register(handle, select.POLLIN)

    def wake(self, topic: str) -> None:
        """From any thread, and from a signal handler of the waiting thread."""
        self._topics.append(topic)
        os.eventfd_write(self._bell, 1)

    def wait(self, seconds: float) -> set[str]:
        """Topics that came up within that time; empty when none did."""
        found: set[str] = set()
        for handle, _ in self._poll.poll(max(0.0, seconds) * 1000):
            if handle == self._network.fileno() and any(concerns_us(chunk) for chunk in _drain(self._network)):
                found.add(NETWORK)
            elif handle == self._ruleset.fileno() and _drain(self._ruleset):
                found.add(RULESET)
            elif handle == self._bell:
                with contextlib.suppress(BlockingIOError):
                    os.eventfd_read(self._bell)
                while self._topics:
                    found.add(self._topics.popleft())
        return found

    def close(self) -> None:
        self._network.close()
        self._ruleset.close()
        os.close(self._bell)


def concerns_us(chunk: bytes) -> bool:
    """Whether one of the messages is about something else than another daemon's routes. Empty: some were lost."""
    place = 0
    while place + HEADER.size <= len(chunk):
        length, kind, *_ = HEADER.unpack_from(chunk, place)
        if length < HEADER.size:
            return True
        if kind not in {RTM_NEWROUTE, RTM_DELROUTE} or chunk[place + PROTOCOL_OFFSET] in OUR_PROTOCOLS:
            return True
        place += (length + 3) & ~3
    return not chunk


def _listen(family: int, groups: Iterable[int]) -> socket.socket:
    line = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, family)
    line.bind((0, 0))
    for group in groups:
        line.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
    return line


def _drain(line: socket.socket) -> list[bytes]:
    chunks: list[bytes] = []
    while True:
        try:
            chunks.append(line.recv(BUFFER))
        except BlockingIOError:
            return chunks
        except OSError:
            chunks.append(b"")  # ENOBUFS: more came than the socket holds
