"""The address plan, and the devices and wires that it is for: site, racks, switches, routers, links, VLANs, hosts."""

from typing import Literal

from pydantic import Field

from seapoint.intent.cloud.shape.base import AddressPair, Asn, Class, NumberOrPair, Shape, Whole


class SiteShape(Shape):
    """The site and its IPv6 prefix."""

    name: str = Field(description="Short name of the site.")
    ipv6: str | None = Field(None, description='The prefix that ":..." continues, a /48 as a rule.')


class DomainsShape(Shape):
    """DNS zones."""

    infrastructure: str = Field(description="Zone of transport addresses, VIPs and virtual routers.")
    instances: str = Field(description="Zone of instances.")
    private: str = Field(description="Zone of the hosts' cloud-private addresses.")
    public: str = Field("", description="Zone of floating IPs; without it they have no names.")


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
    loopback: AddressPair = Field(default_factory=AddressPair, description="Loopback, where switches speak iBGP.")


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
