"""The matrix of who may call what, with the rows that other parts of the cloud file imply; and who the callers are."""

from collections.abc import Iterator, Mapping

from seapoint.base.addresses import Addresses, Network, host_network, outermost
from seapoint.intent.cloud.balancer import DNS_STATUS_PORT, PEER_PORT, STATUS_PORT, Access, Balancer, ports
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.reach import Callers, Ports, Reached

DNS = Ports((53,), (53,))
#: Who is meant by a balancer's access classes.
CLASSES: Mapping[Access, tuple[Callers, ...]] = {
    "internet": ("internet", "instances", "cloud-private", "production"),
    "internal": ("instances", "cloud-private", "production"),
    "cloud-private": ("cloud-private",),
}
#: Everybody.
ANYBODY: tuple[Callers, ...] = ("internet", "instances", "cloud-private", "production")


def matrix(cloud: Cloud) -> tuple[Reached, ...]:
    """Every row: those of the file, then those that follow from it."""
    return (*cloud.reach.rows, *_balancers(cloud), *_name_servers(cloud))


def addresses_of(cloud: Cloud, row: Reached) -> Iterator[tuple[str, Addresses]]:
    """Where a row's service is called, by the name of its VIP or host."""
    yield from ((name, cloud.vips[name].addresses) for name in row.vips)
    yield from ((name, cloud.hosts[name].private) for name in row.hosts)


def networks_of(cloud: Cloud, callers: Callers) -> tuple[Network, ...]:
    """The networks of callers as a whole; none of the internet, which is whoever is none of the others.

    Owners send from VIPs too, and joined sites' hosts are neighbours: these are cloud-private. Production is every
    realm but the one of private VLANs, other teams' services, and what the file adds.
    """
    if callers == "instances":
        return cloud.tenant_prefixes()
    if callers == "cloud-private":
        vips = (network for vip in cloud.vips.values() for network in cloud.prefixes[vip.prefix].networks.all())
        others = cloud.joins.networks() if cloud.joins else ()
        return outermost((*cloud.private_space(), *vips, *others))
    if callers == "production":
        realms = {vlan.realm for vlan in cloud.vlans.values() if vlan.use == "private"}
        vlans = (vlan for vlan in cloud.vlans.values() if vlan.realm not in realms)
        services = (host_network(address) for service in cloud.services.values() for address in service.all())
        wired = (network for vlan in vlans for network in vlan.networks.all())
        return outermost((*wired, *services, *cloud.reach.production))
    return ()


def listed_for(balancer: Balancer, access: Access) -> tuple[Network, ...]:
    """Who may call services of an access class beside the callers that it means."""
    return balancer.internal if access == "internal" else ()


def own_networks(cloud: Cloud) -> tuple[Network, ...]:
    """The cloud itself, as hosts in cloud-private subnets see it: tenants, neighbours, and the VLANs of their realm."""
    realms = {vlan.realm for vlan in cloud.vlans.values() if vlan.use == "private"}
    vlans = (network for vlan in cloud.vlans.values() if vlan.realm in realms for network in vlan.networks.all())
    return outermost((*networks_of(cloud, "instances"), *networks_of(cloud, "cloud-private"), *vlans))


def told(cloud: Cloud) -> tuple[tuple[str, ...], ...]:
    """The matrix for people: a head, then for each row its service, places, ports, callers and whom it calls."""
    head = ("service", "at", "ports", *ANYBODY, "others", "calls")
    return (head, *(_told(row) for row in matrix(cloud)))


def _told(row: Reached) -> tuple[str, ...]:
    ports = (f"{protocol} {' '.join(map(str, numbers))}" for protocol, numbers in row.ports.by_protocol())
    return (
        row.name,
        " ".join((*row.vips, *row.hosts)),
        ", ".join(ports),
        *("yes" if callers in row.callers else "no" for callers in ANYBODY),
        " ".join(map(str, row.sources)),
        " ".join(row.calls),
    )


def _balancers(cloud: Cloud) -> Iterator[Reached]:
    """Who may call a balancer by the classes of its services, and what its hosts ask of backends and of each other."""
    for balancer in (one for one in cloud.balancers.values() if one.vip in cloud.vips):
        owners = cloud.vips[balancer.vip].owners
        for access, callers in CLASSES.items():
            called = (ports(one.mode, *one.ports) for one in balancer.services if one.access == access)
            offered = sum(called, start=Ports())
            if offered != Ports():
                listed = listed_for(balancer, access)
                yield Reached(f"{balancer.name}, {access}", (balancer.vip,), (), offered, callers, listed)
        if balancer.answers == "direct":
            continue
        private = tuple(host_network(address) for owner in owners for address in cloud.hosts[owner].private.all())
        behind: dict[tuple[str, ...], Ports] = {}
        for one in balancer.services:
            hosts = tuple(backend.host for backend in one.backends)
            behind[hosts] = behind.get(hosts, Ports()) + ports(one.mode, one.backend_port)
        for hosts, asked in behind.items():
            yield Reached(f"behind {balancer.name}", (), hosts, asked, sources=private)
        modes = {one.mode for one in balancer.services}
        if modes != {"dns"}:
            yield Reached(f"{balancer.name}, its hosts", (), owners, Ports((PEER_PORT,)), sources=private)
        metrics = (*((STATUS_PORT,) if modes != {"dns"} else ()), *((DNS_STATUS_PORT,) if "dns" in modes else ()))
        yield Reached(f"{balancer.name}, metrics", (), owners, Ports(metrics), ("cloud-private",))


def _name_servers(cloud: Cloud) -> Iterator[Reached]:
    """Zones are for everybody, recursion for the cloud; recursors ask name servers at their own addresses.

    Everybody else they ask from the VIPs of the name servers beside them, to which answers find back.
    """
    if cloud.dns is None:
        return
    vips = cloud.dns.authoritative
    calls: tuple[Callers, ...] = ("internet", "production") if cloud.dns.recursive else ()
    yield Reached("authoritative DNS", vips, (), DNS, ANYBODY, calls=calls)
    owners = tuple(dict.fromkeys(owner for name in vips for owner in cloud.vips[name].owners))
    yield Reached("authoritative DNS behind its VIPs", (), owners, DNS, ("cloud-private",))
    if cloud.dns.recursive:
        # who is of the realm and not served hears that from the recursor: silence would hide a wrong source address
        callers: tuple[Callers, ...] = ("instances", "cloud-private")
        yield Reached("recursive DNS", cloud.dns.recursive, (), DNS, callers, own_networks(cloud))
