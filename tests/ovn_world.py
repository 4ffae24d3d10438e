"""A small dual-stack world of one tenant, as OVN's tests need it: two networks, a router, a floating IP, two groups."""

from dataclasses import replace
from uuid import NAMESPACE_OID, uuid5

from seapoint.change.domain import Domain
from seapoint.compile.ovn.cloud import BfdTimers, GatewayChassis, OvnCloud
from seapoint.compile.ovn.scopes import compile_scope, dirty, owner, scopes
from seapoint.intent.attributes import Standard
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.metadata import metadata_device
from seapoint.intent.network import Network
from seapoint.intent.port import DISTRIBUTED, ROUTER_GATEWAY, ROUTER_INTERFACE, FixedIp, Port
from seapoint.intent.router import Gateway, Router
from seapoint.intent.security import SecurityGroup, SecurityGroupRule
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Route, Subnet

CLOUD = OvnCloud(
    gateway_chassis=(GatewayChassis("gw1", 20), GatewayChassis("gw2", 10)),
    physical_networks={"wan": None, "legacy": 2105},
    overlay_mtu=1442,
    bfd=BfdTimers(100, 100, 3),
    dns_domain="cloud.example",
)


def uid(name: str) -> str:
    """The UUID of an object of this world."""
    return str(uuid5(NAMESPACE_OID, name))


def domain(cloud: OvnCloud = CLOUD) -> Domain:
    """OVN's rows as a domain of the loop."""
    return Domain("ovn", scopes, dirty, lambda scope, intent: compile_scope(scope, intent, cloud), owner)


def mac(number: int) -> str:
    return f"fa:16:3e:00:00:{number:02x}"


def subnet(name: str, network: str, cidr: str, **more: object) -> Subnet:
    version = 6 if ":" in cidr else 4
    first = cidr.split("/", maxsplit=1)[0]
    gateway = f"{first}1" if version == 6 else f"{first.rpartition('.')[0]}.1"
    plain = Subnet(id=uid(name), network_id=uid(network), ip_version=version, cidr=cidr, gateway_ip=gateway)
    return replace(plain, **more)  # type: ignore[arg-type]


def port(name: str, network: str, number: int, *fixed: tuple[str, str], **more: object) -> Port:
    addresses = tuple(FixedIp(uid(subnet_name), address) for subnet_name, address in fixed)
    plain = Port(id=uid(name), name=name, network_id=uid(network), mac_address=mac(number), fixed_ips=addresses)
    return replace(plain, **more)  # type: ignore[arg-type]


def rule(name: str, group: str, direction: str, family: str, **more: object) -> SecurityGroupRule:
    plain = SecurityGroupRule(id=uid(name), security_group_id=uid(group), direction=direction, ethertype=family)
    return replace(plain, **more)  # type: ignore[arg-type]


ROUTER = Router(
    id=uid("router"),
    name="edge",
    external_gateway_info=Gateway(
        uid("wan"), True, (FixedIp(uid("wan4"), "203.0.113.10"), FixedIp(uid("wan6"), "2001:db8:f::10"))
    ),
    routes=(Route("10.99.0.0/16", "10.0.1.99"), Route("2001:db8:99::/48", "2001:db8:1::99")),
)
MODE = {"ipv6_ra_mode": "dhcpv6-stateful", "ipv6_address_mode": "dhcpv6-stateful"}
SLAAC = {"ipv6_ra_mode": "slaac", "ipv6_address_mode": "slaac"}
FLOATING = FloatingIp(
    id=uid("fip"),
    floating_network_id=uid("wan"),
    floating_ip_address="203.0.113.20",
    port_id=uid("vm1"),
    fixed_ip_address="10.0.1.11",
    router_id=uid("router"),
)

VALUES: tuple[Standard, ...] = (
    Network(
        id=uid("wan"),
        name="wan",
        mtu=1500,
        router_external=True,
        provider_network_type="flat",
        provider_physical_network="wan",
    ),
    subnet("wan4", "wan", "203.0.113.0/24", enable_dhcp=False),
    subnet("wan6", "wan", "2001:db8:f::/64", enable_dhcp=False),
    Network(id=uid("blue"), name="blue", mtu=1442, provider_network_type="geneve", provider_segmentation_id=7),
    subnet(
        "blue4", "blue", "10.0.1.0/24", dns_nameservers=("10.0.1.2",), host_routes=(Route("10.7.0.0/16", "10.0.1.7"),)
    ),
    subnet("blue6", "blue", "2001:db8:1::/64", dns_nameservers=("2001:db8:1::2",), **MODE),
    Network(
        id=uid("legacy"),
        name="legacy",
        mtu=1500,
        provider_network_type="flat",
        provider_physical_network="legacy",
    ),
    subnet("legacy4", "legacy", "10.0.2.0/24"),
    subnet("legacy6", "legacy", "2001:db8:2::/64", **SLAAC),
    ROUTER,
    port(
        "gateway",
        "wan",
        1,
        ("wan4", "203.0.113.10"),
        ("wan6", "2001:db8:f::10"),
        device_id=uid("router"),
        device_owner=ROUTER_GATEWAY,
    ),
    port(
        "leg-blue",
        "blue",
        2,
        ("blue4", "10.0.1.1"),
        ("blue6", "2001:db8:1::1"),
        device_id=uid("router"),
        device_owner=ROUTER_INTERFACE,
    ),
    port(
        "leg-legacy",
        "legacy",
        3,
        ("legacy4", "10.0.2.1"),
        ("legacy6", "2001:db8:2::1"),
        device_id=uid("router"),
        device_owner=ROUTER_INTERFACE,
    ),
    SecurityGroup(id=uid("sg"), name="default"),
    SecurityGroup(id=uid("web"), name="web"),
    rule("in4", "sg", "ingress", "IPv4", remote_group_id=uid("sg")),
    rule("in6", "sg", "ingress", "IPv6", remote_group_id=uid("sg")),
    rule("out4", "sg", "egress", "IPv4"),
    rule("out6", "sg", "egress", "IPv6"),
    rule("ping4", "web", "ingress", "IPv4", protocol="icmp", port_range_min=8, port_range_max=0),
    rule("ping6", "web", "ingress", "IPv6", protocol="ipv6-icmp", port_range_min=128),
    rule("http4", "web", "ingress", "IPv4", protocol="tcp", port_range_min=80, port_range_max=80),
    rule("http6", "web", "ingress", "IPv6", protocol="tcp", port_range_min=8000, port_range_max=8999),
    rule("dns6", "web", "ingress", "IPv6", protocol="udp", remote_ip_prefix="2001:db8:2::/64"),
    rule("gre4", "web", "egress", "IPv4", protocol="47", remote_ip_prefix="198.51.100.0/24"),
    port(
        "vm1",
        "blue",
        17,
        ("blue4", "10.0.1.11"),
        ("blue6", "2001:db8:1::11"),
        security_groups=(uid("sg"), uid("web")),
        device_owner="compute:nova",
        binding_host_id="hv1",
    ),
    port("vm2", "legacy", 18, ("legacy4", "10.0.2.12"), ("legacy6", "2001:db8:2::12"), security_groups=(uid("sg"),)),
    port("vm3", "legacy", 19, ("legacy6", "2001:db8:2::13"), port_security_enabled=False),
    port(
        "asked-blue",
        "blue",
        21,
        ("blue4", "10.0.1.254"),
        device_id=metadata_device(uid("blue")),
        device_owner=DISTRIBUTED,
        port_security_enabled=False,
    ),
    port("fip-port", "wan", 20, ("wan4", "203.0.113.20"), device_id=uid("fip"), device_owner="network:floatingip"),
    FLOATING,
)


def world() -> Intent:
    """The whole of it."""
    return Intent.of_values(VALUES, 1)


def changed(intent: Intent, *values: Standard) -> Intent:
    """The intent with these values in place of those of the same ids; revision one more."""
    changes = [Change(intent.get(type(value), value.id), value) for value in values]
    return intent.with_changes(changes, intent.revision + 1)
