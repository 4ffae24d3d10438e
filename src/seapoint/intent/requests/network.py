"""Requests about networks: which segment carries one, and what goes with it."""

import dataclasses
from collections.abc import Iterable, Mapping

from seapoint.base.errors import TenantError
from seapoint.intent.draft import Draft, in_use, invalid
from seapoint.intent.formats import Json
from seapoint.intent.hostnames import check_domain
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.requests.metadata import keep_metadata_port
from seapoint.intent.requests.security import default_group
from seapoint.intent.resource import Given, Resource
from seapoint.intent.rules import CloudRules, PhysicalNetwork
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Subnet


def create(draft: Draft, network: Network, given: Given) -> Network:
    """Give the network its segment and its MTU."""
    del given
    check_domain(network.dns_domain, network.project_id, draft.rules.instances_zone)
    default_group(draft, network.project_id)
    network = _with_segment(draft, network)
    return draft.put(_with_mtu(draft, network))


def update(draft: Draft, before: Network, after: Network, given: Given) -> Network:
    """An external network stays external while routers or floating IPs use it."""
    del given
    check_domain(after.dns_domain, after.project_id, draft.rules.instances_zone)
    if before.router_external and not after.router_external:
        ports = draft.intent.find(Port, network_id=before.id)
        outside = [port for port in ports if port.device_owner and not port.is_metadata]
        if outside:
            raise TenantError(
                "ExternalNetworkInUse",
                f"External network {before.id} cannot be updated to be made non-external, since it has existing "
                "gateway ports.",
                409,
            )
    return draft.put(_with_mtu(draft, after))


def delete(draft: Draft, network: Network) -> None:
    """Its subnets and its metadata port go with it; its other ports must have gone before."""
    ports = [port for port in draft.intent.find(Port, network_id=network.id) if not port.is_metadata]
    if ports:
        raise in_use(network, f"ports {', '.join(sorted(port.id for port in ports)[:10])}")
    keep_metadata_port(draft, network.id, ())
    for subnet in draft.intent.find(Subnet, network_id=network.id):
        draft.delete(subnet)
    draft.delete(network)


def extras(intent: Intent, network: Network, state: str, rules: CloudRules) -> Mapping[str, Json]:
    """What answers carry beside the attributes."""
    del state, rules
    return {
        "status": "ACTIVE",
        "subnets": sorted(subnet.id for subnet in intent.find(Subnet, network_id=network.id)),
        "availability_zone_hints": [],
        "availability_zones": [],
        "ipv4_address_scope": None,
        "ipv6_address_scope": None,
        "l2_adjacency": True,
    }


def _with_segment(draft: Draft, network: Network) -> Network:
    """Choose or check type, physical network and number."""
    rules = draft.rules
    kind = network.provider_network_type or rules.overlay
    wire, number = network.provider_physical_network, network.provider_segmentation_id
    if kind == rules.overlay:
        if wire is not None:
            raise invalid(f"provider:physical_network specified for {kind} network")
        number = _free_number(draft, "the overlay", rules.segmentation_ids) if number is None else number
    elif kind == "flat":
        if number is not None:
            raise invalid("provider:segmentation_id specified for flat network")
        wire = _physical_network(draft, kind, wire).name
    elif kind == "vlan":
        physical = _physical_network(draft, kind, wire)
        wire = physical.name
        if number is None:
            number = _free_number(draft, wire, physical.vlan_ids)
        elif not 1 <= number <= 4094:
            raise invalid(f"segmentation_id out of range (1 through 4094): {number}")
    else:
        raise invalid(f"provider:network_type '{kind}' not supported: this cloud has {rules.overlay}, flat and vlan")
    network = dataclasses.replace(
        network, provider_network_type=kind, provider_physical_network=wire, provider_segmentation_id=number
    )
    ((space, name),) = network.claims()
    if draft.intent.owner((space, name)) is not None:
        error = {"flat": "FlatNetworkInUse", "vlan": "VlanIdInUse"}.get(kind, "TunnelIdInUse")
        raise TenantError(error, f"Unable to create the network. The {space} {name} is in use.", 409)
    return network


def _physical_network(draft: Draft, kind: str, name: str | None) -> PhysicalNetwork:
    if name is None:
        raise invalid(f"provider:physical_network required for {kind} network")
    physical = draft.rules.physical_networks.get(name)
    if physical is None or (kind == "flat" and not physical.flat):
        raise invalid(f"physical_network '{name}' unknown for {kind} provider network")
    return physical


def _free_number(draft: Draft, wire: str, ranges: Iterable[range]) -> int:
    for numbers in ranges:
        for number in numbers:
            if draft.intent.owner((f"segment of {wire}", str(number))) is None:
                return number
    raise TenantError(
        "NoNetworkAvailable", "Unable to create the network. No tenant network is available for allocation.", 503
    )


def _with_mtu(draft: Draft, network: Network) -> Network:
    wire = network.provider_physical_network
    physical = draft.rules.physical_networks.get(wire) if wire else None
    largest = physical.mtu if physical else draft.rules.overlay_mtu
    if network.mtu > largest:
        raise TenantError("InvalidInput", f"Requested MTU is too big, maximum is {largest}.")
    return network if network.mtu else dataclasses.replace(network, mtu=largest)


NETWORK = Resource(Network, create, update, delete, extras, ("status",))
