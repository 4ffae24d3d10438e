"""BGP of switches, core routers and the internet: sessions over links, and who may tell whom which prefixes."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Final, NamedTuple

from seapoint.base.addresses import Addresses, Network
from seapoint.intent.cloud.model import Cloud, Link
from seapoint.target.frr import Neighbor, Policy, Timers
from seapoint.target.host import Interface


class _Default(NamedTuple):
    v4: IPv4Network
    v6: IPv6Network


DEFAULT_ROUTE: Final = _Default(IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))

#: Between core routers: each tells the other all that it knows.
EVERYTHING = Policy("everything", None)

#: To who only speaks or only listens.
NOTHING = Policy("nothing", ())

#: (sender, receiver, realm): the kinds of devices as ``Export`` names them.
Direction = tuple[str, str, str | None]


def policy_name(sender: str, receiver: str, realm: str | None = None) -> str:
    """The same name at both ends: what one may export is exactly what the other imports."""
    return f"{sender}-to-{receiver}" + (f"-{realm}" if realm else "")


def policies(cloud: Cloud, directions: Iterable[Direction]) -> tuple[Policy, ...]:
    """The policies of these directions; where the file exports nothing, nothing passes."""
    return tuple(Policy(policy_name(*one), exported(cloud, *one)) for one in dict.fromkeys(directions))


def exported(cloud: Cloud, sender: str, receiver: str, realm: str | None = None) -> tuple[Network, ...]:
    """The exact prefixes that the file lets one kind of device tell another in a realm, sorted."""
    networks = {
        network
        for export in cloud.exports
        if (export.sender, export.receiver) == (sender, receiver) and export.realm in {None, realm}
        for network in export.networks
    }
    return tuple(sorted(networks, key=lambda one: (one.version, int(one.network_address), one.prefixlen)))


def session_bfd(cloud: Cloud) -> Timers:
    """What every session has."""
    return Timers(cloud.bgp_bfd.interval, cloud.bgp_bfd.multiplier)


def originates_default(networks: Iterable[Network]) -> dict[int, bool]:
    """By family: whether the exported prefixes have the default route."""
    told = set(networks)
    return {4: DEFAULT_ROUTE.v4 in told, 6: DEFAULT_ROUTE.v6 in told}


def between_equals(
    link: Link, device: str, asn: int, own_asn: int, policy: str, bfd: Timers, gtsm: bool
) -> tuple[Neighbor, ...]:
    """The sessions with another device of the same kind: one policy in both directions."""
    other = link.other(device)
    return tuple(
        Neighbor(address, asn, other, policy, policy, next_hop_self=asn == own_asn, bfd=bfd, gtsm=gtsm)
        for address in link.addresses_of(other).all()
    )


def link_end(link: Link, device: str, interface: str) -> Interface:
    """A link's end as an interface of its device."""
    pairs = zip(link.addresses_of(device).all(), link.networks.all(), strict=True)
    return Interface(interface, addresses=tuple(f"{address}/{network.prefixlen}" for address, network in pairs))


def router_id(candidates: Iterable[Addresses], number: int) -> IPv4Address:
    """The first IPv4 address among the candidates, else one made of a number that is unique in the network.

    A router ID only has to be unique and not zero (RFC 6286).
    """
    own = next((addresses.v4 for addresses in candidates if addresses.v4), None)
    return own or IPv4Address(number + 1)


def aggregates(exports: Iterable[Network], known: Iterable[Network]) -> tuple[Network, ...]:
    """The exported prefixes that no connected or static route has exactly: they need a route that discards."""
    there = set(known)
    return tuple(network for network in exports if network not in there and network not in DEFAULT_ROUTE)
