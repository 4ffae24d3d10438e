"""From a target to the network wanted of this kernel, with or without VRF devices.

With VRF devices a second routing instance (RFC 4364 calls it a VRF, operators a realm) is the kernel's own affair: the
interfaces are enslaved, addresses and connected routes follow into its table.

Without them the same is made of what every kernel has (ip-rule(8)):
- the addresses of its interfaces make no prefix route in the main table (IFA_F_NOPREFIXROUTE); the connected routes are
  written into the instance's table instead, so that the main table does not know the instance's subnets;
- rules by incoming and by outgoing interface, and by each own source address, because the answer to a ping from
  beyond a gateway matches no rule by interface: it has none yet;
- its table ends in an unreachable default, so that a look-up never goes on into the main table. (With VRF devices too:
  the kernel's documentation of VRF asks for it.)
"""

from ipaddress import ip_address, ip_interface
from typing import TypeVar

from seapoint.agent.network import (
    EVERYTHING,
    METRIC,
    Address,
    Features,
    NetRoute,
    NetRule,
    Wanted,
    WantedLink,
    family_of,
    prefix,
)
from seapoint.target.host import HostTarget, Interface, Route, Rule, Vrf

#: Priority of the rules that tie an instance to its table: that of the kernel's own rule for VRF devices (l3mdev).
INSTANCE_PRIORITY = 1000

#: Metric of a table's unreachable end (Documentation/networking/vrf.rst): the last resort.
END_METRIC = 4278198272

_T = TypeVar("_T")


def wanted_network(target: HostTarget, features: Features) -> Wanted:
    """Links, addresses, routes and rules that the target wants of a kernel with these features.

    Raises ValueError for an address or prefix that is none.
    """
    instance_of = {interface: vrf for vrf in target.vrfs for interface in vrf.interfaces}
    links = [WantedLink(vrf.name, kind="vrf", table=vrf.table) for vrf in target.vrfs if features.vrf] + [
        _link(interface, instance_of.get(interface.name), features) for interface in target.interfaces
    ]
    addresses: list[Address] = []
    routes: list[NetRoute] = []
    for interface in target.interfaces:
        vrf = instance_of.get(interface.name)
        emulated = vrf is not None and not features.vrf
        for text in interface.addresses:
            address = ip_interface(text)
            addresses.append(Address(interface.name, str(address), prefix_route=not emulated))
            if vrf is not None and emulated and address.network.prefixlen < address.max_prefixlen:
                routes.append(
                    NetRoute(
                        family=address.version,
                        destination=str(address.network),
                        table=vrf.table,
                        metric=METRIC[address.version],
                        device=interface.name,
                        source=str(address.ip),
                    )
                )
    routes += [_route(route) for route in target.routes]
    rules = [_rule(rule) for rule in target.rules]
    for vrf in target.vrfs:
        routes += [NetRoute(family, EVERYTHING[family], vrf.table, END_METRIC, kind="unreachable") for family in (4, 6)]
        rules += _instance_rules(vrf, addresses, features)
    return Wanted(_unique(links), _unique(addresses), _unique(routes), _unique(rules))


def _link(interface: Interface, vrf: Vrf | None, features: Features) -> WantedLink:
    if interface.kind == "gre" and interface.remote is not None:
        return WantedLink(
            interface.name,
            kind="gretap" if family_of(interface.remote) == 4 else "ip6gretap",
            parent=interface.parent,
            mtu=interface.mtu,
            master=vrf.name if vrf is not None and features.vrf else None,
            local=interface.local,
            remote=interface.remote,
        )
    made = interface.kind == "vlan" and interface.bridge is None and interface.parent is not None and features.vlan
    return WantedLink(
        interface.name,
        kind="vlan" if made else "",
        parent=interface.parent if made else None,
        vlan=interface.vlan if made else None,
        mtu=interface.mtu,
        master=vrf.name if vrf is not None and features.vrf else None,
    )


def _instance_rules(vrf: Vrf, addresses: list[Address], features: Features) -> list[NetRule]:
    own = (
        []
        if features.vrf
        else [entry.address.partition("/")[0] for entry in addresses if entry.device in vrf.interfaces]
    )
    rules = [
        NetRule(family_of(source), INSTANCE_PRIORITY, vrf.table, source=prefix(source))
        for source in dict.fromkeys([*own, *vrf.sources])
    ]
    if not features.vrf:
        for interface in vrf.interfaces:
            for family in (4, 6):
                rules += [
                    NetRule(family, INSTANCE_PRIORITY, vrf.table, incoming=interface),
                    NetRule(family, INSTANCE_PRIORITY, vrf.table, outgoing=interface),
                ]
    return rules


def _route(route: Route) -> NetRoute:
    family = family_of(route.destination)
    return NetRoute(
        family=family,
        destination=prefix(route.destination),
        table=route.table,
        metric=METRIC[family] if route.metric is None else route.metric,
        kind=route.kind,
        via=None if route.via is None else str(ip_address(route.via)),
        device=route.device if route.kind in {"unicast", "local"} else None,
        source=None if route.source is None else str(ip_address(route.source)),
    )


def _rule(rule: Rule) -> NetRule:
    return NetRule(
        rule.family,
        rule.priority,
        rule.table,
        source=None if rule.source is None else prefix(rule.source),
        destination=None if rule.destination is None else prefix(rule.destination),
        incoming=rule.incoming,
    )


def _unique(values: list[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))
