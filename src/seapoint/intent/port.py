"""Ports: where something is plugged into a network, and its addresses."""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.intent.attributes import Switchable, attribute
from seapoint.intent.formats import (
    address,
    boolean,
    choice,
    host_label,
    integer,
    json_object,
    mac,
    many,
    name_found_as_label,
    optional,
    prefix,
    record,
    records,
    text,
    uuid,
)

ROUTER_INTERFACE = "network:router_interface"
ROUTER_GATEWAY = "network:router_gateway"
FLOATING_IP = "network:floatingip"
DISTRIBUTED = "network:distributed"


@dataclass(frozen=True, slots=True)
class FixedIp:
    """One address of a port; a request may name the subnet, the address or both."""

    subnet_id: str = ""
    ip_address: str = ""


@dataclass(frozen=True, slots=True)
class AddressPair:
    """A further source address (or prefix) that a port may use; without a MAC, with the port's own."""

    ip_address: str
    mac_address: str = ""


@dataclass(frozen=True, slots=True)
class DhcpOption:
    """A DHCP option told to this port only."""

    opt_name: str
    opt_value: str | None = None
    ip_version: int = 4


def _address_or_prefix(value: object) -> str:
    form = prefix() if isinstance(value, str) and "/" in value else address()
    return form.parse(value)


FIXED_IP = record(FixedIp, {"subnet_id": uuid(), "ip_address": address()})
ADDRESS_PAIR = record(
    AddressPair,
    {"ip_address": type(address())(_address_or_prefix, "text", {"type": "string"}), "mac_address": mac()},
    needed=("ip_address",),
)
DHCP_OPTION = record(
    DhcpOption,
    {"opt_name": text(64), "opt_value": optional(text(255)), "ip_version": integer(4, 6)},
    needed=("opt_name",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Port(Switchable):
    """A port of the Networking API."""

    KIND: ClassVar[str] = "port"
    NOUN: ClassVar[str] = "Port"

    name: str = attribute(name_found_as_label(255), default="", index=True)
    network_id: str = attribute(uuid(), required=True, update=False, refers="network")
    mac_address: str = attribute(mac(), default="")
    fixed_ips: tuple[FixedIp, ...] = attribute(records(FIXED_IP, key="subnet_id"), default=(), refers="subnet")
    device_id: str = attribute(text(255), default="", index=True)
    device_owner: str = attribute(text(255), default="")
    security_groups: tuple[str, ...] = attribute(many(uuid(), merge=True), default=(), refers="security_group")
    allowed_address_pairs: tuple[AddressPair, ...] = attribute(
        records(ADDRESS_PAIR, key="ip_address"), default=(), index=True
    )
    port_security_enabled: bool = attribute(boolean(), default=True)
    extra_dhcp_opts: tuple[DhcpOption, ...] = attribute(records(DHCP_OPTION), default=())
    binding_host_id: str = attribute(text(255), default="", wire="binding:host_id", index=True)
    binding_vnic_type: str = attribute(
        choice("normal", "direct", "macvtap", "baremetal", "direct-physical", "virtio-forwarder"),
        default="normal",
        wire="binding:vnic_type",
    )
    binding_profile: str = attribute(json_object(), default="{}", wire="binding:profile", filter=False)
    dns_name: str = attribute(host_label(), default="", index=True, doc="left out: the name, where it can be one")

    @property
    def is_router_interface(self) -> bool:
        """Whether a router speaks for this port inside a tenant's network."""
        return self.device_owner == ROUTER_INTERFACE

    @property
    def is_router_gateway(self) -> bool:
        """Whether it is a router's leg in an external network."""
        return self.device_owner == ROUTER_GATEWAY

    @property
    def is_floating_ip(self) -> bool:
        """Whether it only holds a floating IP's address; nothing is ever plugged into it."""
        return self.device_owner == FLOATING_IP

    @property
    def is_metadata(self) -> bool:
        """Whether instances of its network ask there who they are; it is on every hypervisor at once."""
        return self.device_owner == DISTRIBUTED

    def claims(self) -> tuple[tuple[str, str], ...]:
        """Its addresses in their subnets, and its MAC in the network."""
        addresses = tuple((fixed.subnet_id, fixed.ip_address) for fixed in self.fixed_ips)
        return (*addresses, (self.network_id, self.mac_address))
