"""What every rule asks: the cloud file, tenants' intent, the instances that run, and where else probes start."""

from collections.abc import Mapping
from dataclasses import dataclass

from seapoint.base.addresses import Address, covers
from seapoint.compile.hosts.names import INTERNET
from seapoint.intent.cloud.hostnames import named
from seapoint.intent.cloud.model import Cloud, Host
from seapoint.intent.snapshot import Intent
from seapoint.probe.instances import Instance, Leg, instances
from seapoint.probe.names import NOBODY

#: Where probes from the internet start: the stand-in of that name.
ON_THE_INTERNET = INTERNET

SLAAC = "slaac"


@dataclass(frozen=True, slots=True)
class World:
    """``outside`` is a host that reaches the cloud realm only through the core routers; None: no control host runs.

    ``names`` are the names of the cloud file's addresses, ``projects`` those of projects by their ids.
    """

    cloud: Cloud
    intent: Intent
    instances: tuple[Instance, ...]
    outside: Host | None
    names: Mapping[Address, str]
    projects: Mapping[str, str]

    def behind_edge(self, leg: Leg) -> bool:
        """Whether the edge carries this leg's packets: its router leads there, and the plan classes its address."""
        edge = self.cloud.edge
        if edge is None or leg.way_out is None or leg.way_out not in self.cloud.vlans[edge.inside.vlan].networks:
            return False
        return self.cloud.class_of(leg.floating or leg.address) is not None

    @property
    def recursors(self) -> tuple[Address, ...]:
        """Where the cloud's own recursors answer; none: names are in hosts files."""
        dns = self.cloud.dns
        return (
            tuple(address for name in dns.recursive for address in self.cloud.vips[name].addresses.all()) if dns else ()
        )

    def knows_names(self, instance: Instance) -> bool:
        """Whether an instance is told the recursors, over DHCP, and has a way to them."""
        return not self.recursors or any(
            self.behind_edge(leg)
            and leg.subnet.enable_dhcp
            and leg.subnet.ipv6_address_mode != SLAAC  # its routers tell no recursor (RFC 8106)
            and str(address) in leg.subnet.dns_nameservers
            and address.version == leg.address.version
            for leg in instance.legs
            for address in self.recursors
        )

    def internet(self, family: int) -> Address | None:
        """The internet host's address."""
        hosts = self.cloud.internet.host.all() if self.cloud.internet else ()
        return next((address for address in hosts if address.version == family), None)

    def on_the_internet(self, address: Address) -> bool:
        """Whether a prefix with this address is announced to the internet."""
        networks = (network for one in self.cloud.exports if one.receiver == "internet" for network in one.networks)
        return any(covers(network, address) for network in networks)


def world(cloud: Cloud, intent: Intent, projects: Mapping[str, str] = NOBODY) -> World:
    """Look at a cloud as rules do; ``projects`` gives the names of projects by their ids."""
    names: dict[Address, str] = {}
    for name, address in named(cloud):
        names.setdefault(address, name)
    outside = cloud.central()
    return World(cloud, intent, instances(cloud, intent, projects), outside, names, projects)
