"""DNS: the servers that answer for the cloud's zones."""

from pydantic import Field

from seapoint.intent.cloud.shape.base import Shape


class DnsShape(Shape):
    """DNS servers. The zones are those of `domains`, and the reverse zones of what the plan gives a class."""

    authoritative: tuple[str, ...] = Field(min_length=1, description="VIPs whose owners answer for the zones.")
    recursive: tuple[str, ...] = Field((), description="VIPs whose owners answer any question of the cloud's networks.")
    reverse: tuple[str, ...] = Field((), description="Further networks, by name, whose addresses have names here.")
    signed: tuple[str, ...] = Field(
        (), description="Zones that are signed (DNSSEC), with the private key on each name server."
    )
    fed: tuple[str, ...] = Field((), description="Addresses of the operator's own servers, told the same records.")
