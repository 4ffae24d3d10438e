"""The largest IP packet that a path carries whole, in octets, as networks and VLANs promise it."""

from seapoint.intent.network import Network
from seapoint.probe.instances import Instance, Leg
from seapoint.probe.world import World

#: What the internet carries, and a network that promises nothing. Source: Ethernet's payload, RFC 894.
ETHERNET = 1500


def between(one: Instance, other: Instance) -> int:
    """Between two instances."""
    return min(_of(one.network), _of(other.network))


def outwards(world: World, instance: Instance, leg: Leg) -> int:
    """From an instance through its router and the edge to the internet."""
    gateway = leg.router.external_gateway_info if leg.router else None
    external = world.intent.get(Network, gateway.network_id) if gateway else None
    edge = world.cloud.edge
    sides = [world.cloud.vlans[side.vlan].mtu for side in (edge.inside, edge.outside)] if edge else []
    return min(ETHERNET, _of(instance.network), *([_of(external)] if external else []), *sides)


def _of(network: Network) -> int:
    return network.mtu or ETHERNET
