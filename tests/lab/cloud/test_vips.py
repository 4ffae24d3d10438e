"""Service addresses in the standing cloud: who hears of them, by how many paths, and who must not."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.inspection import FAMILIES, paths
from lab.standing import INTERNET, Standing
from lab.waiting import until
from seapoint.compile.hosts.names import PRODUCTION
from seapoint.lab import host as lab_host

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

ROUTERS = ("cr1-codfw", "cr2-codfw")
#: VIPs of both families and how many hosts own them.
OWNED = {
    4: {"185.15.57.24/32": 3, "185.15.57.25/32": 1, "185.15.57.26/32": 1, "172.20.254.1/32": 2},
    6: {
        "2a02:ec80:a100:4000::1/128": 3,
        "2a02:ec80:a100:4000::2/128": 1,
        "2a02:ec80:a100:4000::3/128": 1,
        "2a02:ec80:a100:2ff::1/128": 2,
    },
}
PRIVATE = {4: "172.20.0.0/16", 6: "2a02:ec80:a100:200::/56"}


@pytest.mark.parametrize("family", [4, 6])
def test_the_switch_uses_every_owner(codfw1dev: Standing, family: int) -> None:
    until(lambda: paths(codfw1dev, family) == OWNED[family], "a path to every owner")


@pytest.mark.parametrize("family", [4, 6])
def test_owners_learn_nothing(codfw1dev: Standing, family: int) -> None:
    for owner in ("cloudlb2002-dev", "cloudservices2004-dev"):
        summary = json.loads(codfw1dev.run(owner, "vtysh", "-c", "show bgp summary json"))
        peers = summary[f"{FAMILIES[family][1]}Unicast"]["peers"]
        assert [peer["pfxRcd"] for peer in peers.values()] == [0]
        assert json.loads(codfw1dev.run(owner, "vtysh", "-c", f"show {FAMILIES[family][0]} route bgp json")) == {}


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("router", ROUTERS)
def test_neither_vips_nor_cloud_private_leave_the_realm(codfw1dev: Standing, router: str, family: int) -> None:
    word = FAMILIES[family][0]
    longer = codfw1dev.run(router, "vtysh", "-c", f"show {word} route {PRIVATE[family]} longer-prefixes json")
    assert json.loads(longer) == {}
    told = json.loads(codfw1dev.run(router, "vtysh", "-c", f"show {word} route json"))
    assert not OWNED[family].keys() & told.keys()


def test_vips_answer(codfw1dev: Standing) -> None:
    results = codfw1dev.passes("vip")
    assert {probe.probe.where for probe in results} >= {"internet", "networktests-vxlan-dualstack", "cloudnet2005-dev"}


def test_a_recursor_that_hangs_is_asked_no_more_until_it_answers_again(codfw1dev: Standing) -> None:
    hanging, recursors = "cloudservices2004-dev", {4: "172.20.254.1/32", 6: "2a02:ec80:a100:2ff::1/128"}

    def owners() -> list[int]:
        return [paths(codfw1dev, family).get(prefix, 0) for family, prefix in recursors.items()]

    try:
        codfw1dev.run(hanging, "sh", "-c", "kill -STOP $(pidof unbound)")
        until(lambda: owners() == [1, 1], "the one that answers is announced")
        codfw1dev.passes("name")
    finally:
        codfw1dev.run(hanging, "sh", "-c", "kill -CONT $(pidof unbound)")
    until(lambda: owners() == [2, 2], "both are", seconds=60.0)


#: A VIP that its owner alone has, and a host beyond the core routers, which answers what it is told and prints by whom.
OWNER, ITS_VIP = "cloudservices2004-dev", {4: "185.15.57.25", 6: "2a02:ec80:a100:4000::2"}
FAR = {4: "208.80.153.110", 6: "2620:0:860:4:208:80:153:110"}
LISTEN = """
import socket, sys
with socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM) as link:
    link.bind((sys.argv[1], 53))
    print("ready", flush=True)
    told, caller = link.recvfrom(4096)
    print(caller[0], flush=True)
    link.sendto(told[:2] + bytes([told[2] | 0x80]) + told[3:], caller)  # RFC 1996: the same, as a response
"""


@contextmanager
def secondary(cloud: Standing, address: str) -> Iterator["subprocess.Popen[str]"]:
    """Takes one NOTIFY, as an operator's own secondary would."""
    argv = lab_host.command(cloud.hosts[PRODUCTION], [sys.executable, "-I", "-S", "-c", LISTEN, address])
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=lab_host.ENVIRONMENT) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("family", [4, 6])
def test_an_owner_sends_from_its_vip_and_hears_the_answer(codfw1dev: Standing, family: int) -> None:
    """A name server's NOTIFY to a secondary of another realm (UDP), and a connection to the internet (TCP)."""
    vip, zone = ITS_VIP[family], "codfw1dev.wikimedia.cloud"
    with secondary(codfw1dev, FAR[family]) as far:
        asked = ("kdig", "-b", vip, f"@{FAR[family]}", "+time=10", "+retry=0", zone, "NOTIFY")
        said = codfw1dev.run(OWNER, *asked, check=False)
        assert far.stdout is not None
        assert far.stdout.readline().strip() == vip
    assert "opcode: NOTIFY; status: NOERROR" in said
    host = INTERNET[family] if family == 4 else f"[{INTERNET[family]}]"
    caller = codfw1dev.run(OWNER, "curl", "-sS", "-m", "10", "--interface", vip, f"http://{host}/")
    assert caller.strip() == vip
