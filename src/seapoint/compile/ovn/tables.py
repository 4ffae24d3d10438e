"""The tables and columns of the northbound database that are compiled: ovn-nb(5). Others are left as they are."""

from collections.abc import Iterable
from typing import Any

from seapoint.target.changes import Key
from seapoint.target.rows import Link, Row, Setting, Table

#: In the order in which rows may be inserted: what is referred to comes first.
NORTHBOUND = (
    Table("DHCP_Options", ("cidr", "options", "external_ids")),
    Table("Address_Set", ("name", "addresses", "external_ids")),
    Table("Logical_Switch", ("name", "other_config", "external_ids"), ("ports",)),
    Table("Port_Group", ("name", "external_ids"), ("ports", "acls")),
    Table("Logical_Router", ("name", "enabled", "options", "external_ids"), ("ports", "static_routes", "nat")),
    Table(
        "Logical_Switch_Port",
        (
            "name",
            "type",
            "options",
            "tag",
            "addresses",
            "port_security",
            "enabled",
            "dhcpv4_options",
            "dhcpv6_options",
            "external_ids",
        ),
    ),
    Table("ACL", ("direction", "priority", "match", "action", "external_ids")),
    Table(
        "Logical_Router_Port",
        ("name", "mac", "networks", "options", "ipv6_ra_configs", "external_ids"),
        ("gateway_chassis",),
    ),
    Table("Gateway_Chassis", ("name", "chassis_name", "priority", "external_ids")),
    Table("Logical_Router_Static_Route", ("ip_prefix", "nexthop", "output_port", "external_ids")),
    Table(
        "NAT",
        ("type", "external_ip", "logical_ip", "external_mac", "logical_port", "exempted_ext_ips", "external_ids"),
    ),
)

#: Entries of the one row of NB_Global that are ours.
SETTINGS = tuple(Setting("NB_Global", "options", key) for key in ("bfd-min-rx", "bfd-min-tx", "bfd-mult"))


def keyed(parts: Iterable[Row | Link]) -> dict[Key, Any]:
    """Rows by UUID, links by themselves."""
    return {part.uuid if isinstance(part, Row) else part: part for part in parts}
