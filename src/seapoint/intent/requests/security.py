"""Requests about security groups and their rules; the default group that every project gets."""

import dataclasses
from collections.abc import Mapping
from ipaddress import ip_network

from seapoint.base.errors import TenantError
from seapoint.intent.draft import Draft
from seapoint.intent.formats import Json
from seapoint.intent.resource import Given, Resource
from seapoint.intent.rules import CloudRules
from seapoint.intent.security import DEFAULT_GROUP, SecurityGroup, SecurityGroupRule
from seapoint.intent.snapshot import Intent
from seapoint.intent.view import shown

FAMILIES = ("IPv4", "IPv6")
WITH_PORTS = (6, 17, 132)  # tcp, udp, sctp: OVN reads no ports of others, and a rule must not open more than it says
ICMP = (1, 58)


def default_group(draft: Draft, project_id: str) -> SecurityGroup:
    """The project's group called default, made when it is first needed: its members reach each other."""
    found = draft.intent.get(SecurityGroup, draft.intent.owner(("default group", project_id)))
    if found is not None:
        return found
    group = SecurityGroup(
        id=draft.new_id(), project_id=project_id, name=DEFAULT_GROUP, description="Default security group"
    )
    group = _put_with_egress(draft, group)
    for family in FAMILIES:
        draft.put(_rule(draft, group, "ingress", family, remote_group_id=group.id))
    return group


def create_group(draft: Draft, group: SecurityGroup, given: Given) -> SecurityGroup:
    """A new group lets everything out, and nothing in."""
    del given
    if group.name == DEFAULT_GROUP:
        raise TenantError("SecurityGroupDefaultAlreadyExists", "Default security group already exists.", 409)
    default_group(draft, group.project_id)
    return _put_with_egress(draft, group)


def update_group(draft: Draft, before: SecurityGroup, after: SecurityGroup, given: Given) -> SecurityGroup:
    """The group called default keeps its name."""
    del given
    if before.name != after.name and DEFAULT_GROUP in (before.name, after.name):
        raise TenantError("SecurityGroupCannotUpdateDefault", "Updating default security group not allowed.", 409)
    return draft.put(after)


def delete_group(draft: Draft, group: SecurityGroup) -> None:
    """Its rules go with it, and other groups' rules that name it."""
    for rule in draft.intent.find(SecurityGroupRule, security_group_id=group.id):
        draft.delete(rule)
    for rule in draft.intent.find(SecurityGroupRule, remote_group_id=group.id):
        draft.delete(rule)
    draft.delete(group)


def create_rule(draft: Draft, rule: SecurityGroupRule, given: Given) -> SecurityGroupRule:
    """Check that the rule's parts fit each other; it belongs to its group's project."""
    group = draft.need(SecurityGroup, rule.security_group_id)
    if "project_id" not in given and "tenant_id" not in given:
        rule = dataclasses.replace(rule, project_id=group.project_id)
    _check_remote(rule)
    _check_ports(rule)
    other = draft.intent.owner(rule.claims()[0])
    if other is not None:
        raise TenantError("SecurityGroupRuleExists", f"Security group rule already exists. Rule id is {other}.", 409)
    return draft.put(rule)


def group_extras(intent: Intent, group: SecurityGroup, state: str, rules: CloudRules) -> Mapping[str, Json]:
    """A group's answer carries its rules."""
    del state, rules
    own = intent.find(SecurityGroupRule, security_group_id=group.id)
    return {"security_group_rules": [shown(rule) for rule in sorted(own, key=lambda rule: rule.id)]}


def _put_with_egress(draft: Draft, group: SecurityGroup) -> SecurityGroup:
    group = draft.put(group)
    for family in FAMILIES:
        draft.put(_rule(draft, group, "egress", family))
    return group


def _rule(
    draft: Draft, group: SecurityGroup, direction: str, family: str, remote_group_id: str | None = None
) -> SecurityGroupRule:
    return SecurityGroupRule(
        id=draft.new_id(),
        project_id=group.project_id,
        security_group_id=group.id,
        direction=direction,
        ethertype=family,
        remote_group_id=remote_group_id,
    )


def _check_remote(rule: SecurityGroupRule) -> None:
    if rule.remote_ip_prefix is None:
        return
    if rule.remote_group_id is not None:
        raise TenantError(
            "SecurityGroupMultipleRemoteEntites", "Only one of remote_ip_prefix and remote_group_id may be given."
        )
    if ip_network(rule.remote_ip_prefix).version != int(rule.ethertype[-1]):
        raise TenantError(
            "SecurityGroupRuleParameterConflict",
            f"Conflicting value ethertype {rule.ethertype} for CIDR {rule.remote_ip_prefix}",
        )


def _check_ports(rule: SecurityGroupRule) -> None:
    low, high, number = rule.port_range_min, rule.port_range_max, rule.protocol_number
    if rule.ethertype == "IPv4" and number in (41, 43, 44, 58, 59, 60):
        raise TenantError(
            "SecurityGroupEthertypeConflictWithProtocol",
            f"Invalid ethertype {rule.ethertype} for protocol {rule.protocol}.",
        )
    if low is None and high is None:
        return
    if number in ICMP:
        if low is None:
            raise TenantError("SecurityGroupMissingIcmpType", f"ICMP code (port-range-max) {high} is provided but "
                              "ICMP type (port-range-min) is missing.")  # fmt: skip
        for field, value in (("port_range_min", low), ("port_range_max", high or 0)):
            if value > 255:
                raise TenantError("SecurityGroupInvalidIcmpValue", f"Invalid value for ICMP {field}: {value}. "
                                  "It must be 0 to 255.")  # fmt: skip
        return
    if number not in WITH_PORTS:
        raise TenantError(
            "SecurityGroupInvalidProtocolForPort",
            f"Invalid protocol {rule.protocol} for port range, only supported for TCP, UDP and SCTP.",
        )
    if low is None or high is None or low > high or low == 0:
        raise TenantError("SecurityGroupInvalidPortRange", "For TCP/UDP protocols, port_range_min must be "
                          "<= port_range_max, and both are given, from 1 up.")  # fmt: skip


SECURITY_GROUP = Resource(SecurityGroup, create_group, update_group, delete_group, group_extras)
SECURITY_GROUP_RULE = Resource(SecurityGroupRule, create=create_rule)
