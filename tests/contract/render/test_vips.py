"""Real FRR and health daemon: what a switch hears of an owner while its service and its daemons come and go."""

import dataclasses
import itertools
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from namespaces import Namespace, cable, eventually, namespace
from seapoint.render.device import host_target
from seapoint.render.health import health_files
from seapoint.target.device import Device
from seapoint.target.frr import Frr
from seapoint.target.health import CONFIGURATION, DRAINING, SICK, TOLD, Check, Health, Watched

pytestmark = pytest.mark.root

SWITCH, OWNER, LEG = "cloudsw1-b1-codfw.cloud", "cloudlb2002-dev", "vlan2151"
VIPS = {4: "185.15.57.24", 6: "2a02:ec80:a100:4000::1"}
EVERY = {4: 0, 6: 0}  # both families, announced as the first choice
NONE: dict[int, int] = {}
PORT = 7000
CHECK = Check("tcp", PORT, interval=100, timeout=5000, rise=3, fall=2)
SEAPOINT = str(Path(sys.executable).with_name("seapoint"))
#: A service at one address, bound to it as daemons do that are told where to listen; it keeps connections open.
SERVE = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
listener = socket.create_server((sys.argv[1], int(sys.argv[2])), family=family)
kept = []
while True:
    line, (far, *_) = listener.accept()
    if far != sys.argv[1]:
        kept.append(line)
"""
#: A client's connection, for as long as it runs.
HOLD = """
import socket, sys, time
line = socket.create_connection((sys.argv[1], int(sys.argv[2])))
print("connected", flush=True)
time.sleep(1000)
"""
NUMBERS = itertools.count()


class Process:
    """A process inside a namespace that can be sent signals; what runs outside is nsenter, which waits for it."""

    def __init__(self, place: Namespace, *argv: str) -> None:
        self._place, self._file = place, f"/run/process-{next(NUMBERS)}"
        self._outside = place.start("sh", "-c", 'echo $$ >"$0"; exec "$@"', self._file, *argv)

    def line(self) -> str:
        assert self._outside.stdout is not None
        return str(self._outside.stdout.readline())

    def send(self, number: int) -> None:
        eventually(lambda: self._place.run("test", "-s", self._file, check=False).returncode == 0)
        self._place.run("sh", "-c", f"kill -{number} $(cat {self._file})")

    def end(self, number: int = signal.SIGKILL) -> None:
        self.send(number)
        self._outside.wait(60)


class Owner:
    """A host that owns a VIP of both families, and the switch that hears of it."""

    def __init__(self, host: Namespace, switch: Namespace) -> None:
        self.host, self.switch = host, switch
        self.daemon: Process | None = None

    def configure(self, **watched: object) -> None:
        one = Watched("openstack", tuple(VIPS.values()), **{"check": CHECK, **watched})  # type: ignore[arg-type]
        (file,) = health_files(Health((one,)))
        self.host.write(file.path, file.text)

    def start(self) -> None:
        self.daemon = Process(self.host, SEAPOINT, "health")

    def reload(self) -> None:
        assert self.daemon is not None
        self.daemon.send(signal.SIGHUP)

    def end(self, number: int) -> None:
        assert self.daemon is not None
        self.daemon.end(number)
        self.daemon = None

    def route(self, version: int) -> dict[str, Any]:
        """What the switch holds of the VIP of a family; nothing where it hears of no route."""
        words = f"show bgp ipv{version} unicast {VIPS[version]}/{32 if version == 4 else 128} json"
        done = self.switch.run("vtysh", "-c", words, check=False)
        found: dict[str, Any] = json.loads(done.stdout or "{}") if done.returncode == 0 else {}
        return found if found.get("paths") else {}

    def heard(self) -> dict[int, int]:
        """By family: how many times the switch sees the owner's AS prepended; nothing where it hears of no route."""
        routes = {version: self.route(version) for version in VIPS}
        return {version: route["paths"][0]["aspath"]["length"] - 1 for version, route in routes.items() if route}

    def told(self) -> dict[str, str]:
        rows = json.loads(self.host.run("cat", TOLD).stdout)["vips"]
        return {row["address"]: row["why"] for row in rows}

    @contextmanager
    def service(self, *versions: int) -> Iterator[dict[int, Process]]:
        """The service at its addresses of these families, those that the test has not ended itself."""
        running = {
            version: Process(self.host, sys.executable, "-c", SERVE, VIPS[version], str(PORT)) for version in versions
        }
        try:
            yield running
        finally:
            for one in running.values():
                one.end()


def hears(owner: Owner, expected: dict[int, int]) -> None:
    """Wait until the switch hears exactly this."""

    def same() -> bool:
        found = owner.heard()
        assert found == expected, owner.told() if owner.daemon else found
        return True

    eventually(same)


def stays(owner: Owner, expected: dict[int, int], while_: Callable[[], object]) -> None:
    """Whatever is done, the switch hears this and nothing else: no route of it has a new version."""
    before = {version: owner.route(version)["version"] for version in expected}
    while_()
    assert owner.heard() == expected
    assert {version: owner.route(version)["version"] for version in expected} == before


@pytest.fixture(scope="module")
def pair(compiled: dict[str, Device]) -> Iterator[Owner]:
    with namespace() as switch, namespace() as host:
        cable(switch, LEG, host, LEG)
        for name, place in ((SWITCH, switch), (OWNER, host)):
            place.run("hostname", name)
            device = compiled[name]
            frr = tuple(one for one in device.services if isinstance(one, Frr))
            target = host_target(dataclasses.replace(device, services=frr))
            (leg,) = (interface for interface in target.interfaces if interface.name == LEG)
            place.address(LEG, *leg.addresses)
            for file in target.files:
                place.write(file.path, file.text, file.mode, file.owner)
            # -e: some are of interfaces that this test has not
            place.run("sysctl", "-qew", *(f"{key}={value}" for key, value in target.sysctls.items()))
            place.write("/etc/frr/vtysh.conf", "service integrated-vtysh-config\n", 0o640, "frr")
            place.run("/usr/lib/frr/frrinit.sh", "start")
            for route in target.routes:
                if route.kind == "local":
                    place.run("ip", "route", "add", "local", route.destination, "dev", "lo", "table", "local")
        yield Owner(host, switch)


@pytest.fixture
def owner(pair: Owner) -> Iterator[Owner]:
    """Nothing runs and nothing is announced before and after."""
    yield pair
    pair.host.run("rm", "-f", CONFIGURATION)
    if pair.daemon is None:
        pair.start()
    pair.end(signal.SIGTERM)
    for family in ("-4", "-6"):
        pair.host.run("ip", family, "route", "flush", "proto", "78")
    pair.host.run("rm", "-f", TOLD)
    hears(pair, NONE)


def test_without_a_check_it_is_always_announced(owner: Owner) -> None:
    owner.configure(check=None)
    owner.start()
    hears(owner, EVERY)
    assert owner.told() == dict.fromkeys(VIPS.values(), "")


def test_a_passive_owner_is_prepended(owner: Owner) -> None:
    owner.configure(check=None, order=2)
    owner.start()
    hears(owner, {4: 2, 6: 2})


@pytest.mark.parametrize("version", [4, 6])
def test_each_family_rises_and_falls_by_itself(owner: Owner, version: int) -> None:
    owner.configure()
    owner.start()
    other = 10 - version
    with owner.service(version) as running:
        hears(owner, {version: 0})
        assert owner.told() == {VIPS[version]: "", VIPS[other]: "sick: Connection refused"}
        with owner.service(other):
            hears(owner, EVERY)
            running.pop(version).end()
            hears(owner, {other: 0})
        hears(owner, NONE)


def test_kept_by_all_means_a_sick_owner_is_the_last_choice(owner: Owner) -> None:
    owner.configure(when_all_sick="keep")
    owner.start()
    hears(owner, {4: SICK, 6: SICK})
    with owner.service(4, 6):
        hears(owner, EVERY)
    hears(owner, {4: SICK, 6: SICK})


def test_a_killed_daemon_withdraws_nothing_and_the_next_goes_on(owner: Owner) -> None:
    owner.configure()
    owner.start()
    with owner.service(4, 6):
        hears(owner, EVERY)
        stays(owner, EVERY, lambda: owner.end(signal.SIGKILL))

        def again() -> None:
            owner.start()
            eventually(lambda: owner.told() == dict.fromkeys(VIPS.values(), ""))
            owner.end(signal.SIGTERM)

        stays(owner, EVERY, again)
    owner.start()
    hears(owner, NONE)


def test_a_daemon_without_its_configuration_changes_nothing_until_it_has_one(owner: Owner) -> None:
    owner.configure(check=None)
    owner.start()
    hears(owner, EVERY)

    def broken() -> None:
        owner.host.write(CONFIGURATION, "{")
        owner.reload()
        owner.end(signal.SIGTERM)
        owner.start()
        owner.end(signal.SIGTERM)

    stays(owner, EVERY, broken)
    owner.configure(check=None, order=1)
    owner.start()
    hears(owner, {4: 1, 6: 1})


def test_a_check_that_is_added_withdraws_nothing_that_is_well(owner: Owner) -> None:
    owner.configure(check=None)
    owner.start()
    hears(owner, EVERY)

    def added() -> None:
        owner.configure(check=dataclasses.replace(CHECK, fall=30))
        owner.reload()

    with owner.service(4, 6):
        stays(owner, EVERY, added)


def test_no_owner_any_more(owner: Owner) -> None:
    owner.configure(check=None)
    owner.start()
    hears(owner, EVERY)
    owner.host.run("rm", CONFIGURATION)
    owner.end(signal.SIGTERM)
    hears(owner, NONE)
    assert owner.host.run("ls", TOLD, check=False).returncode != 0


def test_a_killed_frr_announces_what_stands_when_it_is_back(owner: Owner) -> None:
    owner.configure(check=None, order=1)
    owner.start()
    hears(owner, {4: 1, 6: 1})
    owner.end(signal.SIGKILL)
    before = {version: owner.route(version)["version"] for version in VIPS}
    owner.host.run("sh", "-c", "kill -9 $(cat /run/frr/zebra.pid) $(cat /run/frr/bgpd.pid)")
    eventually(lambda: all(owner.route(version).get("version", old) != old for version, old in before.items()))
    hears(owner, {4: 1, 6: 1})


@pytest.mark.parametrize("version", [4, 6])
def test_a_drain_prepends_first_and_withdraws_when_connections_are_gone(owner: Owner, version: int) -> None:
    owner.configure()
    owner.start()
    with owner.service(4, 6):
        hears(owner, EVERY)
        line = Process(owner.switch, sys.executable, "-c", HOLD, VIPS[version], str(PORT))
        assert line.line() == "connected\n"
        owner.configure(draining=True)
        owner.reload()
        hears(owner, {version: DRAINING})
        assert owner.told() == {VIPS[version]: "draining, 1 connections", VIPS[10 - version]: "drained"}
        owner.end(signal.SIGKILL)
        owner.start()
        eventually(lambda: owner.told()[VIPS[version]] == "draining, 1 connections")
        assert owner.heard() == {version: DRAINING}, "what has drained is not announced again by a restart"
        line.end()
        hears(owner, NONE)
        owner.configure()
        owner.reload()
        hears(owner, EVERY)
