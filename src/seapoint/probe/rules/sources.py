"""Every instance asks far ends beyond the edge who it is: the internet's host, and services that the NAT excludes.

Without a floating IP the internet sees the edge's NAT source and an excluded service the instance's own address; with
one both see the floating IP; over IPv6 both see its own address.
"""

from collections.abc import Iterator

from seapoint.base.addresses import Address, covers
from seapoint.intent.cloud.model import NatExclusion
from seapoint.probe.allowed import HTTP, offers_http
from seapoint.probe.instances import Instance, Leg
from seapoint.probe.kinds.seen_as import SeenAs
from seapoint.probe.labels import FUNCTIONAL
from seapoint.probe.probe import Probe
from seapoint.probe.translation import meanings, reaches, source_of
from seapoint.probe.world import ON_THE_INTERNET, World


def probes(world: World) -> Iterator[Probe]:
    for instance in world.instances:
        for leg in instance.legs:
            if world.behind_edge(leg):
                yield from _internet(world, instance, leg)
                yield from _excluded(world, instance, leg)


def _internet(world: World, instance: Instance, leg: Leg) -> Iterator[Probe]:
    host = world.internet(leg.address.version)
    if host is not None and reaches(world, instance, leg, host, HTTP):
        yield _ask(world, instance, leg, ON_THE_INTERNET, host, FUNCTIONAL[6])


def _excluded(world: World, instance: Instance, leg: Leg) -> Iterator[Probe]:
    """Of each exclusion the first service that the core routers let instances ask over HTTP; each is asked once."""
    asked = set()
    for one in world.cloud.edge.nat_exclusions if world.cloud.edge else ():
        for name, address in _services(world, one, leg):
            if offers_http(world.cloud, address) and reaches(world, instance, leg, address, HTTP):
                if address not in asked:
                    yield _ask(world, instance, leg, name, address, FUNCTIONAL[7])
                asked.add(address)
                break


def _services(world: World, exclusion: NatExclusion, leg: Leg) -> Iterator[tuple[str, Address]]:
    """The services inside an exclusion, by their addresses of the leg's family."""
    for name, addresses in world.cloud.services.items():
        for address in addresses.all():
            if address.version == leg.address.version and any(covers(one, address) for one in exclusion.networks):
                yield name, address


def _ask(world: World, instance: Instance, leg: Leg, name: str, far: Address, functional: str) -> Probe:
    """``functional`` is what the probe covers for an IPv4 address without a floating IP."""
    expected = source_of(world, leg, far)
    covered = () if leg.address.version == 6 else (FUNCTIONAL[8] if leg.floating else functional,)
    sources = (expected,) if expected != leg.address else instance.own(leg.address.version)
    return Probe("source", instance.name, SeenAs(name, far, sources, meanings(world, leg, expected)), covered)
