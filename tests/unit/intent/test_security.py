"""Security groups and rules of both families."""

from typing import Any

import pytest

from seapoint.intent.security import SecurityGroup, SecurityGroupRule


def rules_of(cloud: Any, group: Any) -> set[tuple[str, str]]:
    return {
        (it.direction, it.ethertype) for it in cloud.draft.intent.find(SecurityGroupRule, security_group_id=group.id)
    }


def test_a_new_group_lets_everything_out_and_nothing_in(cloud: Any) -> None:
    assert rules_of(cloud, cloud.make("security_group", name="web")) == {("egress", "IPv4"), ("egress", "IPv6")}


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ({"ethertype": "IPv4"}, None),
        ({"ethertype": "IPv6"}, None),
        ({"ethertype": "IPv4", "protocol": "tcp", "port_range_min": 22, "port_range_max": "22"}, 6),
        ({"ethertype": "IPv6", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22}, 6),
        ({"ethertype": "IPv4", "protocol": "icmp"}, 1),
        ({"ethertype": "IPv6", "protocol": "icmp"}, 58),
        ({"ethertype": "IPv6", "protocol": "ipv6-icmp", "port_range_min": 128, "port_range_max": 0}, 58),
        ({"ethertype": "IPv4", "protocol": 47}, 47),
        ({"ethertype": "IPv4", "remote_ip_prefix": "192.0.2.0/24"}, None),
        ({"ethertype": "IPv6", "remote_ip_prefix": "2001:db8::1/128"}, None),
        ({"ethertype": "ipv4", "remote_ip_prefix": "192.0.2.7"}, None),
        ({"ethertype": "ipv6", "remote_ip_prefix": "2001:db8::7"}, None),
    ],
)
def test_rules(cloud: Any, body: dict[str, Any], number: int | None) -> None:
    group = cloud.make("security_group", name="web", project_id="testlabs")
    rule = cloud.make("security_group_rule", security_group_id=group.id, direction="ingress", **body)
    assert rule.protocol_number == number
    assert rule.project_id == "testlabs"
    again = {"security_group_id": group.id, "direction": "ingress", **body}
    assert cloud.refused(lambda: cloud.make("security_group_rule", **again)) == (409, "SecurityGroupRuleExists")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"direction": "sideways"}, (400, "HTTPBadRequest")),
        ({"ethertype": "IPX"}, (400, "HTTPBadRequest")),
        ({"protocol": "smoke"}, (400, "HTTPBadRequest")),
        ({"protocol": 256}, (400, "HTTPBadRequest")),
        ({"port_range_min": 80, "port_range_max": 80}, (400, "SecurityGroupInvalidProtocolForPort")),
        (
            {"protocol": "udplite", "port_range_min": 80, "port_range_max": 80},
            (400, "SecurityGroupInvalidProtocolForPort"),
        ),
        ({"protocol": "tcp", "port_range_min": 90, "port_range_max": 80}, (400, "SecurityGroupInvalidPortRange")),
        ({"protocol": "udp", "port_range_min": 90}, (400, "SecurityGroupInvalidPortRange")),
        ({"protocol": "tcp", "port_range_min": 1, "port_range_max": 65536}, (400, "HTTPBadRequest")),
        ({"protocol": "icmp", "port_range_max": 0}, (400, "SecurityGroupMissingIcmpType")),
        ({"protocol": "icmp", "port_range_min": 256}, (400, "SecurityGroupInvalidIcmpValue")),
        ({"protocol": "ipv6-icmp"}, (400, "SecurityGroupEthertypeConflictWithProtocol")),
        ({"remote_ip_prefix": "2001:db8::/64"}, (400, "SecurityGroupRuleParameterConflict")),
        ({"ethertype": "IPv6", "remote_ip_prefix": "192.0.2.0/24"}, (400, "SecurityGroupRuleParameterConflict")),
        ({"remote_ip_prefix": "192.0.2.0/33"}, (400, "HTTPBadRequest")),
        ({"remote_group_id": "00000000-0000-4000-8000-00000000dead"}, (404, "SecurityGroupNotFound")),
        ({"security_group_id": "00000000-0000-4000-8000-00000000dead"}, (404, "SecurityGroupNotFound")),
    ],
)
def test_bad_rules(cloud: Any, body: dict[str, Any], expected: tuple[int, str]) -> None:
    group = cloud.make("security_group", name="web")
    whole = {"security_group_id": group.id, "direction": "ingress", "ethertype": "IPv4", **body}
    assert cloud.refused(lambda: cloud.make("security_group_rule", **whole)) == expected


def test_a_rule_cannot_be_changed_and_a_prefix_excludes_a_group(cloud: Any) -> None:
    group = cloud.make("security_group", name="web")
    rule = cloud.make("security_group_rule", security_group_id=group.id, direction="ingress")
    assert cloud.refused(lambda: cloud.change(rule, direction="egress")) == (400, "HTTPBadRequest")
    both = {"remote_group_id": group.id, "remote_ip_prefix": "192.0.2.0/24"}
    assert cloud.refused(
        lambda: cloud.make("security_group_rule", security_group_id=group.id, direction="ingress", **both)
    ) == (400, "SecurityGroupMultipleRemoteEntites")


def test_a_group_in_use_stays_and_goes_with_the_rules_that_name_it(cloud: Any) -> None:
    network = cloud.make("network")
    web, db = cloud.make("security_group", name="web"), cloud.make("security_group", name="db")
    for family in ("IPv4", "IPv6"):
        cloud.make(
            "security_group_rule",
            security_group_id=db.id,
            direction="ingress",
            ethertype=family,
            remote_group_id=web.id,
        )
    port = cloud.make("port", network_id=network.id, security_groups=[web.id])
    assert cloud.refused(lambda: cloud.drop(web)) == (409, "SecurityGroupInUse")
    cloud.drop(port)
    cloud.drop(web)
    assert rules_of(cloud, db) == {("egress", "IPv4"), ("egress", "IPv6")}


def test_there_is_one_group_called_default(cloud: Any) -> None:
    cloud.make("network")
    (default,) = cloud.draft.intent.of(SecurityGroup).values()
    assert default.name == "default"
    assert cloud.refused(lambda: cloud.make("security_group", name="default")) == (
        409,
        "SecurityGroupDefaultAlreadyExists",
    )
    assert cloud.refused(lambda: cloud.change(default, name="other")) == (409, "SecurityGroupCannotUpdateDefault")


@pytest.mark.parametrize(("given", "kept"), [("192.0.2.7", "192.0.2.7/32"), ("2001:DB8::7", "2001:db8::7/128")])
def test_a_remote_address_is_a_prefix(cloud: Any, given: str, kept: str) -> None:
    group = cloud.make("security_group", name="web")
    family = "IPv6" if ":" in given else "IPv4"
    body = {"direction": "ingress", "ethertype": family, "remote_ip_prefix": given}
    assert cloud.make("security_group_rule", security_group_id=group.id, **body).remote_ip_prefix == kept
