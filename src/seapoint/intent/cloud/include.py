"""Operators' own lines, resolved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

#: Points of the ruleset: the beginning of the chain of that name.
Hook = Literal["input", "output", "forward", "nat"]
#: Points of frr.conf: the end of its BGP stanza, and of the file.
FrrPoint = Literal["bgp", "end"]
#: Points of haproxy.cfg: the end of two of its sections, and of the file.
HaproxyPoint = Literal["global", "defaults", "end"]


@dataclass(frozen=True, slots=True)
class Include:
    """Lines under one name, on devices by their names (of a switch also ``SWITCH.REALM``), each at its point."""

    name: str
    devices: tuple[str, ...]
    nftables: Mapping[Hook, tuple[str, ...]]
    frr: Mapping[FrrPoint, tuple[str, ...]]
    haproxy: Mapping[HaproxyPoint, tuple[str, ...]]
