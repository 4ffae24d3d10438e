"""A host that owns a balancer's VIP: HAProxy in front of the cloud's own services."""

from collections.abc import Iterator
from itertools import product
from typing import Literal

from seapoint.base.addresses import Network, host_network, outermost
from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.intent.cloud.balancer import PEER_PORT, STATUS_PORT, Access, BalancedService, Balancer
from seapoint.intent.cloud.matrix import CLASSES, listed_for, networks_of
from seapoint.intent.cloud.model import Cloud, Host
from seapoint.target.device import Device
from seapoint.target.haproxy import Check, Haproxy, Peer, Proxy, Server, Status


def balancers(cloud: Cloud, host: Host, _tenants: Tenancy) -> Device | None:
    """HAProxy with the services of all balancers whose VIP the host owns."""
    mine = [one for one in proxying(cloud, host) if any(service.mode != "dns" for service in one.services)]
    if not mine:
        return None
    neighbours = private_networks(cloud)
    vips = tuple(dict.fromkeys(address for one in mine for address in cloud.vips[one.vip].addresses.all()))
    haproxy = Haproxy(
        name=host.name,
        proxies=tuple(proxy for balancer in mine for proxy in _proxies(cloud, balancer)),
        status=Status(
            listens=tuple((address, STATUS_PORT) for address in (*vips, *host.private.all())),
            sources=(*(host_network(vip) for vip in vips), *neighbours),
            groups=tuple((one.vip, tuple(proxy.name for proxy in _proxies(cloud, one))) for one in mine),
        ),
        peers=tuple(_peers(cloud, mine)),
    )
    return Device(host.name, services=(haproxy,))


def proxying(cloud: Cloud, host: Host) -> list[Balancer]:
    """The balancers that stand on the host between clients and backends: it owns their VIPs."""
    mine = (one for one in cloud.balancers.values() if host.name in cloud.vips[one.vip].owners)
    return [one for one in mine if one.answers == "proxied"]


def certificate_file(name: str) -> str:
    """Where the installer puts a certificate together with its key."""
    return f"/etc/seapoint/tls/{name}.pem"


def private_networks(cloud: Cloud) -> tuple[Network, ...]:
    """Every rack's cloud-private subnet."""
    return outermost(
        network for vlan in cloud.vlans.values() if vlan.use == "private" for network in vlan.networks.all()
    )


def sources(cloud: Cloud, balancer: Balancer, access: Access) -> tuple[Network, ...] | None:
    """Who may call a service of an access class, as the matrix says and the hosts' firewalls do; None: everybody."""
    if access == "internet":
        return None
    meant = (network for one in CLASSES[access] for network in networks_of(cloud, one))
    return outermost((*meant, *listed_for(balancer, access)))


def _peers(cloud: Cloud, mine: list[Balancer]) -> Iterator[Peer]:
    """Every host that balances one of these services, by its first cloud-private address."""
    for name in dict.fromkeys(owner for balancer in mine for owner in cloud.vips[balancer.vip].owners):
        yield Peer(name, cloud.hosts[name].private.all()[0], PEER_PORT)


def _proxies(cloud: Cloud, balancer: Balancer) -> Iterator[Proxy]:
    for service in balancer.services:
        match service.mode:
            case "http" | "tcp" as mode:
                yield _proxy(cloud, balancer, service, mode)


def _proxy(cloud: Cloud, balancer: Balancer, service: BalancedService, mode: Literal["http", "tcp"]) -> Proxy:
    check = service.check
    return Proxy(
        name=service.name,
        listens=tuple(product(cloud.vips[balancer.vip].addresses.all(), service.ports)),
        mode=mode,
        certificate=certificate_file(balancer.certificate) if balancer.certificate and mode == "http" else None,
        sources=sources(cloud, balancer, service.access),
        method=service.method,
        sticky=service.sticky,
        primary=service.primary is not None,
        check=Check(check.path, check.interval, check.rise, check.fall),
        client_address=service.client_address,
        host=service.host,
        servers=tuple(_servers(service)),
    )


def _servers(service: BalancedService) -> Iterator[Server]:
    """Each address of each backend is a server of its own: where one family fails, the other serves.

    With a primary only its first address is used while that is well, then its other, then the other hosts'.
    """
    for backend in sorted(service.backends, key=lambda one: one.host != service.primary):
        for index, address in enumerate(backend.addresses.all()):
            yield Server(
                f"{backend.fqdn}-v{address.version}",
                address,
                service.backend_port,
                backup=service.primary is not None and (backend.host != service.primary or index > 0),
                tls_name=backend.host if service.backend_tls else None,
            )
