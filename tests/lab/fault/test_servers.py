"""Several servers behind the balancers: one is gone, or their database is, and nothing that was answered is lost."""

import json
from typing import Any

import pytest

from lab.faults import DUAL, as_intended, back, kill
from lab.openstack import openstack
from lab.standing import BALANCERS, CONTROL, GROUP, HYPERVISORS, INTERNET, PROJECT, Standing
from lab.waiting import until
from seapoint.base.errors import SeapointError
from seapoint.lab import control

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

SERVER, DATABASE = "seapoint-server.service", "postgresql.service"
NETWORK, NAME = "VXLAN/IPv6-dualstack", "made-meanwhile"
#: Every server's own addresses behind the balancers.
SERVERS = {
    CONTROL: ("172.20.5.10", "[2a02:ec80:a100:205::10]"),
    "cloudcontrol2006-dev": ("172.20.5.11", "[2a02:ec80:a100:205::11]"),
    "cloudcontrol2010-dev": ("172.20.5.12", "[2a02:ec80:a100:205::12]"),
}


def asked(cloud: Standing, path: str, hosts: tuple[str, ...] = tuple(SERVERS)) -> list[Any]:
    """What each server answers a balancer, over each family."""
    token = (cloud.lab.root / "token").read_text()
    told = []
    for host in hosts:
        for address in SERVERS[host]:
            line = (
                "--cacert",
                "/etc/seapoint/tls/ca.pem",
                "--connect-to",
                f"::{address}:",
                "-H",
                f"X-Auth-Token: {token}",
            )
            said = cloud.run(BALANCERS[0], "curl", "-sS", "-m", "30", *line, f"https://{host}:19696/v2.0/{path}")
            told.append(json.loads(said))
    return told


def answers(cloud: Standing) -> bool:
    try:
        cloud.client.get("/v2.0/networks")
    except SeapointError:
        return False
    return True


def test_tenants_are_served_while_the_server_with_the_loop_is_gone(faulty: Standing) -> None:
    """What they ask for meanwhile is carried out when it is back."""
    before = {port.id for port in faulty.api.ports()}
    group = next(faulty.api.security_groups(name=GROUP, project_id=PROJECT)).id
    network = next(faulty.api.networks(name=NETWORK)).id
    assert control.request(faulty.hosts[CONTROL], "stop", SERVER)["ok"]
    try:
        assert {port["ID"] for port in openstack(faulty, DUAL, "port", "list")} == before
        words = ("port", "create", "--network", network, "--security-group", group, NAME)
        made = openstack(faulty, DUAL, *words)
        assert {":" in fixed["ip_address"] for fixed in made["fixed_ips"]} == {False, True}
        for told in asked(faulty, f"ports/{made['id']}", ("cloudcontrol2006-dev", "cloudcontrol2010-dev")):
            assert told["port"]["fixed_ips"] == made["fixed_ips"]
            assert told["port"]["status"] == "DOWN"
    finally:
        control.start([(faulty.hosts[CONTROL], SERVER)])
        until(lambda: answers(faulty), "the server with the loop is back")
    faulty.told("lab", "instance", "add", NAME, "--port", made["id"], "--host", HYPERVISORS[0])
    until(
        lambda: {told["port"]["status"] for told in asked(faulty, f"ports/{made['id']}")} == {"ACTIVE"},
        "every server tells that the port is up",
    )
    for address in INTERNET.values():
        until(lambda to=address: _reaches(faulty, to), f"{NAME} reaches {address}")
    faulty.remove_instance(NAME, made["id"])
    as_intended(faulty)


def _reaches(cloud: Standing, address: str) -> bool:
    said = cloud.run(NAME, "ping", "-c", "1", "-W", "2", address, check=False)
    return " 1 received" in said


def test_the_database_killed_in_the_middle_of_writes(faulty: Standing) -> None:
    """Every server finds it again; what was answered is there, and who has waited for it goes on."""
    network = next(faulty.api.networks(name=NETWORK)).id
    answered: list[str] = []

    def write() -> bool:
        try:
            made = faulty.client.ask("POST", "/v2.0/ports", {"port": {"network_id": network, "name": NAME}})
        except SeapointError:
            return False
        answered.append(made["port"]["id"])
        return True

    try:
        assert all(write() for _ in range(20))
        before = kill(faulty, CONTROL, DATABASE, "postgres")
        until(write, "writes are taken again")
        back(faulty, CONTROL, DATABASE, "postgres", before)
        assert all(write() for _ in range(20))
        for told in asked(faulty, f"ports?name={NAME}"):
            assert {port["id"] for port in told["ports"]} >= {*answered}
        as_intended(faulty)
    finally:
        for port in faulty.api.ports(name=NAME):
            faulty.api.delete_port(port)
    as_intended(faulty)
