"""Which hosts may be drained whole, and why another may not."""

from pathlib import Path

import pytest

from seapoint.compile.hosts.drains import why_not
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.read import read_cloud

BASE = (Path(__file__).parents[1] / "cloud" / "base.yaml").read_text()
GATEWAY = "  gw1: {role: gateway, rack: r1, management: 20, private: 13}\n"
OF_GATEWAYS = "wan: {vlan: behind, roles: [gateway]}"


def cloud(outside: str = OF_GATEWAYS) -> Cloud:
    """The base with two gateways, whose routers' external network is as said."""
    second = GATEWAY.replace("gw1", "gw2").replace("20", "24").replace("13", "16")
    found = read_cloud(BASE.replace(GATEWAY, GATEWAY + second).replace(OF_GATEWAYS, outside)).cloud
    assert found is not None
    return found


@pytest.mark.parametrize("host", ["edge1", "gw1", "gw2"])
def test_one_of_two_may_be_drained(host: str) -> None:
    assert why_not(cloud(), host, ()) == ""


def test_who_is_left_may_not() -> None:
    assert "nobody is left who could take the gateways of virtual routers of gw2" in why_not(cloud(), "gw2", {"gw1"})


def test_a_gateway_whose_network_hypervisors_join_too_may_not() -> None:
    shared = cloud("wan: {vlan: behind, roles: [gateway, compute]}")
    assert "hypervisors join wan too (ovn-org/ovn issue 129)" in why_not(shared, "gw1", ())
    assert why_not(shared, "edge1", ()) == ""
    other = cloud(f"{OF_GATEWAYS}, flat: {{vlan: manage, roles: [gateway, compute]}}")
    assert why_not(other, "gw1", ()) == ""
