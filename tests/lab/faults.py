"""What tests of faults share: daemons killed, links cut, who holds which address, and whether all is as intended."""

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

from lab.flows import Told, flowing
from lab.standing import CONTROL, EDGES, INTERNET, Standing
from lab.waiting import until
from seapoint.base.errors import SeapointError
from seapoint.change.domain import compile_all, merged
from seapoint.compile.ovn.tables import NORTHBOUND, SETTINGS
from seapoint.engines.ovsdb.client import OvsdbClient
from seapoint.engines.ovsdb.engine import OvsdbEngine, columns_of
from seapoint.engines.ovsdb.remotes import parse_remotes
from seapoint.lab import cables, control
from seapoint.lab.netns import inside
from seapoint.wiring.cloudfile import cloud_of
from seapoint.wiring.domains import ovn_domain

#: The addresses that exactly one edge host has, by what they are for.
MOVING = {
    "virt": "185.15.57.9",
    "wan": "208.80.153.190",
    "routing source": "185.15.57.1",
    "virt, IPv6": "2a02:ec80:a100:fe04::1:1",
    "wan, IPv6": "2a02:ec80:a100:fe03::2",
    "VRRP, IPv6": "fe80::52",
}
NAT_SOURCE = MOVING["routing source"]
#: The edge's VLANs, whose loss is the loss of its links.
SIDES = ("vlan2107", "vlan2120")
#: An instance without and one with a floating IP, on two hypervisors.
DUAL, FLOATING = "networktests-vxlan-dualstack", "networktests-vxlan-ipv4only-fip"
FLOATING_IP = "185.15.57.5"
EVERY = "0.01"  # seconds between two probes of a flow

Owners = Mapping[str, tuple[str, ...]]


def owners(cloud: Standing) -> Owners:
    """The living edge hosts whose kernel takes packets to each moving address as its own."""
    living = cloud.hosts
    held = {name: _local(living[name].pid) for name in EDGES if name in living}
    return {what: tuple(name for name in held if ip_address(text) in held[name]) for what, text in MOVING.items()}


def _local(pid: int) -> set[IPv4Address | IPv6Address]:
    """The local addresses of a process' network namespace; none when it has just ended. Source: proc_pid_net(5)."""
    try:
        six = Path(f"/proc/{pid}/net/if_inet6").read_text()
        four = Path(f"/proc/{pid}/net/fib_trie").read_text()
    except OSError:
        return set()
    found: set[IPv4Address | IPv6Address] = {IPv6Address(bytes.fromhex(line.split()[0])) for line in six.splitlines()}
    address = ""
    for words in map(str.split, four.splitlines()):
        if words[0] in {"|--", "+--"}:
            address = words[1]
        elif words[-2:] == ["host", "LOCAL"]:
            found.add(IPv4Address(address))
    return found


def single(held: Owners) -> bool:
    """Whether each address has exactly one owner, all of them the same."""
    return len({*held.values()}) == 1 and all(len(hosts) == 1 for hosts in held.values())


def active(cloud: Standing) -> str:
    """The one edge host that has every moving address."""

    def owner() -> str:
        held = owners(cloud)
        return next(iter(held.values()))[0] if single(held) else ""

    return str(until(owner, "one edge host has all moving addresses"))


def other(edge: str) -> str:
    return next(name for name in EDGES if name != edge)


class Ownership:
    """Looks at the owners all the while, in a thread of its own."""

    def __init__(self, cloud: Standing) -> None:
        self._cloud = cloud
        self._seen: list[tuple[float, Owners]] = []
        self._ended = Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.01):
            self._seen.append((time.monotonic(), owners(self._cloud)))

    def unsettled(self, moment: float, seconds: float) -> float:
        """Seconds from a moment to the last look at which not all addresses had one owner, within so many seconds."""
        until(lambda: self._seen and self._seen[-1][0] > moment + seconds, "the owners are looked at", seconds + 30)
        looks = [(when - moment, held) for when, held in tuple(self._seen) if when >= moment]
        assert len(looks) > 10 * seconds, "too few looks to tell anything"
        return max((when for when, held in looks if not single(held)), default=0.0)


def edge_flows(cloud: Standing) -> dict[str, tuple[str, ...]]:
    """Flows through the edge of both families: out of an instance, translated where IPv4 is, and into two."""
    return {
        DUAL: (
            *(f"ping:{INTERNET[family]}" for family in (4, 6)),
            *(f"tcp:{INTERNET[family]}:7" for family in (4, 6)),
        ),
        "internet": (f"ping:{FLOATING_IP}", f"ping:{own_address(cloud, DUAL)}"),
    }


def own_address(cloud: Standing, instance: str, family: int = 6) -> str:
    """An instance's own address, not its link's; waited for, since its DHCP client has its own pace."""
    show = ("ip", "-j", f"-{family}", "address", "show", "dev", "eth0", "scope", "global")

    def found() -> list[str]:
        links = json.loads(cloud.run(instance, *show))
        return [one["local"] for link in links for one in link.get("addr_info", ()) if "local" in one]

    return until(found, f"{instance} has an address of IPv{family}", 60.0)[0]


@contextmanager
def edge_flowing(cloud: Standing) -> Iterator[Told]:
    with flowing(cloud, edge_flows(cloud), EVERY) as told:
        yield told


def tell(what: str, told: Told, more: str = "") -> None:
    """Print a fault's figures; ``pytest -rP`` shows them."""
    print(f"{what}: {more}" if more else what)
    for flow, about in told.items():
        print(
            f"  {flow:<60} {about['sent']:>5} sent {len(about['lost']):>4} lost,"
            f" longest gap {about['silence']:.2f} s, slowest {about['slowest']:.2f} s"
        )


def kept_open(told: Told) -> None:
    """Every line over a TCP connection was answered, however late; the translated one never changed its address."""
    lines = {flow: about for flow, about in told.items() if " tcp:" in flow}
    assert lines
    assert {flow: about["lost"] for flow, about in lines.items() if about["lost"]} == {}
    assert {about["seen_as"] for flow, about in lines.items() if INTERNET[4] in flow} <= {NAT_SOURCE}


def new_connections(cloud: Standing) -> None:
    """New connections of both families reach the internet, which sees the right addresses."""
    expected = {4: NAT_SOURCE, 6: own_address(cloud, DUAL)}
    for family, far in INTERNET.items():
        host = f"[{far}]" if family == 6 else far
        until(
            lambda host=host, family=family: (
                cloud.run(DUAL, "curl", "-s", "-m", "2", f"http://{host}/", check=False).strip() == expected[family]
            ),
            f"a new connection of IPv{family}",
        )


# daemons


def pid_of(cloud: Standing, host: str, unit: str, daemon: str) -> int:
    """A daemon's process inside its host; 0 while it does not run. FRR's daemons are watchfrr's to start."""
    if unit == "frr.service" and daemon != "watchfrr":
        return int(cloud.run(host, "cat", f"/run/frr/{daemon}.pid", check=False).strip() or 0)
    about = control.request(cloud.hosts[host], "status", unit)["daemons"][daemon]
    return int(about["pid"]) if about["state"] == "active" else 0


def kill(cloud: Standing, host: str, unit: str, daemon: str) -> int:
    """Kill a daemon with SIGKILL; gives the process that it was."""
    before = pid_of(cloud, host, unit, daemon)
    assert before, f"{host}: {daemon} does not run"
    cloud.run(host, "kill", "-9", str(before))
    return before


def kill_keepalived(cloud: Standing, host: str) -> None:
    """Every process of it at the same moment, the children first: none can take its addresses away."""
    cloud.run(host, "sh", "-c", "kill -9 $(pgrep -x keepalived | sort -rn)")


def back(cloud: Standing, host: str, unit: str, daemon: str, before: int) -> None:
    """Wait until a killed daemon runs again, as another process."""
    until(lambda: pid_of(cloud, host, unit, daemon) not in {0, before}, f"{host}: {daemon} runs again")


# hosts


def end_whole(cloud: Standing, host: str) -> None:
    """As by a power cut: the first process dies, and with it all others and the host's end of every cable."""
    descriptor = os.pidfd_open(cloud.hosts[host].pid)
    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    os.close(descriptor)
    until(lambda: host not in cloud.hosts, f"{host} has ended")


def up_again(cloud: Standing, file: Path | None = None) -> None:
    """The hosts of the cloud's file, or of another, that do not stand are made anew."""
    cloud.told("lab", "up", str(file or cloud.file), "--api-port", cloud.client.url.rpartition(":")[2])


# links


@contextmanager
def cut(cloud: Standing, host: str, nics: Sequence[str]) -> Iterator[None]:
    """Cables of a host without carrier meanwhile: their far ends are down, where no agent of ours is."""
    plugged = cables.observe(cloud.hosts[host])
    far = [(plugged[nic].far_host, plugged[nic].far_nic) for nic in nics]

    def put(state: str) -> None:
        for there, nic in far:
            with inside(cloud.hosts[there]), cables.IPRoute() as kernel:
                kernel.link("set", index=kernel.link_lookup(ifname=nic)[0], state=state)

    put("down")
    try:
        yield
    finally:
        put("up")


# whether all is as intended


class Writers:
    """Makes and deletes ports all the while: each request must be answered."""

    def __init__(self, cloud: Standing, network: str) -> None:
        self._client, self._network = cloud.client, network
        self._ended = Event()
        self._thread = Thread(target=self._write, daemon=True)
        self.answered = 0
        self.slowest = 0.0
        self.failures: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _write(self) -> None:
        while not self._ended.wait(0.02):
            made = self._ask("POST", "/v2.0/ports", {"port": {"network_id": self._network, "name": "written"}})
            if made is not None:
                self._ask("DELETE", f"/v2.0/ports/{made['port']['id']}")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        began = time.monotonic()
        try:
            answer = self._client.ask(method, path, body)
        except SeapointError as error:
            self.failures.append(f"{method} {path}: {error}")
            return None
        self.answered += 1
        self.slowest = max(self.slowest, time.monotonic() - began)
        return answer


def settled(cloud: Standing) -> bool:
    """Whether every engine and host says that it has what is asked for."""
    told = cloud.client.get("/seapoint/v1/status")
    return all(
        one["state"] == "ACTIVE" and one["revision"] >= told["revision"] for one in told["domains"].values()
    ) and all(host["state"] == "applied" for host in told["hosts"].values())


def as_intended(cloud: Standing, seconds: float = 60.0) -> None:
    """The loop's own audit, from outside: OVN's northbound holds of ours what a fresh full compile of intent gives.

    And every engine and host says so, and every instance's port is up.
    """
    until(lambda: settled(cloud), f"all is applied: {cloud.client.get('/seapoint/v1/status')}", seconds)
    domain = ovn_domain(cloud_of(cloud.client.get("/seapoint/v1/cloud")["text"]))
    socket = cloud.lab.host(CONTROL) / "run" / "ovn" / "ovnnb_db.sock"
    northbound = OvsdbClient(parse_remotes(f"unix:{socket}"), "OVN_Northbound", columns_of(NORTHBOUND, SETTINGS))
    engine = OvsdbEngine(northbound, NORTHBOUND, SETTINGS)
    northbound.start()
    try:
        northbound.wait_connected(30)

        def differing() -> list[str]:
            compiled = compile_all(domain, cloud.intent())
            assert not compiled.failed, compiled.failed
            wanted, found = merged(compiled), engine.observe()
            assert len(wanted) > 100, "hardly anything is compiled"
            return sorted(str(key) for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key))

        until(lambda: not differing(), f"northbound rows as compiled, not: {differing()[:5]}", seconds)
    finally:
        northbound.close()

    def down() -> list[str]:
        ports = cloud.client.get("/v2.0/ports?fields=id&fields=name&fields=status&fields=binding:host_id")["ports"]
        bound = [port for port in ports if port["binding:host_id"]]
        assert bound
        return [port["name"] for port in bound if port["status"] != "ACTIVE"]

    until(lambda: not down(), f"all instances' ports are up, not: {down()}", seconds)
