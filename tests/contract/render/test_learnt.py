"""Real FRR: what an owner of VIPs learns of its switch where the file tells it something, and no more."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from namespaces import Namespace, cable, eventually, namespace
from seapoint.compile.hosts import compile_device
from seapoint.compile.hosts.private import BEHIND_BGP
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.snapshot import Intent
from seapoint.render.device import host_target
from seapoint.target.frr import Frr

pytestmark = pytest.mark.root

EXAMPLE = Path(__file__).parents[3] / "examples" / "codfw1dev" / "cloud.yaml"
SWITCH, OWNER, LEG = "cloudsw1-b1-codfw", "cloudlb2002-dev", "vlan2151"
TOLD = """  exports:
    - from: switches
      realm: cloud
      to: servers
      exactly: {ipv4: [tenants, cloud-private], ipv6: [tenants, cloud-private]}
"""
LEARNT = {4: {"172.16.128.0/17", "172.20.0.0/16"}, 6: {"2a02:ec80:a100::/56", "2a02:ec80:a100:200::/56"}}
SESSIONS = {4: "172.20.5.1", 6: "2a02:ec80:a100:205::1"}


@pytest.fixture(scope="module")
def learner() -> Iterator[tuple[Namespace, Namespace]]:
    """The owner and its switch."""
    text = EXAMPLE.read_text().replace("  exports:\n", TOLD).replace("{asn: 64605", "{maximum: 3, asn: 64605")
    cloud = read_cloud(text).cloud
    assert cloud is not None
    devices = {**compile_device(cloud, Intent(), SWITCH), **compile_device(cloud, Intent(), OWNER)}
    with namespace() as switch, namespace() as owner:
        cable(switch, LEG, owner, LEG)
        for place, name in ((switch, f"{SWITCH}.cloud"), (owner, OWNER)):
            place.run("hostname", name)
            device = devices[name]
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
        # what the edge's statics need to be valid: their next hops are on a link that this test has not
        switch.run("ip", "link", "add", "vlan2120", "type", "veth", "peer", "name", "far2120")
        for name in ("vlan2120", "far2120"):
            switch.run("ip", "link", "set", name, "up")
        switch.address("vlan2120", "208.80.153.185/29", "2a02:ec80:a100:fe03::1/64")
        yield owner, switch


def routes(owner: Namespace, version: int) -> set[str]:
    """What came by BGP into the owner's kernel."""
    rows = json.loads(owner.run("ip", f"-{version}", "-json", "route", "show", "proto", "bgp").stdout or "[]")
    return {row["dst"] for row in rows}


@pytest.mark.parametrize("version", [4, 6])
def test_exactly_what_the_file_tells_is_learnt(learner: tuple[Namespace, Namespace], version: int) -> None:
    owner, _ = learner
    eventually(lambda: routes(owner, version) == LEARNT[version])


@pytest.mark.parametrize("version", [4, 6])
def test_a_static_route_wins_stands_behind_and_goes(learner: tuple[Namespace, Namespace], version: int) -> None:
    owner, _ = learner

    def static(verb: str, *metric: str) -> None:
        for network in LEARNT[version]:
            owner.run("ip", "route", verb, network, "via", SESSIONS[version], "dev", LEG, "proto", "77", *metric)

    behind = ("metric", str(BEHIND_BGP))
    eventually(lambda: routes(owner, version) == LEARNT[version])
    static("add")
    eventually(lambda: routes(owner, version) == set())
    static("add", *behind)
    static("delete")
    eventually(lambda: routes(owner, version) == LEARNT[version])
    static("delete", *behind)
    assert routes(owner, version) == LEARNT[version]


def test_a_reload_of_the_same_file_changes_nothing(learner: tuple[Namespace, Namespace]) -> None:
    for place in learner:
        said = place.run("/usr/lib/frr/frr-reload.py", "--test", "/etc/frr/frr.conf").stdout
        changes = [line for line in said.splitlines() if line.strip()]
        assert changes in ([], ["Lines To Delete", "===============", "Lines To Add", "============"]), changes


@pytest.mark.parametrize("version", [4, 6])
def test_who_tells_more_than_the_maximum_is_not_heard(learner: tuple[Namespace, Namespace], version: int) -> None:
    """Both ends' policies are opened by hand, so that only the maximum is left; the session of that family ends."""
    owner, switch = learner
    eventually(lambda: routes(owner, version) == LEARNT[version])
    opened = ("configure terminal", "route-map switches-to-servers-cloud permit 99", "end")
    for place in (owner, switch):
        place.run("vtysh", *(word for line in opened for word in ("-c", line)))

    def state() -> str:
        said = json.loads(owner.run("vtysh", "-c", f"show bgp ipv{version} unicast summary json").stdout)
        return str(said["peers"][SESSIONS[version]]["state"])

    try:
        eventually(lambda: state().startswith("Idle"))
        eventually(lambda: routes(owner, version) == set())
    finally:
        for place in (owner, switch):
            place.run("/usr/lib/frr/frr-reload.py", "--reload", "/etc/frr/frr.conf")
            place.run("vtysh", "-c", "clear bgp *")
    eventually(lambda: routes(owner, version) == LEARNT[version])
