"""Every instance asks other teams' services for what they offer: an entry of a directory, a repository, a file."""

from collections.abc import Callable, Iterator

from seapoint.base.addresses import Address
from seapoint.intent.cloud.offer import Offer, Protocol
from seapoint.probe.allowed import TCP, Traffic
from seapoint.probe.instances import Instance, Leg
from seapoint.probe.kinds.git import Git
from seapoint.probe.kinds.ldap import Ldap
from seapoint.probe.kinds.nfs import Nfs
from seapoint.probe.labels import FUNCTIONAL
from seapoint.probe.probe import Check, Probe
from seapoint.probe.translation import reaches
from seapoint.probe.world import World

KINDS: dict[Protocol, Callable[[str, Address, str], Check]] = {"ldap": Ldap, "git": Git, "nfs": Nfs}
#: What it is in the list of functional tests when an instance without, and one with a floating IP asks.
NUMBERS: dict[Protocol, tuple[int, int]] = {"ldap": (13, 14), "git": (17, 17), "nfs": (18, 19)}


def probes(world: World) -> Iterator[Probe]:
    for offer in world.cloud.offers:
        for address in offer.addresses.all():
            for instance in world.instances:
                for leg in instance.legs:
                    if _reaches(world, instance, leg, offer, address):
                        check = KINDS[offer.protocol](offer.service, address, offer.what)
                        yield Probe("service", instance.name, check, _covers(offer, leg))


def _reaches(world: World, instance: Instance, leg: Leg, offer: Offer, address: Address) -> bool:
    same_family = leg.address.version == address.version
    return same_family and world.behind_edge(leg) and reaches(world, instance, leg, address, Traffic(TCP, offer.port))


def _covers(offer: Offer, leg: Leg) -> tuple[str, ...]:
    """The list has these tests over IPv4, where floating IPs are."""
    if leg.address.version == 6:
        return ()
    without, with_floating = NUMBERS[offer.protocol]
    return (FUNCTIONAL[with_floating if leg.floating else without],)
