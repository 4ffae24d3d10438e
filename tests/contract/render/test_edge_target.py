"""The edge's whole target, applied by the real agent, with the default route of its management beside it."""

import dataclasses
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from namespaces import Namespace, cable, namespace
from seapoint.render.device import host_target
from seapoint.target.device import Device
from seapoint.target.host import HostTarget

pytestmark = pytest.mark.root

PEERS = (sys.executable, str(Path(__file__).parents[2] / "peers.py"))
EDGE, SWITCH = "cloudgw2003-dev", "cloudsw1-b1-codfw.cloud"
INSTANCE, INSTANCE6 = "172.16.130.10", "2a02:ec80:a100:1::a"


@dataclass(frozen=True)
class Standing:
    inside: Namespace
    edge: Namespace
    switch: Namespace
    target: HostTarget


def _apply(host: Namespace, target: HostTarget) -> str:
    """What the agent says that it wrote; fails where a part of the target does not hold."""
    host.write("/run/target.json", json.dumps(target.to_json()))
    arguments = ("--target", "/run/target.json", "--state", "/run/agent", "--once")
    done = host.run(sys.executable, "-m", "seapoint.agent", *arguments)
    return done.stdout + done.stderr


def _on_cables(device: Device) -> HostTarget:
    """The target for access cables in place of VLANs of a trunk, with no service manager at hand."""
    cables = tuple(dataclasses.replace(interface, parent=None) for interface in device.interfaces)
    return dataclasses.replace(host_target(device), interfaces=cables, units=())


@pytest.fixture(scope="module")
def standing(compiled: dict[str, Device]) -> Iterator[Standing]:
    with namespace() as inside, namespace() as edge, namespace() as switch:
        cable(inside, "eth0", edge, "vlan2107")
        cable(edge, "vlan2120", switch, "vlan2120")
        cable(edge, "eno1", switch, "eno1")
        edge.address("eno1", "10.192.20.7/24", "2620:0:860:118::7/64")
        edge.run("ip", "route", "add", "default", "via", "10.192.20.1")
        edge.run("ip", "-6", "route", "add", "default", "via", "2620:0:860:118::1")
        inside.address("eth0", "185.15.57.10/29", "2a02:ec80:a100:fe04::2:1/64")
        inside.address("lo", f"{INSTANCE}/32", f"{INSTANCE6}/128")
        inside.run("ip", "route", "add", "default", "via", "185.15.57.9")
        inside.run("ip", "-6", "route", "add", "default", "via", "2a02:ec80:a100:fe04::1:1")
        switch.address("vlan2120", "208.80.153.185/29", "2a02:ec80:a100:fe03::1/64")
        for prefix in ("172.16.128.0/17", "185.15.57.0/27"):
            switch.run("ip", "route", "add", prefix, "via", "208.80.153.190")
        for prefix in ("2a02:ec80:a100::/56", "2a02:ec80:a100:fe04::/64"):
            switch.run("ip", "-6", "route", "add", prefix, "via", "2a02:ec80:a100:fe03::2")
        switch.run("ip", "route", "add", "blackhole", "default")
        target = _on_cables(compiled[EDGE])
        _apply(edge, target)
        # what keepalived adds on the active host
        edge.address("vlan2107", "185.15.57.9/32", "2a02:ec80:a100:fe04::1:1/128")
        edge.address("vlan2120", "208.80.153.190/32", "185.15.57.1/32", "2a02:ec80:a100:fe03::2/128")
        yield Standing(inside, edge, switch, target)


def test_a_second_apply_writes_nothing_and_leaves_moving_addresses(standing: Standing) -> None:
    before = standing.edge.run("ip", "-json", "address").stdout
    assert _apply(standing.edge, standing.target).strip() == ""
    after = standing.edge.run("ip", "-json", "address").stdout
    assert json.loads(before) == json.loads(after)
    assert "185.15.57.1" in after
    assert "2a02:ec80:a100:fe03::2" in after


@pytest.mark.parametrize(
    "address",
    [
        "208.80.153.188",
        "208.80.153.190",
        "185.15.57.12",
        "185.15.57.9",
        "185.15.57.10",
        "185.15.57.1",
        INSTANCE,
        "2a02:ec80:a100:fe03::2003:1",
        "2a02:ec80:a100:fe03::2",
        "2a02:ec80:a100:fe04::2003:1",
        "2a02:ec80:a100:fe04::1:1",
        "2a02:ec80:a100:fe04::2:1",
        INSTANCE6,
    ],
)
def test_every_address_answers_the_wan_by_the_way_it_was_asked(standing: Standing, address: str) -> None:
    standing.switch.run("ping", "-c1", "-W2", address)


@pytest.mark.parametrize(
    ("address", "said"),
    [("172.16.200.1", "Destination Host Unreachable"), ("2a02:ec80:a100:55::1", "No route")],
)
def test_what_no_tenant_has_ends_at_the_edge(standing: Standing, address: str, said: str) -> None:
    done = standing.switch.run("ping", "-c1", "-W2", address, check=False)
    assert done.returncode != 0
    assert said in done.stdout


@pytest.mark.parametrize(
    ("source", "destination", "answer"),
    [(INSTANCE, "198.51.100.10", "EHOSTUNREACH"), (INSTANCE6, "2001:db8:ffff::10", "EACCES")],
)
def test_refusals_reach_the_instance_although_management_has_the_default_route(
    standing: Standing, source: str, destination: str, answer: str
) -> None:
    assert standing.inside.run(*PEERS, "ask", source, destination, "25").stdout.strip() == answer


def test_management_is_left_as_it_was(standing: Standing) -> None:
    standing.switch.address("eno1", "10.192.20.1/24", "2620:0:860:118::1/64")
    for address, via in (("192.0.2.1", "10.192.20.1"), ("2001:db8:9::1", "2620:0:860:118::1")):
        assert f"via {via} dev eno1" in standing.edge.run("ip", "route", "get", address).stdout
    standing.edge.run("ping", "-c1", "-W2", "10.192.20.1")
    standing.edge.run("ping", "-c1", "-W2", "2620:0:860:118::1")
