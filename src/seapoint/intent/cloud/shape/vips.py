"""Service addresses that hosts announce by BGP."""

from typing import Literal

from pydantic import Field

from seapoint.intent.cloud.shape.base import HostPart, Shape


class VipShape(Shape):
    """A service's address: its owners have it and announce it to their rack's switch."""

    prefix: str = Field(description="The entry of the address plan that it lies in.")
    ipv4: HostPart | None = Field(None, description="IPv4: the last octet, several last octets, or the whole address.")
    ipv6: str | None = Field(None, description='IPv6: the host part ("::1") or the whole address.')
    owners: tuple[str, ...] = Field(min_length=1, description="Roles and hosts that have it.")
    kind: Literal["active-active", "active-passive", "anycast"] = Field(
        "active-active",
        description="All owners at once; the first owner and the others by longer AS paths; or the nearest one.",
    )
