"""Ports a second through the whole API: HTTP, validation, addresses, durable commit. Run it with ``python -m``.

The server runs in a process of its own; 8 connections ask for dual-stack ports, each waiting for its answer.
"""

import asyncio
import multiprocessing
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp
from aiohttp import web

from seapoint.api.app import make_app
from seapoint.api.identity import administrator_token
from seapoint.intent.rules import CloudRules
from seapoint.store.store import Store

TOKEN = "benchmark"  # noqa: S105 - of a server that lives for seconds on loopback
CONNECTIONS = 8
PORTS = 3000


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


async def measure(url: str) -> None:
    """Make a dual-stack network, then ports over every connection at once; print the figures."""
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(url, headers={"X-Auth-Token": TOKEN}, connector=connector) as session:
        network = (await _post(session, "networks", {"network": {"name": "benchmark"}}))["network"]
        for version, cidr in ((4, "10.0.0.0/16"), (6, "2001:db8::/64")):
            body = {"network_id": network["id"], "ip_version": version, "cidr": cidr}
            await _post(session, "subnets", {"subnet": body})
        times: list[float] = []

        async def ask(count: int) -> None:
            for _ in range(count):
                start = time.perf_counter()
                made = await _post(session, "ports", {"port": {"network_id": network["id"]}})
                times.append(time.perf_counter() - start)
                assert len(made["port"]["fixed_ips"]) == 2

        start = time.perf_counter()
        await ask(200)
        alone = 200 / (time.perf_counter() - start)
        times.clear()
        start = time.perf_counter()
        await asyncio.gather(*(ask(PORTS // CONNECTIONS) for _ in range(CONNECTIONS)))
        rate = len(times) / (time.perf_counter() - start)
    times.sort()
    print(f"one connection: {alone:.0f} ports/s")
    print(
        f"{CONNECTIONS} connections: {rate:.0f} ports/s, median {statistics.median(times) * 1000:.1f} ms, "
        f"99th percentile {times[int(len(times) * 0.99)] * 1000:.1f} ms"
    )


async def _post(session: aiohttp.ClientSession, path: str, body: object) -> dict[str, dict[str, str]]:
    async with session.post(f"/v2.0/{path}", json=body) as answer:
        answer.raise_for_status()
        result: dict[str, dict[str, str]] = await answer.json()
        return result


def main() -> None:
    """Start the server, measure, end it."""
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as directory:
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(directory, theirs))
        server.start()
        try:
            asyncio.run(measure(ours.recv()))
        finally:
            server.terminate()
            server.join()


if __name__ == "__main__":
    main()
