"""A whole cloud goes without a trace, also when parts of it were killed, and comes up on what a crash has left."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.standing import CONTROL, EDGES, EXAMPLE, HYPERVISORS, ROOTS, Said, free_port, remove_dead, seapoint
from lab.waiting import until
from seapoint.lab import host as lab_host
from seapoint.lab import state, up
from seapoint.lab.state import Lab
from seapoint.wiring import lab as wired
from seapoint.wiring.live import intent_of

pytestmark = pytest.mark.root

FILE = str(EXAMPLE / "cloud.yaml")
NAMESPACES = ("net", "mnt", "pid", "uts")


@pytest.fixture
def own() -> Iterator[Lab]:
    remove_dead()
    made = Lab(Path(f"/run/{ROOTS}{os.getpid()}-down"))
    up.down(made)
    yield made
    up.down(made)


def bring_up(lab: Lab, port: int) -> None:
    said = seapoint("lab", "up", FILE, "--lab", str(lab.root), "--api-port", str(port))
    assert said.status == 0, said


def down(lab: Lab) -> Said:
    return seapoint("lab", "down", "--lab", str(lab.root))


def namespaces(lab: Lab) -> set[str]:
    """The namespaces of a lab's hosts."""
    pids = [there.pid for there in lab_host.hosts(lab).values()]
    return {str(Path(f"/proc/{pid}/ns/{kind}").readlink()) for pid in pids for kind in NAMESPACES} - {
        str(Path(f"/proc/self/ns/{kind}").readlink()) for kind in NAMESPACES
    }


def traces(lab: Lab, held: set[str], others: set[str]) -> list[str]:
    """What this machine still has of a lab: processes in its namespaces or with its path, mounts, files, NICs."""
    root, found = str(lab.root), []
    for process in (
        entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and int(entry.name) != os.getpid()
    ):
        try:
            inside = {str((process / "ns" / kind).readlink()) for kind in NAMESPACES} & held
            named = root in (process / "cmdline").read_text(errors="replace")
        except OSError:  # it has ended
            continue
        found += [f"process {process.name}"] if inside or named else []
    found += [line for line in Path("/proc/self/mounts").read_text().splitlines() if root in line]
    found += [str(path) for path in Path("/run").iterdir() if path.name.startswith(lab.root.name)]
    found += [line for line in Path("/proc/net/unix").read_text().splitlines() if root in line]
    return found + sorted(nics() - others)


def nics() -> set[str]:
    return {nic.name for nic in Path("/sys/class/net").iterdir()}


def kill(lab: Lab, *hosts: str) -> None:
    """The first processes of hosts, and so the hosts: as a power cut would."""
    living = lab_host.hosts(lab)
    for host in hosts:
        os.kill(living[host].pid, signal.SIGKILL)
    until(lambda: not {*hosts} & lab_host.hosts(lab).keys(), f"{', '.join(hosts)} are dead")


def test_nothing_is_left_of_a_cloud_also_when_parts_of_it_are_dead(own: Lab) -> None:
    others = nics()
    bring_up(own, free_port())
    held = namespaces(own)
    assert len(held) >= len(NAMESPACES) * 15
    assert traces(own, held, others), "the look itself finds a standing lab"
    kill(own, EDGES[0], HYPERVISORS[1], "cr1-codfw")

    assert down(own).status == 0

    assert traces(own, held, others) == []
    assert down(own).status == 0, "nothing to do is no error"


def test_a_cloud_comes_up_on_what_a_crash_has_left_with_all_that_was_acknowledged(own: Lab) -> None:
    port = free_port()
    bring_up(own, port)
    client = wired.access(own)
    made = client.ask("POST", "/v2.0/networks", {"network": {"name": "kept"}})["network"]
    before = intent_of(client)
    kill(own, CONTROL, EDGES[0], HYPERVISORS[0], "cloudsw1-b1-codfw")

    bring_up(own, port)

    after = intent_of(client)
    assert client.get(f"/v2.0/networks/{made['id']}")["network"]["name"] == "kept"
    assert {kind: after.of(kind) for kind in after.types()} == {kind: before.of(kind) for kind in before.types()}
    status = seapoint("status", "--lab", str(own.root))
    assert status.status == 0, status
    assert seapoint("apply", FILE, "--lab", str(own.root)).out == "Nothing to do.\n"
    results = seapoint("test", "--lab", str(own.root), "--patience", "60")
    assert results.status == 0, results.out


def test_two_clouds_know_nothing_of_each_other(own: Lab) -> None:
    """The second asks for a port of this machine that the first has: refused without a trace, and the first stands."""
    port = free_port()
    bring_up(own, port)
    other = Lab(own.root.with_name(f"{own.root.name}-2"))
    hosts = lab_host.hosts(own)
    try:
        said = seapoint("lab", "up", FILE, "--lab", str(other.root), "--api-port", str(port))
        assert said.status == 64
        assert f"127.0.0.1 port {port}" in said.err
        assert not other.root.exists()
        assert state.processes(other) == []
    finally:
        assert down(other).status == 0
    assert lab_host.hosts(own) == hosts
    assert seapoint("status", "--lab", str(own.root)).status == 0
