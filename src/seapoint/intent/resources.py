"""The lists of resources, one line each: what the Networking API serves, and what operators ask for."""

from collections.abc import Mapping
from typing import Any

from seapoint.intent.attributes import Standard
from seapoint.intent.drain import DRAIN
from seapoint.intent.requests.floatingip import FLOATINGIP
from seapoint.intent.requests.network import NETWORK
from seapoint.intent.requests.port import PORT
from seapoint.intent.requests.router import ROUTER
from seapoint.intent.requests.security import SECURITY_GROUP, SECURITY_GROUP_RULE
from seapoint.intent.requests.subnet import SUBNET
from seapoint.intent.resource import Resource

RESOURCES: tuple[Resource[Any], ...] = (
    NETWORK,
    SUBNET,
    PORT,
    ROUTER,
    FLOATINGIP,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
)

#: All that is stored, logged and rolled back: what operators ask for through their own API too.
STORED: tuple[Resource[Any], ...] = (*RESOURCES, DRAIN)

BY_TYPE: Mapping[type[Standard], Resource[Any]] = {resource.value: resource for resource in RESOURCES}
BY_KIND: Mapping[str, Resource[Any]] = {resource.kind: resource for resource in STORED}
