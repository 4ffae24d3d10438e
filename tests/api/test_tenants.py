"""The example's tenants: made once through openstacksdk; a second run changes nothing."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seapoint.intent.port import Port
from seapoint.intent.router import Router
from seapoint.store.store import Store

pytestmark = [
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

SCRIPT = Path(__file__).parents[2] / "examples" / "codfw1dev" / "tenants.py"


@pytest.fixture
def tenants() -> Any:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("tenants", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_deployment_s_tenants(connection: Any, store: Store, tenants: Any) -> None:
    made = tenants.build(connection)
    assert {name: network.provider_network_type for name, network in made["networks"].items()} == {
        "wan-transport-codfw": "flat",
        "VLAN/legacy": "flat",
        "VXLAN/IPv4-only": "vxlan",
        "VXLAN/IPv6-dualstack": "vxlan",
        "VXLAN/IPv6-slaac": "vxlan",
        "octavia-lb-mgmt-net": "vxlan",
    }
    intent = store.snapshot()
    gateway = intent.of(Router)[made["routers"]["cloudinstances2b-gw"].id].external_gateway_info
    assert gateway is not None
    assert gateway.enable_snat is False
    assert [fixed.ip_address for fixed in gateway.external_fixed_ips] == ["185.15.57.10", "2a02:ec80:a100:fe04::2:1"]
    addresses = {
        name: [fixed.ip_address for fixed in intent.of(Port)[port.id].fixed_ips] for name, port in made["ports"].items()
    }
    assert addresses == {
        "networktests-vxlan-dualstack": ["172.16.130.2", "2a02:ec80:a100:1::2"],
        "networktests-vxlan-ipv4only": ["172.16.129.2"],
        "networktests-vxlan-ipv4only-fip": ["172.16.129.3"],
        "networktests-vlan-legacy": ["172.16.128.10"],
        "networktests-vlan-legacy-fip": ["172.16.128.11"],
    }
    assert made["floating_ips"]["185.15.57.6"].port_id == made["ports"]["networktests-vlan-legacy-fip"].id
    assert made["floating_ips"]["185.15.57.5"].port_id == made["ports"]["networktests-vxlan-ipv4only-fip"].id
    inside = intent.find(Port, device_id=made["routers"]["cloudinstances2b-gw"].id)
    assert sum(port.is_router_interface for port in inside) == 8
    again = tenants.build(connection)
    assert store.snapshot().revision == intent.revision
    assert {name: port.id for name, port in again["ports"].items()} == {
        name: port.id for name, port in made["ports"].items()
    }


def test_the_replay_of_the_outage_keeps_translation_off(connection: Any, store: Store, tenants: Any) -> None:
    """From an IPv4-only gateway: the request that adds the IPv6 address and leaves enable_snat out."""
    made = tenants.build(connection)
    router, subnets = made["routers"]["cloudinstances2b-gw"], made["subnets"]
    external = made["networks"]["wan-transport-codfw"].id
    v4 = {"subnet_id": subnets["cloud-gw-transport-codfw"].id, "ip_address": "185.15.57.10"}
    v6 = {"subnet_id": subnets["cloud-gw-transport-codfw-ipv6"].id, "ip_address": "2a02:ec80:a100:fe04::2:1"}
    for addresses in ([v4], [v4, v6]):
        body = {"network_id": external, "external_fixed_ips": addresses}
        connection.network.update_router(router, external_gateway_info=body)
        gateway = store.snapshot().of(Router)[router.id].external_gateway_info
        assert gateway is not None
        assert gateway.enable_snat is False
        assert len(gateway.external_fixed_ips) == len(addresses)


def test_the_script_prints_what_it_made(clouds_yaml: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "OS_CLIENT_CONFIG_FILE": str(clouds_yaml)}
    command = [sys.executable, "-W", "ignore", str(SCRIPT), "--cloud", "seapoint-demo"]
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout for _ in range(2)
    )
    assert "networktests-vlan-legacy-fip" in first
    assert "172.16.128.11, floating 185.15.57.6" in first
    assert second == first
