"""Floating IPs: an address of an external network that leads to one address of one port."""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.intent.attributes import Standard, attribute
from seapoint.intent.formats import address, domain, host_label, optional, uuid


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatingIp(Standard):
    """A floating IP of the Networking API; its address is held by a port of its own (``device_id`` is its id)."""

    KIND: ClassVar[str] = "floatingip"
    NOUN: ClassVar[str] = "Floating IP"

    floating_network_id: str = attribute(uuid(), required=True, update=False, refers="network")
    floating_ip_address: str = attribute(address(4), default="", update=False, index=True)
    subnet_id: str | None = attribute(optional(uuid()), default=None, update=False, visible=False)
    port_id: str | None = attribute(optional(uuid()), default=None, refers="port")
    fixed_ip_address: str | None = attribute(optional(address(4)), default=None)
    router_id: str | None = attribute(optional(uuid()), default=None, create=False, update=False, refers="router")
    dns_name: str = attribute(host_label(), default="", index=True, doc="left out: instance-NAME of its port")
    dns_domain: str = attribute(domain(), default="", doc="nothing, or the domain that its project has anyway")

    def claims(self) -> tuple[tuple[str, str], ...]:
        """A port's address has one floating IP of each external network."""
        if self.port_id is None:
            return ()
        return ((f"floating IPs of {self.floating_network_id}", f"{self.port_id} {self.fixed_ip_address}"),)
