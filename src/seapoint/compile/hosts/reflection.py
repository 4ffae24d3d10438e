"""iBGP of a realm's switches: from loopback to loopback, by reflectors, over OSPF on the links between them.

Sources: RFC 4456 (route reflection), RFC 2328 and RFC 5340 (OSPF).
"""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address

from seapoint.base.addresses import Address, host_network
from seapoint.compile.hosts.names import instance, link_interface
from seapoint.compile.hosts.routing import policy_name, session_bfd
from seapoint.intent.cloud.model import Cloud, Switch
from seapoint.target.frr import Neighbor, Ospf
from seapoint.target.host import Interface


def reflects(cloud: Cloud, realm: str) -> bool:
    """Whether the realm's switches speak from loopback to loopback, and not over their links."""
    return cloud.reflection is not None and cloud.reflection.realm == realm


def loopback(cloud: Cloud, switch: Switch, realm: str) -> tuple[Interface, ...]:
    """The loopback in the realm."""
    if not reflects(cloud, realm) or not switch.loopback.all():
        return ()
    return (Interface("lo", addresses=tuple(str(host_network(one)) for one in switch.loopback.all())),)


def reflected_neighbors(cloud: Cloud, switch: Switch, realm: str) -> Iterator[Neighbor]:
    """A reflector speaks to all others, a client to the reflectors; a session of each family.

    Without BFD of its own: OSPF has it on the links and finds another way, as long as there is one.
    """
    speakers = cloud.neighbours(realm)
    if cloud.reflection is None or not reflects(cloud, realm) or switch.name not in speakers:
        return
    reflectors = cloud.reflection.reflectors
    policy = policy_name("switches", "switches", realm)
    for name in speakers:
        if name == switch.name or not {name, switch.name} & set(reflectors):
            continue
        client = switch.name in reflectors and name not in reflectors
        for own, far in _pairs(switch, cloud.switches[name]):
            session = Neighbor(far, switch.asn, name, policy, policy, next_hop_self=True, gtsm=False)
            yield replace(session, source=own, client=client)


def underlay(cloud: Cloud, switch: Switch, realm: str, router_id: IPv4Address) -> Ospf | None:
    """OSPF on the links to other switches, which only tells the loopbacks apart."""
    if not reflects(cloud, realm):
        return None
    here = instance(switch.name, realm)
    links = tuple(
        link_interface(link, here)
        for link in cloud.links_of(switch.name, realm)
        if link.other(switch.name) in cloud.switches
    )
    return Ospf(router_id, links, session_bfd(cloud)) if links else None


def _pairs(one: Switch, other: Switch) -> Iterator[tuple[Address, Address]]:
    for own, far in ((one.loopback.v4, other.loopback.v4), (one.loopback.v6, other.loopback.v6)):
        if own and far:
            yield own, far
