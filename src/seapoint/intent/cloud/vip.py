"""Service addresses that hosts announce by BGP, resolved."""

from dataclasses import dataclass
from typing import Literal

from seapoint.base.addresses import Addresses

Kind = Literal["active-active", "active-passive", "anycast"]


@dataclass(frozen=True, slots=True)
class Check:
    """How an owner finds out whether its service is well at an address; times in milliseconds.

    ``port``, ``name``, ``path``, ``statuses``, ``tls``, ``command`` as far as the kind has them.
    """

    kind: Literal["tcp", "http", "tls", "dns", "command"]
    port: int
    name: str
    path: str
    statuses: tuple[int, ...]
    tls: bool
    command: tuple[str, ...]
    interval: int
    timeout: int
    rise: int
    fall: int


@dataclass(frozen=True, slots=True)
class Vip:
    """A service address (VIP). ``owners`` are running hosts in the file's order: of active-passive the first leads.

    ``when_all_sick``: a sick owner withdraws, or stays behind those that are well.
    """

    name: str
    fqdn: str
    prefix: str
    addresses: Addresses
    owners: tuple[str, ...]
    kind: Kind
    check: Check | None = None
    when_all_sick: Literal["withdraw", "keep"] = "withdraw"
