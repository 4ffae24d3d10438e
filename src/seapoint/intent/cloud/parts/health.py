"""Whether the checks of VIPs and of backends can work from the hosts that make them."""

from seapoint.intent.cloud.balancer import STATUS_PORT, BalancedService, Balancer, ports
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.matrix import DNS
from seapoint.intent.cloud.mistakes import Mistakes
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.reach import Ports
from seapoint.intent.cloud.vip import Check, Vip

#: What explains a check that fits nothing.
_UNLESS: tuple[Path, ...] = (("balancers",), ("dns",), ("reach",))


def check_health(cloud: Cloud, mistakes: Mistakes) -> None:
    """What each check asks against what is there to answer."""
    for vip in cloud.vips.values():
        if vip.check is not None and vip.check.kind != "command":
            _asked(cloud, vip, vip.check, mistakes)
    for balancer in cloud.balancers.values():
        if balancer.answers == "proxied" and balancer.vip in cloud.vips:
            _families(cloud, balancer, mistakes)


def _asked(cloud: Cloud, vip: Vip, check: Check, mistakes: Mistakes) -> None:
    """A check of a VIP of which we know all that listens: balancers and name servers of ours."""
    path: Path = ("vips", vip.name, "check")
    balancers = [one for one in cloud.balancers.values() if one.vip == vip.name]
    foreign = any(vip.name in row.vips for row in cloud.reach.rows) or any(one.answers == "direct" for one in balancers)
    served = _served(cloud, vip, balancers)
    if foreign or served == Ports():
        return
    protocol, there = ("UDP", served.udp) if check.kind == "dns" else ("TCP", served.tcp)
    if check.port not in there:
        # a warning: what the operator runs there besides is not in the file
        message = f"nothing of this file answers at {protocol} port {check.port} of {vip.name!r}"
        mistakes.warning(path, message, f"Ask what is there: {_told(served)}.", *_UNLESS)
        return
    services = (one for balancer in balancers for one in balancer.services if check.port in one.ports)
    service = next(services, None)
    if check.port == STATUS_PORT and service is None:
        _of_status(cloud, vip, check, mistakes)
    elif service is not None and service.mode == "http":
        _of_http(service, check, path, mistakes)
    elif check.kind == "dns" and vip.name in _authoritative(cloud):
        assert cloud.dns is not None
        if cloud.dns.zone_of(check.name) is None:
            message = f"the name servers at {vip.name!r} have no zone with {check.name!r}: they refuse to answer"
            zones = (zone.name for zone in cloud.dns.zones if zone.network is None and zone.kind != "inside")
            cure = f"Ask for a name in one of: {', '.join(zones)}."
            mistakes.error((*path, "dns"), message, cure, *_UNLESS, ("domains",))


def _served(cloud: Cloud, vip: Vip, balancers: list[Balancer]) -> Ports:
    """What of ours listens at a VIP."""
    services = [one for balancer in balancers if balancer.answers == "proxied" for one in balancer.services]
    found = sum((ports(one.mode, *one.ports) for one in services), start=Ports())
    if any(one.mode in ("http", "tcp") for one in services):
        found += Ports((STATUS_PORT,))
    recursive = cloud.dns.recursive if cloud.dns else ()
    return found + DNS if vip.name in (*_authoritative(cloud), *recursive) else found


def _authoritative(cloud: Cloud) -> tuple[str, ...]:
    return cloud.dns.authoritative if cloud.dns else ()


def _of_status(cloud: Cloud, vip: Vip, check: Check, mistakes: Mistakes) -> None:
    """HAProxy's own page: plain HTTP, a path for each VIP that its host balances."""
    path: Path = ("vips", vip.name, "check")
    if check.kind == "tls" or check.tls:
        message, cure = f"HAProxy's port {STATUS_PORT} speaks no TLS", f"Write `http: {STATUS_PORT}` alone."
        mistakes.error(path, message, cure, *_UNLESS)
    balanced = (cloud.vips[one.vip] for one in cloud.balancers.values() if one.vip in cloud.vips)
    told = [f"/{one.name}" for one in balanced if {*vip.owners} <= {*one.owners}]
    if check.kind == "http" and check.path not in (*told, "/metrics"):
        message = f"HAProxy tells nothing at {check.path}"
        mistakes.error((*path, "path"), message, f"Write `path: /{vip.name}`.", *_UNLESS)


def _of_http(service: BalancedService, check: Check, path: Path, mistakes: Mistakes) -> None:
    """A service behind HAProxy's TLS."""
    if check.kind != "http":
        return
    if not check.tls:
        message = f"{service.name!r} speaks TLS at port {check.port}: a plain request has no answer"
        mistakes.error(path, message, "Add `over_tls: true`.", *_UNLESS)
    elif service.host is not None and check.name != service.host:
        message = f"{service.name!r} refuses requests for another host than {service.host!r}"
        mistakes.error(path, message, f"Add `name: {service.host}`.", *_UNLESS)


def _families(cloud: Cloud, balancer: Balancer, mistakes: Mistakes) -> None:
    """Backends' addresses of a family in which a balancer has none: they would be sick for ever."""
    for owner in cloud.vips[balancer.vip].owners:
        own = {address.version for address in cloud.hosts[owner].private.all()}
        for service in balancer.services:
            path: Path = ("balancers", balancer.name, "services", service.name)
            for backend in service.backends:
                beyond = [one for one in backend.addresses.all() if one.version not in own]
                if own and beyond:
                    message = f"{owner!r} has no IPv{beyond[0].version} address from which to check {beyond[0]}"
                    cure = f"Give {owner!r} a `private:` address of this family."
                    told = mistakes.warning if len(beyond) < len(backend.addresses.all()) else mistakes.error
                    told(path, f"{message} of {backend.host!r}", cure, ("hosts", owner), ("vlans",))


def _told(served: Ports) -> str:
    """Ports for people."""
    return ", ".join(f"{kind.upper()} {' '.join(map(str, sorted(ports)))}" for kind, ports in served.by_protocol())
