"""Stand-ins for the cloud's own services behind its balancers: who is called, and by whom, is in the answer.

``python -I -S apis.py http:9001 keystone:5000 tcp:3306 ...``, standard library only, both families on each port.
``http`` answers every request with the caller's address as text and its own host's name in ``X-Served-By``; ``tcp``
sends both as a line and then returns whatever it is sent. ``udp`` answers a datagram with both, and a DNS query with
both in a TXT record (RFC 1035, section 3.3.14). ``keystone`` is ``http`` with the version documents of Keystone
(Identity API v3, "List versions", "Show v3 API details"). The caller is who a balancer says: in X-Forwarded-For, or
with ``+proxy`` behind the word in the PROXY protocol, version 2 (proxy-protocol.txt, section 2.2).
"""

import json
import os
import socket
import socketserver
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from threading import Thread

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
PROXIED = 0x21  # version 2, command PROXY; with LOCAL the connection is the balancer's own
ADDRESS_OCTETS = {0x1: 4, 0x2: 16}  # by address family, the upper four bits of the octet after the command
V3 = {
    "id": "v3.14",
    "status": "stable",
    "updated": "2020-04-07T00:00:00Z",
    "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
}


def readable(peer: str) -> str:
    """An address as a person writes it: IPv4 without the IPv6 form that a dual-stack socket shows."""
    address = ip_address(peer.partition("%")[0])
    mapped = address.ipv4_mapped if address.version == 6 else None
    return str(mapped or address)


class Server(socketserver.ThreadingTCPServer):
    """Both families on one port, a thread a connection."""

    address_family = socket.AF_INET6
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, handler: type[socketserver.StreamRequestHandler], *, proxied: bool) -> None:
        self.proxied = proxied
        super().__init__(("::", port), handler)

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that is gone concerns nobody else; what else goes wrong is told."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # narrower in typeshed than in fact


class Caller(socketserver.StreamRequestHandler):
    """Knows who called before anything else is read."""

    server: Server

    def setup(self) -> None:
        super().setup()
        self.caller = readable(self.client_address[0])
        if self.server.proxied:
            self.caller = self._introduced() or self.caller

    def _introduced(self) -> str:
        """The address in a PROXY header; empty for a connection of the balancer's own."""
        head = self.rfile.read(len(SIGNATURE) + 4)
        if not head.startswith(SIGNATURE):
            raise ConnectionError("no PROXY header: a caller that is no balancer is not served")
        command, family = head[12], head[13] >> 4
        body = self.rfile.read(int.from_bytes(head[14:], "big"))
        if command != PROXIED or family not in ADDRESS_OCTETS:
            return ""
        return readable(str(ip_address(body[: ADDRESS_OCTETS[family]])))


class Plain(Caller):
    """TCP."""

    def handle(self) -> None:
        self.wfile.write(f"{self.caller} {socket.gethostname()}\n".encode())
        while data := self.request.recv(65536):
            self.wfile.write(data)


class Web(Caller, BaseHTTPRequestHandler):
    """HTTP."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(200, "text/plain", f"{self.headers.get('X-Forwarded-For', self.caller)}\n")

    def answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Served-By", socket.gethostname())
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Checks every few seconds are no news."""


class Keystone(Web):
    """The version documents; everything else as any other service."""

    def do_GET(self) -> None:
        path = self.path.rstrip("/")
        if path == "/v3":
            self.answer(200, "application/json", json.dumps({"version": self._version()}))
        elif path == "":
            self.answer(300, "application/json", json.dumps({"versions": {"values": [self._version()]}}))
        else:
            super().do_GET()

    def _version(self) -> dict[str, object]:
        scheme = self.headers.get("X-Forwarded-Proto", "http")
        return {**V3, "links": [{"rel": "self", "href": f"{scheme}://{self.headers.get('Host')}/v3/"}]}


class Datagrams:
    """UDP of both families on one port, answered from the address that was asked, of which a host may have several."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        self.socket.bind(("::", port))

    def serve_forever(self) -> None:
        while True:
            asked, (own, *_), _, peer = self.socket.recvmsg(65536, 256)
            told = f"{readable(peer[0])} {socket.gethostname()}".encode()
            with suppress(OSError):  # a caller that is gone concerns nobody else
                self.socket.sendmsg([dns_answer(asked, told) or told], [own], 0, peer)


def dns_answer(asked: bytes, told: bytes) -> bytes:
    """An answer with one TXT record of no lasting value to a DNS query of one question; empty for anything else."""
    end = asked.find(b"\0", 12) + 5
    if len(asked) < 17 or asked[2] & 0x80 or asked[4:6] != b"\0\1" or end < 17:
        return b""
    head = asked[:2] + b"\x84\0" + b"\0\1\0\1\0\0\0\0"
    record = b"\xc0\x0c\0\x10\0\1" + bytes(4) + (len(told) + 1).to_bytes(2, "big") + bytes([len(told)]) + told
    return head + asked[12:end] + record


HANDLERS = {"http": Web, "keystone": Keystone, "tcp": Plain}


def serve(words: list[str]) -> None:
    """Serve words such as ``http:9001`` for ever."""
    threads = []
    for word in words:
        kind, _, port = word.partition(":")
        protocol, _, proxied = kind.partition("+")
        server: Server | Datagrams
        if protocol == "udp":
            server = Datagrams(int(port))
        else:
            server = Server(int(port), HANDLERS[protocol], proxied=proxied == "proxy")
        threads.append(Thread(target=server.serve_forever))
        threads[-1].start()
    if "NOTIFY_SOCKET" in os.environ:  # sd_notify(3)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    serve(sys.argv[1:])
