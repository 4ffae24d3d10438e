"""OpenStack's documents.

Source: Nova's metadata service, "OpenStack format metadata", and its JSON Schema of network_data.json.
"""

import json
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from seapoint.compile.metadata.instance import Instance, Leg, Nic
from seapoint.intent.subnet import Subnet

VERSIONS = ("2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15", "2016-06-30", "2017-02-22", "2018-08-27", "latest")


def documents(instance: Instance) -> Mapping[str, bytes]:
    """Path below a version -> document."""
    found = {
        "meta_data.json": _json(_metadata(instance)),
        "network_data.json": _json(_network_data(instance)),
        "vendor_data.json": _json({}),
        "vendor_data2.json": _json({}),
    }
    return found | ({} if instance.user_data is None else {"user_data": instance.user_data})


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _metadata(instance: Instance) -> dict[str, Any]:
    return {
        "uuid": instance.id,
        "name": instance.hostname,
        "hostname": instance.hostname,
        "project_id": instance.project_id,
        "launch_index": 0,
        "meta": {},
        "keys": [],
        "devices": [],
    }


def _network_data(instance: Instance) -> dict[str, Any]:
    legs = [(nic, leg) for nic in instance.nics for leg in nic.legs]
    resolvers = dict.fromkeys(address for _, leg in legs for address in leg.subnet.dns_nameservers)
    return {
        "links": [_link(nic) for nic in instance.nics],
        "networks": [{"id": f"network{place}", **_network(nic, leg)} for place, (nic, leg) in enumerate(legs)],
        "services": [_resolver(address) for address in resolvers],
    }


def _link(nic: Nic) -> dict[str, Any]:
    return {
        "id": _link_id(nic),
        "vif_id": nic.port.id,
        "type": "ovs",
        "mtu": nic.network.mtu,
        "ethernet_mac_address": nic.port.mac_address,
    }


def _link_id(nic: Nic) -> str:
    return f"tap{nic.port.id[:11]}"


def _network(nic: Nic, leg: Leg) -> dict[str, Any]:
    """By DHCPv4 an instance learns the rest itself; whatever else it uses, it is told."""
    known = {"link": _link_id(nic), "network_id": nic.network.id, "type": _type(leg.subnet)}
    if known["type"] == "ipv4_dhcp":
        return known
    return known | {
        "ip_address": leg.address,
        "netmask": str(leg.subnet.prefix.netmask),
        "routes": list(_routes(leg.subnet)),
        "services": [_resolver(address) for address in leg.subnet.dns_nameservers],
    }


def _type(subnet: Subnet) -> str:
    family = f"ipv{subnet.ip_version}"
    if subnet.ipv6_address_mode is not None:
        return f"{family}_{subnet.ipv6_address_mode}"
    return f"{family}_dhcp" if subnet.enable_dhcp and subnet.ip_version == 4 else family


def _routes(subnet: Subnet) -> Iterator[dict[str, str]]:
    everything = "0.0.0.0/0" if subnet.ip_version == 4 else "::/0"
    gateway = [] if subnet.gateway_ip is None else [(everything, subnet.gateway_ip)]
    for destination, next_hop in (*gateway, *((route.destination, route.nexthop) for route in subnet.host_routes)):
        prefix = ip_network(destination)
        yield {"network": str(prefix.network_address), "netmask": str(prefix.netmask), "gateway": next_hop}


def _resolver(address: str) -> dict[str, str]:
    return {"type": "dns", "address": address}
