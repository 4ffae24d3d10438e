"""Routers and floating IPs: gateways, interfaces, translation that no omission turns on."""

from typing import Any

import pytest

from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.port import Port
from seapoint.intent.subnet import Subnet


def inside(cloud: Any, *cidrs: str) -> tuple[Any, list[Any]]:
    network = cloud.make("network")
    return network, [cloud.subnet(network, cidr) for cidr in cidrs]


def external_subnets(cloud: Any, network: Any) -> dict[str, Any]:
    return {subnet.cidr: subnet for subnet in cloud.draft.intent.find(Subnet, network_id=network.id)}


def test_a_first_gateway_has_neutron_s_default_and_addresses_of_both_families(cloud: Any) -> None:
    network = cloud.external()
    router = cloud.make("router", external_gateway_info={"network_id": network.id})
    gateway = router.external_gateway_info
    assert gateway.enable_snat is True
    assert [fixed.ip_address for fixed in gateway.external_fixed_ips] == ["203.0.113.2", "2001:db8:f::2"]
    (port,) = cloud.draft.intent.find(Port, device_id=router.id)
    assert port.is_router_gateway
    assert port.fixed_ips == gateway.external_fixed_ips


@pytest.mark.parametrize("stored", [True, False])
def test_an_update_that_leaves_enable_snat_out_keeps_it(cloud: Any, stored: bool) -> None:
    """The request that took the real cloud down: it adds the gateway's IPv6 address and says nothing of translation."""
    network = cloud.external()
    subnets = external_subnets(cloud, network)
    v4 = {"subnet_id": subnets["203.0.113.0/29"].id, "ip_address": "203.0.113.4"}
    v6 = {"subnet_id": subnets["2001:db8:f::/64"].id, "ip_address": "2001:db8:f::2:1"}
    info = {
        "network_id": network.id,
        "enable_snat": stored,
        "external_fixed_ips": [v4],
        "nat_exclusions": ["198.51.100.0/24"],
    }
    router = cloud.make("router", external_gateway_info=info)
    router = cloud.change(router, external_gateway_info={"network_id": network.id, "external_fixed_ips": [v4, v6]})
    gateway = router.external_gateway_info
    assert gateway.enable_snat is stored
    assert gateway.nat_exclusions == ("198.51.100.0/24",)
    assert [fixed.ip_address for fixed in gateway.external_fixed_ips] == ["203.0.113.4", "2001:db8:f::2:1"]
    router = cloud.change(router, name="other")
    assert router.external_gateway_info == gateway
    router = cloud.change(router, external_gateway_info={"nat_exclusions": ["198.51.100.0/24", "2001:db8:9::/48"]})
    assert router.external_gateway_info.external_fixed_ips == gateway.external_fixed_ips
    assert router.external_gateway_info.enable_snat is stored
    router = cloud.change(router, external_gateway_info={"enable_snat": not stored})
    assert router.external_gateway_info.enable_snat is not stored


@pytest.mark.parametrize("cleared", [None, {}])
def test_a_cleared_gateway_leaves_nothing(cloud: Any, cleared: Any) -> None:
    network = cloud.external()
    router = cloud.make("router", external_gateway_info={"network_id": network.id, "enable_snat": False})
    router = cloud.change(router, external_gateway_info=cleared)
    assert router.external_gateway_info is None
    assert cloud.draft.intent.find(Port, device_id=router.id) == ()


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ({"network_id": "inside"}, (400, "BadRequest")),
        ({"enable_snat": False}, (400, "BadRequest")),
        ({"network_id": "00000000-0000-4000-8000-00000000dead"}, (404, "NetworkNotFound")),
        ({"network_id": "outside", "enable_snat": "maybe"}, (400, "HTTPBadRequest")),
        ({"network_id": "outside", "snat": True}, (400, "HTTPBadRequest")),
        ({"network_id": "outside", "nat_exclusions": ["10.0.0.1"]}, (400, "HTTPBadRequest")),
        ({"network_id": "outside", "external_fixed_ips": [{"ip_address": "192.0.2.1"}]}, (400, "InvalidIpForNetwork")),
        ("outside", (400, "HTTPBadRequest")),
    ],
)
def test_bad_gateways(cloud: Any, info: Any, expected: tuple[int, str]) -> None:
    names = {"outside": cloud.external().id, "inside": inside(cloud, "192.0.2.0/24")[0].id}
    if isinstance(info, dict) and info.get("network_id") in names:
        info = {**info, "network_id": names[info["network_id"]]}
    assert cloud.refused(lambda: cloud.make("router", external_gateway_info=info)) == expected


def test_interfaces_of_both_families(cloud: Any) -> None:
    network, (v4, first, second) = inside(cloud, "192.0.2.0/24", "2001:db8::/64", "2001:db8:1::/64")
    router = cloud.make("router")
    answers = [cloud.join(router, subnet_id=subnet.id) for subnet in (v4, first, second)]
    assert answers[0]["port_id"] != answers[1]["port_id"]
    assert answers[1]["port_id"] == answers[2]["port_id"]  # the IPv6 prefixes of a network share an interface
    assert answers[0]["network_id"] == network.id
    assert cloud.draft.intent.owner((v4.id, "192.0.2.1")) == answers[0]["port_id"]
    assert cloud.refused(lambda: cloud.drop(router)) == (409, "RouterInUse")
    assert cloud.refused(lambda: cloud.drop(first)) == (409, "SubnetInUse")
    cloud.part(router, subnet_id=first.id)
    (shared,) = [
        port for port in cloud.draft.intent.find(Port, device_id=router.id) if port.id == answers[2]["port_id"]
    ]
    assert [fixed.ip_address for fixed in shared.fixed_ips] == ["2001:db8:1::1"]
    cloud.part(router, port_id=shared.id)
    cloud.part(router, subnet_id=v4.id)
    cloud.drop(router)


@pytest.mark.parametrize("cidr", ["192.0.2.0/24", "2001:db8::/64"])
def test_a_port_as_interface(cloud: Any, cidr: str) -> None:
    network, (subnet,) = inside(cloud, cidr)
    router = cloud.make("router")
    port = cloud.make("port", network_id=network.id)
    answer = cloud.join(router, port_id=port.id)
    assert answer["subnet_ids"] == [subnet.id]
    assert cloud.now(port).is_router_interface
    assert cloud.refused(lambda: cloud.join(cloud.make("router"), port_id=port.id)) == (409, "PortInUse")


@pytest.mark.parametrize("cidr", ["192.0.2.0/24", "2001:db8::/64"])
def test_bad_interfaces(cloud: Any, cidr: str) -> None:
    _, (subnet,) = inside(cloud, cidr)
    other = cloud.subnet(cloud.make("network"), cidr)
    bare = cloud.subnet(cloud.external(), "2001:db8:77::/64", gateway_ip=None)
    router = cloud.make("router")
    cloud.join(router, subnet_id=subnet.id)
    dead = "00000000-0000-4000-8000-00000000dead"
    assert cloud.refused(lambda: cloud.join(router, subnet_id=subnet.id)) == (400, "BadRequest")
    assert cloud.refused(lambda: cloud.join(router, subnet_id=other.id)) == (400, "BadRequest")
    assert cloud.refused(lambda: cloud.join(router, subnet_id=bare.id)) == (400, "BadRequest")
    assert cloud.refused(lambda: cloud.join(router)) == (400, "BadRequest")
    assert cloud.refused(lambda: cloud.join(router, subnet_id=subnet.id, port_id=dead)) == (400, "BadRequest")
    assert cloud.refused(lambda: cloud.join(router, subnet_id=dead)) == (404, "SubnetNotFound")
    assert cloud.refused(lambda: cloud.join(router, subnet_id="x")) == (400, "HTTPBadRequest")
    assert cloud.refused(lambda: cloud.part(router, subnet_id=other.id)) == (404, "RouterInterfaceNotFoundForSubnet")
    assert cloud.refused(lambda: cloud.part(router, port_id=dead)) == (404, "RouterInterfaceNotFound")
    second = cloud.make("router")
    assert cloud.refused(lambda: cloud.join(second, subnet_id=subnet.id)) == (409, "IpAddressAlreadyAllocated")


@pytest.mark.parametrize(
    ("destination", "nexthop", "expected"),
    [
        ("198.51.100.0/24", "192.0.2.9", None),
        ("2001:db8:9::/48", "2001:db8::9", None),
        ("198.51.100.0/24", "198.51.100.1", (400, "InvalidRoutes")),
        ("2001:db8:9::/48", "2001:db8:8::1", (400, "InvalidRoutes")),
        ("198.51.100.0/24", "192.0.2.1", (400, "InvalidRoutes")),
        ("198.51.100.0/24", "2001:db8::9", (400, "InvalidRoutes")),
        ("198.51.100.0/24", "x", (400, "HTTPBadRequest")),
    ],
)
def test_extra_routes(cloud: Any, destination: str, nexthop: str, expected: tuple[int, str] | None) -> None:
    _, subnets = inside(cloud, "192.0.2.0/24", "2001:db8::/64")
    router = cloud.make("router")
    for subnet in subnets:
        cloud.join(router, subnet_id=subnet.id)
    routes = [{"destination": destination, "nexthop": nexthop}]
    if expected is not None:
        assert cloud.refused(lambda: cloud.change(router, routes=routes)) == expected
        return
    router = cloud.change(router, routes=routes)
    assert [(route.destination, route.nexthop) for route in router.routes] == [(destination, nexthop)]
    used = subnets[1] if ":" in nexthop else subnets[0]
    assert cloud.refused(lambda: cloud.part(router, subnet_id=used.id)) == (409, "RouterInterfaceInUseByRoute")


def test_a_bound_on_routers_is_kept(cloud: Any) -> None:
    for _ in range(3):
        cloud.make("router")
    assert cloud.refused(lambda: cloud.make("router")) == (409, "OverQuota")
    assert cloud.make("router", project_id="other").project_id == "other"


@pytest.fixture
def outside(cloud: Any) -> Any:
    """An external network, a router on it, a dual-stack network behind, and a port on that."""
    network = cloud.external()
    router = cloud.make("router", external_gateway_info={"network_id": network.id, "enable_snat": False})
    inner, subnets = inside(cloud, "192.0.2.0/24", "2001:db8::/64")
    for subnet in subnets:
        cloud.join(router, subnet_id=subnet.id)
    return network, router, cloud.make("port", network_id=inner.id), subnets


def test_a_floating_ip_comes_from_the_floating_pool_and_leads_to_a_port(cloud: Any, outside: Any) -> None:
    network, router, port, subnets = outside
    floating = cloud.make("floatingip", floating_network_id=network.id, port_id=port.id)
    assert floating.floating_ip_address == "203.0.113.9"
    assert (floating.fixed_ip_address, floating.router_id) == ("192.0.2.2", router.id)
    (holder,) = cloud.draft.intent.find(Port, device_id=floating.id)
    assert holder.is_floating_ip
    other = cloud.make("floatingip", floating_network_id=network.id, floating_ip_address="203.0.113.14")
    assert cloud.refused(lambda: cloud.change(other, port_id=port.id)) == (409, "FloatingIPPortAlreadyAssociated")
    assert cloud.refused(lambda: cloud.part(router, subnet_id=subnets[0].id)) == (
        409,
        "RouterInterfaceInUseByFloatingIP",
    )
    assert cloud.refused(lambda: cloud.change(router, external_gateway_info=None)) == (
        409,
        "RouterExternalGatewayInUseByFloatingIp",
    )
    cloud.drop(port)
    freed = cloud.now(floating)
    assert (freed.port_id, freed.fixed_ip_address, freed.router_id) == (None, None, None)
    cloud.drop(freed)
    assert cloud.draft.intent.find(Port, device_id=floating.id) == ()


def test_a_floating_ip_lets_go_of_an_address_that_its_port_gives_up(cloud: Any, outside: Any) -> None:
    network, _, port, _ = outside
    floating = cloud.make("floatingip", floating_network_id=network.id, port_id=port.id)
    cloud.change(port, fixed_ips=[{"ip_address": "192.0.2.50"}])
    assert cloud.now(floating).port_id is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"floating_network_id": "inside"}, (400, "BadRequest")),
        ({}, (400, "HTTPBadRequest")),
        ({"floating_ip_address": "2001:db8:f::9"}, (400, "HTTPBadRequest")),
        ({"floating_ip_address": "198.51.100.9"}, (400, "InvalidIpForNetwork")),
        ({"fixed_ip_address": "192.0.2.2"}, (400, "BadRequest")),
        ({"port_id": "00000000-0000-4000-8000-00000000dead"}, (404, "PortNotFound")),
        ({"port_id": "port", "fixed_ip_address": "192.0.2.77"}, (400, "BadRequest")),
        ({"port_id": "only IPv6"}, (400, "BadRequest")),
        ({"port_id": "behind no router"}, (404, "ExternalGatewayForFloatingIPNotFound")),
    ],
)
def test_bad_floating_ips(cloud: Any, outside: Any, body: dict[str, Any], expected: tuple[int, str]) -> None:
    network, _, port, subnets = outside
    lonely, _ = inside(cloud, "198.51.100.0/24")
    named = {
        "inside": lonely.id,
        "port": port.id,
        "only IPv6": cloud.make("port", network_id=port.network_id, fixed_ips=[{"subnet_id": subnets[1].id}]).id,
        "behind no router": cloud.make("port", network_id=lonely.id).id,
    }
    whole = {"floating_network_id": network.id, **body} if body else {}
    whole = {key: named.get(part, part) for key, part in whole.items()}
    assert cloud.refused(lambda: cloud.make("floatingip", **whole)) == expected
    assert len(cloud.draft.intent.of(FloatingIp)) == 0


def test_a_floating_pool_ends(cloud: Any, outside: Any) -> None:
    network, *_ = outside
    made = [cloud.make("floatingip", floating_network_id=network.id).floating_ip_address for _ in range(6)]
    assert made == [f"203.0.113.{number}" for number in range(9, 15)]
    assert cloud.refused(lambda: cloud.make("floatingip", floating_network_id=network.id)) == (
        409,
        "IpAddressGenerationFailure",
    )


def test_an_empty_list_of_addresses_leaves_the_gateway_s_where_they_are(cloud: Any) -> None:
    network = cloud.external()
    router = cloud.make("router", external_gateway_info={"network_id": network.id})
    changed = cloud.change(router, external_gateway_info={"network_id": network.id, "external_fixed_ips": []})
    assert changed.external_gateway_info == router.external_gateway_info


def test_a_floating_ip_takes_no_foreign_port_with_it(cloud: Any, outside: Any) -> None:
    network, _, port, _ = outside
    floating = cloud.make("floatingip", floating_network_id=network.id)
    named = cloud.change(port, device_id=floating.id)
    cloud.drop(floating)
    assert cloud.now(named) == named


def test_a_network_s_ipv6_subnets_share_one_interface(cloud: Any) -> None:
    """Two would advertise the same network with different words (RFC 4861)."""
    network, subnets = inside(cloud, "2001:db8:1::/64", "2001:db8:2::/64", "192.0.2.0/24")
    router = cloud.make("router")
    cloud.join(router, subnet_id=subnets[0].id)
    leg = {"network_id": network.id, "fixed_ips": [{"subnet_id": subnets[1].id}]}
    port = cloud.make("port", **leg)
    assert cloud.refused(lambda: cloud.join(router, port_id=port.id)) == (400, "BadRequest")
    v4 = cloud.make("port", network_id=network.id, fixed_ips=[{"subnet_id": subnets[2].id}])
    cloud.join(router, port_id=v4.id)
