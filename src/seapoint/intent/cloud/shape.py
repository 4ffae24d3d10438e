"""The shape of the cloud file: keys, types, defaults, and the sentence that explains each key.

The JSON Schema for editors and the reference derive from these classes. Names and addresses are bound and computed
later, in ``resolve``; nothing here looks at two places of the file at once.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema, model_validator


def _text(value: Any) -> Any:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise ValueError("an address is written as a number, a text, or {ipv4: ..., ipv6: ...}")


def _whole(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a whole number is needed")
    return value


def _number_or_pair(value: Any) -> str:
    return "pair" if isinstance(value, dict | AddressPair) else "number"


def _milliseconds(value: Any) -> Any:
    if isinstance(value, str) and value.endswith("ms") and value[:-2].isdigit():
        return int(value[:-2])
    raise ValueError("an interval is written as milliseconds, such as 300ms")


def _range(value: Any) -> Any:
    first, dash, last = str(value).partition("-")
    if dash and first.isdigit() and last.isdigit() and int(first) <= int(last):
        return (int(first), int(last))
    raise ValueError("a range is written as first-last, such as 1-10")


def _asn(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**32:
        return value
    raise ValueError("an AS number is a whole number from 1 to 4294967295")


HostPart = Annotated[
    str,
    BeforeValidator(_text),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string"}]}),
]
Interval = Annotated[int, BeforeValidator(_milliseconds), WithJsonSchema({"type": "string", "pattern": "^[0-9]+ms$"})]
IdRange = Annotated[
    tuple[int, int], BeforeValidator(_range), WithJsonSchema({"type": "string", "pattern": "^[0-9]+-[0-9]+$"})
]
Asn = Annotated[int, BeforeValidator(_asn), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 4294967295})]
Whole = Annotated[int, BeforeValidator(_whole)]
Port = Annotated[Whole, Field(ge=1, le=65535)]
Class = Literal["default", "internal", "floating"]
Protocol = Literal["any", "tcp", "udp", "icmp"]
Kind = Literal["switches", "routers", "internet"]


class Shape(BaseModel):
    """Base: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class AddressPair(Shape):
    """An address of each family; either may be missing."""

    ipv4: HostPart | None = Field(None, description="IPv4: the last octet, several last octets, or the whole address.")
    ipv6: str | None = Field(None, description='IPv6: the host part ("::1:1") or the whole address.')


#: An address on the networks of a thing: its number there, or an address of each family.
NumberOrPair = Annotated[
    Annotated[HostPart, Tag("number")] | Annotated[AddressPair, Tag("pair")], Discriminator(_number_or_pair)
]


class SiteShape(Shape):
    """The site and its IPv6 prefix."""

    name: str = Field(description="Short name of the site.")
    ipv6: str | None = Field(None, description='The prefix that ":..." continues, a /48 as a rule.')


class DomainsShape(Shape):
    """DNS zones."""

    infrastructure: str = Field(description="Zone of transport addresses, VIPs and virtual routers.")
    instances: str = Field(description="Zone of instances.")
    private: str = Field(description="Zone of the hosts' cloud-private addresses.")


class PrefixShape(Shape):
    """An entry of the address plan."""

    ipv4: str | None = Field(None, description="IPv4 prefix.")
    ipv6: str | None = Field(None, description='IPv6 prefix; ":100::/56" continues the site\'s.')
    network_class: Class | None = Field(
        None, alias="class", description="What the edge does with tenants' subnets inside; inherited by what is inside."
    )
    reserved: dict[str, NumberOrPair] = Field(
        default_factory=dict, description="Addresses by name that are never allocated to tenants."
    )
    inside: dict[str, "PrefixShape"] = Field(default_factory=dict, description="Prefixes that lie in this one.")


class RackShape(Shape):
    """A rack."""

    switch: str = Field(description="The top-of-rack switch.")


class SwitchShape(Shape):
    """A top-of-rack switch with a routing instance per realm."""

    managed: Literal["agent", "render", "observe"] = Field("render", description="Who configures it.")
    asn: Asn = Field(description="AS number.")


class RouterShape(Shape):
    """A core router."""

    managed: Literal["agent", "render", "observe"] = Field("observe", description="Who configures it.")
    asn: Asn = Field(description="AS number.")
    loopback: AddressPair = Field(default_factory=AddressPair, description="Loopback addresses.")


class LinkShape(Shape):
    """A point-to-point network; the first named end has the lower address."""

    between: tuple[str, str] = Field(description="The two devices.")
    realm: str | None = Field(None, description="Routing instance of a switch's end.")
    ipv4: str | None = Field(None, description="IPv4 network, a /31 as a rule.")
    ipv6: str | None = Field(None, description="IPv6 network, a /64 or /127.")
    ipv4_only: bool = Field(False, description="Says that the missing IPv6 is meant.")


class VlanShape(Shape):
    """A VLAN and its networks."""

    id: Whole = Field(ge=1, le=4094, description="802.1Q VLAN ID.")
    realm: str = Field(description="Routing instance that it belongs to.")
    rack: str | None = Field(None, description="The rack that has it; without: all racks.")
    use: Literal["management", "private"] | None = Field(None, description="What hosts of the rack use it for.")
    mtu: Whole = Field(1500, ge=1280, le=9216, description="Largest IP packet in bytes.")
    ipv4: str | None = Field(None, description="IPv4 network.")
    ipv6: str | None = Field(None, description="IPv6 network.")
    ipv4_only: bool = Field(False, description="Says that the missing IPv6 is meant.")
    gateway: AddressPair | None = Field(None, description="Address of the rack's switch.")
    routes: tuple[str, ...] = Field((), description="What hosts reach through that gateway: names, prefixes.")
    hosts_ipv6: Literal["mapped", "number"] = Field("number", description="How a host's IPv6 follows from its IPv4.")
    hosts: dict[str, AddressPair] = Field(default_factory=dict, description="Hosts' own addresses on it.")
    addresses: dict[str, AddressPair] = Field(
        default_factory=dict, description="Addresses on it that move between hosts, or that others hold."
    )


class RoleShape(Shape):
    """What the hosts of one role do."""

    does: Literal["control", "gateway", "hypervisor", "edge"] | None = Field(None, description="What runs on them.")


class HostShape(Shape):
    """A server."""

    role: str = Field(description="Its role.")
    rack: str = Field(description="Its rack.")
    managed: Literal["agent", "render", "observe"] = Field("agent", description="Who configures it.")
    runs: bool = Field(True, description="false: it stands here only as name and addresses.")
    management: NumberOrPair = Field(description="Its address in the rack's management VLAN.")
    private: NumberOrPair | None = Field(None, description="Its address in the rack's private VLAN.")


class BfdShape(Shape):
    """Bidirectional forwarding detection."""

    interval: Interval = Field(300, description="Time between packets.")
    multiplier: Whole = Field(3, ge=2, le=50, description="Packets missed until the peer is down.")


class PhysicalNetworkShape(Shape):
    """A provider network of Neutron's."""

    vlan: str = Field(description="The VLAN that carries it.")
    roles: tuple[str, ...] = Field(min_length=1, description="The roles whose hosts bridge it.")


class OverlayShape(Shape):
    """How tenants' networks are carried between hosts."""

    type: Literal["vxlan", "geneve"] = Field(description="Encapsulation.")
    segmentation_ids: IdRange = Field(description="Segmentation IDs that tenants' networks get.")
    tunnels: Literal["private"] = Field("private", description="The use of VLANs whose addresses end the tunnels.")
    bfd: BfdShape = Field(description="Between chassis: how fast a dead gateway is noticed.")
    physical_networks: dict[str, PhysicalNetworkShape] = Field(
        default_factory=dict, description="Provider networks by the name that Neutron's API gives them."
    )


class EdgeSideShape(Shape):
    """One side of the edge."""

    vlan: str = Field(description="The VLAN.")
    vip: str = Field(description="The address there that the active host holds.")


class VrfShape(Shape):
    """A second routing instance on a host."""

    name: str = Field(max_length=15, description="Name of the VRF device.")
    table: Whole = Field(ge=1, le=252, description="Number of its routing table.")


class VrrpShape(Shape):
    """VRRP version 3."""

    id: Whole = Field(ge=1, le=255, description="Virtual router ID.")
    interval: Interval = Field(100, validate_default=False, description="Time between advertisements.")
    link_local: str = Field(description="Link-local address of the IPv6 instance (RFC 9568, section 5.2.9).")


class RuleShape(Shape):
    """A match on traffic and what becomes of it; what is left out matches any."""

    accept: Protocol | None = Field(None, description="Let this protocol pass.")
    reject: Protocol | None = Field(None, description="Refuse this protocol with an answer.")
    drop: Protocol | None = Field(None, description="Drop this protocol silently.")
    from_: tuple[str, ...] = Field((), alias="from", description="Sources: names, prefixes, `class default`.")
    to: tuple[str, ...] = Field((), description="Destinations: names, prefixes.")
    ports: tuple[Port, ...] = Field((), description="Destination ports.")
    source_ports: tuple[Port, ...] = Field((), description="Source ports.")

    @model_validator(mode="after")
    def _one_action(self) -> Self:
        given = [name for name in ("accept", "reject", "drop") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a rule has exactly one of accept, reject, drop, with a protocol or any")
        return self


class ForwardShape(Shape):
    """What the edge forwards beside its two sides."""

    drop: tuple[str, ...] = Field((), description="Cut off in both directions: names, prefixes.")
    reject: tuple[RuleShape, ...] = Field((), description="Refused with an answer: rules with `reject`.")


class NatShape(Shape):
    """Source NAT of IPv4 that leaves the cloud."""

    source: str = Field(description="The reserved address that instances are seen as.")
    exclusions: tuple[str, ...] = Field((), description="Destinations that see instances' own addresses.")


class EdgeShape(Shape):
    """The hosts of the roles that do `edge`."""

    vrf: VrfShape
    inside: EdgeSideShape = Field(description="Towards virtual routers.")
    outside: EdgeSideShape = Field(description="Towards the switch.")
    vrrp: VrrpShape
    nat: NatShape
    forward: ForwardShape = Field(default_factory=ForwardShape)


class ExactlyShape(Shape):
    """Prefixes by name, a list per family."""

    ipv4: tuple[str, ...] = Field((), description="Names and prefixes whose IPv4 networks are announced.")
    ipv6: tuple[str, ...] = Field((), description="Names and prefixes whose IPv6 networks are announced.")


class ExportShape(Shape):
    """What one kind of device announces to another: exactly this."""

    from_: Kind = Field(alias="from", description="Who announces.")
    realm: str | None = Field(None, description="In which routing instance, for switches.")
    to: Kind = Field(description="Who is told.")
    exactly: ExactlyShape = Field(description="Nothing else, nothing more specific.")


class BgpShape(Shape):
    """BGP between devices."""

    sessions: Literal["links"] = Field("links", description="Over every link whose ends have an AS.")
    bfd: BfdShape = Field(default_factory=BfdShape, description="On every session: how fast a dead peer is noticed.")
    exports: tuple[ExportShape, ...] = ()


class FilterShape(Shape):
    """A packet filter at core routers on what comes in from a realm."""

    routers: tuple[str, ...] = Field(min_length=1, description="The core routers that filter.")
    links_of_realm: str = Field(description="Their links of this realm, incoming.")
    terms: tuple[RuleShape, ...] = Field(min_length=1, description="The first term that matches decides.")


class InternetShape(Shape):
    """What lies behind the core routers."""

    asn: Asn = Field(description="AS number.")
    host: AddressPair = Field(description="A host there that answers with the caller's address.")


class CloudShape(Shape):
    """A cloud's network. See the address plan first: every other part names prefixes, VLANs and hosts."""

    cloud: str = Field(description="Name of the deployment.")
    region: str = Field(description="Region as clients name it.")
    site: SiteShape
    domains: DomainsShape
    prefixes: dict[str, PrefixShape] = Field(description="The address plan.")
    racks: dict[str, RackShape]
    switches: dict[str, SwitchShape]
    routers: dict[str, RouterShape] = Field(default_factory=dict)
    links: tuple[LinkShape, ...] = ()
    vlans: dict[str, VlanShape]
    roles: dict[str, RoleShape]
    hosts: dict[str, HostShape]
    overlay: OverlayShape
    edge: EdgeShape | None = None
    bgp: BgpShape = Field(default_factory=BgpShape)
    filters: dict[str, FilterShape] = Field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="Names for several names at once.")
    internet: InternetShape | None = None
    services: dict[str, AddressPair] = Field(default_factory=dict, description="Other teams' services.")
