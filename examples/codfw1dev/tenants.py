"""Tenants of codfw1dev: the networks, the router, the security groups and the ports of the networktests instances.

What Neutron has a noun for is made through its API, by any client: this one uses openstacksdk and a ``clouds.yaml``.
It makes what is missing and leaves alone what is there: a second run changes nothing.

    python examples/codfw1dev/tenants.py --cloud seapoint-demo
"""

import argparse
from collections.abc import Iterable
from typing import Any

import openstack

EXTERNAL = "wan-transport-codfw"
ROUTER = "cloudinstances2b-gw"
PROJECT = "testlabs"
GROUP = "networktests"
RESOLVERS = {4: "172.20.254.1", 6: "2a02:ec80:a100:2ff::1"}
STATEFUL = {"ipv6_ra_mode": "dhcpv6-stateful", "ipv6_address_mode": "dhcpv6-stateful"}
SLAAC = {"ipv6_ra_mode": "slaac", "ipv6_address_mode": "slaac"}

# network -> its attributes
NETWORKS: dict[str, dict[str, Any]] = {
    EXTERNAL: {
        "is_router_external": True,
        "provider_network_type": "flat",
        "provider_physical_network": "wan-transport-codfw",
    },
    "VLAN/legacy": {"provider_network_type": "flat", "provider_physical_network": "cloudinstances2b"},
    "VXLAN/IPv4-only": {},
    "VXLAN/IPv6-dualstack": {},
    "VXLAN/IPv6-slaac": {},  # a second example of IPv6: here instances make their address themselves
    "octavia-lb-mgmt-net": {},
}

# subnet -> (network, prefix, other attributes). On the transport link only the virtual router's addresses are ours to
# give: the others there are the edge hosts'.
SUBNETS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "cloud-gw-transport-codfw": (
        EXTERNAL,
        "185.15.57.8/29",
        {
            "gateway_ip": "185.15.57.9",
            "is_dhcp_enabled": False,
            "allocation_pools": [{"start": "185.15.57.10", "end": "185.15.57.10"}],
            "service_types": ["network:router_gateway"],
        },
    ),
    "cloud-gw-transport-codfw-ipv6": (
        EXTERNAL,
        "2a02:ec80:a100:fe04::/64",
        {
            "gateway_ip": "2a02:ec80:a100:fe04::1:1",
            "is_dhcp_enabled": False,
            "allocation_pools": [{"start": "2a02:ec80:a100:fe04::2:1", "end": "2a02:ec80:a100:fe04::2:ffff"}],
            "service_types": ["network:router_gateway"],
        },
    ),
    "cloud-codfw1dev-floating": (
        EXTERNAL,
        "185.15.57.0/29",
        {"gateway_ip": None, "is_dhcp_enabled": False, "service_types": ["network:floatingip"]},
    ),
    "cloud-codfw1dev-floating-additional": (
        EXTERNAL,
        "185.15.57.16/29",
        {"gateway_ip": None, "is_dhcp_enabled": False, "service_types": ["network:floatingip"]},
    ),
    "cloud-instances2-b-codfw": (
        "VLAN/legacy",
        "172.16.128.0/24",
        {"allocation_pools": [{"start": "172.16.128.10", "end": "172.16.128.254"}]},
    ),
    "vxlan-ipv4only": ("VXLAN/IPv4-only", "172.16.129.0/24", {}),
    "vxlan-dualstack-ipv4": ("VXLAN/IPv6-dualstack", "172.16.130.0/24", {}),
    "vxlan-dualstack-ipv6": ("VXLAN/IPv6-dualstack", "2a02:ec80:a100:1::/64", STATEFUL),
    "vxlan-slaac-ipv4": ("VXLAN/IPv6-slaac", "172.16.135.0/24", {}),
    "vxlan-slaac-ipv6": ("VXLAN/IPv6-slaac", "2a02:ec80:a100:35::/64", SLAAC),
    "octavia-lb-mgmt-ipv4": ("octavia-lb-mgmt-net", "172.16.131.0/24", {}),
    "octavia-lb-mgmt-ipv6": ("octavia-lb-mgmt-net", "2a02:ec80:a100:100::/64", STATEFUL),
}

GATEWAY = {
    "cloud-gw-transport-codfw": "185.15.57.10",
    "cloud-gw-transport-codfw-ipv6": "2a02:ec80:a100:fe04::2:1",
}

# what may reach the instances: (family, protocol, port); leaving is open, as in every new group
RULES = [("IPv4", "icmp", None), ("IPv6", "ipv6-icmp", None), ("IPv4", "tcp", 22), ("IPv6", "tcp", 22)]

# instance -> (network, floating IP)
INSTANCES: dict[str, tuple[str, str | None]] = {
    "networktests-vxlan-dualstack": ("VXLAN/IPv6-dualstack", None),
    "networktests-vxlan-ipv4only": ("VXLAN/IPv4-only", None),
    "networktests-vxlan-ipv4only-fip": ("VXLAN/IPv4-only", "185.15.57.5"),
    "networktests-vlan-legacy": ("VLAN/legacy", None),
    "networktests-vlan-legacy-fip": ("VLAN/legacy", "185.15.57.6"),
}

Made = dict[str, dict[str, Any]]  # kind -> name -> openstacksdk's object


def build(connection: Any) -> Made:
    """Make what is missing; gives all of it: networks, subnets, routers, security_groups, ports, floating_ips."""
    api = connection.network
    made: Made = {}
    made["networks"] = {name: _network(api, name, body) for name, body in NETWORKS.items()}
    made["subnets"] = {
        name: _subnet(api, name, made["networks"][network], cidr, body)
        for name, (network, cidr, body) in SUBNETS.items()
    }
    made["routers"] = {ROUTER: _router(api, made)}
    made["security_groups"] = {GROUP: _group(api)}
    made["ports"] = {name: _port(api, name, made, network) for name, (network, _) in INSTANCES.items()}
    made["floating_ips"] = {
        floating: _floating_ip(api, floating, made, made["ports"][name])
        for name, (_, floating) in INSTANCES.items()
        if floating is not None
    }
    return made


def _only(found: Iterable[Any]) -> Any | None:
    """The one object found, or None."""
    things = list(found)
    if len(things) > 1:
        raise SystemExit(f"There are {len(things)} objects called {things[0].name}: which one is meant?")
    return things[0] if things else None


def _network(api: Any, name: str, body: dict[str, Any]) -> Any:
    return _only(api.networks(name=name)) or api.create_network(name=name, **body)


def _subnet(api: Any, name: str, network: Any, cidr: str, body: dict[str, Any]) -> Any:
    version = 6 if ":" in cidr else 4
    found = _only(api.subnets(network_id=network.id, cidr=cidr))
    if found:
        return found
    if not network.is_router_external:
        body = {"dns_nameservers": [RESOLVERS[version]], **body}
    return api.create_subnet(name=name, network_id=network.id, ip_version=version, cidr=cidr, **body)


def _router(api: Any, made: Made) -> Any:
    """The router with both families outside, and every tenants' subnet inside."""
    router = _only(api.routers(name=ROUTER))
    if router is None:
        addresses = [
            {"subnet_id": made["subnets"][subnet].id, "ip_address": address} for subnet, address in GATEWAY.items()
        ]
        gateway = {
            "network_id": made["networks"][EXTERNAL].id,
            "enable_snat": False,
            "external_fixed_ips": addresses,
        }
        router = api.create_router(name=ROUTER, external_gateway_info=gateway)
    joined = {fixed["subnet_id"] for port in api.ports(device_id=router.id) for fixed in port.fixed_ips}
    for subnet in made["subnets"].values():
        if subnet.network_id != made["networks"][EXTERNAL].id and subnet.id not in joined:
            api.add_interface_to_router(router, subnet_id=subnet.id)
    return router


def _group(api: Any) -> Any:
    group = _only(api.security_groups(name=GROUP, project_id=PROJECT))
    if group is None:
        group = api.create_security_group(name=GROUP, project_id=PROJECT, description="ping and ssh from everywhere")
    there = {
        (rule.ether_type, rule.protocol, rule.port_range_min)
        for rule in api.security_group_rules(security_group_id=group.id, direction="ingress")
    }
    for family, protocol, port in RULES:
        if (family, protocol, port) not in there:
            ports = {} if port is None else {"port_range_min": port, "port_range_max": port}
            api.create_security_group_rule(
                security_group_id=group.id, direction="ingress", ethertype=family, protocol=protocol, **ports
            )
    return group


def _port(api: Any, name: str, made: Made, network: str) -> Any:
    return _only(api.ports(name=name, project_id=PROJECT)) or api.create_port(
        name=name,
        project_id=PROJECT,
        network_id=made["networks"][network].id,
        security_groups=[made["security_groups"][GROUP].id],
    )


def _floating_ip(api: Any, address: str, made: Made, port: Any) -> Any:
    external = made["networks"][EXTERNAL].id
    found = _only(api.ips(floating_ip_address=address))
    if found is None:
        return api.create_ip(
            floating_network_id=external, floating_ip_address=address, project_id=PROJECT, port_id=port.id
        )
    return found if found.port_id == port.id else api.update_ip(found, port_id=port.id)


def show(made: Made) -> None:
    """Print what there is."""
    for name, network in made["networks"].items():
        prefixes = [it.cidr for it in made["subnets"].values() if it.network_id == network.id]
        print(f"network        {name:34}{network.id}  {', '.join(prefixes)}")
    for name, router in made["routers"].items():
        outside = [fixed["ip_address"] for fixed in router.external_gateway_info["external_fixed_ips"]]
        print(f"router         {name:34}{router.id}  {', '.join(outside)}")
    for name, group in made["security_groups"].items():
        print(f"security group {name:34}{group.id}")
    for name, port in made["ports"].items():
        addresses = [fixed["ip_address"] for fixed in port.fixed_ips]
        floating = [f"floating {address}" for address, it in made["floating_ips"].items() if it.port_id == port.id]
        print(f"port           {name:34}{port.id}  {', '.join(addresses + floating)}")


def main() -> None:
    """Read the command line, make, show."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--cloud", default="seapoint-demo", help="a cloud of clouds.yaml")
    with openstack.connect(cloud=parser.parse_args().cloud) as connection:
        show(build(connection))


if __name__ == "__main__":
    main()
