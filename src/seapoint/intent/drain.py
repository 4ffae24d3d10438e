"""Drains: hosts that an operator wants left in peace, for maintenance: as owners of a service address, or whole."""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.intent.attributes import Named, attribute
from seapoint.intent.formats import text
from seapoint.intent.resource import Resource
from seapoint.intent.snapshot import Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain(Named):
    """A host announces a VIP behind all others, and no longer once its connections are gone. Both by name.

    Without a VIP, with an empty name, it does so with all of its VIPs, and leaves the edge's addresses and the gateways
    of virtual routers to other hosts. It stands while the cloud file that names them comes and goes: what is not there
    is not drained.
    """

    KIND: ClassVar[str] = "drain"
    NOUN: ClassVar[str] = "Drain"

    vip: str = attribute(text(255), required=True)
    host: str = attribute(text(255), required=True)

    def claims(self) -> tuple[tuple[str, str], ...]:
        """One for each VIP and host."""
        return (("drains", f"{self.vip} {self.host}"),)


DRAIN = Resource(Drain)


def drain_of(intent: Intent, vip: str, host: str) -> Drain | None:
    """The drain of an owner, or of a whole host."""
    return next((drain for drain in intent.of(Drain).values() if (drain.vip, drain.host) == (vip, host)), None)


def drained_hosts(intent: Intent) -> frozenset[str]:
    """The hosts that are drained whole."""
    return frozenset(drain.host for drain in intent.of(Drain).values() if not drain.vip)
