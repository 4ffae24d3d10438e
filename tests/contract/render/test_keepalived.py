"""keepalived runs with our files on two edge hosts: every moving address of each family has exactly one owner."""

import dataclasses
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from namespaces import Namespace, cable, eventually, namespace
from seapoint.render.conntrackd import SYNC_SCRIPT
from seapoint.render.device import host_target
from seapoint.render.keepalived import keepalived_files
from seapoint.target.device import Device
from seapoint.target.health import PRIORITY
from seapoint.target.keepalived import Keepalived

pytestmark = pytest.mark.root

STAYS = 2.0  # seconds: longer than a standby listens before it takes over
EDGES = ("cloudgw2003-dev", "cloudgw2004-dev")
MOVING = {
    "208.80.153.190/32 vlan2120",
    "185.15.57.9/32 vlan2107",
    "185.15.57.1/32 vlan2120",
    "fe80::52/128 vlan2120",
    "2a02:ec80:a100:fe03::2/128 vlan2120",
    "2a02:ec80:a100:fe04::1:1/128 vlan2107",
}


@dataclass
class Pair:
    """Two edge hosts on two VLANs; ``fabric`` joins each VLAN."""

    hosts: list[Namespace]
    fabric: Namespace

    def owned(self, host: Namespace) -> set[str]:
        links = json.loads(host.run("ip", "-json", "address").stdout)
        held = {f"{one['local']}/{one['prefixlen']} {link['ifname']}" for link in links for one in link["addr_info"]}
        return held & MOVING

    def active(self) -> int:
        """The one host that owns everything; fails while none or several do."""
        held = [self.owned(host) for host in self.hosts]  # read once: they may be moving
        assert sorted(map(len, held)) == [0, len(MOVING)], held
        return held.index(MOVING)


@pytest.fixture
def pair(compiled: dict[str, Device]) -> Iterator[Pair]:
    with _running(compiled) as found:
        yield found


@contextmanager
def _running(compiled: Mapping[str, Device]) -> Iterator[Pair]:
    with namespace() as a, namespace() as b, namespace() as fabric:
        for vlan in ("vlan2107", "vlan2120"):
            fabric.run("ip", "link", "add", vlan, "type", "bridge", "mcast_snooping", "0")
            fabric.run("ip", "link", "set", vlan, "up")
        for index, (name, host) in enumerate(zip(EDGES, (a, b), strict=True)):
            target = host_target(compiled[name])
            host.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
            for interface in target.interfaces:
                cable(host, interface.name, fabric, f"{interface.name}-{index}")
                fabric.run("ip", "link", "set", f"{interface.name}-{index}", "master", interface.name)
                host.address(interface.name, *interface.addresses)
            for file in target.files:
                host.write(file.path, file.text, file.mode)
            # in place of the real one: what keepalived says is what this test reads
            host.write(SYNC_SCRIPT, '#!/bin/sh\necho "$1" >> /run/said\n', 0o755)
            host.start("keepalived", "--dont-fork", "--log-console")
        yield Pair([a, b], fabric)


def _following(device: Device) -> Device:
    """The edge host as it is where sites are joined; patient, for a heartbeat missed under load is an election."""
    (service,) = (one for one in device.services if isinstance(one, Keepalived))
    equal = tuple(dataclasses.replace(one, priority=100, interval=500) for one in service.instances)
    followed = dataclasses.replace(service, instances=equal, follows=PRIORITY)
    others = (one for one in device.services if one is not service)
    return dataclasses.replace(device, services=(*others, followed))


def test_who_reaches_more_takes_over_and_of_equals_the_active_one_stays(compiled: dict[str, Device]) -> None:
    with _running({name: _following(compiled[name]) for name in EDGES}) as pair:
        first = eventually(lambda: pair.active() + 1) - 1
        second = 1 - first

        def tells(host: int, number: int) -> None:
            pair.hosts[host].write(f"{PRIORITY}.new", f"{number}\n")
            pair.hosts[host].run("mv", f"{PRIORITY}.new", PRIORITY)

        def stays(host: int) -> bool:
            until = time.monotonic() + STAYS
            while (owned := pair.active() == host) and time.monotonic() < until:
                pass
            return owned

        def takes(host: int) -> bool:
            """The instances of both families may hand over to and fro before they do it together."""
            return eventually(lambda: stays(host))

        tells(second, 20)
        assert takes(second)
        tells(first, 20)
        assert stays(second), "of equals"
        tells(second, 10)
        assert takes(first)
        tells(first, 0)
        assert takes(second)
        tells(second, 0)
        assert stays(second), "of equals that reach nothing"
        tells(first, 10)
        assert takes(first)


def _cut(pair: Pair, vlan: str, active: int) -> None:
    """One side lost is both sides given up, in both families; and a healthy host is not preempted."""
    pair.fabric.run("ip", "link", "set", f"{vlan}-{active}", "down")
    assert eventually(lambda: pair.active() == 1 - active)
    pair.fabric.run("ip", "link", "set", f"{vlan}-{active}", "up")
    eventually(lambda: pair.hosts[active].run("tail", "-n1", "/run/said").stdout == "backup\n")
    assert pair.active() == 1 - active


def test_one_host_owns_everything_and_the_other_takes_all_when_it_is_cut_off(pair: Pair) -> None:
    for vlan in ("vlan2107", "vlan2120"):
        _cut(pair, vlan, active=eventually(lambda: pair.active() + 1) - 1)
    for host in pair.hosts:
        assert {"primary", "fault", "backup"} <= set(host.run("cat", "/run/said").stdout.split())


def test_the_new_owner_tells_its_neighbours(pair: Pair) -> None:
    """A neighbour that held the old owner's MAC has the new one's, in each family, without asking."""
    old = eventually(lambda: pair.active() + 1) - 1
    pair.fabric.address("vlan2120", "208.80.153.185/29", "2a02:ec80:a100:fe03::1/64")
    addresses = ("208.80.153.190", "2a02:ec80:a100:fe03::2")
    for address in addresses:
        pair.fabric.run("ping", "-c1", "-W2", address)

    def mac(host: Namespace) -> str:
        (link,) = json.loads(host.run("ip", "-json", "link", "show", "vlan2120").stdout)
        return str(link["address"])

    def known(address: str) -> str:
        return pair.fabric.run("ip", "neighbour", "show", address, "dev", "vlan2120").stdout

    def answers(address: str) -> bool:
        return pair.fabric.run("ping", "-c1", "-W2", address, check=False).returncode == 0

    for address in addresses:
        assert mac(pair.hosts[old]) in known(address)
    pair.fabric.run("ip", "link", "set", f"vlan2107-{old}", "down")
    for address in addresses:
        eventually(lambda address=address: mac(pair.hosts[1 - old]) in known(address))
        eventually(lambda address=address: answers(address))


@pytest.mark.parametrize("family", [4, 6])
def test_a_pair_of_one_family_only_works_too(compiled: dict[str, Device], family: int) -> None:
    (service,) = (one for one in compiled[EDGES[0]].services if isinstance(one, Keepalived))
    only = dataclasses.replace(service, instances=tuple(one for one in service.instances if one.family == family))
    (file,) = keepalived_files(only)
    with namespace() as host, namespace() as far:
        for vlan in ("vlan2107", "vlan2120"):
            cable(host, vlan, far, vlan)
        host.address("vlan2120", "208.80.153.188/29")
        host.write(SYNC_SCRIPT, '#!/bin/sh\necho "$1" >> /run/said\n', 0o755)
        host.write(file.path, file.text)
        host.run(*(word.replace("{}", file.path) for word in file.check))
        host.start("keepalived", "--dont-fork", "--log-console")
        eventually(lambda: host.run("tail", "-n1", "/run/said").stdout == "primary\n")
