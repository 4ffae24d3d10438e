"""The whole site loses its power, and starts from its disks, its hosts in one order or the other.

Its name has it run later than tests/lab/cloud/test_apply.py of the cloud beside, which counts every lost packet: twenty
hosts that boot at once take both processors of a small machine.
"""

import os
import signal
from collections.abc import Callable, Iterable

import pytest

from lab.faults import as_intended, up_again
from lab.standing import Standing
from lab.waiting import until
from seapoint.lab import control
from seapoint.lab.host import Host
from seapoint.wiring.live import live

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

Wishes = Iterable[tuple[Host, str]]


def one_by_one(backwards: bool, start: Callable[[Wishes], None]) -> Callable[[Wishes], None]:
    """Starts hosts by name, or backwards, the next when what one begins with runs."""

    def starting(wishes: Wishes) -> None:
        for wish in sorted(wishes, key=lambda wish: wish[0].name, reverse=backwards):
            start([wish])

    return starting


@pytest.mark.parametrize("backwards", [False, True], ids=["the server first", "the server last"])
def test_a_cold_start(faulty: Standing, backwards: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a name, a service address or a route that somebody who starts later gives."""
    instances = {port.name: port for port in faulty.api.ports() if port.device_owner == "compute:nova"}
    names = faulty.hosts.keys() - instances.keys()
    assert {host.name for host in live(faulty.lab).cloud.hosts.values() if host.runs} < names
    for name in names:
        os.kill(faulty.hosts[name].pid, signal.SIGKILL)
    until(lambda: not names & faulty.hosts.keys(), "all hosts are dead")

    monkeypatch.setattr(control, "start", one_by_one(backwards, control.start))
    up_again(faulty)
    for name, port in instances.items():  # as Nova does it
        faulty.told("lab", "instance", "remove", name)
        faulty.told("lab", "instance", "add", name, "--port", port.id, "--host", port.binding_host_id)
    as_intended(faulty, 120)
    faulty.forwards()
