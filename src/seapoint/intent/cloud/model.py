"""The operator's cloud, resolved: every address whole, every name bound, nothing computed twice.

Made by ``read.read_cloud`` from the file's text; everything below (compile, lab, probe) sees only these values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

from seapoint.base.addresses import Address, Addresses, Network, Networks, covers, outermost
from seapoint.intent.cloud.balancer import Balancer
from seapoint.intent.cloud.bgp import Bfd, Export, Import, Reflection, Servers
from seapoint.intent.cloud.default_route import DefaultRoute
from seapoint.intent.cloud.dns import Dns
from seapoint.intent.cloud.include import Include
from seapoint.intent.cloud.joins import Joins
from seapoint.intent.cloud.offer import Offer
from seapoint.intent.cloud.reach import Exclusion, Reach
from seapoint.intent.cloud.vip import Vip


class NetworkClass(StrEnum):
    """What the edge does with tenants' subnets inside a prefix."""

    DEFAULT = "default"
    """Routed; IPv4 that leaves the cloud is source NATed."""
    INTERNAL = "internal"
    """Routed, never NATed."""
    FLOATING = "floating"
    """Routed: floating IPs, translated by virtual routers."""


class Managed(StrEnum):
    """How a device gets its configuration."""

    AGENT = "agent"
    RENDER = "render"
    OBSERVE = "observe"


class Function(StrEnum):
    """What a role's hosts do."""

    CONTROL = "control"
    GATEWAY = "gateway"
    HYPERVISOR = "hypervisor"
    EDGE = "edge"


@dataclass(frozen=True, slots=True)
class Prefix:
    """One entry of the address plan; ``parent`` is the name of the entry it lies in."""

    name: str
    networks: Networks
    network_class: NetworkClass | None = None
    parent: str | None = None
    reserved: Mapping[str, Addresses] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vlan:
    """A VLAN; ``rack`` None: it spans all racks. ``gateway``: the address of the rack's switch, where it has one.

    ``addresses``: of hosts (by host's name) and of services (VIPs, virtual routers) on this VLAN.
    """

    name: str
    id: int
    realm: str
    networks: Networks
    rack: str | None = None
    use: Literal["management", "private"] | None = None
    mtu: int = 1500
    gateway: Addresses = field(default_factory=Addresses)
    #: What hosts on it reach through the gateway; their default route is another VLAN's.
    routes: tuple[Network, ...] = ()
    addresses: Mapping[str, Addresses] = field(default_factory=dict)

    @property
    def interface(self) -> str:
        """The interface's name on every host that has it."""
        return f"vlan{self.id}"

    def with_length(self, addresses: Addresses) -> tuple[str, ...]:
        """The addresses as "address/prefixlen" of this VLAN's networks, IPv4 first."""
        pairs = ((addresses.v4, self.networks.v4), (addresses.v6, self.networks.v6))
        return tuple(f"{address}/{network.prefixlen}" for address, network in pairs if address and network)


@dataclass(frozen=True, slots=True)
class Link:
    """A point-to-point network between two devices; a switch's end lies in its routing instance ``realm``."""

    a: str
    b: str
    realm: str | None
    networks: Networks
    a_addresses: Addresses
    b_addresses: Addresses

    @property
    def name(self) -> str:
        """A name for people: both ends and the realm."""
        return f"{self.a}--{self.b}" + (f".{self.realm}" if self.realm else "")

    def other(self, device: str) -> str:
        """The device at the other end."""
        return self.b if device == self.a else self.a

    def addresses_of(self, device: str) -> Addresses:
        """The addresses of one end."""
        return self.a_addresses if device == self.a else self.b_addresses


@dataclass(frozen=True, slots=True)
class Switch:
    """The top-of-rack switch of one or more racks, with a routing instance per realm."""

    name: str
    asn: int
    managed: Managed
    racks: tuple[str, ...]
    loopback: Addresses


@dataclass(frozen=True, slots=True)
class Router:
    """A core router."""

    name: str
    asn: int
    managed: Managed
    loopback: Addresses


@dataclass(frozen=True, slots=True)
class Host:
    """A server. ``runs``: whether Seapoint runs it (False: it only stands in the file, as address and name)."""

    name: str
    role: str
    does: Function | None
    rack: str
    managed: Managed
    runs: bool
    management: Addresses
    private: Addresses


@dataclass(frozen=True, slots=True)
class PhysicalNetwork:
    """A provider network of Neutron's: the VLAN that carries it and the hosts that bridge it."""

    name: str
    vlan: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overlay:
    """How tenants' networks are carried between hosts."""

    type: Literal["vxlan", "geneve"]
    segmentation_ids: tuple[int, int]
    bfd: Bfd
    physical_networks: Mapping[str, PhysicalNetwork]


@dataclass(frozen=True, slots=True)
class EdgeSide:
    """One side of the edge: a VLAN and the address of each family that the active edge host holds there."""

    vlan: str
    vip_name: str
    vip: Addresses


@dataclass(frozen=True, slots=True)
class Vrrp:
    """VRRP version 3 (RFC 9568), an instance per family, both in one group; ``interval`` in milliseconds."""

    id: int
    interval: int
    link_local: IPv6Address


@dataclass(frozen=True, slots=True)
class TrafficRule:
    """A match on traffic and what becomes of it; empty means any.

    ``protocol`` "icmp" means ICMP and ICMPv6. ``sources`` and ``destinations`` are networks of both families; a rule
    with sources of one family only matches that family only.
    """

    action: Literal["accept", "reject", "drop"]
    protocol: Literal["any", "tcp", "udp", "icmp"]
    sources: tuple[Network, ...] = ()
    destinations: tuple[Network, ...] = ()
    ports: tuple[int, ...] = ()
    source_ports: tuple[int, ...] = ()
    #: Tenants' subnets of this class are sources too; they are known from the API.
    source_class: NetworkClass | None = None


@dataclass(frozen=True, slots=True)
class NatExclusion:
    """Destinations that see instances' own addresses, under the name that the file gives them."""

    name: str
    networks: tuple[Network, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """The hosts between virtual routers and the WAN: NAT, firewall, redundancy."""

    hosts: tuple[str, ...]
    vrf: str
    table: int
    inside: EdgeSide
    outside: EdgeSide
    vrrp: Vrrp
    nat_source: IPv4Address
    nat_exclusions: tuple[NatExclusion, ...]
    drop: tuple[Network, ...]
    reject: tuple[TrafficRule, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """A stateless packet filter on links of a realm, incoming at the named routers; the first matching term decides."""

    name: str
    routers: tuple[str, ...]
    realm: str
    terms: tuple[TrafficRule, ...]


@dataclass(frozen=True, slots=True)
class Internet:
    """What lies behind the core routers: an AS and a host that answers with the caller's address."""

    asn: int
    host: Addresses


@dataclass(frozen=True, slots=True)
class Domains:
    """DNS zones of the deployment."""

    infrastructure: str
    instances: str
    private: str
    public: str = ""


@dataclass(frozen=True, slots=True)
class Cloud:
    """The whole file, resolved. Mappings keep the file's order."""

    name: str
    region: str
    site: str
    site_ipv6: Networks
    domains: Domains
    prefixes: Mapping[str, Prefix]
    racks: Mapping[str, str]
    switches: Mapping[str, Switch]
    routers: Mapping[str, Router]
    links: tuple[Link, ...]
    vlans: Mapping[str, Vlan]
    hosts: Mapping[str, Host]
    #: By host; what has none is as the installer made it.
    default_routes: Mapping[str, DefaultRoute]
    overlay: Overlay
    edge: Edge | None
    exports: tuple[Export, ...]
    imports: tuple[Import, ...]
    bgp_bfd: Bfd
    #: Hosts that announce service addresses.
    servers: Servers | None
    #: Whether both ends of a session over a link demand that packets were never forwarded.
    links_gtsm: bool
    reflection: Reflection | None
    filters: Mapping[str, Filter]
    exclusions: Mapping[str, Exclusion]
    reach: Reach
    vips: Mapping[str, Vip]
    dns: Dns | None
    balancers: Mapping[str, Balancer]
    joins: Joins | None
    includes: tuple[Include, ...]
    internet: Internet | None
    services: Mapping[str, Addresses]
    #: What instances get from those services.
    offers: tuple[Offer, ...]

    def realms(self) -> tuple[str, ...]:
        """The routing instances of the switches, in the order in which VLANs name them."""
        return tuple(dict.fromkeys(vlan.realm for vlan in self.vlans.values()))

    def doing(self, function: Function) -> tuple[Host, ...]:
        """The running hosts that do one thing."""
        return tuple(host for host in self.hosts.values() if host.runs and host.does is function)

    def central(self) -> Host | None:
        """The control host that has OVN's databases and the server: the first that runs."""
        return next(iter(self.doing(Function.CONTROL)), None)

    def rack_vlans(self, rack: str) -> Iterator[Vlan]:
        """The VLANs that reach a rack."""
        return (vlan for vlan in self.vlans.values() if vlan.rack in (None, rack))

    def vlan_for(self, use: Literal["management", "private"], rack: str) -> Vlan | None:
        """The rack's VLAN of one use."""
        return next((vlan for vlan in self.rack_vlans(rack) if vlan.use == use), None)

    def gateway_switch(self, vlan: Vlan) -> str | None:
        """The switch that holds a VLAN's gateway address: its rack's, or the first rack's for one that spans racks."""
        if not vlan.gateway.all():
            return None
        return self.racks[vlan.rack] if vlan.rack else next(iter(self.racks.values()))

    def links_of(self, device: str, realm: str | None = None) -> tuple[Link, ...]:
        """A device's links, of one realm where given."""
        return tuple(
            link for link in self.links if device in (link.a, link.b) and (realm is None or link.realm == realm)
        )

    def neighbours(self, realm: str) -> tuple[str, ...]:
        """The switches that a link of the realm joins with another switch, in the file's order."""
        among = [link for link in self.links if link.realm == realm and {link.a, link.b} <= self.switches.keys()]
        return tuple(name for name in self.switches if any(name in (link.a, link.b) for link in among))

    def class_of(self, item: Address | Network) -> NetworkClass | None:
        """The class of the smallest classed prefix that covers an address or network, None outside of all."""
        best: tuple[int, NetworkClass] | None = None
        for prefix in self.prefixes.values():
            for network in prefix.networks.all():
                if prefix.network_class and covers(network, item) and (best is None or network.prefixlen > best[0]):
                    best = (network.prefixlen, prefix.network_class)
        return best[1] if best else None

    def tenant_prefixes(self) -> tuple[Network, ...]:
        """The outermost prefixes that have a class: all that lies behind the edge, IPv4 first."""
        classed = [prefix for prefix in self.prefixes.values() if prefix.network_class]
        networks = [network for prefix in classed for network in prefix.networks.all()]
        outermost = [one for one in networks if not any(other != one and covers(other, one) for other in networks)]
        return tuple(sorted(dict.fromkeys(outermost), key=lambda network: (network.version, network.network_address)))

    def private_space(self) -> tuple[Network, ...]:
        """What is cloud-private in the plan: the outermost prefixes around the networks of private VLANs."""
        planned = [
            network for prefix in self.prefixes.values() if prefix.name != "site" for network in prefix.networks.all()
        ]
        legs = [network for vlan in self.vlans.values() if vlan.use == "private" for network in vlan.networks.all()]
        return outermost([one for one in planned if any(covers(one, leg) for leg in legs)] + legs)

    def declared(self) -> tuple[Address, ...]:
        """The addresses that the plan reserves."""
        reserved = (addresses for prefix in self.prefixes.values() for addresses in prefix.reserved.values())
        return tuple(address for addresses in reserved for address in addresses.all())

    def reserved(self) -> tuple[Address, ...]:
        """Addresses that are never allocated to tenants: declared ones, and those of switches, hosts and the edge."""
        used = (vlan.gateway for vlan in self.vlans.values())
        hosts = (
            addresses for vlan in self.vlans.values() for key, addresses in vlan.addresses.items() if key in self.hosts
        )
        vips = (self.edge.inside.vip, self.edge.outside.vip) if self.edge else ()
        found = (address for addresses in (*used, *hosts, *vips) for address in addresses.all())
        return tuple(dict.fromkeys((*self.declared(), *found)))
