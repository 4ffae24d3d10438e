"""Who may reach what: services of the cloud's own hosts, and other teams' services that instances reach."""

from typing import Literal

from pydantic import Field

from seapoint.intent.cloud.shape.base import Port, Shape

#: Callers as a whole: everybody beyond the core routers who is none of the others; tenants; hosts in cloud-private
#: subnets and owners of VIPs; the other realms, and what the file adds to them.
Callers = Literal["internet", "instances", "cloud-private", "production"]


class PortsShape(Shape):
    """Ports of services."""

    tcp: tuple[Port, ...] = Field((), description="TCP ports.")
    udp: tuple[Port, ...] = Field((), description="UDP ports.")


class ExclusionShape(Shape):
    """Another team's service that sees instances' own addresses: no NAT, and terms of filters that let it through."""

    offers: PortsShape = Field(default_factory=PortsShape, description="What instances ask there.")
    asks: PortsShape = Field(default_factory=PortsShape, description="What it asks of instances: their answers pass.")


class ReachedShape(Shape):
    """A service on the cloud's own hosts: where it listens, who may call it, whom it may call."""

    at: tuple[str, ...] = Field(min_length=1, description="VIPs; or roles and hosts, at their cloud-private addresses.")
    tcp: tuple[Port, ...] = Field((), description="TCP ports.")
    udp: tuple[Port, ...] = Field((), description="UDP ports.")
    from_: tuple[str, ...] = Field(
        (),
        alias="from",
        description="Who may call: internet, instances, cloud-private, production; roles, hosts, names, prefixes.",
    )
    to: tuple[Literal["internet", "production"], ...] = Field((), description="Whom the service itself may call.")


class ReachShape(Shape):
    """The matrix: who may call the services of the cloud's own hosts. What is not listed is dropped."""

    production: tuple[str, ...] = Field((), description="Networks of production beside its VLANs: names, prefixes.")
    services: dict[str, ReachedShape] = Field(default_factory=dict, description="A row for each service.")
