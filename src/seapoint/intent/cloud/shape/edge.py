"""The hosts between virtual routers and the WAN."""

from pydantic import Field

from seapoint.intent.cloud.shape.base import Interval, RuleShape, Shape, Whole


class EdgeSideShape(Shape):
    """One side of the edge."""

    vlan: str = Field(description="The VLAN.")
    vip: str = Field(description="The address there that the active host holds.")


class VrfShape(Shape):
    """A second routing instance on a host."""

    name: str = Field(max_length=15, description="Name of the VRF device.")
    table: Whole = Field(ge=1, le=252, description="Number of its routing table.")


class VrrpShape(Shape):
    """VRRP version 3."""

    id: Whole = Field(ge=1, le=255, description="Virtual router ID.")
    interval: Interval = Field(100, validate_default=False, description="Time between advertisements.")
    link_local: str = Field(description="Link-local address of the IPv6 instance (RFC 9568, section 5.2.9).")


class ForwardShape(Shape):
    """What the edge forwards beside its two sides."""

    drop: tuple[str, ...] = Field((), description="Cut off in both directions: names, prefixes.")
    reject: tuple[RuleShape, ...] = Field((), description="Refused with an answer: rules with `reject`.")


class NatShape(Shape):
    """Source NAT of IPv4 that leaves the cloud."""

    source: str = Field(description="The reserved address that instances are seen as.")
    exclusions: tuple[str, ...] = Field((), description="Destinations that see instances' own addresses.")


class EdgeShape(Shape):
    """The hosts of the roles that do `edge`."""

    vrf: VrfShape
    inside: EdgeSideShape = Field(description="Towards virtual routers.")
    outside: EdgeSideShape = Field(description="Towards the switch.")
    vrrp: VrrpShape
    nat: NatShape
    forward: ForwardShape = Field(default_factory=ForwardShape)
