"""Engines killed with SIGKILL: the API keeps answering, and the cloud comes back to intent with no hand on it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.faults import Writers, active, as_intended, back, kill, other
from lab.standing import CONTROL, HYPERVISORS, Standing
from lab.waiting import until
from seapoint.base.errors import SeapointError
from seapoint.intent.port import Port

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

SWITCH, CORE = "cloudsw1-b1-codfw.cloud", "cr1-codfw"
ACTIVE, STANDBY = "the active edge host", "the other edge host"
WRITES, ENOUGH, AT_ONCE = 200, 60, 8

#: host, unit, daemon
ENGINES = (
    (CONTROL, "ovn-central.service", "ovsdb-server-nb"),
    (CONTROL, "ovn-central.service", "ovsdb-server-sb"),
    (CONTROL, "ovn-central.service", "ovn-northd"),
    (HYPERVISORS[0], "ovn-host.service", "ovn-controller"),
    (HYPERVISORS[0], "openvswitch-switch.service", "ovs-vswitchd"),
    (HYPERVISORS[0], "openvswitch-switch.service", "ovsdb-server"),
    (HYPERVISORS[0], "seapoint-agent.service", "agent"),
    (ACTIVE, "seapoint-agent.service", "agent"),
    (STANDBY, "keepalived.service", "keepalived"),
    (ACTIVE, "conntrackd.service", "conntrackd"),
    (SWITCH, "frr.service", "bgpd"),
    (SWITCH, "frr.service", "zebra"),
    (CORE, "frr.service", "bgpd"),
    (CORE, "frr.service", "zebra"),
)


@pytest.mark.parametrize(("host", "unit", "daemon"), ENGINES, ids=[f"{one[2]} on {one[0]}" for one in ENGINES])
def test_an_engine_killed(faulty: Standing, host: str, unit: str, daemon: str) -> None:
    there = {ACTIVE: active(faulty), STANDBY: other(active(faulty))}.get(host, host)
    network = next(faulty.api.networks(name="VXLAN/IPv6-dualstack"))
    with Writers(faulty, network.id) as writers:
        before = kill(faulty, there, unit, daemon)
        back(faulty, there, unit, daemon, before)
        more = writers.answered + 10
        until(lambda: writers.answered > more or writers.failures, "the API answers")
    assert writers.failures == []
    as_intended(faulty)
    faulty.forwards()


def test_the_server_killed_in_the_middle_of_200_writes(faulty: Standing) -> None:
    network = next(faulty.api.networks(name="VXLAN/IPv6-dualstack")).id
    answered: dict[str, Any] = {}
    enough = threading.Event()

    def write(number: int) -> None:
        body = {"port": {"network_id": network, "name": f"written-{number}"}}
        try:
            made = faulty.client.ask("POST", "/v2.0/ports", body)["port"]
        except SeapointError:
            return  # not answered: it may be there, whole, or not
        answered[made["id"]] = made
        if len(answered) >= ENOUGH:
            enough.set()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for number in range(WRITES):
            threads.submit(write, number)
        assert enough.wait(60), f"{len(answered)} writes answered"
        before = kill(faulty, CONTROL, "seapoint-server.service", "server")
    back(faulty, CONTROL, "seapoint-server.service", "server", before)
    try:
        until(lambda: _status_answers(faulty), "the server answers again")
        assert ENOUGH <= len(answered) < WRITES, "the server did not die in the middle"
        ports = {port.id: port for port in faulty.intent().of(Port).values() if port.name.startswith("written-")}
        assert answered.keys() <= ports.keys()
        for identifier, made in answered.items():
            stored = ports[identifier]
            assert [fixed.ip_address for fixed in stored.fixed_ips] == [it["ip_address"] for it in made["fixed_ips"]]
            assert stored.mac_address == made["mac_address"]
        assert {len(port.fixed_ips) for port in ports.values()} == {2}
        as_intended(faulty)
        faulty.forwards()
    finally:
        for port in faulty.intent().of(Port).values():
            if port.name.startswith("written-"):
                faulty.client.ask("DELETE", f"/v2.0/ports/{port.id}")
    as_intended(faulty)


def _status_answers(cloud: Standing) -> bool:
    try:
        cloud.client.get("/seapoint/v1/status")
    except SeapointError:
        return False
    return True
