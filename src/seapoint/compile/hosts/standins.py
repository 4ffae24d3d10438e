"""What a lab plays because it is not ours: the internet and other teams' services, on cables to every core router."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from seapoint.base.addresses import Address, Addresses, Networks, host_network
from seapoint.compile.hosts.forwarding import PER_FLOW
from seapoint.compile.hosts.names import INTERNET, PRODUCTION, towards
from seapoint.compile.hosts.root import root_addresses, root_server
from seapoint.compile.hosts.routing import DEFAULT_ROUTE, policies, policy_name, session_bfd
from seapoint.intent.cloud.model import Cloud, Internet, Router
from seapoint.target.device import Device, Service
from seapoint.target.frr import Bgp, Frr, Neighbor, StaticRoute
from seapoint.target.host import Interface

# Networks of these cables: nobody routes them, for they are reserved (RFC 2544, RFC 3849).
_CABLES = {
    INTERNET: Networks(IPv4Network("198.18.0.0/24"), IPv6Network("2001:db8:fffe::/48")),
    PRODUCTION: Networks(IPv4Network("198.18.1.0/24"), IPv6Network("2001:db8:fffd::/48")),
}


@dataclass(frozen=True, slots=True)
class StandInCable:
    """A cable between a core router and a stand-in: both ends' interfaces and addresses."""

    stand_in: str
    router: str
    networks: Networks
    router_addresses: Addresses
    stand_in_addresses: Addresses

    @property
    def router_interface(self) -> str:
        """On the router."""
        return towards(self.stand_in)

    @property
    def stand_in_interface(self) -> str:
        """On the stand-in."""
        return towards(self.router)

    def interface(self, device: str) -> Interface:
        """One end as an interface of its device."""
        here = device == self.stand_in
        addresses = self.stand_in_addresses if here else self.router_addresses
        pairs = zip(addresses.all(), self.networks.all(), strict=True)
        return Interface(
            self.stand_in_interface if here else self.router_interface,
            addresses=tuple(f"{address}/{network.prefixlen}" for address, network in pairs),
        )


def stand_ins(cloud: Cloud) -> tuple[str, ...]:
    """The stand-ins that a lab of this cloud has."""
    wanted = ((INTERNET, cloud.internet is not None), (PRODUCTION, bool(cloud.services)))
    return tuple(name for name, there in wanted if there and cloud.routers)


def cables(cloud: Cloud) -> tuple[StandInCable, ...]:
    """Every stand-in's cable to every core router."""
    return tuple(
        _cable(stand_in, router, index) for stand_in in stand_ins(cloud) for index, router in enumerate(cloud.routers)
    )


def internet(cloud: Cloud, behind: Internet) -> Device:
    """The internet: an AS that tells the core routers a default route, and believes exactly what they may export."""
    mine = tuple(cable for cable in cables(cloud) if cable.stand_in == INTERNET)
    exports, imports = policy_name(INTERNET, "routers"), policy_name("routers", INTERNET)
    neighbors = (
        Neighbor(
            address,
            cloud.routers[cable.router].asn,
            cable.router,
            imports,
            exports,
            True,
            bfd=session_bfd(cloud),
            gtsm=cloud.links_gtsm,
        )
        for cable in mine
        for address in cable.router_addresses.all()
    )
    bgp = Bgp(
        behind.asn,
        behind.host.v4 or next(cable.stand_in_addresses.v4 for cable in mine if cable.stand_in_addresses.v4),
        policies(cloud, ((INTERNET, "routers", None), ("routers", INTERNET, None))),
        tuple(neighbors),
    )
    services: tuple[Service, ...] = (Frr(INTERNET, bgp=bgp),)
    if cloud.dns is None or not cloud.dns.recursive:
        return _device(INTERNET, mine, behind.host.all(), services)
    root = root_server(cloud, cloud.dns, behind)
    return _device(INTERNET, mine, (*behind.host.all(), *root_addresses()), (*services, root))


def production(cloud: Cloud) -> Device:
    """Other teams' services: their addresses, and a default route over all core routers."""
    mine = tuple(cable for cable in cables(cloud) if cable.stand_in == PRODUCTION)
    services = [address for addresses in cloud.services.values() for address in addresses.all()]
    statics = (
        StaticRoute(DEFAULT_ROUTE.v4, tuple(cable.router_addresses.v4 for cable in mine if cable.router_addresses.v4)),
        StaticRoute(DEFAULT_ROUTE.v6, tuple(cable.router_addresses.v6 for cable in mine if cable.router_addresses.v6)),
    )
    return _device(PRODUCTION, mine, tuple(services), (Frr(PRODUCTION, statics),))


def service_routes(cloud: Cloud, router: Router) -> tuple[StaticRoute, ...]:
    """A core router's routes to other teams' services."""
    cable = next((one for one in cables(cloud) if (one.stand_in, one.router) == (PRODUCTION, router.name)), None)
    if cable is None:
        return ()
    via = {address.version: address for address in cable.stand_in_addresses.all()}
    addresses = {address for service in cloud.services.values() for address in service.all()}
    return tuple(
        StaticRoute(host_network(address), (via[address.version],))
        for address in sorted(addresses, key=lambda address: (address.version, int(address)))
    )


def _device(
    name: str, mine: tuple[StandInCable, ...], addresses: tuple[Address, ...], services: tuple[Service, ...]
) -> Device:
    loopback = Interface("lo", addresses=tuple(str(host_network(address)) for address in addresses))
    return Device(name, PER_FLOW, interfaces=(loopback, *(cable.interface(name) for cable in mine)), services=services)


def _cable(stand_in: str, router: str, index: int) -> StandInCable:
    plan = _CABLES[stand_in]
    assert plan.v4 is not None
    assert plan.v6 is not None
    v4 = IPv4Network((int(plan.v4.network_address) + 2 * index, 31))
    v6 = IPv6Network((int(plan.v6.network_address) + (index << 64), 64))
    return StandInCable(stand_in, router, Networks(v4, v6), Addresses(v4[0], v6[1]), Addresses(v4[1], v6[2]))
