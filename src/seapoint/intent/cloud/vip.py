"""Service addresses that hosts announce by BGP, resolved."""

from dataclasses import dataclass
from typing import Literal

from seapoint.base.addresses import Addresses

Kind = Literal["active-active", "active-passive", "anycast"]


@dataclass(frozen=True, slots=True)
class Vip:
    """A service address (VIP). ``owners`` are running hosts in the file's order: of active-passive the first leads."""

    name: str
    fqdn: str
    prefix: str
    addresses: Addresses
    owners: tuple[str, ...]
    kind: Kind
