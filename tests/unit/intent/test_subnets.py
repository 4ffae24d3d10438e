"""Subnets: gateways, pools and modes of both families."""

from typing import Any

import pytest

from seapoint.intent.subnet import Pool

SLAAC = {"ipv6_ra_mode": "slaac", "ipv6_address_mode": "slaac"}


@pytest.mark.parametrize(
    ("cidr", "body", "gateway", "pools"),
    [
        ("192.0.2.0/24", {}, "192.0.2.1", [Pool("192.0.2.2", "192.0.2.254")]),
        ("192.0.2.0/24", {"gateway_ip": None}, None, [Pool("192.0.2.1", "192.0.2.254")]),
        (
            "192.0.2.0/24",
            {"gateway_ip": "192.0.2.9"},
            "192.0.2.9",
            [Pool("192.0.2.1", "192.0.2.8"), Pool("192.0.2.10", "192.0.2.254")],
        ),
        ("192.0.2.0/31", {"gateway_ip": None}, None, [Pool("192.0.2.0", "192.0.2.1")]),
        ("2001:db8::/64", {}, "2001:db8::1", [Pool("2001:db8::2", "2001:db8::ffff:ffff:ffff:ffff")]),
        ("2001:db8::/64", SLAAC, "2001:db8::1", [Pool("2001:db8::2", "2001:db8::ffff:ffff:ffff:ffff")]),
        (
            "2001:db8::/64",
            {"gateway_ip": "fe80::1"},
            "fe80::1",
            [Pool("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff")],
        ),
        (
            "2001:db8::/64",
            {
                "allocation_pools": [
                    {"start": "2001:db8::20", "end": "2001:db8::2F"},
                    {"start": "2001:db8::10", "end": "2001:db8::11"},
                ]
            },
            "2001:db8::1",
            [Pool("2001:db8::10", "2001:db8::11"), Pool("2001:db8::20", "2001:db8::2f")],
        ),
    ],
)
def test_gateway_and_pools(cloud: Any, cidr: str, body: dict[str, Any], gateway: str | None, pools: list[Pool]) -> None:
    subnet = cloud.subnet(cloud.make("network"), cidr, **body)
    assert subnet.gateway_ip == gateway
    assert list(subnet.allocation_pools) == pools


@pytest.mark.parametrize(
    ("cidr", "body", "expected"),
    [
        ("192.0.2.5/24", {}, (400, "HTTPBadRequest")),
        ("192.0.2.0", {}, (400, "HTTPBadRequest")),
        ("2001:db8::1/64", {}, (400, "HTTPBadRequest")),
        ("224.0.0.0/24", {}, (400, "InvalidInput")),
        ("ff02::/64", {}, (400, "InvalidInput")),
        ("127.0.0.0/24", {}, (400, "InvalidInput")),
        ("0.0.0.0/0", {}, (400, "InvalidInput")),
        ("192.0.2.0/24", {"ip_version": 6}, (400, "InvalidInput")),
        ("192.0.2.0/24", {"ip_version": 5}, (400, "InvalidInput")),
        ("192.0.2.0/24", SLAAC, (400, "InvalidInput")),
        ("2001:db8::/80", SLAAC, (400, "InvalidInput")),
        ("2001:db8::/64", {**SLAAC, "enable_dhcp": False}, (400, "InvalidInput")),
        ("2001:db8::/64", {"ipv6_ra_mode": "slaac", "ipv6_address_mode": "dhcpv6-stateful"}, (400, "InvalidInput")),
        ("2001:db8::/64", {"ipv6_ra_mode": "fast"}, (400, "HTTPBadRequest")),
        ("192.0.2.0/24", {"gateway_ip": "198.51.100.1"}, (400, "InvalidInput")),
        ("192.0.2.0/24", {"gateway_ip": "192.0.2.255"}, (400, "InvalidInput")),
        ("192.0.2.0/24", {"gateway_ip": "fe80::1"}, (400, "InvalidInput")),
        ("2001:db8::/64", {"gateway_ip": "192.0.2.1"}, (400, "InvalidInput")),
        (
            "192.0.2.0/24",
            {"allocation_pools": [{"start": "192.0.2.1", "end": "192.0.2.9"}]},
            (409, "GatewayConflictWithAllocationPools"),
        ),
        (
            "192.0.2.0/24",
            {"allocation_pools": [{"start": "192.0.2.9", "end": "192.0.2.8"}]},
            (400, "InvalidAllocationPool"),
        ),
        (
            "192.0.2.0/24",
            {"allocation_pools": [{"start": "192.0.2.9", "end": "192.0.3.8"}]},
            (400, "OutOfBoundsAllocationPool"),
        ),
        ("192.0.2.0/24", {"allocation_pools": [{"start": "192.0.2.9"}]}, (400, "HTTPBadRequest")),
        (
            "2001:db8::/64",
            {
                "allocation_pools": [
                    {"start": "2001:db8::5", "end": "2001:db8::9"},
                    {"start": "2001:db8::9", "end": "2001:db8::a"},
                ]
            },
            (409, "OverlappingAllocationPools"),
        ),
        ("192.0.2.0/24", {"dns_nameservers": ["2001:db8::53"]}, (400, "InvalidInput")),
        ("192.0.2.0/24", {"dns_nameservers": ["ns.example"]}, (400, "HTTPBadRequest")),
        (
            "2001:db8::/64",
            {"host_routes": [{"destination": "192.0.2.0/24", "nexthop": "2001:db8::9"}]},
            (400, "InvalidInput"),
        ),
        ("2001:db8::/64", {"network_id": "00000000-0000-4000-8000-00000000dead"}, (404, "NetworkNotFound")),
    ],
)
def test_bad_requests(cloud: Any, cidr: str, body: dict[str, Any], expected: tuple[int, str]) -> None:
    network = cloud.make("network")
    whole = {"network_id": network.id, "cidr": cidr, "ip_version": 6 if ":" in cidr else 4, **body}
    assert cloud.refused(lambda: cloud.make("subnet", **whole)) == expected


@pytest.mark.parametrize(
    ("first", "second"), [("192.0.2.0/24", "192.0.2.128/25"), ("2001:db8::/56", "2001:db8:0:ff::/64")]
)
def test_subnets_of_a_network_do_not_overlap(cloud: Any, first: str, second: str) -> None:
    network = cloud.make("network")
    cloud.subnet(network, first)
    assert cloud.refused(lambda: cloud.subnet(network, second)) == (400, "InvalidInput")
    assert cloud.subnet(cloud.make("network"), second).cidr == second


@pytest.mark.parametrize("missing", ["network_id", "cidr", "ip_version"])
def test_required_attributes(cloud: Any, missing: str) -> None:
    body = {"network_id": cloud.make("network").id, "cidr": "192.0.2.0/24", "ip_version": 4}
    del body[missing]
    assert cloud.refused(lambda: cloud.make("subnet", **body)) == (400, "HTTPBadRequest")


def test_a_subnet_in_use_stays_but_computed_addresses_go_with_it(cloud: Any) -> None:
    network = cloud.make("network")
    v4, v6 = cloud.subnet(network, "192.0.2.0/24"), cloud.subnet(network, "2001:db8::/64", **SLAAC)
    port = cloud.make("port", network_id=network.id)
    assert cloud.refused(lambda: cloud.drop(v4)) == (409, "SubnetInUse")
    cloud.drop(v6)
    assert [fixed.subnet_id for fixed in cloud.now(port).fixed_ips] == [v4.id]


def test_a_slaac_subnet_that_comes_later_gives_every_port_its_address(cloud: Any) -> None:
    network = cloud.make("network")
    cloud.subnet(network, "192.0.2.0/24")
    port = cloud.make("port", network_id=network.id, mac_address="06:8c:ba:00:04:77")
    cloud.subnet(network, "2a00:f10:121:400::/64", **SLAAC)
    assert [fixed.ip_address for fixed in cloud.now(port).fixed_ips] == [
        "192.0.2.2",
        "2a00:f10:121:400:48c:baff:fe00:477",
    ]


@pytest.mark.parametrize("cidr", ["192.0.2.0/24", "2001:db8::/64"])
def test_a_gateway_on_which_a_router_sits_cannot_move(cloud: Any, cidr: str) -> None:
    subnet = cloud.subnet(cloud.make("network"), cidr)
    cloud.join(cloud.make("router"), subnet_id=subnet.id)
    other = str(subnet.prefix[200])
    pools = [{"start": str(subnet.prefix[10]), "end": str(subnet.prefix[20])}]
    assert cloud.refused(lambda: cloud.change(subnet, gateway_ip=other, allocation_pools=pools)) == (
        409,
        "GatewayIpInUse",
    )


def test_a_changed_pool_is_what_the_next_port_gets(cloud: Any) -> None:
    network = cloud.make("network")
    subnet = cloud.subnet(network, "192.0.2.0/24", allocation_pools=[{"start": "192.0.2.50", "end": "192.0.2.51"}])
    cloud.make("port", network_id=network.id)  # the other address is the metadata port's
    assert cloud.refused(lambda: cloud.make("port", network_id=network.id)) == (409, "IpAddressGenerationFailure")
    cloud.change(subnet, allocation_pools=[{"start": "192.0.2.10", "end": "192.0.2.50"}])
    assert cloud.make("port", network_id=network.id).fixed_ips[0].ip_address == "192.0.2.10"


@pytest.mark.parametrize("cidr", ["192.0.2.0/24", "2001:db8::/64"])
def test_pools_are_kept_emptied_and_made_anew(cloud: Any, cidr: str) -> None:
    network = cloud.make("network")
    subnet = cloud.subnet(network, cidr)
    assert cloud.refused(lambda: cloud.change(subnet, allocation_pools=None)) == (400, "HTTPBadRequest")
    emptied = cloud.change(subnet, allocation_pools=[])
    assert emptied.allocation_pools == ()
    assert cloud.refused(lambda: cloud.make("port", network_id=network.id)) == (409, "IpAddressGenerationFailure")
    other = str(subnet.prefix[77])
    assert cloud.make("port", network_id=network.id, fixed_ips=[{"ip_address": other}]).fixed_ips[0].ip_address == other
