"""Two labs joined: a cable between what each of them plays as the internet."""

from ipaddress import ip_interface, ip_network

from seapoint.base.addresses import Interface, Network
from seapoint.base.errors import InputError
from seapoint.compile.hosts.names import INTERNET, towards
from seapoint.compile.hosts.routing import exported
from seapoint.intent.cloud.model import Cloud
from seapoint.lab import cables, host, netns, state
from seapoint.lab.state import Lab
from seapoint.lab.topology import Cable, End, Route
from seapoint.wiring.cloudfile import cloud_of
from seapoint.wiring.lab import standing_file

# The cable's networks: nobody routes them, for they are reserved (RFC 2544, RFC 3849).
NETWORKS = (ip_network("198.18.2.0/30"), ip_network("2001:db8:fffc::/64"))

FORWARDING = ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding")


def join(one: Lab, other: Lab) -> None:
    """Let each lab's internet lead to what the other's core routers announce to theirs.

    Joined labs are joined anew. Raises InputError where one of them does not stand, or has no internet.
    """
    state.need_root()
    clouds = tuple(cloud_of(standing_file(lab), "the standing cloud file") for lab in (one, other))
    if clouds[0].name == clouds[1].name:
        raise InputError(f"both labs play {clouds[0].name}: a site is not joined with itself")
    ends = [_end(cloud, far, place) for cloud, far, place in zip(clouds, clouds[::-1], (1, 2), strict=True)]
    hosts = {end.host: _internet(lab) for end, lab in zip(ends, (one, other), strict=True)}
    for end in ends:
        cables.disconnect(hosts[end.host], [end.nic])
    cables.connect(hosts, [Cable(ends[0], ends[1], mtu=1500)])
    for end, far_end, far in zip(ends, ends[::-1], clouds[::-1], strict=True):
        via = {address.version: address.ip for address in far_end.addresses}
        routes = [Route(via[network.version], network) for network in _announced(far)]
        cables.configure(hosts[end.host], (), routes)
        with netns.inside(hosts[end.host]):
            for key in FORWARDING:
                netns.set_sysctl(key, "1")


def _end(cloud: Cloud, far: Cloud, place: int) -> End:
    """One end; its host's name is none of a lab's, so that nobody takes the cable for one of the lab's own."""
    return End(f"{INTERNET} of {cloud.name}", towards(far.name), _addresses(place))


def _addresses(place: int) -> tuple[Interface, ...]:
    return tuple(ip_interface(f"{network[place]}/{network.prefixlen}") for network in NETWORKS)


def _internet(lab: Lab) -> host.Host:
    try:
        return host.hosts(lab)[INTERNET]
    except KeyError as error:
        raise InputError(f"the lab in {lab.root} plays no internet: its cloud file has none") from error


def _announced(cloud: Cloud) -> tuple[Network, ...]:
    return exported(cloud, "routers", INTERNET)
