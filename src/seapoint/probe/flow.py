"""What the packets of a probe look like to those that carry them."""

from dataclasses import dataclass
from typing import Literal

from seapoint.base.addresses import Address


@dataclass(frozen=True, slots=True)
class Flow:
    """Packets to an address: echo requests with ``payload`` octets in one piece, or to a ``port`` of TCP or UDP."""

    address: Address
    protocol: Literal["icmp", "tcp", "udp"] = "icmp"
    port: int = 0
    payload: int = 56
