"""Security groups: a Port_Group each, an ACL for every rule, and one group that drops what no rule names."""

from collections.abc import Iterator
from typing import Any

from seapoint.compile.ovn.cloud import OvnCloud
from seapoint.compile.ovn.names import DROP_GROUP, group_name, group_uuid
from seapoint.compile.ovn.readers import scopes_of
from seapoint.compile.ovn.tables import keyed
from seapoint.intent.port import Port
from seapoint.intent.security import SecurityGroup, SecurityGroupRule
from seapoint.intent.snapshot import Change, Intent
from seapoint.target.changes import Key, Scope
from seapoint.target.rows import OWNER, Link, Row, Uuid, row_uuid

_ALLOW, _DROP = 1002, 1001  # priorities, as ML2/OVN's
_TRANSPORTS = {6: "tcp", 17: "udp", 132: "sctp"}
_ICMP = (1, 58)

#: A port asks for its address whatever its groups say; northd itself lets the answers, and neighbour discovery, pass.
_DHCP_REQUESTS = {
    "dhcpv4": f"inport == @{DROP_GROUP} && ip4 && udp.src == 68 && udp.dst == 67",
    "dhcpv6": f"inport == @{DROP_GROUP} && ip6 && udp.src == 546 && udp.dst == 547",
}


def compile_group(group_id: str, intent: Intent, _cloud: OvnCloud) -> dict[Key, Any]:
    """Port_Group ``pg_ID`` and its ACLs; ports join it in their own scope."""
    group = intent.get(SecurityGroup, group_id)
    if group is None:
        return {}
    owner = str(Scope("security_group", group_id))
    uuid = group_uuid(group_id)
    described = {
        OWNER: owner,
        "neutron:security_group_id": group_id,
        "neutron:revision_number": str(group.revision_number),
    }
    parts: list[Row | Link] = [Row("Port_Group", uuid, {"name": group_name(group_id), "external_ids": described})]
    action = "allow-related" if group.stateful else "allow-stateless"
    for rule in intent.find(SecurityGroupRule, security_group_id=group_id):
        ids = {OWNER: owner, "neutron:security_group_rule_id": rule.id}
        direction = "to-lport" if rule.direction == "ingress" else "from-lport"
        parts += _held(uuid, _acl(rule.id, direction, _ALLOW, match(rule), action, ids))
    return keyed(parts)


def compile_drop_group() -> dict[Key, Any]:
    """The group of every port with port security: IP that nothing allows is dropped, in both directions."""
    ids = {OWNER: str(Scope("cloud", ""))}
    uuid = group_uuid(DROP_GROUP)
    parts: list[Row | Link] = [Row("Port_Group", uuid, {"name": DROP_GROUP, "external_ids": ids})]
    for direction, side in (("from-lport", "inport"), ("to-lport", "outport")):
        drop = f"{side} == @{DROP_GROUP} && ip"
        parts += _held(uuid, _acl(f"{DROP_GROUP}/{direction}", direction, _DROP, drop, "drop", ids))
    for name, request in _DHCP_REQUESTS.items():
        parts += _held(uuid, _acl(f"{DROP_GROUP}/{name}", "from-lport", _ALLOW, request, "allow", ids))
    return keyed(parts)


def compile_rule(_rule_id: str, _intent: Intent, _cloud: OvnCloud) -> dict[Key, Any]:
    """Nothing: a rule is compiled with its group."""
    return {}


def readers_of_group(change: Change, group: SecurityGroup, intent: Intent) -> Iterator[Scope]:
    """The ports that join it, when it comes or goes."""
    if change.before is None or change.after is None:
        yield from scopes_of(intent.find(Port, security_groups=group.id))


def readers_of_rule(_change: Change, rule: SecurityGroupRule, _intent: Intent) -> Iterator[Scope]:
    """Its group."""
    yield Scope(SecurityGroup.KIND, rule.security_group_id)


def match(rule: SecurityGroupRule) -> str:
    """A rule as an expression of ovn-sb(5), table Logical_Flow, column match."""
    side, end = ("outport", "src") if rule.direction == "ingress" else ("inport", "dst")
    family = "ip4" if rule.ethertype == "IPv4" else "ip6"
    terms = [f"{side} == @{group_name(rule.security_group_id)}", family]
    if rule.remote_ip_prefix is not None:
        terms.append(f"{family}.{end} == {rule.remote_ip_prefix}")
    if rule.remote_group_id is not None:
        # northd keeps an address set of each family for every port group
        terms.append(f"{family}.{end} == ${group_name(rule.remote_group_id)}_{family}")
    return " && ".join(terms + _protocol(rule))


def _protocol(rule: SecurityGroupRule) -> list[str]:
    number, low, high = rule.protocol_number, rule.port_range_min, rule.port_range_max
    if number is None:
        return []
    if number in _ICMP:
        word = "icmp4" if rule.ethertype == "IPv4" else "icmp6"
        return [word, *_equals(f"{word}.type", low), *_equals(f"{word}.code", high)]
    word = _TRANSPORTS.get(number, "")
    if not word:
        return [f"ip.proto == {number}"]
    if low == high:
        return [word, *_equals(f"{word}.dst", low)]
    lowest = [] if low is None else [f"{word}.dst >= {low}"]
    return [word, *lowest, *([] if high is None else [f"{word}.dst <= {high}"])]


def _equals(field: str, value: int | None) -> list[str]:
    return [] if value is None else [f"{field} == {value}"]


def _acl(name: str, direction: str, priority: int, expression: str, action: str, ids: dict[str, str]) -> Row:
    columns = {
        "direction": direction,
        "priority": priority,
        "match": expression,
        "action": action,
        "external_ids": ids,
    }
    return Row("ACL", row_uuid("ACL", name), columns)


def _held(group: Uuid, acl: Row) -> list[Row | Link]:
    return [acl, Link("Port_Group", group, "acls", acl.uuid)]
