"""Ports a second through the whole API: HTTP, validation, addresses, durable commit; no loop and no engine.

The server runs in a process of its own; 8 connections ask for dual-stack ports, each waiting for its answer.
"""

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp
from aiohttp import web

from figures import Figure, median, run
from seapoint.api.app import make_app
from seapoint.api.identity import administrator_token
from seapoint.intent.rules import CloudRules
from seapoint.store.store import Store

TOKEN = "benchmark"  # noqa: S105 - of a server that lives for seconds on loopback
CONNECTIONS = 8
PORTS, ALONE = 3000, 200


def serve(directory: str, address: Connection) -> None:
    """Run the server until the process is ended."""

    async def run() -> None:
        store = Store(f"sqlite:///{Path(directory) / 'intent.db'}", CloudRules())
        runner = web.AppRunner(make_app(store, administrator_token(TOKEN)))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        address.send("http://{}:{}".format(*runner.addresses[0][:2]))
        await asyncio.Event().wait()

    asyncio.run(run())


async def load(url: str) -> list[Figure]:
    """Make a dual-stack network, then ports over one connection, then over every connection at once."""
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(url, headers={"X-Auth-Token": TOKEN}, connector=connector) as session:
        network = (await _post(session, "networks", {"network": {"name": "benchmark"}}))["network"]
        for version, cidr in ((4, "10.0.0.0/16"), (6, "2001:db8::/64")):
            body = {"network_id": network["id"], "ip_version": version, "cidr": cidr}
            await _post(session, "subnets", {"subnet": body})

        async def ask(count: int) -> list[float]:
            times = []
            for _ in range(count):
                start = time.perf_counter()
                made = await _post(session, "ports", {"port": {"network_id": network["id"]}})
                times.append(time.perf_counter() - start)
                assert len(made["port"]["fixed_ips"]) == 2
            return times

        alone = await ask(ALONE)
        start = time.perf_counter()
        each = await asyncio.gather(*(ask(PORTS // CONNECTIONS) for _ in range(CONNECTIONS)))
        times = [one for some in each for one in some]
        rate = len(times) / (time.perf_counter() - start)
    return [
        median("port alone, one connection", alone, unit="ms"),
        Figure(f"ports a second, {CONNECTIONS} connections", rate, "/s"),
        median("    latency of one", times, unit="ms"),
    ]


async def _post(session: aiohttp.ClientSession, path: str, body: object) -> dict[str, dict[str, str]]:
    async with session.post(f"/v2.0/{path}", json=body) as answer:
        answer.raise_for_status()
        result: dict[str, dict[str, str]] = await answer.json()
        return result


def measure() -> Iterator[Figure]:
    """Start the server, measure, end it."""
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as directory:
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(directory, theirs))
        server.start()
        try:
            yield from asyncio.run(load(ours.recv()))
        finally:
            server.terminate()
            server.join()


if __name__ == "__main__":
    run("Port creation in the API alone.", measure)
