"""One connection: whole messages in and out, from two threads, over plain or TLS sockets."""

import contextlib
import select
import socket
import time
from threading import Lock
from typing import Any

from seapoint.base.errors import UnreachableError
from seapoint.engines.ovsdb.framing import Framer, dumps

Json = Any
_CHUNK = 1 << 20
_SEND_SECONDS = 30.0


class Connection:
    """A socket that never blocks inside a read or a write, since one TLS session must not do both at once."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._framer = Framer()
        self._touching = Lock()  # held while the socket is touched, never while waiting
        self._sending = Lock()  # keeps messages whole

    def send(self, message: Json) -> None:
        """Send one message; UnreachableError when the peer is gone or takes nothing for 30 seconds."""
        rest = memoryview(dumps(message))
        deadline = time.monotonic() + _SEND_SECONDS
        with self._sending:
            while rest:
                try:
                    with self._touching:
                        rest = rest[self._socket.send(rest) :]
                except (BlockingIOError, InterruptedError):
                    self._wait(select.POLLOUT, deadline)
                except OSError as error:
                    # TLS asks for either direction in an exception of its own; both are OSErrors
                    if type(error).__name__ not in ("SSLWantReadError", "SSLWantWriteError"):
                        raise UnreachableError(f"connection lost: {error}") from error
                    self._wait(select.POLLIN | select.POLLOUT, deadline)

    def receive(self, timeout: float) -> list[Json] | None:
        """The messages that arrive next; None when no byte came within ``timeout`` seconds."""
        if not self._poll(select.POLLIN, timeout):
            return None
        messages = []
        more = True
        while more:
            chunk = self._read()
            if chunk is None:
                break
            more = self._poll(select.POLLIN, 0)
            messages += self._framer.feed(chunk, more)
            if messages:
                break
        return messages

    def close(self) -> None:
        """End the connection; a thread that waits in ``receive`` is woken."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        with self._touching:
            self._socket.close()

    def _read(self) -> bytes | None:
        try:
            with self._touching:
                chunk = self._socket.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            if type(error).__name__ in ("SSLWantReadError", "SSLWantWriteError"):
                return None
            raise UnreachableError(f"connection lost: {error}") from error
        if not chunk:
            raise UnreachableError("the server closed the connection")
        return chunk

    def _wait(self, events: int, deadline: float) -> None:
        if not self._poll(events, deadline - time.monotonic()):
            raise UnreachableError(f"the server takes nothing for {_SEND_SECONDS:.0f} seconds")

    def _poll(self, events: int, timeout: float) -> bool:
        pending = getattr(self._socket, "pending", None)
        if events & select.POLLIN and pending is not None and pending():
            return True  # bytes that TLS has read already wake no poll
        poll = select.poll()
        try:
            poll.register(self._socket, events)
        except ValueError:
            raise UnreachableError("the connection was closed") from None
        return bool(poll.poll(max(0.0, timeout) * 1000))
