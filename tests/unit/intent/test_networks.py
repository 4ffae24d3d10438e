"""Networks: segments from the cloud's rules, provider types, MTU."""

from typing import Any

import pytest


def test_overlay_networks_get_numbers_in_order_until_there_are_none(cloud: Any) -> None:
    numbers = [cloud.make("network").provider_segmentation_id for _ in range(3)]
    assert numbers == [1, 2, 3]
    assert cloud.refused(lambda: cloud.make("network")) == (503, "NoNetworkAvailable")


def test_a_number_is_free_again_after_deletion(cloud: Any) -> None:
    first, second = cloud.make("network"), cloud.make("network")
    cloud.drop(first)
    assert cloud.make("network").provider_segmentation_id == 1
    assert cloud.now(second).provider_network_type == "vxlan"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"provider:network_type": "flat", "provider:physical_network": "wan"}, ("flat", "wan", None, 1500)),
        ({"provider:network_type": "vlan", "provider:physical_network": "wan"}, ("vlan", "wan", 100, 1500)),
        (
            {"provider:network_type": "vlan", "provider:physical_network": "trunk", "provider:segmentation_id": 2105},
            ("vlan", "trunk", 2105, 9000),
        ),
        ({"provider:network_type": "vxlan", "provider:segmentation_id": 3}, ("vxlan", None, 3, 1450)),
        ({"mtu": 1400}, ("vxlan", None, 1, 1400)),
    ],
)
def test_provider_attributes(cloud: Any, body: dict[str, Any], expected: tuple[Any, ...]) -> None:
    made = cloud.make("network", **body)
    found = (
        made.provider_network_type,
        made.provider_physical_network,
        made.provider_segmentation_id,
        made.mtu,
    )
    assert found == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"provider:network_type": "geneve"}, (400, "InvalidInput")),
        ({"provider:network_type": "gre"}, (400, "InvalidInput")),
        ({"provider:network_type": "token-ring"}, (400, "HTTPBadRequest")),
        ({"provider:network_type": "flat"}, (400, "InvalidInput")),
        ({"provider:network_type": "flat", "provider:physical_network": "unknown"}, (400, "InvalidInput")),
        ({"provider:network_type": "flat", "provider:physical_network": "trunk"}, (400, "InvalidInput")),
        (
            {"provider:network_type": "flat", "provider:physical_network": "wan", "provider:segmentation_id": 5},
            (400, "InvalidInput"),
        ),
        (
            {"provider:network_type": "vlan", "provider:physical_network": "wan", "provider:segmentation_id": 4095},
            (400, "InvalidInput"),
        ),
        ({"provider:physical_network": "wan"}, (400, "InvalidInput")),
        ({"provider:segmentation_id": 0}, (400, "HTTPBadRequest")),
        ({"mtu": 9000}, (400, "InvalidInput")),
        ({"mtu": -1}, (400, "HTTPBadRequest")),
        ({"nmae": "x"}, (400, "HTTPBadRequest")),
        ({"name": 5}, (400, "HTTPBadRequest")),
        ({"name": "x" * 256}, (400, "HTTPBadRequest")),
        ({"admin_state_up": "perhaps"}, (400, "HTTPBadRequest")),
        ({"id": "00000000-0000-4000-8000-000000000001"}, (400, "HTTPBadRequest")),
        ({"project_id": "a", "tenant_id": "b"}, (400, "HTTPBadRequest")),
    ],
)
def test_bad_requests(cloud: Any, body: dict[str, Any], expected: tuple[int, str]) -> None:
    assert cloud.refused(lambda: cloud.make("network", **body)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"provider:network_type": "flat", "provider:physical_network": "wan"}, (409, "FlatNetworkInUse")),
        (
            {"provider:network_type": "vlan", "provider:physical_network": "wan", "provider:segmentation_id": 100},
            (409, "VlanIdInUse"),
        ),
        ({"provider:segmentation_id": 1}, (409, "TunnelIdInUse")),
    ],
)
def test_a_segment_carries_one_network(cloud: Any, body: dict[str, Any], expected: tuple[int, str]) -> None:
    cloud.make("network", **body)
    assert cloud.refused(lambda: cloud.make("network", **body)) == expected


def test_a_network_goes_with_its_subnets_but_not_under_its_ports(cloud: Any) -> None:
    network = cloud.make("network")
    cloud.subnet(network, "192.0.2.0/24")
    port = cloud.make("port", network_id=network.id)
    assert cloud.refused(lambda: cloud.drop(network)) == (409, "NetworkInUse")
    cloud.drop(port)
    cloud.drop(network)
    assert not any(
        cloud.draft.intent.of(kind) for kind in cloud.draft.intent.types() if kind.KIND in ("network", "subnet")
    )


def test_an_external_network_in_use_stays_external(cloud: Any) -> None:
    network = cloud.external()
    cloud.make("router", external_gateway_info={"network_id": network.id})
    change = {"router:external": False}
    assert cloud.refused(lambda: cloud.change(network, **change)) == (409, "ExternalNetworkInUse")
