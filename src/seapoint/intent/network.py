"""Networks: one broadcast domain each, in the overlay or on a provider's wire."""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.intent.attributes import Switchable, attribute
from seapoint.intent.formats import boolean, choice, domain, integer, optional, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Network(Switchable):
    """A network of the Networking API."""

    KIND: ClassVar[str] = "network"
    NOUN: ClassVar[str] = "Network"

    shared: bool = attribute(boolean(), default=False)
    mtu: int = attribute(integer(0, 65535), default=0, doc="octets of an IP packet; 0 asks for the largest that fits")
    port_security_enabled: bool = attribute(boolean(), default=True, doc="what its ports get when they don't say")
    router_external: bool = attribute(boolean(), default=False, wire="router:external")
    is_default: bool = attribute(boolean(), default=False)
    provider_network_type: str = attribute(
        choice("flat", "vlan", "vxlan", "geneve", "gre", "local"),
        default="",
        update=False,
        wire="provider:network_type",
        doc="the cloud's overlay, flat or vlan",
    )
    provider_physical_network: str | None = attribute(
        optional(text(128)), default=None, update=False, wire="provider:physical_network"
    )
    provider_segmentation_id: int | None = attribute(
        optional(integer(1, 2**24 - 1)), default=None, update=False, wire="provider:segmentation_id"
    )

    dns_domain: str = attribute(domain(), default="", doc="nothing, or the domain that its project has anyway")

    @property
    def is_overlay(self) -> bool:
        """Whether its packets travel in tunnels, not on a physical network."""
        return self.provider_physical_network is None

    def claims(self) -> tuple[tuple[str, str], ...]:
        """A segment carries one network: a number of the overlay, a tag on a wire, or the untagged wire."""
        segment = str(self.provider_segmentation_id or "untagged")
        return ((f"segment of {self.provider_physical_network or 'the overlay'}", segment),)
