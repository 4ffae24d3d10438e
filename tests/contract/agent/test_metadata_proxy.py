"""The proxy in real namespaces: whom it listens to, what it tells the server of them, and its limits."""

import asyncio
import json
import socket
import subprocess
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from seapoint.engines.netns import NAMED, entered
from seapoint.metadata import proxy
from seapoint.metadata.http import Response
from seapoint.metadata.proxy import Proxy

pytestmark = pytest.mark.root

ASK = b"GET /who HTTP/1.1\r\nHost: x\r\n\r\n"
LOOPBACK = {4: "127.0.0.1", 6: "::1"}
BOTH = pytest.mark.parametrize("family", [4, 6])


@dataclass
class Line:
    """In the server's place: repeats what it was asked; ``away``: it does not answer."""

    away: bool = False
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    async def ask(self, path: str, network: str, address: str) -> Response:
        if self.away:
            raise OSError("refused")
        self.asked.append((path, network, address))
        return Response(200, json.dumps([path, network, address]).encode())


@pytest.fixture
def namespaces() -> Iterator[tuple[str, str]]:
    names = tuple(f"spmd{uuid.uuid4().hex[:8]}" for _ in range(2))
    with ExitStack() as undo:
        for name in names:
            subprocess.run(["ip", "netns", "add", name], check=True)
            undo.callback(subprocess.run, ["ip", "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)
            subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        yield names[0], names[1]


@dataclass
class World:
    file: Path
    line: Line
    proxy: Proxy

    def configure(self, networks: Mapping[str, str]) -> None:
        self.file.write_text(json.dumps({"networks": dict(networks)}))


@pytest.fixture
def served(tmp_path: Path) -> Callable[[Mapping[str, str], Callable[[World], Awaitable[None]]], None]:
    """Runs a test with a proxy that serves these networks."""

    def run(networks: Mapping[str, str], test: Callable[[World], Awaitable[None]]) -> None:
        async def inside() -> None:
            line = Line()
            world = World(tmp_path / "metadata.json", line, Proxy(tmp_path / "metadata.json", line))  # type: ignore[arg-type]  # it needs nothing but ask()
            world.configure(networks)
            await world.proxy.settle()
            try:
                await test(world)
            finally:
                world.configure({})
                await world.proxy.settle()

        asyncio.run(inside())

    return run


def connected(namespace: str, family: int) -> socket.socket:
    with entered(NAMED / namespace):
        line = socket.create_connection((LOOPBACK[family], 80), timeout=20)
    line.setblocking(False)
    return line


async def heard(line: socket.socket, question: bytes = ASK) -> bytes:
    """All that comes back until the other end hangs up."""
    reader, writer = await asyncio.open_connection(sock=line)
    try:
        writer.write(question)
        async with asyncio.timeout(20):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def told(answer: bytes) -> list[str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK"), answer
    found: list[str] = json.loads(body)
    return found


@BOTH
def test_the_server_hears_path_network_and_address(
    served: Callable[..., None], namespaces: list[str], family: int
) -> None:
    async def test(_: World) -> None:
        for name, network in zip(namespaces, ("blue", "red"), strict=True):
            assert told(await heard(connected(name, family))) == ["/who", network, LOOPBACK[family]]

    served(dict(zip(namespaces, ("blue", "red"), strict=True)), test)


@BOTH
def test_it_follows_its_configuration_and_keeps_what_it_cannot_read(
    served: Callable[..., None], namespaces: list[str], family: int
) -> None:
    first, second = namespaces

    async def test(world: World) -> None:
        with pytest.raises(ConnectionRefusedError):
            connected(second, family)
        world.file.write_text("{")
        await world.proxy.settle()
        assert told(await heard(connected(first, family)))[1] == "blue"
        world.configure({second: "red", "not-there": "green"})
        await world.proxy.settle()
        assert told(await heard(connected(second, family)))[1] == "red"
        with pytest.raises(ConnectionRefusedError):
            connected(first, family)

    served({first: "blue"}, test)


def test_a_namespace_made_anew_is_listened_in_anew(served: Callable[..., None], namespaces: list[str]) -> None:
    name, _ = namespaces

    async def test(world: World) -> None:
        _make_anew(name)
        with pytest.raises(ConnectionRefusedError):
            connected(name, 6)
        await world.proxy.settle()
        assert told(await heard(connected(name, 6)))[1] == "blue"

    served({name: "blue"}, test)


def _make_anew(name: str) -> None:
    for command in ("netns delete {}", "netns add {}", "-n {} link set lo up"):
        subprocess.run(["ip", *command.format(name).split()], check=True)


@BOTH
def test_one_instance_cannot_take_all_places(served: Callable[..., None], namespaces: list[str], family: int) -> None:
    name, _ = namespaces

    async def test(_: World) -> None:
        silent = [connected(name, family) for _ in range(proxy.AT_ONCE)]
        for line in silent:  # each has its place once it was listened to
            await asyncio.get_running_loop().sock_sendall(line, b"GET")
        while (answer := await heard(connected(name, family))) != b"":
            assert told(answer)
        assert told(await heard(connected(name, 10 - family))), "another address has places of its own"
        for line in silent:
            line.close()
        answer = b""
        while not answer:
            answer = await heard(connected(name, family))
        assert told(answer)

    served({name: "blue"}, test)


def test_who_takes_too_long_is_hung_up_on(
    served: Callable[..., None], namespaces: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "LIFE_SECONDS", 0.2)

    async def test(_: World) -> None:
        assert await heard(connected(namespaces[0], 4), b"GET /") == b""

    served({namespaces[0]: "blue"}, test)


@pytest.mark.parametrize(
    ("question", "status"),
    [
        (b"PUT / HTTP/1.1\r\n\r\n", 405),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 431),
    ],
)
def test_what_is_not_passed_on(
    served: Callable[..., None], namespaces: list[str], question: bytes, status: int
) -> None:
    async def test(world: World) -> None:
        answer = await heard(connected(namespaces[0], 6), question)
        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        assert world.line.asked == []

    served({namespaces[0]: "blue"}, test)


def test_a_server_that_is_away_is_told_to_the_instance_and_once_to_the_log(
    served: Callable[..., None], namespaces: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "seapoint.metadata")

    async def test(world: World) -> None:
        world.line.away = True
        for _ in range(3):
            assert (await heard(connected(namespaces[0], 4))).startswith(b"HTTP/1.1 503 ")
        world.line.away = False
        assert told(await heard(connected(namespaces[0], 4)))

    served({namespaces[0]: "blue"}, test)
    said = [record.message for record in caplog.records if "server" in record.message]
    assert said == ["the server: refused", "the server answers again"]
