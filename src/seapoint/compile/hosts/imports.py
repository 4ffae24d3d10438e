"""Filters of single neighbours, put in the place of what a device would learn of all of their kind."""

from dataclasses import replace

from seapoint.base.addresses import Address
from seapoint.compile.hosts.names import INTERNET
from seapoint.compile.hosts.routing import policy_name
from seapoint.compile.hosts.standins import cables
from seapoint.intent.cloud.bgp import Import
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.sessions import peers
from seapoint.target.device import Device
from seapoint.target.frr import Frr, Lengths, Policy


def with_imports(cloud: Cloud, name: str, device: Device) -> Device:
    """A device, or one realm of a switch, with the file's filters of its neighbours; ``name`` is the whole device's."""
    for one in cloud.imports:
        if one.at == name:
            services = tuple(
                _filtered(cloud, service, one) if isinstance(service, Frr) else service for service in device.services
            )
            device = replace(device, services=services)
    return device


def _filtered(cloud: Cloud, frr: Frr, one: Import) -> Frr:
    bgp, meant = frr.bgp, _peers(cloud, one)
    if bgp is None or not any(neighbor.address in meant for neighbor in bgp.neighbors):
        return frr
    policy = Policy(
        policy_name(one.sender, one.at, one.realm),
        (),
        parts=tuple(Lengths(part.network, part.shortest, part.longest) for part in one.accepted or ()),
    )
    neighbors = tuple(
        replace(
            neighbor,
            imports=neighbor.imports if one.accepted is None else policy.name,
            maximum=one.maximum or neighbor.maximum,
        )
        if neighbor.address in meant
        else neighbor
        for neighbor in bgp.neighbors
    )
    policies = bgp.policies if one.accepted is None else (*bgp.policies, policy)
    return replace(frr, bgp=replace(bgp, policies=policies, neighbors=neighbors))


def _peers(cloud: Cloud, one: Import) -> frozenset[Address]:
    if one.sender != INTERNET:
        return peers(cloud, one)
    mine = (cable for cable in cables(cloud) if (cable.stand_in, cable.router) == (INTERNET, one.at))
    return frozenset(address for cable in mine for address in cable.stand_in_addresses.all())
