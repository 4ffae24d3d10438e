"""A router: its ports, its routes and its source NAT."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from seapoint.base.errors import CompileError
from seapoint.compile.ovn.cloud import OvnCloud
from seapoint.compile.ovn.names import address_set_name, router_name, router_port_name, router_uuid
from seapoint.compile.ovn.network import mtu
from seapoint.compile.ovn.readers import differ, scopes_of
from seapoint.compile.ovn.tables import keyed
from seapoint.intent.drain import drained_hosts
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.router import Router
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet
from seapoint.target.changes import Key, Scope
from seapoint.target.rows import OWNER, Link, Row, Uuid, row_uuid

#: With these, N routers on one external network cost northd N flows each and not N squared (ovn-nb(5)).
_OPTIONS = {"always_learn_from_arp_request": "false", "dynamic_neigh_routers": "true", "mcast_relay": "false"}


class _Leg(NamedTuple):
    """A router's port with all that its rows need to know."""

    port: Port
    network: Network
    subnets: tuple[Subnet, ...]  # of port.fixed_ips, in their order


def compile_router(router_id: str, intent: Intent, cloud: OvnCloud) -> dict[Key, Any]:
    """Logical_Router ``neutron-ID`` with ports ``lrp-PORT``, default and extra routes, and SNAT without exclusions."""
    router = intent.get(Router, router_id)
    if router is None:
        return {}
    owner = str(Scope("router", router_id))
    legs = _legs(router, intent)
    described = {
        OWNER: owner,
        "neutron:router_name": router.name,
        "neutron:revision_number": str(router.revision_number),
        "neutron:availability_zone_hints": "",
    }
    columns = {
        "name": router_name(router_id),
        "enabled": router.admin_state_up,
        "options": _OPTIONS,
        "external_ids": described,
    }
    parts: list[Row | Link] = [Row("Logical_Router", router_uuid(router_id), columns)]
    largest = max((mtu(leg.network, cloud) for leg in legs), default=0)
    for leg in legs:
        parts += _port(router, leg, largest, cloud, owner)
        parts += _held_by(leg, cloud, drained_hosts(intent), owner)
    parts += _routes(router, legs, owner)
    parts += _source_nat(router, legs, owner)
    return keyed(parts)


def readers_of_router(change: Change, router: Router, intent: Intent) -> Iterable[Scope]:
    """Its floating IPs hang on it, whatever it is like."""
    return scopes_of(intent.find(FloatingIp, router_id=router.id)) if differ(change) else ()


def _legs(router: Router, intent: Intent) -> list[_Leg]:
    legs = []
    for port in sorted(intent.find(Port, device_id=router.id), key=lambda port: port.id):
        if not (port.is_router_interface or port.is_router_gateway) or not port.fixed_ips:
            continue
        network = intent.get(Network, port.network_id)
        subnets = tuple(intent.get(Subnet, fixed.subnet_id) for fixed in port.fixed_ips)
        if network is None or None in subnets:
            raise CompileError(f"router {router.id}: network or subnet of its port {port.id} does not exist")
        legs.append(_Leg(port, network, tuple(subnet for subnet in subnets if subnet is not None)))
    return legs


def _port(router: Router, leg: _Leg, largest: int, cloud: OvnCloud, owner: str) -> Iterator[Row | Link]:
    port, network = leg.port, leg.network
    name = router_port_name(port.id)
    uuid = row_uuid("Logical_Router_Port", port.id)
    options = {}
    if port.is_router_interface and not network.is_overlay:
        # else every chassis with a port on the wire answers for the router: one MAC on many ports of the real switch
        options["reside-on-redirect-chassis"] = "true"
    if mtu(network, cloud) < largest:
        options["gateway_mtu"] = str(mtu(network, cloud))  # the router tells senders of larger packets (RFC 1191, 8201)
    columns = {
        "name": name,
        "mac": port.mac_address,
        "networks": frozenset(
            f"{fixed.ip_address}/{subnet.prefix.prefixlen}"
            for fixed, subnet in zip(port.fixed_ips, leg.subnets, strict=True)
        ),
        "options": options,
        "ipv6_ra_configs": _advertised(leg, cloud) if port.is_router_interface else {},
        "external_ids": {
            OWNER: owner,
            "neutron:network_name": f"neutron-{network.id}",
            "neutron:router_name": router.id,
            "neutron:revision_number": str(port.revision_number),
            "neutron:subnet_ids": " ".join(subnet.id for subnet in leg.subnets),
            "neutron:is_ext_gw": str(port.is_router_gateway),
        },
    }
    yield Row("Logical_Router_Port", uuid, columns)
    yield Link("Logical_Router", router_uuid(router.id), "ports", uuid)


def _held_by(leg: _Leg, cloud: OvnCloud, drained: Collection[str], owner: str) -> Iterator[Row | Link]:
    """The chassis that may hold a router's gateway: those that are drained behind all others."""
    if not leg.port.is_router_gateway:
        return
    name = router_port_name(leg.port.id)
    ordered = sorted(cloud.gateway_chassis, key=lambda chassis: (chassis.name in drained, -chassis.priority))
    priorities = sorted((chassis.priority for chassis in ordered), reverse=True)
    for chassis, priority in zip(ordered, priorities, strict=True):
        held = f"{name}_{chassis.name}"
        uuid = row_uuid("Gateway_Chassis", held)
        columns = {
            "name": held,
            "chassis_name": chassis.name,
            "priority": priority,
            "external_ids": {OWNER: owner},
        }
        yield Row("Gateway_Chassis", uuid, columns)
        yield Link("Logical_Router_Port", row_uuid("Logical_Router_Port", leg.port.id), "gateway_chassis", uuid)


def _advertised(leg: _Leg, cloud: OvnCloud) -> dict[str, str]:
    """Router advertisements (RFC 4861, 8106): the first IPv6 subnet that asks for them decides for the link."""
    subnet = next((each for each in leg.subnets if each.ip_version == 6 and each.ipv6_ra_mode is not None), None)
    if subnet is None or subnet.ipv6_ra_mode is None:
        return {}
    told = {
        "address_mode": subnet.ipv6_ra_mode.replace("-", "_"),
        "send_periodic": "true",
        "mtu": str(mtu(leg.network, cloud)),
    }
    server = next((address for address in subnet.dns_nameservers if ":" in address), None)
    if server is not None:
        told["rdnss"] = server  # OVN tells one
    if cloud.dns_domain:
        told["dnssl"] = cloud.dns_domain
    return told


def _routes(router: Router, legs: list[_Leg], owner: str) -> Iterator[Row | Link]:
    for leg in legs:
        told: set[int] = set()
        for subnet in leg.subnets if leg.port.is_router_gateway else ():
            if subnet.gateway_ip is None or subnet.ip_version in told:
                continue
            told.add(subnet.ip_version)
            ids = {OWNER: owner, "neutron:is_ext_gw": "true", "neutron:subnet_id": subnet.id}
            prefix = "0.0.0.0/0" if subnet.ip_version == 4 else "::/0"
            output = router_port_name(leg.port.id)
            yield from _route(router, f"default/{subnet.id}", prefix, subnet.gateway_ip, output, ids)
    for route in router.routes:
        name = f"{route.destination}/{route.nexthop}"
        yield from _route(router, name, route.destination, route.nexthop, None, {OWNER: owner})


def _route(
    router: Router, name: str, prefix: str, nexthop: str, output: str | None, ids: dict[str, str]
) -> Iterator[Row | Link]:
    uuid = row_uuid("Logical_Router_Static_Route", f"{router.id}/{name}")
    columns = {
        "ip_prefix": prefix,
        "nexthop": nexthop,
        "output_port": output,
        "external_ids": ids,
    }
    yield Row("Logical_Router_Static_Route", uuid, columns)
    yield Link("Logical_Router", router_uuid(router.id), "static_routes", uuid)


def _source_nat(router: Router, legs: list[_Leg], owner: str) -> Iterator[Row | Link]:
    gateway = router.external_gateway_info
    outside = [fixed.ip_address for leg in legs if leg.port.is_router_gateway for fixed in leg.port.fixed_ips]
    address = next((each for each in outside if ":" not in each), None)
    if gateway is None or not gateway.enable_snat or address is None:
        return
    # destinations that see sources untranslated; IPv6 is never translated
    exclusions = frozenset(prefix for prefix in gateway.nat_exclusions if ":" not in prefix)
    excluded = None
    if exclusions:
        name = address_set_name(router.id)
        excluded = row_uuid("Address_Set", name)
        columns = {"name": name, "addresses": exclusions, "external_ids": {OWNER: owner}}
        yield Row("Address_Set", excluded, columns)
    inside = (subnet for leg in legs if leg.port.is_router_interface for subnet in leg.subnets)
    for subnet in {subnet.id: subnet for subnet in inside if subnet.ip_version == 4}.values():
        yield from nat(router.id, f"snat/{subnet.id}", "snat", address, subnet.cidr, excluded, {OWNER: owner})


def nat(
    router_id: str, name: str, kind: str, external: str, logical: str, exempted: Uuid | None, ids: dict[str, str]
) -> Iterator[Row | Link]:
    """One row of table NAT, on the router's gateway chassis: without port and MAC it is not distributed."""
    uuid = row_uuid("NAT", f"{router_id}/{name}")
    columns = {
        "type": kind,
        "external_ip": external,
        "logical_ip": logical,
        "external_mac": None,
        "logical_port": None,
        "exempted_ext_ips": exempted,
        "external_ids": ids,
    }
    yield Row("NAT", uuid, columns)
    yield Link("Logical_Router", router_uuid(router_id), "nat", uuid)
