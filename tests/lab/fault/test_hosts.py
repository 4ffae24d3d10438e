"""Hosts cut off, rebooted, out of disk, and changed by a hand: they go on, and come back to their target."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab.faults import (
    DUAL,
    EVERY,
    SIDES,
    active,
    as_intended,
    back,
    cut,
    edge_flowing,
    end_whole,
    kept_open,
    kill,
    kill_keepalived,
    new_connections,
    other,
    own_address,
    up_again,
)
from lab.flows import flowing, lost
from lab.standing import CONTROL, HYPERVISORS, INTERNET, PROJECT, ROUTER, Standing
from lab.waiting import until
from seapoint.base.errors import EngineError, SeapointError
from seapoint.lab import control

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

SERVER, AGENT = ("seapoint-server.service", "server"), ("seapoint-agent.service", "agent")
DATABASE = "postgresql.service"
TABLE = "10"
FLOATING_POOL, PRIVATE6 = "185.15.57.16/29", "2a02:ec80:a100:100::/56"
NEW4, NEW6 = "172.16.132.0/24", "2a02:ec80:a100:32::/64"


def routes(cloud: Standing, host: str) -> list[str]:
    """The routes of the edge's table, of both families."""
    return sorted(
        f"{route['dst']} via {route.get('gateway')}"
        for family in ("-4", "-6")
        for route in json.loads(cloud.run(host, "ip", "-j", family, "route", "show", "table", TABLE))
    )


def ruleset(cloud: Standing, host: str) -> str:
    """Our table, without what its counters say; empty where it is gone."""
    return cloud.run(host, "nft", "--stateless", "list", "table", "inet", "seapoint", check=False)


@contextmanager
def new_subnets(cloud: Standing) -> Iterator[None]:
    """A network of both families on the router, which the edge must route."""
    router = next(cloud.api.routers(name=ROUTER))
    network = cloud.api.create_network(name="made-meanwhile", project_id=PROJECT)
    made = []
    try:
        for cidr in (NEW4, NEW6):
            version = 6 if ":" in cidr else 4
            made.append(cloud.api.create_subnet(network_id=network.id, ip_version=version, cidr=cidr))
            cloud.api.add_interface_to_router(router, subnet_id=made[-1].id)
        yield
    finally:
        for subnet in made:
            cloud.api.remove_interface_from_router(router, subnet_id=subnet.id)
        cloud.api.delete_network(network)


def routed(cloud: Standing, host: str) -> set[str]:
    return {word for line in routes(cloud, host) for word in (NEW4, NEW6) if line.startswith(f"{word} ")}


def stop(cloud: Standing, host: str, unit: str) -> None:
    assert control.request(cloud.hosts[host], "stop", unit)["ok"]


def start(cloud: Standing, host: str, unit: str) -> None:
    control.start([(cloud.hosts[host], unit)])


def test_an_edge_host_without_its_server_forwards_and_starts_with_its_last_target(faulty: Standing) -> None:
    """Its management link is down; meanwhile its agent dies, a hand changes things, and tenants make a network."""
    host = active(faulty)
    before, rules = routes(faulty, host), ruleset(faulty, host)
    with edge_flowing(faulty) as told:
        with cut(faulty, host, ["eno1"]):
            pid = kill(faulty, host, *AGENT)
            faulty.run(host, "nft", "delete", "chain", "inet", "seapoint", "input")
            faulty.run(host, "ip", "-4", "route", "del", "unreachable", FLOATING_POOL, "table", TABLE)
            faulty.run(host, "ip", "-6", "route", "del", "unreachable", PRIVATE6, "table", TABLE)
            back(faulty, host, *AGENT, pid)
            until(lambda: ruleset(faulty, host) == rules, "the last good ruleset is in force")
            until(lambda: routes(faulty, host) == before, "the last good routes are there")
            with new_subnets(faulty):
                until(lambda: routed(faulty, other(host)) == {NEW4, NEW6}, "the other host has the new routes")
                assert routed(faulty, host) == set()
                assert faulty.client.get("/seapoint/v1/status")["hosts"][host]["state"] == "pending"
        until(lambda: routed(faulty, host) == set(), "no route of a network that is gone")
        new_connections(faulty)
    kept_open(told)
    with new_subnets(faulty):
        until(lambda: routed(faulty, host) == {NEW4, NEW6}, "routes of both families, now that the link is back", 90)
    as_intended(faulty, 90)
    faulty.forwards()


def test_a_hypervisor_without_its_server_forwards_and_hears_of_changes_later(faulty: Standing) -> None:
    port = next(faulty.api.ports(name=DUAL))
    host = port.binding_host_id
    group = port.security_group_ids[0]
    near = own_address(faulty, DUAL)

    def open_() -> bool:
        return faulty.run("internet", "curl", "-s", "-m", "1", f"http://[{near}]/", check=False).strip() != ""

    assert not open_()
    with flowing(faulty, {DUAL: (f"ping:{INTERNET[4]}", f"ping:{INTERNET[6]}")}, EVERY) as told:
        with cut(faulty, host, ["eno1"]):
            rule = faulty.api.create_security_group_rule(
                security_group_id=group,
                direction="ingress",
                ethertype="IPv6",
                protocol="tcp",
                port_range_min=80,
                port_range_max=80,
            )
            assert not open_()
        until(open_, "the rule has arrived", 90)
    assert lost(told) == {}
    faulty.api.delete_security_group_rule(rule)
    until(lambda: not open_(), "the rule is gone")
    as_intended(faulty)


def test_a_hypervisor_is_rebooted(faulty: Standing) -> None:
    """Made anew, as by an installer: its agent brings everything back. Its instances are plugged in again by Nova."""
    host = HYPERVISORS[1]
    ports = [
        port for port in faulty.api.ports() if port.binding_host_id == host and port.device_owner == "compute:nova"
    ]
    assert ports
    end_whole(faulty, host)
    up_again(faulty)
    faulty.run(host, "ovs-vsctl", "--retry", "--timeout=60", "wait-until", "Bridge", "br-int")
    for port in ports:
        faulty.told("lab", "instance", "remove", port.name)
        faulty.told("lab", "instance", "add", port.name, "--port", port.id, "--host", host)
    as_intended(faulty)
    faulty.forwards()


def test_the_server_is_gone_and_the_edge_fails_over(faulty: Standing) -> None:
    host = active(faulty)
    with edge_flowing(faulty) as told:
        stop(faulty, CONTROL, SERVER[0])
        try:
            assert control.request(faulty.hosts[CONTROL], "status", SERVER[0])["state"] == "inactive"
            kill_keepalived(faulty, host)
            until(lambda: active(faulty) == other(host), "the addresses have moved")
            new_connections(faulty)
        finally:
            start(faulty, CONTROL, SERVER[0])
    kept_open(told)
    as_intended(faulty, 90)
    faulty.forwards()


def test_no_room_for_the_servers_database(faulty: Standing) -> None:
    """Writes are refused with 503, reads answered; what was answered is there, and with room writes go on."""
    network = next(faulty.api.networks(name="VXLAN/IPv4-only")).id
    state = "/var/lib/postgresql"
    stop(faulty, CONTROL, DATABASE)
    faulty.run(
        CONTROL,
        "sh",
        "-ec",
        f"cp -a {state} /run/kept; mount -t tmpfs -o size=128m tmpfs {state}; cp -a /run/kept/. {state}",
    )
    answered: list[str] = []

    def write() -> str:
        try:
            made = faulty.client.ask("POST", "/v2.0/ports", {"port": {"network_id": network, "name": "written"}})
        except EngineError as error:
            return str(error)
        answered.append(made["port"]["id"])
        return ""

    try:
        start(faulty, CONTROL, DATABASE)
        until(lambda: write() == "", "the server writes")
        faulty.run(CONTROL, "sh", "-c", f"cat /dev/zero >{state}/filler", check=False)
        refusal = until(write, "no room is told")
        assert "database" in refusal
        assert faulty.client.ask("GET", "/v2.0/networks")["networks"]
        faulty.run(CONTROL, "rm", f"{state}/filler")
        until(lambda: write() == "", "with room it writes again")
        kill(faulty, CONTROL, *SERVER)
        until(lambda: _answers(faulty), "the server is back")
        stored = {port["id"] for port in faulty.client.get("/v2.0/ports?name=written")["ports"]}
        assert stored == {*answered}
        as_intended(faulty)
    finally:
        stop(faulty, CONTROL, DATABASE)
        keep = f"rm -f {state}/filler; rm -rf /run/kept; cp -a {state} /run/kept; umount {state}"
        faulty.run(CONTROL, "sh", "-ec", f"{keep}; cp -a /run/kept/. {state}; rm -rf /run/kept")
        start(faulty, CONTROL, DATABASE)
        until(lambda: _answers(faulty), "the server is back")
        for port in faulty.client.get("/v2.0/ports?name=written")["ports"]:
            faulty.client.ask("DELETE", f"/v2.0/ports/{port['id']}")
    as_intended(faulty)


def _answers(cloud: Standing) -> bool:
    try:
        cloud.client.get("/v2.0/networks")
    except SeapointError:
        return False
    return True


@pytest.mark.parametrize("side", SIDES)
def test_an_edge_hosts_interface_goes_down_and_up(faulty: Standing, side: str) -> None:
    """What the kernel forgets with it, routes of both families and IPv6 addresses, is put back by the agent."""
    host = active(faulty)
    with edge_flowing(faulty) as told:
        standby = other(host)
        wanted = routes(faulty, standby), own6(faulty, standby, side)
        assert wanted[1]
        for there in (standby, host):
            before = routes(faulty, there), own6(faulty, there, side)
            faulty.run(there, "ip", "link", "set", side, "down")
            faulty.run(there, "ip", "link", "set", side, "up")
            until(
                lambda before=before, there=there: (routes(faulty, there), own6(faulty, there, side)) == before,
                f"{there} is whole",
            )
        until(lambda: active(faulty), "one host has all addresses")
        new_connections(faulty)
    kept_open(told)
    faulty.forwards()


def own6(cloud: Standing, host: str, nic: str) -> list[str]:
    """The host's own IPv6 addresses on a NIC, without those that move."""
    shown = json.loads(cloud.run(host, "ip", "-j", "-6", "address", "show", "dev", nic))
    return sorted(
        f"{one['local']}/{one['prefixlen']}" for link in shown for one in link["addr_info"] if one["prefixlen"] != 128
    )


def _ports(cloud: Standing) -> str:
    return cloud.run(HYPERVISORS[0], "ovs-vsctl", "list-ports", "br-phy", check=False)  # the bridge may be gone


#: what a hand does -> where, the command, and how one sees that it was healed
HANDS: dict[str, tuple[str, str, Callable[[Standing], str]]] = {
    "an edge host's table": (
        "edge",
        "nft delete table inet seapoint",
        lambda cloud: ruleset(cloud, active(cloud)),
    ),
    "a rule in an edge host's table": (
        "edge",
        "nft flush chain inet seapoint nat",
        lambda cloud: ruleset(cloud, active(cloud)),
    ),
    "IPv4 routes": (
        "edge",
        f"ip -4 route flush table {TABLE}",
        lambda cloud: "\n".join(routes(cloud, active(cloud))),
    ),
    "IPv6 routes": (
        "edge",
        f"ip -6 route flush table {TABLE}",
        lambda cloud: "\n".join(routes(cloud, active(cloud))),
    ),
    "a port of Open vSwitch": (HYPERVISORS[0], "ovs-vsctl del-port br-phy eno2", _ports),
    "a bridge of Open vSwitch": (HYPERVISORS[0], "ovs-vsctl del-br br-phy", _ports),
    "rows of OVN": (
        CONTROL,
        "for group in $(ovn-nbctl --bare --columns=_uuid list Port_Group); do ovn-nbctl acl-del $group; done",
        lambda cloud: cloud.run(CONTROL, "sh", "-c", "ovn-nbctl --bare --columns=_uuid list ACL | sort"),
    ),
    "a router of OVN": (
        CONTROL,
        "for router in $(ovn-nbctl --bare --columns=_uuid list Logical_Router); do ovn-nbctl lr-del $router; done",
        lambda cloud: cloud.run(CONTROL, "sh", "-c", "ovn-nbctl --bare --columns=_uuid list NAT | sort"),
    ),
}


@pytest.mark.parametrize("what", HANDS)
def test_what_a_hand_removes_is_healed(faulty: Standing, what: str) -> None:
    where, command, look = HANDS[what]
    before = look(faulty)
    assert before.strip()
    faulty.run(active(faulty) if where == "edge" else where, "sh", "-c", command)
    until(lambda: look(faulty) == before, f"{what}: healed")
    as_intended(faulty)
    faulty.forwards()


def test_a_text_that_its_engine_refuses_leaves_the_old_one_and_is_told(faulty: Standing, tmp_path: Path) -> None:
    """On one host keepalived is a program that accepts nothing: a change of its file does not reach that host."""
    host = active(faulty)
    text = faulty.file.read_text()
    assert "vrrp: {id: 52, interval: 100ms" in text
    changed = tmp_path / "cloud.yaml"
    changed.write_text(text.replace("vrrp: {id: 52, interval: 100ms", "vrrp: {id: 52, interval: 90ms"))
    conf = "/etc/keepalived/keepalived.conf"
    before = faulty.run(host, "cat", conf)
    faulty.run(host, "mount", "--bind", "/bin/false", "/usr/sbin/keepalived")
    try:
        with edge_flowing(faulty) as told:
            assert faulty.seapoint("apply", str(changed), "--timeout", "5").status == 1
            assert faulty.run(host, "cat", conf) == before
            said: Any = faulty.seapoint("status")
            assert said.status == 1
            assert conf in said.out
            assert "keepalived" in said.out
            new_connections(faulty)
        kept_open(told)
    finally:
        faulty.run(host, "umount", "/usr/sbin/keepalived")
        until(lambda: "0.09" in faulty.run(host, "cat", conf), "it is taken as soon as the program accepts it")
        faulty.told("rollback")
    assert faulty.run(host, "cat", conf) == before
    as_intended(faulty)
    faulty.forwards()
