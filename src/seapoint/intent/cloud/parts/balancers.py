"""Load balancers: bound to their VIP and their backends."""

from collections.abc import Iterator, Mapping

from seapoint.base.addresses import Network, outermost
from seapoint.intent.cloud.balancer import PROTOCOLS, Backend, BalancedService, Balancer, Check
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import Host
from seapoint.intent.cloud.names import Names
from seapoint.intent.cloud.parts.modes import check_direct, check_mode, check_vip
from seapoint.intent.cloud.parts.vips import owners
from seapoint.intent.cloud.shape.balancers import BalancedServiceShape, BalancerShape
from seapoint.intent.cloud.shape.cloud import CloudShape
from seapoint.intent.cloud.vip import Vip


def resolve_balancers(
    shape: CloudShape, vips: Mapping[str, Vip], hosts: Mapping[str, Host], names: Names, mistakes: Mistakes
) -> dict[str, Balancer]:
    """The balancers by name."""
    found = {}
    taken: dict[tuple[str, str, int] | str, str] = {}
    for name, entry in shape.balancers.items():
        path: Path = ("balancers", name)
        if entry.vip not in shape.vips:
            mistakes.error((*path, "vip"), f"unknown VIP {entry.vip!r}", nearest(entry.vip, vips), ("vips", entry.vip))
        elif entry.vip in vips:
            check_vip(entry, vips[entry.vip], path, mistakes)
        _used_once(entry, taken, path, mistakes)
        if entry.answers == "direct":
            check_direct(entry, path, mistakes)
        elif entry.certificate is None and any(one.mode == "http" for one in entry.services.values()):
            cure = "Add `certificate: NAME`; or `mode: tcp` to services that are passed on as they come."
            mistakes.error(path, f"the balancer {name!r} has no certificate to show", cure, (*path, "certificate"))
        found[name] = Balancer(
            name=name,
            vip=entry.vip,
            answers=entry.answers,
            certificate=entry.certificate,
            internal=tuple(_networks(entry, names, path, mistakes)),
            services=tuple(
                _service(service, one, entry, shape, hosts, (*path, "services", service), mistakes)
                for service, one in entry.services.items()
            ),
        )
    return found


def _networks(entry: BalancerShape, names: Names, path: Path, mistakes: Mistakes) -> tuple[Network, ...]:
    listed = enumerate(entry.internal)
    here: Path = (*path, "internal")
    return outermost(network for index, name in listed for network in names.networks(name, (*here, index), mistakes))


def _used_once(
    entry: BalancerShape, taken: dict[tuple[str, str, int] | str, str], path: Path, mistakes: Mistakes
) -> None:
    """A service's name is what statistics show; a port of a VIP leads to one service."""
    for service, one in entry.services.items():
        place: Path = (*path, "services", service)
        if service in taken:
            message, cure = f"the service {service!r} is also in {taken[service]!r}", "Give one of them another name."
            mistakes.error(place, message, cure)
        taken[service] = str(path[-1])
        for index, port in enumerate(one.ports):
            ends = [(entry.vip, protocol, port) for protocol in PROTOCOLS[one.mode]]
            before = next((taken[end] for end in ends if end in taken), None)
            if before is not None:
                message = f"port {port} of {entry.vip!r} is taken by {before!r}"
                mistakes.error((*place, "ports", index), message, "Take another port.")
            taken |= dict.fromkeys(ends, service)


def _service(
    name: str,
    one: BalancedServiceShape,
    entry: BalancerShape,
    shape: CloudShape,
    hosts: Mapping[str, Host],
    path: Path,
    mistakes: Mistakes,
) -> BalancedService:
    direct = entry.answers == "direct"
    if direct:
        place: Path = ("vips", entry.vip, "owners")
        listed = shape.vips[entry.vip].owners if entry.vip in shape.vips else ()
    else:
        place = (*path, "backends") if one.backends else ("balancers", path[1], "backends")
        listed = one.backends or entry.backends
    serving = owners(listed, shape, hosts, place, mistakes)
    backends = tuple(_backends(serving, shape, hosts, path, mistakes))
    if not serving and not direct and {*listed} <= {*shape.roles, *shape.hosts}:
        cure = "Name roles or hosts that run under `backends`, of the service or of the balancer."
        mistakes.error(path, f"the service {name!r} has no backend", cure, place, ("roles",), ("hosts",))
    if one.primary is not None and one.primary not in serving:
        cure = nearest(one.primary, serving)
        mistakes.error((*path, "primary"), f"{one.primary!r} is no backend of {name!r}", cure, place, ("hosts",))
    check_mode(name, one, entry.answers, path, mistakes)
    path_asked = one.check.path or ("/" if one.mode == "http" else None)
    return BalancedService(
        name=name,
        ports=one.ports,
        backend_port=one.backend_port or one.ports[0],
        backends=backends,
        primary=one.primary,
        mode=one.mode,
        access=one.access or entry.access,
        method=one.balance,
        sticky=0 if one.primary or one.mode == "dns" else one.sticky,
        check=Check(path_asked, one.check.interval, one.check.rise, one.check.fall),
        client_address=one.client_address,
        host=one.host,
        backend_tls=one.backend_tls,
    )


def _backends(
    serving: tuple[str, ...], shape: CloudShape, hosts: Mapping[str, Host], path: Path, mistakes: Mistakes
) -> Iterator[Backend]:
    for host in serving:
        addresses = hosts[host].private
        if not addresses.all():
            place: Path = ("hosts", host)
            message = f"the service {path[-1]!r} has the backend {host!r}, which has no cloud-private address"
            mistakes.error(path, message, f"Add `private:` to {host!r}.", (*place, "private"))
        yield Backend(host, f"{host}.{shape.domains.private}", addresses)
