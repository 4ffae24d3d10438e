"""A server for stand-ins and instances that tells every caller which address it saw.

``python -I -S echo.py http:80 tcp:389 ...``, standard library only, both families on each port. ``http`` answers every
request with the caller's address as text; ``tcp`` sends that address as a line and then returns whatever it is sent,
for as long as the connection lives, so that a test sees whether a connection survives.
"""

import contextlib
import os
import selectors
import socket
import sys
from ipaddress import ip_address

CHUNK = 65536
LONGEST_REQUEST = 16384


def seen(peer: str) -> str:
    """An address as a person writes it: IPv4 without the IPv6 form that a dual-stack socket shows."""
    address = ip_address(peer.partition("%")[0])
    mapped = address.ipv4_mapped if address.version == 6 else None
    return str(mapped or address)


def page(peer: str) -> bytes:
    body = f"{seen(peer)}\n".encode()
    head = f"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


def listen(port: int) -> socket.socket:
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=128)
    listener.setblocking(False)
    return listener


class Connection:
    """One caller; ``protocol`` is http or tcp. What is owed is sent before more is heard: nobody holds up another."""

    def __init__(self, link: socket.socket, peer: str, protocol: str) -> None:
        self.link, self.peer, self.protocol = link, peer, protocol
        self.heard = b""
        self.owed = f"{seen(peer)}\n".encode() if protocol == "tcp" else b""
        self.ends = False  # once nothing is owed any more

    @property
    def interest(self) -> int:
        return selectors.EVENT_WRITE if self.owed else selectors.EVENT_READ

    def go_on(self) -> bool:
        """Send what is owed, or take what has come; whether the connection goes on."""
        if self.owed:
            self.owed = self.owed[self.link.send(self.owed) :]
            return bool(self.owed) or not self.ends
        data = self.link.recv(CHUNK)
        if self.protocol == "tcp":
            self.owed = data
            return bool(data)
        self.heard += data
        if b"\r\n\r\n" in self.heard:
            self.owed, self.ends = page(self.peer), True
        return bool(data) and len(self.heard) < LONGEST_REQUEST


def serve(services: list[tuple[str, int]]) -> None:
    """Serve (protocol, port) pairs for ever."""
    waiting = selectors.DefaultSelector()
    for protocol, port in services:
        waiting.register(listen(port), selectors.EVENT_READ, protocol)
    tell_ready()
    while True:
        for key, _ in waiting.select():
            if isinstance(key.data, Connection):
                turn(waiting, key.data)
            else:
                welcome(waiting, key.fd, key.data)


def tell_ready() -> None:
    """Source: sd_notify(3)."""
    if "NOTIFY_SOCKET" in os.environ:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])


def welcome(waiting: selectors.BaseSelector, listener: int, protocol: str) -> None:
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(listener)) as door:  # the caller may be gone again
        link, peer = door.accept()
        link.setblocking(False)
        connection = Connection(link, peer[0], protocol)
        waiting.register(link, connection.interest, connection)


def turn(waiting: selectors.BaseSelector, connection: Connection) -> None:
    goes_on = False
    with contextlib.suppress(OSError):  # a caller that is gone concerns nobody else
        goes_on = connection.go_on()
    if goes_on:
        waiting.modify(connection.link, connection.interest, connection)
    else:
        waiting.unregister(connection.link)
        connection.link.close()


if __name__ == "__main__":
    serve([(word.partition(":")[0], int(word.partition(":")[2])) for word in sys.argv[1:]])
