"""Instances ask who they are on the standing cloud, in both families; nobody is told of another."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.standing import CONTROL, HYPERVISORS, PROJECT, Standing
from lab.waiting import until

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

ASKED = {4: "169.254.169.254", 6: "[fe80::a9fe:a9fe%25eth0]"}
DUAL, IPV4_ONLY = "networktests-vxlan-dualstack", "networktests-vxlan-ipv4only"
WHO = "latest/meta-data/instance-id"


def asked(cloud: Standing, name: str, family: int, path: str = WHO, *options: str) -> str:
    """What an instance hears; empty where it hears nothing."""
    url = f"http://{ASKED[family]}/{path}"
    return cloud.run(name, "curl", "-s", "-f", "-m", "5", *options, url, check=False).strip()


def instance_id(cloud: Standing, name: str) -> str:
    return str(next(cloud.api.ports(name=name)).device_id)


def places(cloud: Standing, hypervisor: str) -> set[str]:
    """The namespaces of a hypervisor."""
    return {line.split()[0] for line in cloud.run(hypervisor, "ip", "netns").splitlines()}


def daemon(cloud: Standing, hypervisor: str, unit: str) -> dict[str, Any]:
    for line in cloud.run(hypervisor, "ps", "-eo", "pid,args").splitlines():
        pid, _, words = line.strip().partition(" ")
        if f"seapoint {unit} " in words:
            return {"pid": int(pid)}
    return {}


@pytest.mark.parametrize(("name", "family"), [(DUAL, 4), (DUAL, 6), (IPV4_ONLY, 4)])
def test_an_instance_hears_of_itself_whatever_it_says_it_is(codfw1dev: Standing, name: str, family: int) -> None:
    own = instance_id(codfw1dev, name)
    until(lambda: asked(codfw1dev, name, family) == own, f"{name} hears its id over IPv{family}")
    other = next(codfw1dev.api.ports(name="networktests-vlan-legacy"))
    forged = ["-H", f"X-Forwarded-For: {other.fixed_ips[0]['ip_address']}", "-H", f"X-Instance-ID: {other.device_id}"]
    assert asked(codfw1dev, name, family, WHO, *forged) == own
    told = json.loads(asked(codfw1dev, name, family, "openstack/latest/meta_data.json"))
    assert (told["uuid"], told["hostname"], told["project_id"]) == (own, name, PROJECT)


def test_the_network_data_are_those_of_the_port(codfw1dev: Standing) -> None:
    port = next(codfw1dev.api.ports(name=DUAL))
    told = json.loads(asked(codfw1dev, DUAL, 4, "openstack/latest/network_data.json"))
    assert [link["ethernet_mac_address"] for link in told["links"]] == [port.mac_address]
    [four, six] = told["networks"]
    assert (four["type"], six["type"]) == ("ipv4_dhcp", "ipv6_dhcpv6-stateful")
    assert six["ip_address"] in {fixed["ip_address"] for fixed in port.fixed_ips}
    floating = next(codfw1dev.api.ips(floating_ip_address="185.15.57.5"))
    name = "networktests-vxlan-ipv4only-fip"
    assert asked(codfw1dev, name, 4, "latest/meta-data/public-ipv4") == floating.floating_ip_address
    assert asked(codfw1dev, name, 4, "latest/meta-data/local-ipv4") == floating.fixed_ip_address


def test_a_hypervisor_has_a_place_in_a_network_while_an_instance_of_it_is_there(codfw1dev: Standing) -> None:
    cloud, host = codfw1dev, HYPERVISORS[2]
    before = places(cloud, host)
    network = cloud.api.create_network(name="asked", project_id=PROJECT)
    try:
        cloud.api.create_subnet(network_id=network.id, project_id=PROJECT, cidr="172.16.140.0/24", ip_version=4)
        port = cloud.add_instance("asked-1", network, host)
        try:
            own = instance_id(cloud, "asked-1")
            until(lambda: asked(cloud, "asked-1", 4) == own, "asked-1 hears its id")
            assert places(cloud, host) - before == {f"ovnmeta-{network.id}"}
            assert asked(cloud, "asked-1", 4, "latest/user-data") == ""
        finally:
            cloud.remove_instance("asked-1", port)
        until(lambda: places(cloud, host) == before, "the namespace goes with the last instance")
        taps = cloud.run(host, "ovs-vsctl", "list-ports", "br-int").split()
        made = next(cloud.api.ports(device_id=f"ovnmeta-{network.id}"))
        assert f"tap{made.id[:11]}" not in taps
    finally:
        cloud.api.delete_network(network)


def test_an_instance_is_told_the_user_data_that_it_was_given(codfw1dev: Standing, tmp_path: Path) -> None:
    cloud, file = codfw1dev, tmp_path / "cloud-config"
    file.write_text("#cloud-config\nhostname: größe\n")
    network = next(cloud.api.networks(name="VXLAN/IPv6-dualstack"))
    port = cloud.api.create_port(name="given", network_id=network.id, project_id=PROJECT)
    add = ("lab", "instance", "add", "given", "--port", port.id, "--host", HYPERVISORS[1])
    cloud.told(*add, "--user-data", str(file))
    try:
        for family in (4, 6):
            for path in ("latest/user-data", "openstack/latest/user_data"):
                until(
                    lambda family=family, path=path: asked(cloud, "given", family, path) == file.read_text().strip(),
                    f"given hears {path} over IPv{family}",
                )
        assert asked(cloud, DUAL, 4, "latest/user-data") == "", "nobody else does"
    finally:
        cloud.remove_instance("given", port)


def test_a_dead_proxy_or_server_stops_no_packet_and_comes_back(codfw1dev: Standing) -> None:
    cloud = codfw1dev
    host = next(cloud.api.ports(name=DUAL)).binding_host_id
    own = instance_id(cloud, DUAL)
    until(lambda: asked(cloud, DUAL, 4) == own, f"{DUAL} hears its id")
    for where, unit in ((host, "metadata"), (CONTROL, "server")):
        killed = daemon(cloud, where, unit)
        cloud.run(where, "kill", "-9", str(killed["pid"]))
        assert " 0% packet loss" in cloud.run(DUAL, "ping", "-c2", "-i0.2", "-W1", "172.16.130.1", check=False)
        until(lambda where=where, unit=unit, killed=killed: daemon(cloud, where, unit) not in ({}, killed), unit)
        for family in (4, 6):
            until(lambda family=family: asked(cloud, DUAL, family) == own, f"after the {unit}'s death, IPv{family}")


def test_a_namespace_that_somebody_deleted_is_made_again(codfw1dev: Standing) -> None:
    cloud = codfw1dev
    port = next(cloud.api.ports(name=DUAL))
    cloud.run(port.binding_host_id, "ip", "netns", "delete", f"ovnmeta-{port.network_id}")
    own = instance_id(cloud, DUAL)
    for family in (4, 6):
        until(lambda family=family: asked(cloud, DUAL, family) == own, f"{DUAL} hears its id over IPv{family} again")
