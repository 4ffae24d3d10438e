"""Real FRR: what a core router learns of a neighbour that has a filter of its own, in both families, and how much."""

import dataclasses
import json
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from namespaces import Namespace, cable, eventually, namespace
from seapoint.compile.hosts import compile_device
from seapoint.compile.hosts.names import INTERNET
from seapoint.compile.hosts.routing import EVERYTHING
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.snapshot import Intent
from seapoint.render.device import host_target
from seapoint.render.frr import CONF
from seapoint.target.device import Device
from seapoint.target.frr import Frr

pytestmark = pytest.mark.root

EXAMPLE = Path(__file__).parents[3] / "examples" / "codfw1dev" / "cloud.yaml"
ROUTER = "cr1-codfw"
FILTER = """  imports:
    - at: cr1-codfw
      from: internet
      maximum: 4
      accept:
        ipv4: [{prefix: 0.0.0.0/0}, {prefix: 192.0.2.0/24, ge: 26, le: 28}, {prefix: 203.0.113.0/24, le: 25}]
        ipv6: [{prefix: "3fff::/20", le: 32}, {prefix: "2001:db8:77::/48", ge: 64}]
  exports:
"""
#: What the neighbour tells, and whether it is learnt.
TOLD = {
    4: {
        "192.0.2.0/24": False,
        "192.0.2.0/26": True,
        "192.0.2.64/28": True,
        "192.0.2.128/29": False,
        "203.0.113.0/24": True,
        "198.18.77.0/24": False,
    },
    6: {
        "3fff::/20": True,
        "3fff:100::/32": True,
        "3fff:200::/48": False,
        "2001:db8:77::/48": False,
        "2001:db8:77:1::/64": True,
        "2001:db8:77:2::/72": True,
        "2001:db8:78::/48": False,
    },
}
#: The default route, which only the IPv4 list has.
DEFAULT = {4: {"0.0.0.0/0"}, 6: set[str]()}
SESSION = {4: "198.18.0.1", 6: "2001:db8:fffe::2"}
#: More of what passes than the maximum. FRR 8.4 looks at it before it takes one more: the second ends the session.
MORE = {4: ("203.0.113.0/25", "203.0.113.128/25"), 6: ("3fff:300::/32", "3fff:400::/32")}


@pytest.fixture(scope="module")
def speakers() -> Iterator[tuple[Namespace, Namespace]]:
    """The router, and an internet that tells all that it has."""
    text = EXAMPLE.read_text()
    assert text.count("  exports:\n") == 1
    cloud = read_cloud(text.replace("  exports:\n", FILTER)).cloud
    assert cloud is not None
    router = compile_device(cloud, Intent(), ROUTER)[ROUTER]
    internet = talkative(compile_device(cloud, Intent(), INTERNET)[INTERNET])
    with namespace() as core, namespace() as beyond:
        cable(core, "to-internet", beyond, "to-cr1-codfw")
        for place, device in ((core, router), (beyond, internet)):
            place.run("hostname", device.name)
            target = host_target(device)
            for interface in target.interfaces:
                if interface.name in ("to-internet", "to-cr1-codfw"):
                    place.address(interface.name, *interface.addresses)
            place.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
            for file in target.files:
                place.write(file.path, file.text, file.mode, file.owner)
            place.write("/etc/frr/vtysh.conf", "service integrated-vtysh-config\n", 0o640, "frr")
            place.run("/usr/lib/frr/frrinit.sh", "start")
        yield core, beyond


def talkative(device: Device) -> Device:
    (frr,) = (one for one in device.services if isinstance(one, Frr))
    assert frr.bgp is not None
    bgp = dataclasses.replace(
        frr.bgp,
        originates=tuple(ip_network(one) for told in TOLD.values() for one in told),
        policies=(*frr.bgp.policies, EVERYTHING),
        neighbors=tuple(dataclasses.replace(one, exports=EVERYTHING.name) for one in frr.bgp.neighbors),
    )
    return dataclasses.replace(device, services=(dataclasses.replace(frr, bgp=bgp),))


def learnt(core: Namespace, version: int) -> set[str]:
    words = f"show bgp ipv{version} unicast neighbors {SESSION[version]} routes json"
    return set(json.loads(core.run("vtysh", "-c", words).stdout or "{}").get("routes", {}))


@pytest.mark.parametrize("version", [4, 6])
def test_listed_prefixes_of_listed_lengths_are_learnt_and_nothing_else(
    speakers: tuple[Namespace, Namespace], version: int
) -> None:
    core, _ = speakers
    passing = {network for network, passes in TOLD[version].items() if passes} | DEFAULT[version]
    words = f"show bgp ipv{version} unicast neighbors {SESSION[version]} received-routes json"

    def heard() -> bool:
        said = json.loads(core.run("vtysh", "-c", words).stdout or "{}").get("receivedRoutes", {})
        return {*TOLD[version]} <= {*said}

    eventually(heard)
    eventually(lambda: learnt(core, version) == passing)


@pytest.mark.parametrize("version", [4, 6])
def test_a_neighbour_that_brings_too_many_is_heard_no_more(speakers: tuple[Namespace, Namespace], version: int) -> None:
    core, beyond = speakers
    other = 10 - version
    eventually(lambda: learnt(core, version) and learnt(core, other))

    def originate(word: str) -> None:
        asn = json.loads(beyond.run("vtysh", "-c", "show bgp summary json").stdout)["ipv4Unicast"]["as"]
        lines = ("configure terminal", f"router bgp {asn}", f"address-family ipv{version} unicast")
        lines += tuple(f"{word} {network}" for network in MORE[version])
        beyond.run("vtysh", *(part for line in lines for part in ("-c", line)))

    def state() -> str:
        said = json.loads(core.run("vtysh", "-c", f"show bgp ipv{version} unicast summary json").stdout)
        return str(said["peers"][SESSION[version]]["state"])

    originate("network")
    eventually(lambda: state().startswith("Idle"))
    assert learnt(core, other), "the other family's session stands"
    originate("no network")
    core.run("vtysh", "-c", f"clear bgp {SESSION[version]}")
    eventually(lambda: learnt(core, version))


def test_a_reload_of_the_same_file_changes_nothing(speakers: tuple[Namespace, Namespace]) -> None:
    said = speakers[0].run("/usr/lib/frr/frr-reload.py", "--test", CONF).stdout
    changes = [line for line in said.splitlines() if line.strip()]
    assert changes in ([], ["Lines To Delete", "===============", "Lines To Add", "============"]), changes
