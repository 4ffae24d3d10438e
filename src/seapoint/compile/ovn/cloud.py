"""What the rows need to know of the operator's cloud."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class GatewayChassis:
    """A host that may hold routers' gateways; of those that live, the highest priority (0 to 32767) does."""

    name: str
    priority: int


@dataclass(frozen=True, slots=True)
class BfdTimers:
    """How gateway chassis watch each other: milliseconds between packets, packets missed until down (RFC 5880)."""

    min_rx: int
    min_tx: int
    multiplier: int


@dataclass(frozen=True, slots=True)
class OvnCloud:
    """Made by wiring from the cloud file."""

    gateway_chassis: tuple[GatewayChassis, ...] = ()
    #: Physical networks that hosts bridge, and the VLAN tag that a flat network bears there (None: untagged).
    physical_networks: Mapping[str, int | None] = field(default_factory=dict)
    overlay: Literal["vxlan", "geneve"] = "geneve"
    #: Octets of an IP packet inside the overlay, for a network that names none.
    overlay_mtu: int = 1442
    bfd: BfdTimers | None = None
    #: The domain that instances are told; empty: none.
    dns_domain: str = ""
