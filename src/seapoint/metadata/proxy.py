"""The proxy's life: a listener in each namespace, opened and closed as the configuration and the host say.

The agent makes namespaces and writes the configuration; either may come first, and a namespace may be made anew. So the
listeners are compared with both again and again, and at once when told (SIGHUP). Questions under way go on.
"""

import asyncio
import contextlib
import json
import logging
import resource
import signal
import socket
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from seapoint.engines.netns import NAMED, entered
from seapoint.metadata.http import LARGEST_HEAD, RefusedError, Response, parse_request, rendered
from seapoint.metadata.server import ServerLine

PORT = 80
LOOK_SECONDS = 1.0  # between looks at namespaces, which send no messages
LIFE_SECONDS = 30.0  # of a connection, from its first octet to its last
ANSWER_SECONDS = 20.0  # that the server has
AT_ONCE = 8  # questions of one instance that are answered at the same time; a further one is hung up on
WAITING = 64  # connections of one network that wait to be looked at

_log = logging.getLogger("seapoint.metadata")


@dataclass(frozen=True, slots=True)
class _Listener:
    network: str
    inode: int  # of the namespace that it listens in
    server: asyncio.Server


class Proxy:
    """Listens for the networks of a configuration file: JSON, ``networks``, namespace -> id of the network."""

    def __init__(self, configuration: Path, line: ServerLine) -> None:
        self._configuration = configuration
        self._line = line
        self._listeners: dict[str, _Listener] = {}
        self._complaint = ""
        self._deaf = False  # the server does not answer
        self._busy: Counter[tuple[str, str]] = Counter()  # questions that are being answered, by network and address

    async def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        stopped, woken = asyncio.Event(), asyncio.Event()

        def stop() -> None:
            stopped.set()
            woken.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        loop.add_signal_handler(signal.SIGHUP, woken.set)
        while not stopped.is_set():
            await self.settle()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), LOOK_SECONDS)
            woken.clear()

    async def settle(self) -> None:
        """Open and close listeners until they are those of the configuration, as far as its namespaces are there."""
        wanted = self._wanted()
        if wanted is None:
            return
        for name, listener in tuple(self._listeners.items()):
            if wanted.get(name) != listener.network or _inode(name) != listener.inode:
                del self._listeners[name]
                listener.server.close()
                _log.info("%s: closed", name)
        for name in wanted.keys() - self._listeners.keys():
            inode = _inode(name)
            if inode is not None:
                await self._open(name, wanted[name], inode)

    def _wanted(self) -> Mapping[str, str] | None:
        """None: the file cannot be read, and the listeners stay as they are."""
        try:
            found = json.loads(self._configuration.read_text(encoding="utf-8"))["networks"]
            wanted = {str(name): str(network) for name, network in found.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            if str(error) != self._complaint:  # looked at every second, told once
                self._complaint = str(error)
                _log.error("%s: %s", self._configuration, error)
            return None
        self._complaint = ""
        return wanted

    async def _open(self, name: str, network: str, inode: int) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                async with asyncio.timeout(LIFE_SECONDS):
                    await self._serve(reader, writer, network)
            except OSError:  # an instance that hangs up, or takes too long, is its own affair
                writer.transport.abort()

        try:
            listener = _listening(NAMED / name)
        except OSError as error:
            _log.error("%s: %s", name, error)
            return
        server = await asyncio.start_server(serve, sock=listener, limit=LARGEST_HEAD)
        self._listeners[name] = _Listener(network, inode, server)
        _log.info("%s: listening", name)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, network: str) -> None:
        """Answer one question and end the connection."""
        caller = network, _caller(writer)
        if self._busy[caller] < AT_ONCE:
            self._busy[caller] += 1
            try:
                writer.write(await self._answer(reader, *caller))
                await writer.drain()
            finally:
                self._busy[caller] -= 1
                if not self._busy[caller]:
                    del self._busy[caller]
        writer.close()
        await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, network: str, address: str) -> bytes:
        """What goes back on the wire; nothing to who has asked nothing."""
        try:
            request = parse_request(await reader.readuntil(b"\r\n\r\n"))
        except EOFError:
            return b""
        except asyncio.LimitOverrunError:
            return rendered(Response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))
        except RefusedError as error:
            return rendered(Response(error.status))
        return rendered(await self._asked(request.path, network, address), request.method)

    async def _asked(self, path: str, network: str, address: str) -> Response:
        """The server's answer. That it gives none is told once, and that it does again: instances may ask and ask."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                response = await self._line.ask(path, network, address)
        except OSError as error:  # TimeoutError is one
            reason = str(error) or "no answer in time"
            if not self._deaf:
                _log.error("the server: %s", reason)
            self._deaf = True
            return Response(HTTPStatus.SERVICE_UNAVAILABLE)
        if self._deaf:
            _log.info("the server answers again")
        self._deaf = False
        return response


def _inode(name: str) -> int | None:
    """What tells a namespace from the one that had its name before."""
    try:
        return (NAMED / name).stat().st_ino
    except FileNotFoundError:
        return None


def _listening(namespace: Path) -> socket.socket:
    """One socket of both families, on every address of the namespace: addresses may come later."""
    with entered(namespace):
        return socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True, backlog=WAITING)


def _caller(writer: asyncio.StreamWriter) -> str:
    """The instance's address, without the zone of a link-local one; IPv4 as IPv4. Raises OSError."""
    peer = writer.get_extra_info("peername")
    if peer is None:
        raise ConnectionResetError("it has hung up already")
    address = ip_address(peer[0].partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def run(configuration: Path, line: ServerLine) -> int:
    """Run the proxy until it is told to stop: the exit status."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a few instances must not use up what all share
    asyncio.run(Proxy(configuration, line).run())
    return 0
