"""Production's HTTP proxies in the lab, by HAProxy: they call from their own addresses.

They go to literal addresses of both families, which is all that live tests ask of them. Source: HAProxy's Configuration
Manual, "http-request set-dst", "source".
"""

from collections.abc import Iterator

from seapoint.base.addresses import Address, Addresses
from seapoint.intent.cloud.model import Cloud
from seapoint.lab.offers import Played
from seapoint.lab.units import Daemon, Unit
from seapoint.probe.probe import host_part

CONFIGURATION = "/etc/haproxy/proxies.cfg"
SETTINGS = """\
defaults
  mode http
  timeout connect 3s
  timeout client 30s
  timeout server 30s
"""
#: A literal IPv6 address in a request; its port is then that of HTTP.
LITERAL6 = "{ url -m beg http://[ }"


def proxy_ports(cloud: Cloud) -> set[int]:
    """Where proxies listen."""
    return {route.proxy.port for route in cloud.default_routes.values() if route.proxy}


def played_proxies(cloud: Cloud) -> tuple[Played, ...]:
    """One daemon for all that hosts use."""
    used = {(one.proxy.service, one.proxy.port) for one in cloud.default_routes.values() if one.proxy}
    if not used:
        return ()
    text = SETTINGS + "".join(
        _proxy(cloud.services[name], port, number) for number, (name, port) in enumerate(sorted(used))
    )
    daemon = Daemon("haproxy", ("haproxy", "-db", "-f", CONFIGURATION))
    return (Played(Unit("proxies.service", (daemon,)), ((CONFIGURATION, text),)),)


def _proxy(service: Addresses, port: int, number: int) -> str:
    lines = [f"frontend proxy-{number}"]
    # before the agent has given the host the address, too
    lines += [f"  bind {host_part(address)}:{port} transparent" for address in service.all()]
    lines += [
        f"  http-request set-dst url_ip if !{LITERAL6}",
        f"  http-request set-dst-port url_port if !{LITERAL6}",
        f'  http-request set-dst "url,regsub(^http:..\\\\[,),regsub(\\\\].*,)" if {LITERAL6}',
        f"  http-request set-dst-port int(80) if {LITERAL6}",
        *(f"  use_backend beyond-{number}-6 if {LITERAL6}" for _ in (service.v6,) if service.v6),
        *(f"  default_backend beyond-{number}-4" for _ in (service.v4,) if service.v4),
    ]
    return "\n".join([*lines, *(line for one in service.all() for line in _beyond(one, number)), ""])


def _beyond(own: Address, number: int) -> Iterator[str]:
    yield f"backend beyond-{number}-{own.version}"
    yield f"  source {host_part(own)}:0"
    yield f"  server beyond {'0.0.0.0:0' if own.version == 4 else ':::0'}"
