"""Routers: join subnets, and lead outside through a gateway."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from seapoint.intent.attributes import Switchable, attribute
from seapoint.intent.formats import Json, always, boolean, many, optional, prefix, record, records, uuid
from seapoint.intent.port import FIXED_IP, FixedIp
from seapoint.intent.subnet import ROUTE, Route


@dataclass(frozen=True, slots=True)
class Gateway:
    """How a router reaches outside."""

    network_id: str = ""  # an update may leave it out: the network stays
    enable_snat: bool = True  # IPv4 from the router's subnets leaves with the router's own address
    external_fixed_ips: tuple[FixedIp, ...] = ()
    nat_exclusions: tuple[str, ...] = ()  # destinations that see the source untranslated; extension of ours


GATEWAY = record(
    Gateway,
    {
        "network_id": uuid(),
        "enable_snat": boolean(),
        "external_fixed_ips": records(FIXED_IP),
        "nat_exclusions": many(prefix()),
    },
)


def _gateway(value: Json) -> Gateway | None:
    """None and {} both mean no gateway."""
    return None if value in (None, {}) else GATEWAY.parse(value)


OPTIONAL_GATEWAY = dataclasses.replace(
    optional(GATEWAY), parse=_gateway, keys=lambda it: (it.network_id,) if it else ()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Router(Switchable):
    """A router of the Networking API."""

    KIND: ClassVar[str] = "router"
    NOUN: ClassVar[str] = "Router"

    external_gateway_info: Gateway | None = attribute(OPTIONAL_GATEWAY, default=None, index=True)
    routes: tuple[Route, ...] = attribute(records(ROUTE), default=(), create=False)
    distributed: bool = attribute(always(False, "gateways of this cloud are central"), default=False)
    ha: bool = attribute(always(True, "gateways of this cloud are highly available"), default=True)
