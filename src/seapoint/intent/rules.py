"""What the operator's cloud file decides about tenants' requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Overlay = Literal["vxlan", "geneve"]


@dataclass(frozen=True, slots=True)
class PhysicalNetwork:
    """A network outside the overlay that provider networks may use."""

    name: str
    flat: bool = True  # one untagged network may use it
    vlan_ids: tuple[range, ...] = ()  # 802.1Q tags that networks of type vlan may use
    mtu: int = 1500  # octets of an IP packet


@dataclass(frozen=True, slots=True)
class CloudRules:
    """The bounds within which tenants' requests are answered."""

    overlay: Overlay = "geneve"  # the provider:network_type of tenants' networks
    segmentation_ids: tuple[range, ...] = (range(1, 65536),)  # given to overlay networks, in order
    physical_networks: Mapping[str, PhysicalNetwork] = field(default_factory=dict)
    reserved: tuple[str, ...] = ()  # addresses of either family that are never allocated, canonical text
    overlay_mtu: int = 1442  # octets of an IP packet inside the overlay
    default_project: str = "admin"  # owner of what the administrator makes without naming a project
    instances_zone: str = ""  # instances are called LABEL.PROJECT. this; empty: they have no names
    public_zone: str = ""  # likewise floating IPs
    quotas: Mapping[str, int] = field(default_factory=dict)  # most objects of a kind in one project; else no bound
