"""OpenStack's own clients: openstacksdk and the openstack command."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# the SDK warns of its own plans
pytestmark = [
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

OPENSTACK = Path(sys.executable).parent / "openstack"


def test_openstacksdk_makes_finds_and_deletes(connection: Any) -> None:
    network = connection.network.create_network(name="dual")
    v4 = connection.network.create_subnet(network_id=network.id, ip_version=4, cidr="192.0.2.0/24")
    v6 = connection.network.create_subnet(
        network_id=network.id,
        ip_version=6,
        cidr="2001:db8:1:2::/64",
        ipv6_ra_mode="slaac",
        ipv6_address_mode="slaac",
    )
    port = connection.network.create_port(network_id=network.id, mac_address="00:0c:29:0c:47:d5", name="p")
    assert {fixed["ip_address"] for fixed in port.fixed_ips} == {"192.0.2.2", "2001:db8:1:2:20c:29ff:fe0c:47d5"}
    assert connection.network.find_network("dual").subnet_ids == sorted([v4.id, v6.id])
    assert [found.id for found in connection.network.ports(fixed_ips="ip_address=192.0.2.2")] == [port.id]
    assert connection.network.find_extension("seapoint-router-nat-exclusions").name
    router = connection.network.create_router(name="r")
    connection.network.add_interface_to_router(router, subnet_id=v4.id)
    connection.network.add_interface_to_router(router, subnet_id=v6.id)
    assert len(list(connection.network.ports(device_id=router.id))) == 2
    connection.network.remove_interface_from_router(router, subnet_id=v4.id)
    connection.network.remove_interface_from_router(router, subnet_id=v6.id)
    connection.network.set_tags(network, ["red", "blue"])
    assert [found.id for found in connection.network.networks(tags="red,blue")] == [network.id]
    for gone in (port, router, v4, v6, network):
        getattr(connection.network, f"delete_{gone.resource_key}")(gone)
    assert list(connection.network.networks()) == []


def test_openstacksdk_pages_through_a_list(connection: Any) -> None:
    network = connection.network.create_network(name="n")
    connection.network.create_ports([{"network_id": network.id, "name": str(number)} for number in range(25)])
    assert len(list(connection.network.ports(limit=10))) == 25


def test_the_openstack_command(clouds_yaml: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "OS_CLIENT_CONFIG_FILE": str(clouds_yaml)}

    def run(*arguments: str) -> Any:
        command = [OPENSTACK, "--os-cloud", "seapoint-demo", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    network = run("network", "create", "blue", "-f", "json")
    assert network["provider:network_type"] == "vxlan"
    run("subnet", "create", "--network", "blue", "--subnet-range", "192.0.2.0/24", "blue4", "-f", "json")
    run(
        *("subnet", "create", "--network", "blue", "--ip-version", "6", "--subnet-range", "2001:db8::/64"),
        *("--ipv6-ra-mode", "slaac", "--ipv6-address-mode", "slaac", "blue6", "-f", "json"),
    )
    run("router", "create", "r", "-f", "json")
    run("router", "add", "subnet", "r", "blue4")
    run("security", "group", "create", "web", "-f", "json")
    run("security", "group", "rule", "create", "web", "--protocol", "tcp", "--dst-port", "80", "-f", "json")
    port = run("port", "create", "--network", "blue", "--security-group", "web", "p1", "-f", "json")
    assert len(port["fixed_ips"]) == 2
    listed = run("port", "list", "--network", "blue", "--device-owner", "network:router_interface", "-f", "json")
    assert [row["Fixed IP Addresses"][0]["ip_address"] for row in listed] == ["192.0.2.1"]
    assert run("network", "show", "blue", "-f", "json")["id"] == network["id"]
    run("port", "delete", "p1")
    run("router", "remove", "subnet", "r", "blue4")
    run("router", "delete", "r")
    run("network", "delete", "blue")
    assert run("network", "list", "-f", "json") == []
