"""One check of a service at one address: empty when it is well, else what was wrong. Never raises."""

import asyncio
import os
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from ipaddress import ip_address
from typing import Literal

from seapoint.target.health import Check

HTTP_HEAD = 4096
#: Query for an address record of the asked family; RFC 1035, sections 3.2.2 and 4.1; RFC 3596.
A, AAAA = 1, 28
ANSWER, CODE = 0x8000, 0x000F


async def failure_of(check: Check, address: str) -> str:
    """Check once, within the check's timeout."""
    try:
        return await asyncio.wait_for(KINDS[check.kind](check, address), check.timeout / 1000)
    except TimeoutError:
        return f"no answer within {check.timeout} ms"
    except (ssl.SSLError, ValueError) as error:
        return str(error) or type(error).__name__
    except OSError as error:
        return os.strerror(error.errno) if error.errno else str(error)


async def _tcp(check: Check, address: str) -> str:
    _, writer = await asyncio.open_connection(address, check.port)
    writer.close()
    return ""


async def _tls(check: Check, address: str) -> str:
    _, writer = await asyncio.open_connection(
        address, check.port, ssl=_context(), server_hostname=check.name or address
    )
    writer.close()
    return ""


async def _http(check: Check, address: str) -> str:
    """HTTP/1.1 (RFC 9112): the status is one of those that are good."""
    name = check.name or (f"[{address}]" if ":" in address else address)
    context, hostname = (_context(), check.name or address) if check.tls else (None, None)
    reader, writer = await asyncio.open_connection(address, check.port, ssl=context, server_hostname=hostname)
    try:
        writer.write(f"GET {check.path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
        words = (await reader.readline())[:HTTP_HEAD].split(None, 2)
    finally:
        writer.close()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return "the answer is no HTTP"
    return "" if int(words[1]) in check.statuses else f"HTTP status {int(words[1])}"


def _context() -> ssl.SSLContext:
    """Whether the certificate is trusted is its clients' question, not whether the service is alive."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        del addr
        if not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


async def _dns(check: Check, address: str) -> str:
    """A query over UDP for the name's address of this family: any answer but a server's failure is well."""
    number = int.from_bytes(os.urandom(2), "big")
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(_Datagrams, remote_addr=(address, check.port))
    try:
        transport.sendto(query(number, check.name, AAAA if ip_address(address).version == 6 else A))
        answer = await protocol.answer
    finally:
        transport.close()
    return wrong_answer(number, answer)


def query(number: int, name: str, kind: int) -> bytes:
    """A DNS query that asks for recursion."""
    labels = b"".join(bytes([len(label)]) + label.encode("idna") for label in name.rstrip(".").split(".") if label)
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", kind, 1)


def wrong_answer(number: int, answer: bytes) -> str:
    """What is wrong with an answer: no error (0) and no such name (3) are answers of a server that works."""
    if len(answer) < 12:
        return "the answer is no DNS"
    told, flags = struct.unpack("!2H", answer[:4])
    if told != number or not flags & ANSWER:
        return "the answer is to another question"
    code = flags & CODE
    return "" if code in (0, 3) else f"DNS error {code}"


async def _command(check: Check, address: str) -> str:
    argv = [word.replace("{address}", address) for word in check.command]
    null = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*argv, stdin=null, stdout=null, stderr=null)
    try:
        status = await process.wait()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return f"exit status {status}" if status else ""


KINDS: Mapping[Literal["tcp", "http", "tls", "dns", "command"], Callable[[Check, str], Awaitable[str]]] = {
    "tcp": _tcp,
    "http": _http,
    "tls": _tls,
    "dns": _dns,
    "command": _command,
}
