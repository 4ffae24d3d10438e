"""The cloud's own services behind its balancers, as a lab plays them on their backends."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from seapoint.intent.cloud.balancer import BalancedService
from seapoint.intent.cloud.model import Cloud, Host
from seapoint.lab.units import Daemon, Unit

APIS = str(Path(__file__).parent / "apis.py")
#: OpenStack's names: of the identity service, with which those of its end points begin, and of ours.
IDENTITY, NETWORKING = "keystone", "neutron"
DNS_PORT = 53
ENVIRONMENT = "/etc/default/lab-services"


#: What answers on a backend for every service that balancers lead to it.
SERVICES = Unit(
    "services.service",
    (Daemon("services", (sys.executable, "-I", "-S", APIS, "$SERVICES"), kind="notify", environment_file=ENVIRONMENT),),
)


def services(cloud: Cloud, host: Host) -> tuple[str, ...]:
    """The words of ``apis.py`` for what is to be played on a host; none on one that is no backend."""
    return tuple(dict.fromkeys(_words(cloud, host)))


def environment(words: Iterable[str]) -> tuple[str, str]:
    """The file in which the unit finds its words, and its text."""
    return ENVIRONMENT, f"SERVICES='{' '.join(words)}'\n"


def networking_port(cloud: Cloud, host: Host) -> int | None:
    """Where balancers look for the Networking API on a host: nobody plays that, it is the server's own."""
    services = (service for balancer in cloud.balancers.values() for service in balancer.services)
    ours = (one for one in services if one.name == NETWORKING and host.name in {each.host for each in one.backends})
    return next((one.backend_port for one in ours), None)


def _words(cloud: Cloud, host: Host) -> Iterator[str]:
    for balancer in cloud.balancers.values():
        for service in balancer.services:
            if service.name != NETWORKING and any(backend.host == host.name for backend in service.backends):
                ports = service.ports if balancer.answers == "direct" else (service.backend_port,)
                yield from _played(cloud, host, service, ports)


def _played(cloud: Cloud, host: Host, service: BalancedService, ports: tuple[int, ...]) -> Iterator[str]:
    proxied = "+proxy" if service.client_address == "proxy" else ""
    for port in ports:
        if service.mode not in ("dns", "udp"):
            yield f"{_protocol(service)}{proxied}:{port}"
        elif port != DNS_PORT or not _has_name_server(cloud, host):
            yield f"udp:{port}"


def _has_name_server(cloud: Cloud, host: Host) -> bool:
    """Whether real ones have the port there."""
    names = (*cloud.dns.authoritative, *cloud.dns.recursive) if cloud.dns else ()
    return any(host.name in cloud.vips[name].owners for name in names)


def _protocol(service: BalancedService) -> str:
    return IDENTITY if service.name.startswith(IDENTITY) else service.mode
