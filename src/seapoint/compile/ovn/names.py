"""Names of rows and keys of ``external_ids`` as ML2/OVN writes them, so that tools made for it find their way."""

from hashlib import sha1

from seapoint.target.rows import Uuid, row_uuid

DROP_GROUP = "neutron_pg_drop"


def switch_name(network_id: str) -> str:
    """Of a network's Logical_Switch."""
    return f"neutron-{network_id}"


def router_name(router_id: str) -> str:
    """Of a router's Logical_Router."""
    return f"neutron-{router_id}"


def router_port_name(port_id: str) -> str:
    """Of the Logical_Router_Port behind a port."""
    return f"lrp-{port_id}"


def localnet_name(network_id: str) -> str:
    """Of the port that leads from a provider network's switch to its wire."""
    return f"provnet-{network_id}"


def group_name(security_group_id: str) -> str:
    """Of a security group's Port_Group; OVN takes no hyphens there."""
    return f"pg_{security_group_id.replace('-', '_')}"


def address_set_name(router_id: str) -> str:
    """Of the set of a router's NAT exclusions; a noun of ours."""
    return f"nat_exclusions_{router_id.replace('-', '_')}"


def switch_uuid(network_id: str) -> Uuid:
    """Of a network's Logical_Switch."""
    return row_uuid("Logical_Switch", network_id)


def router_uuid(router_id: str) -> Uuid:
    """Of a router's Logical_Router."""
    return row_uuid("Logical_Router", router_id)


def port_uuid(port_id: str) -> Uuid:
    """Of a port's Logical_Switch_Port."""
    return row_uuid("Logical_Switch_Port", port_id)


def group_uuid(security_group_id: str) -> Uuid:
    """Of a security group's Port_Group."""
    return row_uuid("Port_Group", security_group_id)


def dhcp_uuid(subnet_id: str) -> Uuid:
    """Of a subnet's DHCP_Options."""
    return row_uuid("DHCP_Options", subnet_id)


def service_mac(name: str) -> str:
    """A locally computed MAC for what answers in somebody's stead, such as a subnet's DHCP server."""
    tail = sha1(name.encode(), usedforsecurity=False).hexdigest()
    return f"fa:16:3e:{tail[:2]}:{tail[2:4]}:{tail[4:6]}"
