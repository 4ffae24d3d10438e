"""Names of both families, from the cloud's own servers: each tells what it must to whom it must.

Instances ask every name server and every recursor for themselves, and recursors for the names of their addresses. A
floating IP's name leads inside to what it leads to, and on the internet to itself. Nobody there is served recursively.
"""

from collections.abc import Iterator

from seapoint.base.addresses import Address
from seapoint.intent.cloud.dns import Dns
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.hostnames import floating_label, project_domain
from seapoint.intent.port import Port
from seapoint.probe.allowed import DNS
from seapoint.probe.instances import Instance
from seapoint.probe.kinds.resolves import Resolves
from seapoint.probe.labels import FUNCTIONAL
from seapoint.probe.probe import Probe
from seapoint.probe.services import asking_instances, heard_on_the_internet, neighbours
from seapoint.probe.world import ON_THE_INTERNET, World

#: A name of nobody (RFC 2606, section 2).
NOBODYS = "www.example.org"
_TYPES = {4: "A", 6: "AAAA"}


def probes(world: World) -> Iterator[Probe]:
    dns = world.cloud.dns
    if dns is None:
        return
    for name, address in _servers(world, dns.authoritative):
        for instance in asking_instances(world, address, DNS):
            yield from _itself(instance, name, address, FUNCTIONAL[9], FUNCTIONAL[11])
    for name, address in _servers(world, dns.recursive):
        for instance in asking_instances(world, address, DNS):
            yield from _itself(instance, name, address, FUNCTIONAL[10], FUNCTIONAL[12])
            yield from _reverse(dns, instance, name, address)
            yield from _floating_inside(world, dns, instance, name, address)
    yield from _hosts(world, dns)
    yield from _outside(world, dns)


def _servers(world: World, names: tuple[str, ...]) -> Iterator[tuple[str, Address]]:
    for name in names:
        vip = world.cloud.vips[name]
        yield from ((vip.name, address) for address in vip.addresses.all() if vip.owners)


def _itself(instance: Instance, server: str, address: Address, without: str, having: str) -> Iterator[Probe]:
    """The instance's own addresses, of the family in which it asks."""
    own = tuple(str(one) for one in instance.own(address.version))
    if instance.fqdn and own:
        floating = any(leg.floating for leg in instance.legs)
        covered = () if address.version == 6 else (having if floating else without,)
        check = Resolves(server, address, instance.fqdn, _TYPES[address.version], own)
        yield Probe("name", instance.name, check, covered)


def _reverse(dns: Dns, instance: Instance, server: str, address: Address) -> Iterator[Probe]:
    for one in instance.own(address.version):
        if instance.fqdn and dns.reverse_zone(one) is not None:
            yield Probe("name", instance.name, Resolves(server, address, one.reverse_pointer, "PTR", (instance.fqdn,)))


def _floating_inside(world: World, dns: Dns, instance: Instance, server: str, address: Address) -> Iterator[Probe]:
    for leg in instance.legs:
        name = _floating_name(world, leg.floating) if leg.floating else None
        if name and dns.reverse_zone(leg.address) is not None:
            yield Probe("name", instance.name, Resolves(server, address, name, "A", (str(leg.address),)))


def _floating_name(world: World, address: Address) -> str | None:
    floating = next(iter(world.intent.find(FloatingIp, floating_ip_address=str(address))))
    called = floating_label(floating, world.intent.get(Port, floating.port_id))
    domain = project_domain(world.projects.get(floating.project_id, floating.project_id), world.cloud.domains.public)
    return f"{called}.{domain}" if called and domain else None


def _hosts(world: World, dns: Dns) -> Iterator[Probe]:
    """A host of each rack asks for a server's own name."""
    for name, address in _servers(world, dns.recursive):
        vip = world.cloud.vips[name]
        check = Resolves(name, address, vip.fqdn, _TYPES[address.version], (str(address),))
        yield from (Probe("name", where, check) for where in neighbours(world, vip, address))


def _outside(world: World, dns: Dns) -> Iterator[Probe]:
    """The internet asks for what is announced, and for what is not ours."""
    floating = [leg.floating for one in world.instances for leg in one.legs if leg.floating]
    for name, address in _servers(world, dns.authoritative):
        if heard_on_the_internet(world, address):
            yield Probe("name", ON_THE_INTERNET, Resolves(name, address, NOBODYS, "A", status="REFUSED"))
            for one in floating:
                called = _floating_name(world, one)
                if called:
                    yield Probe("name", ON_THE_INTERNET, Resolves(name, address, called, "A", (str(one),)))
