"""How a database is reached: ``unix:PATH``, ``tcp:HOST:PORT`` and ``ssl:HOST:PORT``, as in ovsdb(7)."""

import socket
from dataclasses import dataclass

from seapoint.base.errors import InputError

_CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files for ``ssl:`` remotes; ``server_name``: whose certificate is expected, if not the remote host's."""

    certificate: str
    private_key: str
    ca: str
    server_name: str = ""


@dataclass(frozen=True, slots=True)
class Remote:
    """One place where a database is served."""

    method: str  # unix, tcp or ssl
    host: str  # a path, for unix
    port: int = 0

    def __str__(self) -> str:
        if self.method == "unix":
            return f"unix:{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.method}:{host}:{self.port}"


def parse_remotes(text: str) -> tuple[Remote, ...]:
    """The remotes of a comma-separated list; InputError names the one that is wrong."""
    return tuple(_parse(part.strip()) for part in text.split(","))


def _parse(text: str) -> Remote:
    method, _, rest = text.partition(":")
    if method == "unix" and rest:
        return Remote(method, rest)
    host, _, port = rest.rpartition(":")
    if method in ("tcp", "ssl") and host and port.isdigit() and 0 < int(port) < 65536:
        return Remote(method, host.removeprefix("[").removesuffix("]"), int(port))
    raise InputError(f"{text!r} is no OVSDB remote: write unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT, IPv6 in brackets")


def dial(remote: Remote, tls: Tls | None) -> socket.socket:
    """A connected socket; OSError (of which ssl.SSLError is one) when there is none."""
    if remote.method == "unix":
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(_CONNECT_SECONDS)
            sock.connect(remote.host)
        except OSError:
            sock.close()
            raise
        return sock
    sock = socket.create_connection((remote.host, remote.port), _CONNECT_SECONDS)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock if remote.method == "tcp" else _secured(sock, remote, tls)


def _secured(sock: socket.socket, remote: Remote, tls: Tls | None) -> socket.socket:
    import ssl  # half of this package's import time, and most agents speak over a unix socket only

    assert tls is not None, "the client refuses an ssl: remote without it"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(tls.ca)
    context.load_cert_chain(tls.certificate, tls.private_key)
    return context.wrap_socket(sock, server_hostname=tls.server_name or remote.host)
