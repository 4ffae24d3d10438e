"""Ports: addresses of both families, MACs, security groups."""

from typing import Any

import pytest

from seapoint.intent.port import Port
from seapoint.intent.security import SecurityGroup, SecurityGroupRule

V4 = ("192.0.2.0/24", {})
STATEFUL = ("2001:db8::/64", {"ipv6_ra_mode": "dhcpv6-stateful", "ipv6_address_mode": "dhcpv6-stateful"})
STATELESS = ("2001:db8:1:2::/64", {"ipv6_ra_mode": "dhcpv6-stateless", "ipv6_address_mode": "dhcpv6-stateless"})
SLAAC = ("2001:db8:1:2::/64", {"ipv6_ra_mode": "slaac", "ipv6_address_mode": "slaac"})
EUI64 = "2001:db8:1:2:20c:29ff:fe0c:47d5"
MAC = "00:0c:29:0c:47:d5"


def network_with(cloud: Any, *subnets: tuple[str, dict[str, str]]) -> tuple[Any, list[Any]]:
    network = cloud.make("network")
    return network, [cloud.subnet(network, cidr, **body) for cidr, body in subnets]


def addresses(port: Any) -> list[str]:
    return [fixed.ip_address for fixed in port.fixed_ips]


@pytest.mark.parametrize(
    ("subnets", "expected"),
    [
        ([], []),
        ([V4], ["192.0.2.2"]),
        ([STATEFUL], ["2001:db8::2"]),
        ([SLAAC], [EUI64]),
        ([STATELESS], [EUI64]),
        ([V4, STATEFUL], ["192.0.2.2", "2001:db8::2"]),
        ([STATEFUL, V4, SLAAC], ["192.0.2.2", "2001:db8::2", EUI64]),
        ([V4, ("198.51.100.0/24", {})], ["192.0.2.2"]),
    ],
)
def test_addresses_when_the_request_names_none(cloud: Any, subnets: list[Any], expected: list[str]) -> None:
    network, _ = network_with(cloud, *subnets)
    assert addresses(cloud.make("port", network_id=network.id, mac_address=MAC)) == expected


def test_addresses_are_sequential_and_jump_over_reservations(cloud: Any) -> None:
    network, _ = network_with(cloud, V4, STATEFUL)
    ports = [cloud.make("port", network_id=network.id) for _ in range(3)]
    assert [addresses(port) for port in ports] == [
        ["192.0.2.2", "2001:db8::2"],
        ["192.0.2.4", "2001:db8::4"],
        ["192.0.2.5", "2001:db8::5"],
    ]
    cloud.drop(ports[1])
    assert addresses(cloud.make("port", network_id=network.id)) == ["192.0.2.4", "2001:db8::4"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], []),
        ([{"ip_address": "192.0.2.77"}], ["192.0.2.77", EUI64]),
        ([{"ip_address": "2001:DB8:0::77"}], ["2001:db8::77", EUI64]),
        ([{"subnet_id": 0}, {"subnet_id": 1}], ["192.0.2.2", "2001:db8::2", EUI64]),
        ([{"subnet_id": 0}, {"subnet_id": 0, "ip_address": "192.0.2.2"}], ["192.0.2.2", "192.0.2.4", EUI64]),
        ([{"subnet_id": 2}], [EUI64]),
        ([{"subnet_id": 2, "ip_address": EUI64}], [EUI64]),
    ],
)
def test_addresses_that_the_request_names(cloud: Any, wanted: list[Any], expected: list[str]) -> None:
    network, subnets = network_with(cloud, V4, STATEFUL, SLAAC)
    named = [{key: subnets[part].id if key == "subnet_id" else part for key, part in one.items()} for one in wanted]
    port = cloud.make("port", network_id=network.id, mac_address=MAC, fixed_ips=named)
    assert sorted(addresses(port)) == sorted(expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"fixed_ips": [{"ip_address": "192.0.2.2"}]}, (409, "IpAddressAlreadyAllocated")),
        ({"fixed_ips": [{"ip_address": "2001:db8::2"}]}, (409, "IpAddressAlreadyAllocated")),
        ({"fixed_ips": [{"ip_address": "192.0.2.3"}]}, (409, "IpAddressAlreadyAllocated")),
        ({"fixed_ips": [{"ip_address": "2001:db8::3"}]}, (409, "IpAddressAlreadyAllocated")),
        ({"fixed_ips": [{"ip_address": "192.0.2.255"}]}, (400, "InvalidIpForSubnet")),
        ({"fixed_ips": [{"ip_address": "198.51.100.1"}]}, (400, "InvalidIpForNetwork")),
        ({"fixed_ips": [{"ip_address": "2001:db8:1:2::77"}]}, (400, "AllocationOnAutoAddressSubnet")),
        ({"fixed_ips": [{"ip_address": "192.0.2.300"}]}, (400, "HTTPBadRequest")),
        ({"fixed_ips": [{"ip_address": "fe80::1%eth0"}]}, (400, "HTTPBadRequest")),
        ({"fixed_ips": [{}]}, (400, "InvalidInput")),
        ({"fixed_ips": [{"ip": "192.0.2.9"}]}, (400, "HTTPBadRequest")),
        ({"fixed_ips": "192.0.2.9"}, (400, "HTTPBadRequest")),
        ({"fixed_ips": [{"ip_address": "192.0.2.9"}, {"ip_address": "192.0.2.9"}]}, (400, "HTTPBadRequest")),
        ({"fixed_ips": [{"subnet_id": "00000000-0000-4000-8000-00000000dead"}]}, (404, "SubnetNotFound")),
        ({"mac_address": MAC}, (409, "MacAddressInUse")),
        ({"mac_address": "01:00:5e:00:00:01"}, (400, "HTTPBadRequest")),
        ({"mac_address": "nonsense"}, (400, "HTTPBadRequest")),
        ({"network_id": "00000000-0000-4000-8000-00000000dead"}, (404, "NetworkNotFound")),
        ({"network_id": "x"}, (400, "HTTPBadRequest")),
        ({"security_groups": ["00000000-0000-4000-8000-00000000dead"]}, (404, "SecurityGroupNotFound")),
        (
            {"port_security_enabled": False, "allowed_address_pairs": [{"ip_address": "192.0.2.9"}]},
            (409, "AddressPairAndPortSecurityRequired"),
        ),
        ({"allowed_address_pairs": [{"mac_address": MAC}]}, (400, "HTTPBadRequest")),
        ({"allowed_address_pairs": [{"ip_address": "2001:db8::/129"}]}, (400, "HTTPBadRequest")),
        ({"binding:vnic_type": "psychic"}, (400, "HTTPBadRequest")),
        ({"binding:profile": "x"}, (400, "HTTPBadRequest")),
        ({"extra_dhcp_opts": [{"opt_value": "x"}]}, (400, "HTTPBadRequest")),
    ],
)  # fmt: skip
def test_bad_requests(cloud: Any, body: dict[str, Any], expected: tuple[int, str]) -> None:
    network, _ = network_with(cloud, V4, STATEFUL, SLAAC)
    cloud.make("port", network_id=network.id, mac_address=MAC)
    assert cloud.refused(lambda: cloud.make("port", **{"network_id": network.id, **body})) == expected


def test_generated_macs_are_ours_and_different(cloud: Any) -> None:
    network, _ = network_with(cloud)
    macs = {cloud.make("port", network_id=network.id).mac_address for _ in range(50)}
    assert len(macs) == 50
    assert all(mac.startswith("fa:16:3e:") for mac in macs)


def test_a_new_mac_moves_the_computed_address_only(cloud: Any) -> None:
    network, _ = network_with(cloud, V4, SLAAC)
    port = cloud.make("port", network_id=network.id)
    assert addresses(cloud.change(port, mac_address=MAC)) == ["192.0.2.2", EUI64]


def test_an_update_keeps_the_address_of_a_subnet_that_it_only_names(cloud: Any) -> None:
    network, (v4, v6) = network_with(cloud, V4, STATEFUL)
    cloud.make("port", network_id=network.id)
    port = cloud.make("port", network_id=network.id)
    changed = cloud.change(port, fixed_ips=[{"subnet_id": v6.id}, {"subnet_id": v4.id, "ip_address": "192.0.2.99"}])
    assert addresses(changed) == ["192.0.2.99", "2001:db8::4"]
    assert cloud.draft.intent.owner((v4.id, "192.0.2.4")) is None


def test_the_default_group_is_made_once_for_each_project(cloud: Any) -> None:
    network, _ = network_with(cloud, V4)
    first = cloud.make("port", network_id=network.id, project_id="testlabs")
    second = cloud.make("port", network_id=network.id, tenant_id="testlabs")
    assert first.security_groups == second.security_groups
    group = cloud.draft.intent.of(SecurityGroup)[first.security_groups[0]]
    assert (group.name, group.project_id) == ("default", "testlabs")
    rules = cloud.draft.intent.find(SecurityGroupRule, security_group_id=group.id)
    assert (
        sorted((rule.direction, rule.ethertype, rule.remote_group_id) for rule in rules)
        == [
            ("egress", "IPv4", None),
            ("egress", "IPv6", None),
            ("ingress", "IPv4", group.id),
            ("ingress", "IPv6", group.id),
        ]
        or len(rules) == 4
    )


@pytest.mark.parametrize(
    ("body", "secured", "groups"),
    [
        ({}, True, 1),
        ({"security_groups": []}, True, 0),
        ({"port_security_enabled": False}, False, 0),
        ({"device_owner": "network:dhcp"}, False, 0),
        ({"device_owner": "compute:nova"}, True, 1),
    ],
)
def test_port_security(cloud: Any, body: dict[str, Any], secured: bool, groups: int) -> None:
    network, _ = network_with(cloud, V4)
    port = cloud.make("port", network_id=network.id, **body)
    assert (port.port_security_enabled, len(port.security_groups)) == (secured, groups)


def test_port_security_goes_off_only_without_groups(cloud: Any) -> None:
    network, _ = network_with(cloud, V4)
    port = cloud.make("port", network_id=network.id)
    assert cloud.refused(lambda: cloud.change(port, port_security_enabled=False)) == (
        409,
        "PortSecurityPortHasSecurityGroup",
    )
    changed = cloud.change(port, port_security_enabled=False, security_groups=[])
    assert not changed.port_security_enabled


def test_a_router_s_port_is_not_deleted_as_a_port(cloud: Any) -> None:
    _, (v4, v6) = network_with(cloud, V4, STATEFUL)
    router = cloud.make("router")
    for subnet in (v4, v6):
        answer = cloud.join(router, subnet_id=subnet.id)
        port = cloud.draft.intent.of(type(cloud.make("port", network_id=v4.network_id)))[answer["port_id"]]
        assert cloud.refused(lambda port=port: cloud.drop(port)) == (409, "ServicePortInUse")


def test_null_means_empty(cloud: Any) -> None:
    network, _ = network_with(cloud, V4)
    port = cloud.make(
        "port", network_id=network.id, device_id="vm", **{"binding:host_id": "h", "binding:profile": {"a": 1}}
    )
    freed = cloud.change(port, device_id=None, mac_address=None, **{"binding:host_id": None, "binding:profile": None})
    assert (freed.device_id, freed.binding_host_id, freed.binding_profile) == ("", "", "{}")
    assert freed.mac_address == port.mac_address
    assert freed.fixed_ips == port.fixed_ips


@pytest.mark.parametrize("subnets", [[V4], [STATEFUL], [V4, SLAAC]])
def test_null_addresses_are_refused_and_take_none_away(cloud: Any, subnets: list[Any]) -> None:
    network, _ = network_with(cloud, *subnets)
    port = cloud.make("port", network_id=network.id)
    assert cloud.refused(lambda: cloud.change(port, fixed_ips=None)) == (400, "HTTPBadRequest")


@pytest.mark.parametrize("mode", ["slaac", "dhcpv6-stateless"])
@pytest.mark.parametrize("attribute", ["ipv6_ra_mode", "ipv6_address_mode"])
def test_either_mode_makes_hosts_compute_their_address(cloud: Any, attribute: str, mode: str) -> None:
    network, _ = network_with(cloud, ("2001:db8:1:2::/64", {attribute: mode}))
    assert addresses(cloud.make("port", network_id=network.id, mac_address=MAC)) == [EUI64]


def test_dhcp_options_of_an_update_join_those_that_are_there_and_null_takes_one_away(cloud: Any) -> None:
    network, _ = network_with(cloud, V4, STATEFUL)
    mtu, boot = {"opt_name": "mtu", "opt_value": "1400"}, {"opt_name": "bootfile-name", "opt_value": "a"}
    servers = {"opt_name": "dns-server", "opt_value": "2001:db8::53", "ip_version": 6}
    port = cloud.make("port", network_id=network.id, extra_dhcp_opts=[mtu, {"opt_name": "router", "opt_value": None}])
    port = cloud.change(port, extra_dhcp_opts=[boot, servers])
    port = cloud.change(port, extra_dhcp_opts=[mtu | {"opt_value": None}, boot | {"opt_value": "b"}])
    assert [(it.opt_name, it.opt_value, it.ip_version) for it in port.extra_dhcp_opts] == [
        ("bootfile-name", "b", 4),
        ("dns-server", "2001:db8::53", 6),
    ]


@pytest.mark.parametrize("change", [{"device_owner": ""}, {"device_id": "other"}, {"fixed_ips": []}])
def test_a_router_s_port_is_not_taken_from_it(cloud: Any, change: dict[str, Any]) -> None:
    _, (subnet,) = network_with(cloud, ("198.51.100.0/24", {}))
    router = cloud.make("router", external_gateway_info={"network_id": cloud.external().id})
    cloud.join(router, subnet_id=subnet.id)
    for port in cloud.draft.intent.find(Port, device_id=router.id):
        assert cloud.refused(lambda port=port: cloud.change(port, **change)) == (409, "ServicePortInUse")
        assert cloud.change(port, name="leg", device_id=router.id).name == "leg"


def test_a_group_named_twice_is_named_once(cloud: Any) -> None:
    """The openstack command adds groups to those that the port has, without looking."""
    network, _ = network_with(cloud, V4)
    group = cloud.make("security_group", name="web")
    port = cloud.make("port", network_id=network.id, security_groups=[group.id, group.id.upper()])
    assert port.security_groups == (group.id,)
