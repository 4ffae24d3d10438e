"""Instances as probes see them: where they run, their addresses, and the router that leads on from each."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from seapoint.base.addresses import Address, parse_address
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.hostnames import label, port_label, project_domain
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.router import Router
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Subnet

Family = Literal[4, 6]
FAMILIES: tuple[Family, Family] = (4, 6)
COMPUTE = "compute:"


@dataclass(frozen=True, slots=True)
class Leg:
    """One address of an instance. ``router`` holds the subnet's gateway address; None: the subnet leads nowhere."""

    address: Address
    subnet: Subnet
    router: Router | None
    floating: Address | None

    @property
    def gateway(self) -> Address | None:
        """The router's address in the subnet."""
        return parse_address(self.subnet.gateway_ip) if self.router and self.subnet.gateway_ip else None

    @property
    def way_out(self) -> Address | None:
        """The external address by which its router leads outside in this family."""
        return external_address(self.router, self.address.version) if self.router else None


@dataclass(frozen=True, slots=True)
class Instance:
    """A running instance; ``name`` is unique in the cloud and is where its probes run.

    ``fqdn`` is its name in DNS, where that is its alone.
    """

    name: str
    fqdn: str | None
    port: Port
    network: Network
    legs: tuple[Leg, ...]

    def leg(self, family: Family) -> Leg | None:
        """Its first address of a family."""
        return next((leg for leg in self.legs if leg.address.version == family), None)

    def own(self, family: Family) -> tuple[Address, ...]:
        """All its addresses of a family."""
        return tuple(leg.address for leg in self.legs if leg.address.version == family)


def instances(cloud: Cloud, intent: Intent, projects: Mapping[str, str]) -> tuple[Instance, ...]:
    """The instances that run on a host, by name; ``projects`` gives the names of projects by their ids."""
    ports = [port for port in _computing(intent) if port.binding_host_id]
    taken = Counter(port.name.lower() for port in ports) + Counter(name.lower() for name in cloud.hosts)
    called = Counter(_fqdn(cloud, port, projects) for port in intent.of(Port).values())
    found = (_instance(cloud, intent, port, _name(port, taken), projects, called) for port in ports)
    return tuple(sorted(found, key=lambda instance: instance.name))


def idle(intent: Intent) -> tuple[str, ...]:
    """Names of instances that run on no host, and can be asked nothing."""
    return tuple(sorted(port.name or port.id for port in _computing(intent) if not port.binding_host_id))


def routers(intent: Intent) -> tuple[Router, ...]:
    """The routers that are switched on, in the order of their names."""
    found = (router for router in intent.of(Router).values() if router.admin_state_up)
    return tuple(sorted(found, key=lambda router: (router.name, router.id)))


def external_address(router: Router, family: int) -> Address | None:
    """A router's address of a family in its external network."""
    gateway = router.external_gateway_info
    texts = [fixed.ip_address for fixed in gateway.external_fixed_ips if fixed.ip_address] if gateway else []
    return next((address for address in map(parse_address, texts) if address.version == family), None)


def _computing(intent: Intent) -> Iterator[Port]:
    return (port for port in intent.of(Port).values() if port.device_owner.startswith(COMPUTE))


def _name(port: Port, taken: Mapping[str, int]) -> str:
    """The port's name, or its id where the name says nothing, is somebody else's too, or is no name of a host."""
    return port.name if label(port.name) and taken[port.name.lower()] == 1 else port.id


def _fqdn(cloud: Cloud, port: Port, projects: Mapping[str, str]) -> str | None:
    called, project = port_label(port), projects.get(port.project_id, port.project_id)
    domain = project_domain(project, cloud.domains.instances)
    return f"{called}.{domain}" if called and domain else None


def _instance(
    cloud: Cloud,
    intent: Intent,
    port: Port,
    name: str,
    projects: Mapping[str, str],
    called: Mapping[str | None, int],
) -> Instance:
    fqdn = _fqdn(cloud, port, projects)
    return Instance(
        name=name,
        fqdn=fqdn if called[fqdn] == 1 else None,
        port=port,
        network=intent.of(Network)[port.network_id],
        legs=tuple(sorted(_legs(intent, port), key=lambda leg: leg.address.version)),
    )


def _legs(intent: Intent, port: Port) -> Iterator[Leg]:
    floating = sorted(intent.find(FloatingIp, port_id=port.id), key=lambda one: one.floating_ip_address)
    by_fixed = {one.fixed_ip_address: parse_address(one.floating_ip_address) for one in reversed(floating)}
    for fixed in port.fixed_ips:
        subnet = intent.of(Subnet)[fixed.subnet_id]
        router = _router(intent, subnet)
        yield Leg(parse_address(fixed.ip_address), subnet, router, by_fixed.get(fixed.ip_address))


def _router(intent: Intent, subnet: Subnet) -> Router | None:
    """The router that is switched on and holds the subnet's gateway address."""
    holders = (
        intent.get(Router, port.device_id)
        for port in intent.find(Port, fixed_ips=subnet.id)
        if port.is_router_interface
        and any((fixed.subnet_id, fixed.ip_address) == (subnet.id, subnet.gateway_ip) for fixed in port.fixed_ips)
    )
    return next((router for router in holders if router is not None and router.admin_state_up), None)
