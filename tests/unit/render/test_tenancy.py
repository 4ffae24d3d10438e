"""Which tenants' subnets are routed, where to, and what is told about those that are not."""

import dataclasses
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from seapoint.compile.hosts.tenancy import Tenancy, tenancy
from seapoint.intent.cloud.model import Cloud, NetworkClass
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.port import Port
from seapoint.intent.router import Router
from seapoint.intent.snapshot import Change, Intent
from tenants import tenants

ROOT = Path(__file__).parents[3]
DUAL = "external: {physical_network: wan-transport-codfw, pools: [185.15.57.0/29]}\n"
GATEWAY = '[185.15.57.10, "2a02:ec80:a100:fe04::2:1"]'


@pytest.fixture(scope="module")
def cloud() -> Cloud:
    cloud = read_cloud((ROOT / "examples/codfw1dev/cloud.yaml").read_text()).cloud
    assert cloud is not None
    return cloud


def _routed(found: Tenancy) -> dict[str, str]:
    return {str(route.network): str(route.next_hop) for route in found.routes}


def _intent(routers: str) -> Intent:
    return tenants(f"{DUAL}routers:\n{routers}")


def test_each_family_goes_to_the_routers_address_of_that_family(cloud: Cloud) -> None:
    found = tenancy(
        cloud, _intent(f"  r: {{external: {GATEWAY}, subnets: [172.16.130.0/24, '2a02:ec80:a100:1::/64']}}")
    )
    assert _routed(found) == {
        "172.16.130.0/24": "185.15.57.10",
        "185.15.57.0/29": "185.15.57.10",
        "2a02:ec80:a100:1::/64": "2a02:ec80:a100:fe04::2:1",
    }
    assert found.findings == ()


def test_classes_come_from_the_smallest_prefix_of_the_plan(cloud: Cloud) -> None:
    subnets = "[172.16.130.0/24, 172.16.131.0/24, '2a02:ec80:a100:1::/64', '2a02:ec80:a100:100::/64']"
    found = tenancy(cloud, _intent(f"  r: {{external: {GATEWAY}, subnets: {subnets}}}"))
    assert found.networks(NetworkClass.DEFAULT, 4) == (ip_network("172.16.130.0/24"),)
    assert found.networks(NetworkClass.INTERNAL, 4) == (ip_network("172.16.131.0/24"),)
    assert found.networks(NetworkClass.FLOATING, 4) == (ip_network("185.15.57.0/29"),)
    assert found.networks(NetworkClass.DEFAULT, 6) == (ip_network("2a02:ec80:a100:1::/64"),)
    assert found.networks(NetworkClass.INTERNAL, 6) == (ip_network("2a02:ec80:a100:100::/64"),)


@pytest.mark.parametrize(
    ("external", "routed", "missing"),
    [
        ("[185.15.57.10]", "172.16.130.0/24", "2a02:ec80:a100:1::/64"),
        ('["2a02:ec80:a100:fe04::2:1"]', "2a02:ec80:a100:1::/64", "172.16.130.0/24"),
    ],
)
def test_a_gateway_of_one_family_routes_that_family_and_the_other_is_told(
    cloud: Cloud, external: str, routed: str, missing: str
) -> None:
    found = tenancy(cloud, _intent(f"  r: {{external: {external}, subnets: [{routed}, '{missing}']}}"))
    assert routed in _routed(found)
    assert missing not in _routed(found)
    assert [one for one in found.findings if missing in one.message and "no external" in one.message]


@pytest.mark.parametrize("stray", ["192.168.7.0/24", "2001:db8:77::/64"])
def test_a_subnet_outside_of_the_plan_is_a_finding_and_not_routed(cloud: Cloud, stray: str) -> None:
    found = tenancy(cloud, _intent(f"  r: {{external: {GATEWAY}, subnets: ['{stray}', 172.16.130.0/24]}}"))
    assert stray not in _routed(found)
    assert "172.16.130.0/24" in _routed(found)
    (finding,) = found.findings
    assert finding.severity == "warning"
    assert stray in finding.subject
    assert "no prefix" in finding.message


def test_of_two_routers_with_one_prefix_the_first_has_it_and_the_second_is_told(cloud: Cloud) -> None:
    rows = "".join(
        f"  {name}: {{external: [{address}], subnets: [172.16.130.0/24]}}\n"
        for name, address in (("b", "185.15.57.13"), ("a", "185.15.57.12"))
    )
    found = tenancy(cloud, _intent(rows))
    assert _routed(found)["172.16.130.0/24"] == "185.15.57.12"
    (finding,) = found.findings
    assert "another router" in finding.message


def test_a_floating_ip_of_another_router_than_its_pools_has_a_route_of_its_own(cloud: Cloud) -> None:
    rows = (
        "  a: {external: [185.15.57.12], subnets: [], floating_ips: [185.15.57.5]}\n"
        "  b: {external: [185.15.57.13], subnets: [], floating_ips: [185.15.57.6]}\n"
    )
    assert _routed(tenancy(cloud, _intent(rows))) == {
        "185.15.57.0/29": "185.15.57.12",
        "185.15.57.6/32": "185.15.57.13",
    }


def test_a_router_that_is_off_or_has_no_gateway_on_the_inside_vlan_routes_nothing(cloud: Cloud) -> None:
    intent = _intent(f"  r: {{external: {GATEWAY}, subnets: [172.16.130.0/24]}}")
    router = intent.of(Router)["r"]
    for changed in (
        dataclasses.replace(router, admin_state_up=False),
        dataclasses.replace(router, external_gateway_info=None),
    ):
        assert tenancy(cloud, intent.with_changes([Change(router, changed)])) == Tenancy()
    elsewhere = tenants(
        "external: {physical_network: cloudinstances2b, pools: [185.15.57.0/29]}\n"
        f"routers:\n  r: {{external: {GATEWAY}, subnets: [172.16.130.0/24]}}"
    )
    assert tenancy(cloud, elsewhere) == Tenancy()


def test_a_subnet_taken_off_its_router_is_not_routed_any_more(cloud: Cloud) -> None:
    intent = _intent(f"  r: {{external: {GATEWAY}, subnets: [172.16.130.0/24, '2a02:ec80:a100:1::/64']}}")
    for port in intent.of(Port).values():
        intent = intent.with_changes([Change(port, None)])
    assert _routed(tenancy(cloud, intent)) == {"185.15.57.0/29": "185.15.57.10"}


def test_a_cloud_without_an_edge_has_nothing_to_route(cloud: Cloud) -> None:
    intent = _intent(f"  r: {{external: {GATEWAY}, subnets: [172.16.130.0/24]}}")
    assert tenancy(dataclasses.replace(cloud, edge=None), intent) == Tenancy()


def test_next_hops_lie_on_the_inside_vlan(cloud: Cloud) -> None:
    found = tenancy(cloud, tenants((ROOT / "tests/golden/tenants.yaml").read_text()))
    assert found.routes
    inside = cloud.vlans["cloud-gw-transport-codfw"].networks
    assert all(ip_address(route.next_hop) in inside for route in found.routes)
