"""How tenants' networks are carried."""

from typing import Literal

from pydantic import Field

from seapoint.intent.cloud.shape.base import BfdShape, IdRange, Shape


class PhysicalNetworkShape(Shape):
    """A provider network of Neutron's."""

    vlan: str = Field(description="The VLAN that carries it.")
    roles: tuple[str, ...] = Field(min_length=1, description="The roles whose hosts bridge it.")


class OverlayShape(Shape):
    """How tenants' networks are carried between hosts."""

    type: Literal["vxlan", "geneve"] = Field(description="Encapsulation.")
    segmentation_ids: IdRange = Field(description="Segmentation IDs that tenants' networks get.")
    tunnels: Literal["private"] = Field("private", description="The use of VLANs whose addresses end the tunnels.")
    bfd: BfdShape = Field(description="Between chassis: how fast a dead gateway is noticed.")
    physical_networks: dict[str, PhysicalNetworkShape] = Field(
        default_factory=dict, description="Provider networks by the name that Neutron's API gives them."
    )
