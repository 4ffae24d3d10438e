"""What the internet sees of hosts whose default route the file chooses; production, as ever; and proxies.

Where the internet is told nothing of an address, or a filter refuses it, nobody there may be reached from it.
"""

from collections.abc import Iterator

from seapoint.base.addresses import Address
from seapoint.intent.cloud.default_route import DefaultRoute, Proxy
from seapoint.intent.cloud.model import Host
from seapoint.probe.allowed import HTTP, offers_http, passes_edge, passes_filters
from seapoint.probe.kinds.reaches import Reaches
from seapoint.probe.kinds.seen_as import SeenAs
from seapoint.probe.kinds.shut import Shut
from seapoint.probe.probe import Probe
from seapoint.probe.world import ON_THE_INTERNET, World

GROUP = "egress"


def probes(world: World) -> Iterator[Probe]:
    for name, route in world.cloud.default_routes.items():
        if route.vlan is not None:
            yield from _internet(world, world.cloud.hosts[name], route)
            yield from _production(world, world.cloud.hosts[name])
        if route.proxy is not None:
            yield from _by_proxy(world, name, route.proxy)


def _internet(world: World, host: Host, route: DefaultRoute) -> Iterator[Probe]:
    for source, seen in zip(route.sources.all(), route.seen.all(), strict=True):
        far = world.internet(source.version)
        if far is None:
            continue
        carried = not route.nat or passes_edge(world.cloud, source, far, HTTP)
        passes = carried and passes_filters(world.cloud, route.realm, seen, far, HTTP)
        if passes and world.on_the_internet(seen):
            meanings = tuple(_meanings(world, host, source, seen))
            yield Probe(GROUP, host.name, SeenAs(ON_THE_INTERNET, far, (seen,), meanings))
        else:
            yield Probe(GROUP, host.name, Shut(ON_THE_INTERNET, far, HTTP.number))


def _by_proxy(world: World, host: str, proxy: Proxy) -> Iterator[Probe]:
    """The internet sees the proxy, in each family that it has and that the internet can answer."""
    yield Probe(GROUP, host, Reaches(proxy.service, proxy.address, proxy.port))
    for seen in world.cloud.services[proxy.service].all():
        far = world.internet(seen.version)
        if far is not None and world.on_the_internet(seen):
            yield Probe(GROUP, host, SeenAs(ON_THE_INTERNET, far, (seen,), proxy=proxy))


def _meanings(world: World, host: Host, source: Address, seen: Address) -> Iterator[tuple[Address, str]]:
    yield from ((one, "its management address: the default route is the installer's") for one in host.management.all())
    if seen != source:
        yield source, "its own address: the edge does not translate it"
    elif world.cloud.edge is not None:
        yield world.cloud.edge.nat_source, "the NAT source: the edge carries it, and should not"


def _production(world: World, host: Host) -> Iterator[Probe]:
    """From management, as ever: in each family the first service that speaks HTTP."""
    management = world.cloud.vlan_for("management", host.rack)
    realm = management.realm if management else ""
    for own in host.management.all():
        services = (
            (name, address)
            for name, addresses in world.cloud.services.items()
            for address in addresses.all()
            if address.version == own.version
            and offers_http(world.cloud, address)
            and passes_filters(world.cloud, realm, own, address, HTTP)
        )
        for name, address in list(services)[:1]:
            yield Probe(GROUP, host.name, SeenAs(name, address, (own,)))
