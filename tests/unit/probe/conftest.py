"""codfw1dev with its five instances, and worlds derived from it."""

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from seapoint.intent.attributes import Standard
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.network import Network
from seapoint.intent.port import ROUTER_INTERFACE, FixedIp, Port
from seapoint.intent.router import Gateway, Router
from seapoint.intent.security import SecurityGroup, SecurityGroupRule
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Subnet

RESOLVERS = ("172.20.254.1", "2a02:ec80:a100:2ff::1")
EXAMPLE = Path(__file__).parents[3] / "examples" / "codfw1dev" / "cloud.yaml"

#: network -> subnets: cidr, gateway
NETWORKS = {
    "legacy": {"172.16.128.0/24": "172.16.128.1"},
    "ipv4only": {"172.16.129.0/24": "172.16.129.1"},
    "dualstack": {"172.16.130.0/24": "172.16.130.1", "2a02:ec80:a100:1::/64": "2a02:ec80:a100:1::1"},
}
#: instance -> network, addresses, floating IP
INSTANCES = {
    "networktests-vxlan-dualstack": ("dualstack", ("172.16.130.20", "2a02:ec80:a100:1::2f3"), None),
    "networktests-vxlan-ipv4only": ("ipv4only", ("172.16.129.20",), None),
    "networktests-vxlan-ipv4only-fip": ("ipv4only", ("172.16.129.21",), "185.15.57.18"),
    "networktests-vlan-legacy": ("legacy", ("172.16.128.20",), None),
    "networktests-vlan-legacy-fip": ("legacy", ("172.16.128.21",), "185.15.57.6"),
}
GATEWAY = Gateway(
    network_id="wan",
    enable_snat=False,
    external_fixed_ips=(FixedIp("wan4", "185.15.57.10"), FixedIp("wan6", "2a02:ec80:a100:fe04::2:1")),
)


def rule(name: str, direction: str, family: int, **more: object) -> SecurityGroupRule:
    return SecurityGroupRule(
        id=name,
        security_group_id="group",
        direction=direction,
        ethertype=f"IPv{family}",
        **more,  # type: ignore[arg-type]  # attributes of any type, checked by the dataclass' users
    )


def instance(
    name: str, network: str, addresses: Iterable[str], project: str = "testlabs", group: str = "group"
) -> Port:
    subnets = {":" in cidr: cidr for cidr in NETWORKS[network]}
    return Port(
        id=f"port-{name}",
        name=name,
        project_id=project,
        network_id=network,
        device_owner="compute:nova",
        device_id=f"instance-{name}",
        binding_host_id="cloudvirt2004-dev",
        security_groups=(group,),
        fixed_ips=tuple(FixedIp(subnets[":" in address], address) for address in addresses),
    )


def _tenants() -> list[Standard]:
    values: list[Standard] = [
        Router(id="router", name="cloudinstances2b-gw", external_gateway_info=GATEWAY),
        Network(id="wan", name="wan-transport-codfw", router_external=True, mtu=1500),
        SecurityGroup(id="group", name="default", project_id="testlabs"),
        rule("out4", "egress", 4),
        rule("out6", "egress", 6),
        rule("in4", "ingress", 4, protocol="icmp"),
        rule("in6", "ingress", 6, remote_group_id="group"),
    ]
    for name, subnets in NETWORKS.items():
        values.append(Network(id=name, name=name, mtu=1500))
        for cidr, gateway in subnets.items():
            values.append(
                Subnet(
                    id=cidr,
                    network_id=name,
                    cidr=cidr,
                    ip_version=6 if ":" in cidr else 4,
                    gateway_ip=gateway,
                    dns_nameservers=(RESOLVERS[":" in cidr],),
                )
            )
            values.append(
                Port(
                    id=f"leg-{cidr}",
                    network_id=name,
                    device_owner=ROUTER_INTERFACE,
                    device_id="router",
                    fixed_ips=(FixedIp(cidr, gateway),),
                )
            )
    for name, (network, addresses, floating) in INSTANCES.items():
        port = instance(name, network, addresses)
        values.append(port)
        if floating:
            values.append(
                FloatingIp(
                    id=f"fip-{name}",
                    project_id=port.project_id,
                    floating_network_id="wan",
                    floating_ip_address=floating,
                    port_id=port.id,
                    fixed_ip_address=addresses[0],
                    router_id="router",
                )
            )
    return values


@pytest.fixture(scope="session")
def cloud() -> Cloud:
    reading = read_cloud(EXAMPLE.read_text(encoding="utf-8"), str(EXAMPLE))
    assert reading.cloud is not None, reading.mistakes
    return reading.cloud


@pytest.fixture
def intent() -> Intent:
    return Intent.of_values(_tenants())


Edit = Callable[[Standard], Standard | None]


@pytest.fixture
def edited() -> Callable[[Edit], Intent]:
    """codfw1dev's tenants after an edit of every object; None takes it out."""

    def build(edit: Edit) -> Intent:
        return Intent.of_values(after for before in _tenants() if (after := edit(before)) is not None)

    return build


def only_family(family: int) -> Edit:
    """Everything of the other family goes, and what then has no address."""

    def mine(text: str) -> bool:
        return (":" in text) == (family == 6)

    def edit(value: Standard) -> Standard | None:
        match value:
            case Subnet():
                return value if value.ip_version == family else None
            case Port():
                kept = tuple(fixed for fixed in value.fixed_ips if mine(fixed.ip_address))
                return dataclasses.replace(value, fixed_ips=kept) if kept else None
            case Router(external_gateway_info=Gateway() as gateway):
                kept = tuple(fixed for fixed in gateway.external_fixed_ips if mine(fixed.ip_address))
                return dataclasses.replace(
                    value, external_gateway_info=dataclasses.replace(gateway, external_fixed_ips=kept)
                )
            case FloatingIp():
                return value if family == 4 else None
            case _:
                return value

    return edit


@pytest.fixture
def ipv4_only(edited: Callable[[Edit], Intent]) -> Intent:
    return edited(only_family(4))


@pytest.fixture
def ipv6_only(edited: Callable[[Edit], Intent]) -> Intent:
    return edited(only_family(6))


@pytest.fixture
def make_instance() -> Callable[..., Port]:
    return instance


@pytest.fixture
def make_rule() -> Callable[..., SecurityGroupRule]:
    return rule
