"""The cloud's own services behind its balancers, as a lab plays them on their backends."""

import sys
from collections.abc import Iterator
from pathlib import Path

from seapoint.intent.cloud.balancer import BalancedService
from seapoint.intent.cloud.model import Cloud, Host
from seapoint.lab.units import Daemon, Unit

APIS = str(Path(__file__).parent / "apis.py")
#: OpenStack's name of the identity service, with which those of its end points begin.
IDENTITY = "keystone"


def services(cloud: Cloud, host: Host) -> Unit | None:
    """The unit that answers on a backend for every service that balancers lead to it; None for who is no backend."""
    words = tuple(dict.fromkeys(_words(cloud, host)))
    if not words:
        return None
    return Unit("services.service", (Daemon("services", (sys.executable, "-I", "-S", APIS, *words), kind="notify"),))


def _words(cloud: Cloud, host: Host) -> Iterator[str]:
    """The words of ``apis.py``."""
    for balancer in cloud.balancers.values():
        for service in balancer.services:
            if any(backend.host == host.name for backend in service.backends):
                proxied = "+proxy" if service.client_address == "proxy" else ""
                yield f"{_protocol(service)}{proxied}:{service.backend_port}"


def _protocol(service: BalancedService) -> str:
    return IDENTITY if service.name.startswith(IDENTITY) else service.mode
