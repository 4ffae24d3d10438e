"""Where hosts send what is neither the cloud's own nor production's."""

from typing import Self

from pydantic import Field, model_validator

from seapoint.intent.cloud.shape.base import Shape


class DefaultRouteShape(Shape):
    """The default route of a role's hosts, or of one host: by a realm in which they have a leg, or by one VLAN."""

    realm: str | None = Field(None, description="The realm: management's, or the one of the rack's private VLAN.")
    vlan: str | None = Field(
        None, description="A VLAN with a gateway that lists the hosts: cloud-public, for instance."
    )
    nat: bool = Field(False, description="Whether the edge carries it, and translates IPv4.")
    ipv6_only: bool = Field(False, description="Says that IPv4's stays as the installer made it.")
    proxy: str | None = Field(None, description="The service that is the hosts' HTTP proxy.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.realm is None) == (self.vlan is None):
            raise ValueError("a default route has exactly one of realm and vlan")
        return self
