"""Tenants' intent from a few words, for tests: routers, their external addresses, subnets and floating IPs."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from seapoint.intent.attributes import Standard
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.network import Network
from seapoint.intent.port import ROUTER_INTERFACE, FixedIp, Port
from seapoint.intent.router import Gateway, Router
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Subnet


def tenants(text: str, seed: int | None = None) -> Intent:
    """The intent that a YAML text describes; with a seed its objects come in another order."""
    data = yaml.safe_load(text)
    values = [
        *_external(data["external"]),
        *(one for name, row in data["routers"].items() for one in _router(name, row)),
    ]
    if seed is not None:
        random.Random(seed).shuffle(values)
    return Intent.of_values(values)


def _external(row: Mapping[str, Any]) -> list[Standard]:
    physical = row["physical_network"]
    wan = Network(id="wan", router_external=True, provider_network_type="flat", provider_physical_network=physical)
    return [wan, *(_subnet("wan", cidr) for cidr in row["pools"])]


def _router(name: str, row: Mapping[str, Any]) -> list[Standard]:
    external = tuple(FixedIp("", address) for address in row["external"])
    values: list[Standard] = [Router(id=name, name=name, external_gateway_info=Gateway("wan", False, external))]
    values += [one for cidr in row["subnets"] for one in _attached(name, cidr)]
    return values + _floating(name, row.get("floating_ips", ()))


def _attached(router: str, cidr: str) -> list[Standard]:
    network = f"network of {cidr} on {router}"
    subnet = _subnet(network, cidr)
    port = Port(
        id=f"{router} in {cidr}",
        network_id=network,
        device_id=router,
        device_owner=ROUTER_INTERFACE,
        fixed_ips=(FixedIp(subnet.id, str(subnet.prefix[1])),),
    )
    return [Network(id=network), subnet, port]


def _subnet(network: str, cidr: str) -> Subnet:
    return Subnet(id=f"{network} {cidr}", network_id=network, ip_version=6 if ":" in cidr else 4, cidr=cidr)


def _floating(router: str, addresses: Sequence[str]) -> list[Standard]:
    return [
        FloatingIp(id=address, floating_network_id="wan", floating_ip_address=address, router_id=router)
        for address in addresses
    ]
