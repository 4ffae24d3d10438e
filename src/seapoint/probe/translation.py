"""Which source address a far end must see of an instance, and what it means when it sees another one."""

from collections.abc import Iterator

from seapoint.base.addresses import Address, covers, parse_address
from seapoint.intent.cloud.model import NetworkClass
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.router import Router
from seapoint.probe.allowed import Traffic, admits, forwarded
from seapoint.probe.instances import FAMILIES, Instance, Leg, external_address, routers
from seapoint.probe.world import World

SNAT_AT_ROUTER = "SNAT is on at the router (enable_snat)"


def translates(router: Router | None, family: int) -> bool:
    """Whether a router makes its own address of instances' addresses."""
    gateway = router.external_gateway_info if router else None
    return family == 4 and gateway is not None and gateway.enable_snat


def source_of(world: World, leg: Leg, destination: Address) -> Address:
    """What a far end beyond the edge sees of an instance that speaks from this leg.

    The floating IP where there is one; else the edge's NAT source, when an IPv4 address of class default goes to a
    destination that is not excluded; else the instance's own address. IPv6 is never translated. Whether the virtual
    router translates (``enable_snat``) plays no part: behind an edge that does, its address must never be seen.
    """
    edge = world.cloud.edge
    if leg.floating is not None:
        return leg.floating
    if edge is None or leg.address.version == 6 or world.cloud.class_of(leg.address) is not NetworkClass.DEFAULT:
        return leg.address
    excluded = any(covers(network, destination) for one in edge.nat_exclusions for network in one.networks)
    return leg.address if excluded else edge.nat_source


def reaches(world: World, instance: Instance, leg: Leg, far: Address, traffic: Traffic) -> bool:
    """Whether security groups, the edge and the core routers let an instance speak to a far end beyond the edge."""
    inside = leg.floating or leg.address
    return admits(world.intent, instance.port, "egress", far, traffic) and forwarded(
        world.cloud, inside, source_of(world, leg, far), far, traffic
    )


def meanings(world: World, leg: Leg, expected: Address) -> tuple[tuple[Address, str], ...]:
    """What it means when this leg's instance is seen as an address other than the expected one."""
    found: dict[Address, str] = {}
    for address, text in (
        *_routers(world),
        *_translations(world, leg, expected),
        *_floating(world),
        *_transport(world),
    ):
        found.setdefault(address, text)
    found.pop(expected, None)
    return tuple(found.items())


def _routers(world: World) -> Iterator[tuple[Address, str]]:
    for router in routers(world.intent):
        name = router.name or router.id
        for family in FAMILIES:
            address = external_address(router, family)
            if address is not None:
                yield address, f"the virtual router's own address ({name}): {SNAT_AT_ROUTER}"


def _translations(world: World, leg: Leg, expected: Address) -> Iterator[tuple[Address, str]]:
    edge = world.cloud.edge
    if leg.floating is not None:
        missing = f"its floating IP {leg.floating} is not applied at the virtual router"
        yield leg.address, f"the instance's own address: {missing}"
        if edge is not None:
            yield edge.nat_source, f"the NAT source: {missing}"
    elif edge is not None and expected == edge.nat_source:
        yield leg.address, "the instance's own address: not translated at the edge, as if it were excluded"
    elif edge is not None:
        yield edge.nat_source, "the NAT source: the exclusion does not match at the edge"


def _floating(world: World) -> Iterator[tuple[Address, str]]:
    for text in sorted(one.floating_ip_address for one in world.intent.of(FloatingIp).values()):
        yield parse_address(text), "a floating IP of another port"


def _transport(world: World) -> Iterator[tuple[Address, str]]:
    edge = world.cloud.edge
    for side in (edge.inside, edge.outside) if edge else ():
        for name, addresses in world.cloud.vlans[side.vlan].addresses.items():
            yield from ((address, f"the address of {name}: translated there") for address in addresses.all())
