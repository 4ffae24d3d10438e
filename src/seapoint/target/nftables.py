"""A host's own nftables table as data: sets, chains and rules with a meaning that checks can reckon with.

Source: nft(8). One table, ``inet seapoint``; it matches both families.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Literal

from seapoint.base.addresses import Network

Family = Literal[4, 6]
Protocol = Literal["any", "tcp", "udp", "icmp", "vrrp", "gre"]
#: ``count`` only counts, and the next rule decides, as after ``fresh``, which sets the hop limit to 255; ``reject``
#: answers ICMP "administratively prohibited".
Verdict = Literal["accept", "drop", "reject", "snat", "count", "fresh"]


@dataclass(frozen=True, slots=True)
class NamedSet:
    """Networks of one family under a name; sorted, each once, none inside another."""

    name: str
    family: Family
    networks: tuple[Network, ...]


@dataclass(frozen=True, slots=True)
class Operand:
    """What an address is compared with: networks written out, or a named set; ``negated``: any other address."""

    networks: tuple[Network, ...] = ()
    named: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """All that is given must match; then the verdict holds. Operands need a ``family``.

    Interfaces are names: of several, any one matches. ``not_incoming``, ``not_outgoing``: no one of these.
    ``protocol`` "icmp" is ICMP and ICMPv6. ``snat`` is the new source address where the verdict is "snat".

    ``known``: of a connection that the host knows, or that concerns one (ICMP errors). ``under_way``: TCP that opens no
    connection. ``on_link``: whether the hop limit is 255, so that no router has forwarded it (RFC 5082). This, and the
    verdict ``fresh``, need a ``family``.
    """

    verdict: Verdict
    comment: str
    family: Family | None = None
    incoming: tuple[str, ...] = ()
    not_incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    not_outgoing: tuple[str, ...] = ()
    source: Operand | None = None
    destination: Operand | None = None
    protocol: Protocol = "any"
    ports: tuple[int, ...] = ()
    source_ports: tuple[int, ...] = ()
    snat: IPv4Address | None = None
    known: bool = False
    under_way: bool = False
    on_link: bool | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A base chain; ``priority`` by its name in nft(8). The first rule that decides ends it, else ``policy`` holds.

    ``included`` are lines of the operator's own, before all rules; nothing here knows what they mean.
    """

    name: str
    type: Literal["filter", "nat"]
    hook: Literal["prerouting", "input", "forward", "output", "postrouting"]
    priority: Literal["raw", "filter", "srcnat"]
    policy: Literal["accept", "drop"]
    rules: tuple[Rule, ...]
    included: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The table ``inet seapoint``, whole."""

    sets: tuple[NamedSet, ...] = ()
    chains: tuple[Chain, ...] = ()

    def networks_of(self, operand: Operand) -> tuple[Network, ...]:
        """The networks that an operand stands for; KeyError where it names no set of this table."""
        if not operand.named:
            return operand.networks
        return {one.name: one.networks for one in self.sets}[operand.named]
