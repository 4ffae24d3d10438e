"""Which addresses a port gets: chosen from pools in order, named by the request, or computed from its MAC."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Network, ip_address

from seapoint.base.addresses import covers, eui64
from seapoint.base.errors import TenantError
from seapoint.intent.draft import Draft, invalid, not_found
from seapoint.intent.port import FixedIp, Port
from seapoint.intent.subnet import Subnet


def subnets_of(draft: Draft, network_id: str) -> list[Subnet]:
    """A network's subnets, oldest first."""
    return sorted(draft.intent.find(Subnet, network_id=network_id), key=lambda it: (it.created_at, it.cidr))


def assigned(
    draft: Draft, port: Port, wanted: Sequence[FixedIp] | None, kept: Sequence[FixedIp] = ()
) -> tuple[FixedIp, ...]:
    """The addresses of a port.

    ``wanted`` is what the request names, None when it leaves the choice to us (one IPv4 address, one of a stateful IPv6
    subnet). Unless it asks for none at all, every subnet whose hosts make their own address adds the computed one, as
    in Neutron. ``kept`` are addresses that the port has already: a subnet named without address keeps its own.
    """
    subnets = [it for it in subnets_of(draft, port.network_id) if serves(it, port.device_owner)]
    own = {(fixed.subnet_id, fixed.ip_address) for fixed in kept}
    result: list[FixedIp] = []
    if wanted is None:
        for version in (4, 6):
            choice = [it for it in subnets if it.ip_version == version and not it.computes_addresses]
            if choice:
                result.append(_from_any(draft, choice, port))
    else:
        everywhere = subnets_of(draft, port.network_id)
        # addresses that the request spells out come first, so that none of them is chosen for another entry
        for fixed in sorted(wanted, key=lambda it: not it.ip_address):
            result.append(_one(draft, port, everywhere, fixed, own, result))
        result.sort(key=lambda it: ip_address(it.ip_address).version)
    if not _is_routers(port) and (wanted is None or wanted):
        for subnet in subnets:
            if subnet.computes_addresses and all(fixed.subnet_id != subnet.id for fixed in result):
                result.append(FixedIp(subnet.id, computed(subnet, port.mac_address)))
    return tuple(result)


def computed(subnet: Subnet, mac_address: str) -> str:
    """The address that a host with this MAC makes itself (RFC 4862)."""
    prefix = subnet.prefix
    assert isinstance(prefix, IPv6Network), "only IPv6 subnets compute addresses"
    return str(eui64(prefix, mac_address))


def lowest_free(draft: Draft, subnet: Subnet, taken: Sequence[FixedIp] = ()) -> str | None:
    """The lowest address of the subnet's pools that nobody holds and nobody reserved.

    ``draft.cursors`` remembers below which number all is taken, so that a full pool is not walked for every port.
    """
    cursor = draft.cursors.get(subnet.id, 0)
    for pool in subnet.allocation_pools:
        first, last = ip_address(pool.start), ip_address(pool.end)
        family = type(first)
        for number in range(max(int(first), cursor), int(last) + 1):
            text = str(family(number))
            if draft.intent.owner((subnet.id, text)) is None and text not in draft.rules.reserved:
                if FixedIp(subnet.id, text) in taken:
                    continue
                if not taken:
                    draft.cursors[subnet.id] = number
                return text
    return None


def highest_free(draft: Draft, subnet: Subnet) -> str | None:
    """The highest address of the subnet's pools that nobody holds and nobody reserved."""
    for pool in reversed(subnet.allocation_pools):
        first, last = ip_address(pool.start), ip_address(pool.end)
        for number in range(int(last), int(first) - 1, -1):
            text = str(type(first)(number))
            if draft.intent.owner((subnet.id, text)) is None and text not in draft.rules.reserved:
                return text
    return None


def _from_any(draft: Draft, subnets: Sequence[Subnet], port: Port) -> FixedIp:
    for subnet in subnets:
        found = lowest_free(draft, subnet)
        if found is not None:
            return FixedIp(subnet.id, found)
    raise TenantError(
        "IpAddressGenerationFailure", f"No more IP addresses available on network {port.network_id}.", 409
    )


def _one(
    draft: Draft,
    port: Port,
    subnets: Sequence[Subnet],
    wanted: FixedIp,
    own: set[tuple[str, str]],
    taken: Sequence[FixedIp],
) -> FixedIp:
    """One entry of a request's fixed_ips."""
    subnet = _subnet_for(draft, port, subnets, wanted)
    computes = subnet.computes_addresses and not _is_routers(port)
    if computes:
        address = computed(subnet, port.mac_address)
        if wanted.ip_address not in ("", address):
            raise TenantError(
                "AllocationOnAutoAddressSubnet",
                f"IPv6 address {wanted.ip_address} cannot be directly assigned to a port on subnet {subnet.id} as the "
                "subnet is configured for automatic addresses.",
            )
        return FixedIp(subnet.id, address)
    if not wanted.ip_address:
        for subnet_id, address in own:
            if subnet_id == subnet.id and FixedIp(subnet.id, address) not in taken:
                return FixedIp(subnet.id, address)
        found = lowest_free(draft, subnet, taken)
        if found is None:
            raise TenantError(
                "IpAddressGenerationFailureNoMatchingSubnet",
                f"No more IP addresses available for subnet {subnet.id}.",
                409,
            )
        return FixedIp(subnet.id, found)
    result = FixedIp(subnet.id, wanted.ip_address)
    if (result.subnet_id, result.ip_address) not in own:
        _check_free(draft, subnet, result.ip_address)
    if result in taken:
        raise invalid(f"Duplicate IP address '{result.ip_address}'")
    return result


def _subnet_for(draft: Draft, port: Port, subnets: Sequence[Subnet], wanted: FixedIp) -> Subnet:
    if wanted.subnet_id:
        subnet = draft.intent.get(Subnet, wanted.subnet_id)
        if subnet is None:
            raise not_found(Subnet.NOUN, wanted.subnet_id)
        if subnet.network_id != port.network_id:
            raise invalid(
                f"Failed to create port on network {port.network_id}, because fixed_ips included invalid subnet "
                f"{subnet.id}"
            )
        return subnet
    if not wanted.ip_address:
        raise invalid("IP allocation requires subnet_id or ip_address")
    for subnet in subnets:
        if covers(subnet.prefix, ip_address(wanted.ip_address)):
            return subnet
    raise TenantError(
        "InvalidIpForNetwork",
        f"IP address {wanted.ip_address} is not a valid IP for any of the subnets on the specified network.",
    )


def _check_free(draft: Draft, subnet: Subnet, text: str) -> None:
    address, prefix = ip_address(text), subnet.prefix
    edges = (prefix.network_address, prefix.broadcast_address) if isinstance(address, IPv4Address) else ()
    if not covers(prefix, address) or (prefix.prefixlen < 31 and address in edges):
        raise TenantError("InvalidIpForSubnet", f"IP address {text} is not a valid IP for the specified subnet.")
    if draft.intent.owner((subnet.id, text)) is not None:
        raise TenantError(
            "IpAddressAlreadyAllocated", f"IP address {text} already allocated in subnet {subnet.id}", 409
        )
    if text in draft.rules.reserved:
        raise TenantError(
            "IpAddressAlreadyAllocated", f"IP address {text} of subnet {subnet.id} is reserved by the operator", 409
        )


def serves(subnet: Subnet, device_owner: str) -> bool:
    """Whether ports of such an owner get addresses in the subnet."""
    return not subnet.service_types or device_owner in subnet.service_types


def _is_routers(port: Port) -> bool:
    return port.is_router_interface or port.is_router_gateway
