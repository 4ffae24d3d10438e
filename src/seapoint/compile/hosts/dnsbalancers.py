"""A host that owns a balancer's VIP: dnsdist in front of name servers."""

from collections.abc import Iterator
from itertools import product

from seapoint.compile.hosts.balancers import private_networks, proxying, sources
from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.intent.cloud.balancer import DNS_STATUS_PORT, BalancedService, Balancer
from seapoint.intent.cloud.model import Cloud, Host
from seapoint.target.device import Device
from seapoint.target.dnsdist import Dnsdist, Pool, Server


def dns_balancers(cloud: Cloud, host: Host, _tenants: Tenancy) -> Device | None:
    """The services of mode ``dns`` of all balancers whose VIP the host owns, by dnsdist."""
    pools = tuple(
        _pool(cloud, balancer, service)
        for balancer in proxying(cloud, host)
        for service in balancer.services
        if service.mode == "dns"
    )
    if not pools:
        return None
    dnsdist = Dnsdist(pools, status=(host.private.all()[0], DNS_STATUS_PORT), sources=private_networks(cloud))
    return Device(host.name, services=(dnsdist,))


def _pool(cloud: Cloud, balancer: Balancer, service: BalancedService) -> Pool:
    vip = cloud.vips[balancer.vip]
    return Pool(
        name=service.name,
        listens=tuple(product(vip.addresses.all(), service.ports)),
        sources=sources(cloud, balancer, service.access),
        method="ordered" if service.primary else "roundrobin" if service.method == "roundrobin" else "leastoutstanding",
        asked=vip.fqdn,
        interval=service.check.interval,
        rise=service.check.rise,
        fall=service.check.fall,
        servers=tuple(_servers(service)),
    )


def _servers(service: BalancedService) -> Iterator[Server]:
    """Each address of each backend is a server of its own: where one family fails, the other serves."""
    for backend in sorted(service.backends, key=lambda one: one.host != service.primary):
        for address in backend.addresses.all():
            yield Server(f"{backend.fqdn}-v{address.version}", address, service.backend_port)
