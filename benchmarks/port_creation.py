"""Ports a second through the whole: API, durable commit, loop, OVN's northd and chassis, all on the same processors.

8 connections, each waiting for its answer, ask for dual-stack ports bound to the hypervisors, on networks of both
families behind the example's router. OpenStack Neutron 29 with ML2/OVN so measured: 7.4 ports a second, 200 ms for one
alone, 1.9 GB in its processes.
"""

import asyncio
import itertools
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import aiohttp

from figures import Figure, median, run
from seapoint.base.errors import EngineError
from seapoint.lab import control, host
from seapoint.lab.units import SERVER
from standing import CONTROL, HYPERVISORS, PROJECT, Cloud, Json, standing

CONNECTIONS, PORTS, ALONE = 8, 2000, 50
NETWORKS = 4  # over VXLAN, OVN carries at most 2,047 ports of one network
ROUTER = "cloudinstances2b-gw"
PREFIX4, PREFIX6 = IPv4Network("172.16.192.0/18"), IPv6Network("2a02:ec80:a100:80::/57")
STATEFUL = {"ipv6_ra_mode": "dhcpv6-stateful", "ipv6_address_mode": "dhcpv6-stateful"}
PATIENCE = 300.0  # seconds until the loop and the chassis have caught up
PROGRAMS_SHOWN = 6
WANTED = 50 * 7.4  # ports a second, when the API is whole


def measure() -> Iterator[Figure]:
    """One connection, then all of them, then what is left to be done, and memory."""
    with standing() as cloud:
        bodies = _bodies(cloud, _networks(cloud))
        server = _server(cloud)
        small = _memory(server, "VmRSS")
        alone, _ = asyncio.run(_load(cloud, itertools.islice(bodies, ALONE), 1))
        _settle(cloud)
        before = _ticks(cloud, server)
        times, took = asyncio.run(_load(cloud, itertools.islice(bodies, PORTS), CONNECTIONS))
        answered = time.monotonic()
        _settle(cloud)
        settled = time.monotonic() - answered
        host.run(cloud.host(CONTROL), ["ovn-nbctl", "--wait=hv", "sync"], seconds=PATIENCE)
        on_chassis = time.monotonic() - answered
        spent = _ticks(cloud, server) - before
        yield median("port alone, one connection", alone, unit="ms")
        yield Figure(f"ports a second, {CONNECTIONS} connections", PORTS / took, "/s", f"aim: {WANTED:.0f} a second")
        yield median("    latency of one", times, unit="ms")
        yield Figure("last answer -> loop has caught up", settled, "s", f"after {PORTS} ports")
        yield Figure("last answer -> every chassis has caught up", on_chassis, "s", "ovn-nbctl --wait=hv sync")
        for name, ticks in spent.most_common(PROGRAMS_SHOWN):
            milliseconds = 1000 * ticks / os.sysconf("SC_CLK_TCK") / PORTS
            yield Figure(f"    processor time of {name}", milliseconds, "ms", "for each port, until then")
        about = f"{small:.0f} MiB before; at most {_memory(server, 'VmHWM'):.0f} MiB"
        yield Figure("memory of the server's process", _memory(server, "VmRSS"), "MiB", about)


def _networks(cloud: Cloud) -> list[Json]:
    """Networks of both families behind the router."""
    router = cloud.named("router", ROUTER)["id"]
    networks = []
    prefixes = zip(PREFIX4.subnets(new_prefix=20), PREFIX6.subnets(new_prefix=64), strict=False)
    for number, both in enumerate(itertools.islice(prefixes, NETWORKS)):
        networks.append(cloud.make("network", name=f"benchmark-{number}"))
        for prefix in both:
            modes = (
                dict.fromkeys(("ipv6_ra_mode", "ipv6_address_mode"), "dhcpv6-stateful") if prefix.version == 6 else {}
            )
            wanted = {"network_id": networks[-1]["id"], "ip_version": prefix.version, "cidr": str(prefix), **modes}
            subnet = cloud.make("subnet", **wanted)
            path = f"/v2.0/routers/{router}/add_router_interface"
            cloud.client.ask("PUT", path, {"subnet_id": subnet["id"]})
    return networks


def _bodies(cloud: Cloud, networks: Sequence[Json]) -> Iterator[Json]:
    """Requests for ports, on one network and hypervisor after the other."""
    group = cloud.group()
    for number in itertools.count():
        yield {
            "name": f"benchmark-{number}",
            "network_id": networks[number % NETWORKS]["id"],
            "project_id": PROJECT,
            "security_groups": [group],
            "device_owner": "compute:nova",
            "binding:host_id": HYPERVISORS[number % len(HYPERVISORS)],
        }


async def _load(cloud: Cloud, bodies: Iterator[Json], connections: int) -> tuple[list[float], float]:
    """Seconds of each request, and of all together."""
    connector = aiohttp.TCPConnector(limit=connections)
    headers = {"X-Auth-Token": cloud.client.token}
    times: list[float] = []
    async with aiohttp.ClientSession(cloud.client.url, headers=headers, connector=connector) as session:

        async def ask() -> None:
            for body in bodies:
                start = time.perf_counter()
                async with session.post("/v2.0/ports", json={"port": body}) as answer:
                    made = await answer.json()
                times.append(time.perf_counter() - start)
                if answer.status != 201 or len(made["port"]["fixed_ips"]) != 2:
                    raise EngineError(f"POST of a port: {answer.status} {made}")

        start = time.perf_counter()
        await asyncio.gather(*(ask() for _ in range(connections)))
        return times, time.perf_counter() - start


def _settle(cloud: Cloud) -> None:
    """Wait until the loop has brought OVN to the newest revision."""
    deadline = time.monotonic() + PATIENCE
    while True:
        told = cloud.client.get("/seapoint/v1/status")
        ovn = told["domains"]["ovn"]
        if ovn["state"] == "ACTIVE" and ovn["revision"] >= told["revision"]:
            return
        if time.monotonic() > deadline:
            raise EngineError(f"the loop has not caught up in {PATIENCE:.0f} s: {ovn}")
        time.sleep(0.2)  # the answer goes through all intent


def _server(cloud: Cloud) -> int:
    """The server's process identifier on this machine; inside its host it has another."""
    there = cloud.host(CONTROL)
    inside = next(unit["pid"] for unit in control.units(there) if unit["unit"] == SERVER.name)
    namespace = _namespace(Path(f"/proc/{there.pid}"))
    for process in _processes():
        if _status(process).get("NSpid", "").split()[-1:] == [str(inside)] and _namespace(process) == namespace:
            return int(process.name)
    raise EngineError(f"{CONTROL}: {SERVER.name} has no process")


def _memory(pid: int, key: str) -> float:
    """In MiB; ``VmRSS`` now or ``VmHWM`` at most. Source: proc(5)."""
    return int(_status(Path(f"/proc/{pid}"))[key].split()[0]) / 1024


def _ticks(cloud: Cloud, server: int) -> Counter[str]:
    """Clock ticks so far of the cloud's programs and of this one, without those that have ended.

    Source: proc(5), stat.
    """
    names = {server: "the server", os.getpid(): "this client"}
    ours = {_namespace(Path(f"/proc/{there.pid}")) for there in host.hosts(cloud.lab).values()}
    ticks: Counter[str] = Counter()
    for process in _processes():
        pid = int(process.name)
        if pid != os.getpid() and _namespace(process) not in ours:
            continue
        try:
            name, _, numbers = (process / "stat").read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue  # it has just ended
        ticks[names.get(pid, name)] += sum(map(int, numbers.split()[11:13]))
    return ticks


def _namespace(process: Path) -> str:
    try:
        return str((process / "ns/pid").readlink())
    except OSError:
        return ""  # it has just ended


def _processes() -> Iterator[Path]:
    return (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _status(process: Path) -> dict[str, str]:
    try:
        lines = (process / "status").read_text().splitlines()
    except OSError:
        return {}  # it has just ended
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


if __name__ == "__main__":
    run("Port creation with the whole cloud at work.", measure, root=True)
