"""Balanced services answer on their VIP to whom they are for, and to nobody else.

Every instance asks the identity service; each other service is asked by one instance of each family, a host of each
rack, and the internet. Nobody here knows the words of a service of mode ``udp``: those are not asked.
"""

from collections.abc import Iterator, Mapping

from seapoint.base.addresses import Address
from seapoint.intent.cloud.balancer import Access, BalancedService, Mode
from seapoint.intent.cloud.vip import Vip
from seapoint.probe.allowed import TCP, UDP, Traffic
from seapoint.probe.instances import Instance
from seapoint.probe.kinds.answers import Answers
from seapoint.probe.kinds.barred import Barred, Scheme
from seapoint.probe.kinds.connected import Connected
from seapoint.probe.kinds.https import Https
from seapoint.probe.kinds.unanswered import Unanswered
from seapoint.probe.labels import FUNCTIONAL
from seapoint.probe.probe import Check, Probe
from seapoint.probe.services import asking_instances, heard_on_the_internet, neighbours
from seapoint.probe.world import ON_THE_INTERNET, World

#: OpenStack's name of the identity service, with which those of its end points begin.
IDENTITY = "keystone"
#: Where somebody asks from -> the access classes that let him in.
LETS_IN: Mapping[str, tuple[Access, ...]] = {
    "internet": ("internet",),
    "instance": ("internet", "internal"),
    "neighbour": ("internet", "internal", "cloud-private"),
}
#: How curl asks in each of a balancer's modes.
SCHEMES: Mapping[Mode, Scheme] = {"http": "https", "tcp": "http"}


def probes(world: World) -> Iterator[Probe]:
    for balancer in world.cloud.balancers.values():
        vip = world.cloud.vips[balancer.vip]
        for service in balancer.services if vip.owners else ():
            for address in vip.addresses.all():
                for port in service.ports if service.mode != "udp" else ():
                    yield from _asked(world, vip, service, address, port)


def _asked(world: World, vip: Vip, service: BalancedService, address: Address, port: int) -> Iterator[Probe]:
    asking = asking_instances(world, address, Traffic(UDP if service.mode == "dns" else TCP, port))
    instances = tuple(one for one in asking if world.knows_names(one))
    identity = service.name.startswith(IDENTITY)
    for instance in instances if identity else instances[:1]:
        check = _check(world, vip, service, address, port, "instance")
        yield Probe("balancer", instance.name, check, (_functional(instance),) if identity else ())
    for host in neighbours(world, vip, address):
        yield Probe("balancer", host, _check(world, vip, service, address, port, "neighbour"))
    if heard_on_the_internet(world, address):
        yield Probe("balancer", ON_THE_INTERNET, _check(world, vip, service, address, port, "internet"))


def _check(world: World, vip: Vip, service: BalancedService, address: Address, port: int, place: str) -> Check:
    if service.mode == "dns":
        return (Answers if service.access in LETS_IN[place] else Unanswered)(vip.fqdn, address, port)
    if service.access not in LETS_IN[place]:
        return Barred(vip.fqdn, address, port, SCHEMES[service.mode], _open_port(world, vip, place))
    if service.mode == "tcp":
        return Connected(vip.fqdn, address, port)
    path = service.check.path or "/"
    return Https(vip.fqdn, address, port, path, service.host, by_name=place != "internet")


def _open_port(world: World, vip: Vip, place: str) -> int | None:
    """A port of the VIP that speaks TLS to who asks from there."""
    balancers = (one for one in world.cloud.balancers.values() if one.vip == vip.name)
    services = (service for balancer in balancers for service in balancer.services)
    ports = (one.ports[0] for one in services if one.mode == "http" and one.access in LETS_IN[place])
    return next(ports, None)


def _functional(instance: Instance) -> str:
    return FUNCTIONAL[16 if any(leg.floating for leg in instance.legs) else 15]
