"""Checks against real listeners on loopback, of both families: what is well, and what is wrong in words."""

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from seapoint.engines.pki import ensure_certificate, open_authority
from seapoint.health.checks import failure_of, query, wrong_answer
from seapoint.target.health import Check

FAMILIES = pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(address: str, talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    server = await asyncio.start_server(talk, address, 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


def answering(text: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(text)
        writer.close()

    return talk


async def greeting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail\r\n")
    await silent(reader, writer)


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def checked(address: str, talk: Talk, check: dict[str, Any], tls: ssl.SSLContext | None = None) -> str:
    async def run() -> str:
        async with listening(address, talk, tls) as port:
            return await failure_of(Check(port=port, timeout=5000, **check), address)

    return asyncio.run(run())


@FAMILIES
def test_tcp(address: str) -> None:
    assert checked(address, silent, {"kind": "tcp"}) == ""
    assert asyncio.run(failure_of(Check("tcp", 1), address)) == "Connection refused"


@FAMILIES
def test_http(address: str) -> None:
    good, bad = (answering(f"HTTP/1.1 {code} x\r\n\r\n".encode()) for code in (200, 503))
    assert checked(address, good, {"kind": "http"}) == ""
    assert checked(address, bad, {"kind": "http"}) == "HTTP status 503"
    assert checked(address, bad, {"kind": "http", "statuses": (503,)}) == ""
    assert checked(address, greeting, {"kind": "http"}) == "the answer is no HTTP"


def test_no_answer_within_the_time() -> None:
    async def run() -> str:
        async with listening("127.0.0.1", silent) as port:
            return await failure_of(Check("http", port, timeout=50), "127.0.0.1")

    assert asyncio.run(run()) == "no answer within 50 ms"


@FAMILIES
def test_tls(address: str, tmp_path: Path) -> None:
    files = ensure_certificate(open_authority(tmp_path / "ca", "test"), tmp_path, "lb1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    good = answering(b"HTTP/1.1 200 x\r\n\r\n")
    assert checked(address, silent, {"kind": "tls"}, context) == ""
    assert checked(address, good, {"kind": "http", "tls": True}, context) == ""
    assert "WRONG_VERSION" in checked(address, greeting, {"kind": "tls", "name": "lb1"})


class _Server(asyncio.DatagramProtocol):
    """Answers with a code, and keeps what it was asked."""

    def __init__(self, code: int) -> None:
        self.code, self.asked = code, b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.asked = data
        self.transport.sendto(data[:2] + struct.pack("!H", 0x8180 | self.code) + data[4:], addr)


@FAMILIES
@pytest.mark.parametrize(("code", "said"), [(0, ""), (3, ""), (2, "DNS error 2"), (5, "DNS error 5")])
def test_dns_asks_for_an_address_of_the_family(address: str, code: int, said: str) -> None:
    async def run() -> tuple[str, bytes]:
        loop = asyncio.get_running_loop()
        transport, server = await loop.create_datagram_endpoint(lambda: _Server(code), (address, 0))
        port = transport.get_extra_info("sockname")[1]
        found = await failure_of(Check("dns", port, "ns0.example.org", timeout=5000), address)
        transport.close()
        return found, server.asked

    found, asked = asyncio.run(run())
    assert found == said
    assert asked[12:] == b"\x03ns0\x07example\x03org\x00" + struct.pack("!2H", 28 if ":" in address else 1, 1)


def test_dns_answers_that_are_none() -> None:
    asked = query(7, "example.org.", 1)
    assert wrong_answer(7, b"short") == "the answer is no DNS"
    assert wrong_answer(8, asked) == "the answer is to another question"
    assert wrong_answer(7, asked) == "the answer is to another question"


@FAMILIES
def test_command(address: str) -> None:
    good = Check("command", command=("/bin/sh", "-c", "test {address} = " + address))
    assert asyncio.run(failure_of(good, address)) == ""
    assert asyncio.run(failure_of(Check("command", command=("/bin/sh", "-c", "exit 3")), address)) == "exit status 3"
    assert "No such file" in asyncio.run(failure_of(Check("command", command=("/nowhere",)), address))
    slow = Check("command", command=("/bin/sleep", "60"), timeout=50)
    assert asyncio.run(failure_of(slow, address)) == "no answer within 50 ms"
