"""Requests about subnets: their gateway, their pools, and the addresses that hosts make themselves."""

import dataclasses
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Address, ip_address

from seapoint.base.addresses import Address, covers
from seapoint.base.addresses import Network as Prefix
from seapoint.base.errors import TenantError
from seapoint.intent.draft import Draft, in_use, invalid, refuse_null
from seapoint.intent.formats import Json
from seapoint.intent.ipam import computed, subnets_of
from seapoint.intent.network import Network
from seapoint.intent.port import FixedIp, Port
from seapoint.intent.requests.metadata import keep_metadata_port
from seapoint.intent.resource import Given, Resource
from seapoint.intent.rules import CloudRules
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Pool, Subnet


def create(draft: Draft, subnet: Subnet, given: Given) -> Subnet:
    """Choose gateway and pools where the request leaves them open; tell the ports of a SLAAC subnet their address."""
    draft.need(Network, subnet.network_id)
    _check_prefix(draft, subnet)
    _check_modes(subnet)
    prefix = subnet.prefix
    if "gateway_ip" not in given:
        subnet = dataclasses.replace(subnet, gateway_ip=str(_hosts(prefix)[0]))
    if given.get("allocation_pools") is None:
        subnet = dataclasses.replace(subnet, allocation_pools=_default_pools(prefix, subnet.gateway_ip))
    subnet = _with_pools_in_order(subnet)
    _check_addresses(subnet)
    subnet = draft.put(subnet)
    if subnet.computes_addresses:
        for port in draft.intent.find(Port, network_id=subnet.network_id):
            if not port.device_owner.startswith("network:"):
                own = FixedIp(subnet.id, computed(subnet, port.mac_address))
                draft.put(dataclasses.replace(port, fixed_ips=(*port.fixed_ips, own)))
    keep_metadata_port(draft, subnet.network_id, subnets_of(draft, subnet.network_id))
    return subnet


def update(draft: Draft, before: Subnet, after: Subnet, given: Given) -> Subnet:
    """Keep pools, gateway and ports in step; an empty list of pools leaves only addresses that requests spell out."""
    refuse_null(given, "allocation_pools")
    _check_modes(after)
    if after.gateway_ip != before.gateway_ip:
        for port in draft.intent.find(Port, fixed_ips=before.id):
            if port.is_router_interface and FixedIp(before.id, str(before.gateway_ip)) in port.fixed_ips:
                raise TenantError(
                    "GatewayIpInUse",
                    f"Current gateway ip {before.gateway_ip} already in use by port {port.id}. Unable to update.",
                    409,
                )
    after = _with_pools_in_order(after)
    _check_addresses(after)
    draft.cursors.pop(after.id, None)
    after = draft.put(after)
    if after.enable_dhcp != before.enable_dhcp:
        keep_metadata_port(draft, after.network_id, subnets_of(draft, after.network_id))
    return after


def delete(draft: Draft, subnet: Subnet) -> None:
    """The metadata port's address and those that hosts made themselves go with it; any other in use forbids it."""
    ports = [port for port in draft.intent.find(Port, fixed_ips=subnet.id) if not port.is_metadata]
    holders = [port for port in ports if port.device_owner.startswith("network:") or not subnet.computes_addresses]
    if holders:
        raise in_use(subnet, f"ports {', '.join(sorted(port.id for port in holders)[:10])}")
    for port in ports:
        rest = tuple(fixed for fixed in port.fixed_ips if fixed.subnet_id != subnet.id)
        draft.put(dataclasses.replace(port, fixed_ips=rest))
    others = [other for other in subnets_of(draft, subnet.network_id) if other.id != subnet.id]
    keep_metadata_port(draft, subnet.network_id, others)
    draft.cursors.pop(subnet.id, None)
    draft.delete(subnet)


def extras(intent: Intent, subnet: Subnet, state: str, rules: CloudRules) -> Mapping[str, Json]:
    """What answers carry beside the attributes."""
    del intent, subnet, state, rules
    return {"subnetpool_id": None, "segment_id": None, "dns_publish_fixed_ip": False}


def _check_prefix(draft: Draft, subnet: Subnet) -> None:
    prefix = subnet.prefix
    if subnet.ip_version not in (4, 6):
        raise invalid(f"Invalid value for ip_version: {subnet.ip_version}")
    if prefix.version != subnet.ip_version:
        raise invalid(f"Error validating cidr: '{subnet.cidr}' does not match the ip_version '{subnet.ip_version}'")
    base = prefix.network_address
    if prefix.prefixlen == 0 or base.is_multicast or base.is_loopback or base.is_link_local:
        raise invalid(
            f"the subnet {subnet.cidr} is no prefix for hosts (multicast, loopback, link-local or everything)"
        )
    for other in subnets_of(draft, subnet.network_id):
        if other.prefix.overlaps(prefix):
            raise invalid(
                f"Requested subnet with cidr: {subnet.cidr} for network: {subnet.network_id} overlaps with another "
                f"subnet: {other.cidr}"
            )


def _check_modes(subnet: Subnet) -> None:
    modes = (subnet.ipv6_ra_mode, subnet.ipv6_address_mode)
    if modes == (None, None):
        return
    if subnet.ip_version == 4:
        raise invalid("ipv6_ra_mode and ipv6_address_mode cannot be set on an IPv4 subnet")
    if not subnet.enable_dhcp:
        raise invalid("ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False")
    if None not in modes and modes[0] != modes[1]:
        raise invalid(
            f"ipv6_ra_mode set to '{modes[0]}' with ipv6_address_mode set to '{modes[1]}' is not valid. If both are "
            "set, they must be the same value"
        )
    if {"slaac", "dhcpv6-stateless"} & set(modes) and subnet.prefix.prefixlen != 64:
        raise invalid(f"Invalid CIDR {subnet.cidr} for IPv6 address mode. OpenStack uses the EUI-64 address format, "
                      "which requires the prefix to be /64")  # fmt: skip


def _check_addresses(subnet: Subnet) -> None:
    """Gateway, pools, name servers and routes agree with the prefix and with each other."""
    prefix = subnet.prefix
    first, last = _hosts(prefix)
    gateway = None if subnet.gateway_ip is None else ip_address(subnet.gateway_ip)
    if gateway is not None and not _good_gateway(prefix, gateway):
        raise invalid(f"Gateway {gateway} is not valid on subnet {subnet.cidr}")
    previous: Pool | None = None
    for pool in subnet.allocation_pools:
        start, end = ip_address(pool.start), ip_address(pool.end)
        if not (covers(prefix, start) and covers(prefix, end) and int(first) <= int(start) and int(end) <= int(last)):
            raise TenantError(
                "OutOfBoundsAllocationPool",
                f"The allocation pool {pool.start}-{pool.end} spans beyond the subnet cidr {subnet.cidr}.",
            )
        if int(start) > int(end):
            raise TenantError("InvalidAllocationPool", f"The allocation pool {pool.start}-{pool.end} is not valid.")
        if previous is not None and int(ip_address(previous.end)) >= int(start):
            raise TenantError(
                "OverlappingAllocationPools",
                f"Found overlapping allocation pools: {previous.start}-{previous.end} {pool.start}-{pool.end} for "
                f"subnet {subnet.cidr}.",
                409,
            )
        if gateway is not None and gateway.version == prefix.version and int(start) <= int(gateway) <= int(end):
            raise TenantError(
                "GatewayConflictWithAllocationPools",
                f"Gateway ip {gateway} conflicts with allocation pool {pool.start}-{pool.end}.",
                409,
            )
        previous = pool
    for route in subnet.host_routes:
        if (":" in route.destination) != (prefix.version == 6) or (":" in route.nexthop) != (prefix.version == 6):
            raise invalid(f"host route {route.destination} via {route.nexthop} is not of the family of {subnet.cidr}")
    for server in subnet.dns_nameservers:
        if ip_address(server).version != prefix.version:
            raise invalid(f"DNS server {server} is not of the family of {subnet.cidr}")


def _good_gateway(prefix: Prefix, gateway: Address) -> bool:
    if isinstance(gateway, IPv6Address) and gateway.is_link_local:
        return prefix.version == 6
    first, last = _hosts(prefix)
    return covers(prefix, gateway) and int(first) <= int(gateway) <= int(last)


def _hosts(prefix: Prefix) -> tuple[Address, Address]:
    """The first and the last address that a host may have."""
    first, last = prefix[0], prefix[-1]
    if prefix.num_addresses <= 2:
        return first, last
    return first + 1, last - 1 if isinstance(prefix, IPv4Network) else last


def _default_pools(prefix: Prefix, gateway: str | None) -> tuple[Pool, ...]:
    """Every host address but the gateway's."""
    first, last = _hosts(prefix)
    if gateway is None or not covers(prefix, ip_address(gateway)):
        return (Pool(str(first), str(last)),)
    middle = ip_address(gateway)
    pools: list[Pool] = []
    if int(first) < int(middle):
        pools.append(Pool(str(first), str(middle - 1)))
    if int(middle) < int(last):
        pools.append(Pool(str(middle + 1), str(last)))
    return tuple(pools)


def _with_pools_in_order(subnet: Subnet) -> Subnet:
    pools: Sequence[Pool] = sorted(subnet.allocation_pools, key=lambda pool: int(ip_address(pool.start)))
    return dataclasses.replace(subnet, allocation_pools=tuple(pools))


SUBNET = Resource(Subnet, create, update, delete, extras)
