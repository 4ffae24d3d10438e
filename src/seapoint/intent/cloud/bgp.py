"""BGP between the devices of a site, and the detection of dead paths beside it (RFC 4271, RFC 4456, RFC 5880)."""

from dataclasses import dataclass
from typing import Literal

from seapoint.base.addresses import Network


@dataclass(frozen=True, slots=True)
class Bfd:
    """Bidirectional forwarding detection (RFC 5880): milliseconds between packets, packets missed until down."""

    interval: int
    multiplier: int


@dataclass(frozen=True, slots=True)
class Export:
    """Exactly these prefixes are announced from one kind of device to another, nothing more specific, nothing else."""

    sender: Literal["switches", "routers", "internet"]
    receiver: Literal["switches", "routers", "internet", "servers"]
    realm: str | None
    networks: tuple[Network, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A prefix, or the parts of it that are ``shortest`` to ``longest`` bits long."""

    network: Network
    shortest: int
    longest: int


@dataclass(frozen=True, slots=True)
class Import:
    """What the device ``at`` learns of one neighbour, in place of what exports to its kind say.

    ``realm``: None: in all. ``accepted``: None: as exports say. ``maximum`` prefixes of a family may come.
    """

    at: str
    sender: str
    realm: str | None
    accepted: tuple[Accepted, ...] | None
    maximum: int | None


@dataclass(frozen=True, slots=True)
class Reflection:
    """iBGP between the loopbacks of a realm's switches; those named reflect, the others are their clients."""

    realm: str
    reflectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Servers:
    """BGP of the owners of VIPs with their rack's switch.

    ``gtsm``: both ends demand that packets were never forwarded. ``maximum`` prefixes of a family may come from either
    end. ``password``: the file on both ends with the word that signs segments (TCP MD5). ``statics``: what becomes of
    owners' static routes to what they are told too.
    """

    asn: int
    gtsm: bool
    maximum: int | None
    password: str | None
    statics: Literal["first", "last", "none"]
