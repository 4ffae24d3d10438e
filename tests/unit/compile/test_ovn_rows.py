"""Each noun's rows, for IPv4, IPv6 and both."""

from dataclasses import replace
from typing import Any

import pytest

from ovn_world import CLOUD, FLOATING, ROUTER, changed, domain, mac, port, rule, subnet, uid, world
from seapoint.base.addresses import link_local
from seapoint.base.errors import CompileError
from seapoint.change.domain import compile_all, merged
from seapoint.compile.ovn.cloud import OvnCloud
from seapoint.compile.ovn.limits import findings
from seapoint.compile.ovn.scopes import CLOUD as CLOUD_SCOPE
from seapoint.compile.ovn.scopes import compile_scope, owner
from seapoint.compile.ovn.security import match
from seapoint.compile.ovn.tables import NORTHBOUND
from seapoint.intent.drain import Drain
from seapoint.intent.network import Network
from seapoint.intent.port import AddressPair, DhcpOption, Port
from seapoint.intent.router import Router
from seapoint.intent.security import SecurityGroup
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet
from seapoint.target.changes import Key, Scope
from seapoint.target.rows import Link, Row, row_uuid


def compiled(kind: str, name: str, intent: Intent | None = None, cloud: OvnCloud = CLOUD) -> dict[Key, Any]:
    return compile_scope(Scope(kind, uid(name)), intent or world(), cloud)


def rows(items: dict[Key, Any], table: str) -> list[Row]:
    return [item for item in items.values() if isinstance(item, Row) and item.table == table]


def row(items: dict[Key, Any], table: str) -> Row:
    (found,) = rows(items, table)
    return found


def members(items: dict[Key, Any], table: str, column: str) -> list[Link]:
    links = (item for item in items.values() if isinstance(item, Link))
    return [link for link in links if (link.table, link.column) == (table, column)]


def test_every_row_states_every_column_of_its_table_and_its_own_scope() -> None:
    columns = {table.name: set(table.columns) for table in NORTHBOUND}
    for scope, items in compile_all(domain(), world()).items.items():
        for key, item in items.items():
            assert owner(key, items) == scope
            if isinstance(item, Row):
                assert set(item.columns) == columns[item.table], item
                assert key == item.uuid


def test_every_link_has_a_parent_and_a_child_and_no_key_has_two_scopes() -> None:
    compiled_world = compile_all(domain(), world())
    assert not compiled_world.failed
    target = merged(compiled_world)
    assert len(target) == sum(len(items) for items in compiled_world.items.values())
    for item in target.values():
        if isinstance(item, Link):
            assert target[item.parent].table == item.table
            assert item.child in target


def test_an_overlay_network_is_a_switch() -> None:
    items = compiled("network", "blue")
    switch = row(items, "Logical_Switch")
    assert switch.columns["name"] == f"neutron-{uid('blue')}"
    assert switch.columns["external_ids"]["neutron:network_name"] == "blue"
    assert switch.columns["external_ids"]["neutron:mtu"] == "1442"
    assert len(items) == 1


@pytest.mark.parametrize(("name", "tag"), [("wan", None), ("legacy", 2105)])
def test_a_flat_network_has_a_localnet_port(name: str, tag: int | None) -> None:
    port_row = row(compiled("network", name), "Logical_Switch_Port")
    assert port_row.columns["name"] == f"provnet-{uid(name)}"
    assert port_row.columns["type"] == "localnet"
    assert port_row.columns["options"]["network_name"] == name
    assert port_row.columns["tag"] == tag


def test_a_vlan_network_bears_its_own_tag() -> None:
    network = replace(world().of(Network)[uid("legacy")], provider_network_type="vlan", provider_segmentation_id=77)
    port_row = row(compiled("network", "legacy", changed(world(), network)), "Logical_Switch_Port")
    assert port_row.columns["tag"] == 77


def test_a_physical_network_that_the_cloud_lacks_is_refused_by_name() -> None:
    with pytest.raises(CompileError, match="no physical network 'wan'"):
        compiled("network", "wan", cloud=OvnCloud())


def test_dhcpv4_options() -> None:
    options = row(compiled("subnet", "blue4"), "DHCP_Options").columns["options"]
    assert options["server_id"] == options["router"] == "10.0.1.1"
    assert options["mtu"] == "1442"
    assert options["dns_server"] == "{10.0.1.2}"
    assert options["domain_name"] == '"cloud.example"'
    assert options["classless_static_route"] == (
        "{10.7.0.0/16,10.0.1.7, 169.254.169.254/32,10.0.1.254, 0.0.0.0/0,10.0.1.1}"
    )


def test_dhcpv4_without_a_gateway_has_no_default_route() -> None:
    lone = replace(world().of(Subnet)[uid("blue4")], gateway_ip=None)
    options = row(compiled("subnet", "blue4", changed(world(), lone)), "DHCP_Options").columns["options"]
    assert "router" not in options
    assert options["classless_static_route"] == "{10.7.0.0/16,10.0.1.7, 169.254.169.254/32,10.0.1.254}"


def test_dhcpv6_options_by_address_mode() -> None:
    stateful = row(compiled("subnet", "blue6"), "DHCP_Options")
    assert stateful.columns["cidr"] == "2001:db8:1::/64"
    assert stateful.columns["options"]["dns_server"] == "{2001:db8:1::2}"
    assert "dhcpv6_stateless" not in stateful.columns["options"]
    half = subnet("blue6", "blue", "2001:db8:1::/64", ipv6_address_mode="dhcpv6-stateless")
    stateless = row(compiled("subnet", "blue6", changed(world(), half)), "DHCP_Options")
    assert stateless.columns["options"]["dhcpv6_stateless"] == "true"
    assert compiled("subnet", "legacy6") == {}, "with SLAAC nobody asks"
    assert compiled("subnet", "wan4") == {}, "DHCP is off"


def test_a_metadata_port_is_on_every_chassis_with_the_addresses_that_instances_ask() -> None:
    items = compiled("port", "asked-blue")
    columns = row(items, "Logical_Switch_Port").columns
    assert columns["type"] == "localport"
    assert columns["addresses"] == frozenset({f"{mac(21)} 10.0.1.254 fe80::a9fe:a9fe"})
    assert columns["port_security"] == frozenset()
    assert columns["external_ids"]["neutron:device_id"] == f"ovnmeta-{uid('blue')}"
    assert not members(items, "Port_Group", "ports")


def test_without_a_metadata_port_dhcp_tells_no_route_to_it() -> None:
    gone = world().with_changes([Change(world().of(Port)[uid("asked-blue")], None)])
    options = row(compiled("subnet", "blue4", gone), "DHCP_Options").columns["options"]
    assert "169.254.169.254" not in options["classless_static_route"]
    assert "169.254.169.254" not in str(compiled("subnet", "blue6")), "IPv6 has a link-local address for it"


def test_a_port_with_dhcp_options_of_its_own_hears_of_the_metadata_port_too() -> None:
    vm = replace(world().of(Port)[uid("vm1")], extra_dhcp_opts=(DhcpOption("mtu", "1400"),))
    before = changed(world(), vm)
    change = Change(before.of(Port)[uid("asked-blue")], None)
    concerned = domain().dirty(change, before, before.with_changes([change]))
    assert {Scope("subnet", uid("blue4")), Scope("port", uid("vm1"))} <= set(concerned)


def test_a_dual_stack_port() -> None:
    items = compiled("port", "vm1")
    columns = row(items, "Logical_Switch_Port").columns
    whole = f"{mac(17)} 10.0.1.11 2001:db8:1::11"
    assert columns["name"] == uid("vm1")
    assert columns["addresses"] == frozenset({whole})
    assert columns["port_security"] == frozenset({f"{whole} {link_local(mac(17))}"}), (
        "IPv6 needs its link-local address"
    )
    assert columns["options"] == {"requested-chassis": "hv1"}
    assert columns["dhcpv4_options"] == row_uuid("DHCP_Options", uid("blue4"))
    assert columns["dhcpv6_options"] == row_uuid("DHCP_Options", uid("blue6"))
    ids = columns["external_ids"]
    assert ids["neutron:cidrs"] == "10.0.1.11/24 2001:db8:1::11/64"
    assert ids["neutron:port_fip"] == "203.0.113.20"
    assert {link.parent for link in members(items, "Port_Group", "ports")} == {
        row_uuid("Port_Group", name) for name in ("neutron_pg_drop", uid("sg"), uid("web"))
    }


@pytest.mark.parametrize(
    ("fixed", "dhcp4", "dhcp6"),
    [(("blue4", "10.0.1.12"), True, False), (("blue6", "2001:db8:1::12"), False, True)],
)
def test_a_port_of_one_family(fixed: tuple[str, str], dhcp4: bool, dhcp6: bool) -> None:
    items = compiled("port", "single", changed(world(), port("single", "blue", 30, fixed)))
    columns = row(items, "Logical_Switch_Port").columns
    assert columns["port_security"] == frozenset(
        {" ".join((mac(30), fixed[1], *([link_local(mac(30))] if dhcp6 else ())))}
    )
    assert (columns["dhcpv4_options"] is not None) == dhcp4
    assert (columns["dhcpv6_options"] is not None) == dhcp6


def test_a_port_without_security_takes_any_address_and_is_in_no_group() -> None:
    items = compiled("port", "vm3")
    columns = row(items, "Logical_Switch_Port").columns
    assert columns["addresses"] == frozenset({f"{mac(19)} 2001:db8:2::13", "unknown"})
    assert columns["port_security"] == frozenset()
    assert not members(items, "Port_Group", "ports")


def test_allowed_address_pairs_of_both_families_and_of_another_mac() -> None:
    pairs = (
        AddressPair("10.0.1.200"),
        AddressPair("2001:db8:1::200"),
        AddressPair("10.0.1.201", mac(99)),
        AddressPair("2001:db8:1:9::/80", mac(99)),
    )
    vm = replace(world().of(Port)[uid("vm1")], allowed_address_pairs=pairs)
    columns = row(compiled("port", "vm1", changed(world(), vm)), "Logical_Switch_Port").columns
    own = f"{mac(17)} 10.0.1.11 2001:db8:1::11"
    assert columns["addresses"] == frozenset({own, mac(99)})
    assert columns["port_security"] == frozenset(
        {f"{own} {link_local(mac(17))} 10.0.1.200 2001:db8:1::200", f"{mac(99)} 10.0.1.201 2001:db8:1:9::/80"}
    )


def test_a_port_with_dhcp_options_of_its_own_has_a_row_of_its_own() -> None:
    own = (DhcpOption("bootfile-name", "a.efi"), DhcpOption("mtu", "1400"), DhcpOption("23", "2001:db8::1", 6))
    vm = replace(world().of(Port)[uid("vm1")], extra_dhcp_opts=own)
    items = compiled("port", "vm1", changed(world(), vm))
    by_family = {":" in found.columns["cidr"]: found for found in rows(items, "DHCP_Options")}
    assert by_family[False].columns["options"]["bootfile_name"] == '"a.efi"'
    assert by_family[False].columns["options"]["mtu"] == "1400"
    assert by_family[False].columns["options"]["router"] == "10.0.1.1"
    assert by_family[True].columns["options"]["dns_server"] == "2001:db8::1"
    columns = row(items, "Logical_Switch_Port").columns
    assert columns["dhcpv4_options"] == by_family[False].uuid
    assert columns["dhcpv6_options"] == by_family[True].uuid


def test_a_port_may_be_told_nothing() -> None:
    vm = replace(world().of(Port)[uid("vm1")], extra_dhcp_opts=(DhcpOption("dhcp_disabled", "true"),))
    columns = row(compiled("port", "vm1", changed(world(), vm)), "Logical_Switch_Port").columns
    assert columns["dhcpv4_options"] is None
    assert columns["dhcpv6_options"] is not None


def test_router_ports_on_switches() -> None:
    leg = row(compiled("port", "leg-blue"), "Logical_Switch_Port").columns
    assert (leg["type"], leg["addresses"]) == ("router", frozenset({"router"}))
    assert leg["options"] == {"router-port": f"lrp-{uid('leg-blue')}"}
    gateway = row(compiled("port", "gateway"), "Logical_Switch_Port").columns
    assert gateway["options"]["nat-addresses"] == "router"
    assert compiled("port", "fip-port") == {}


def test_a_router_s_legs() -> None:
    items = compiled("router", "router")
    legs = {found.columns["name"]: found.columns for found in rows(items, "Logical_Router_Port")}
    blue, legacy, outside = (legs[f"lrp-{uid(name)}"] for name in ("leg-blue", "leg-legacy", "gateway"))
    assert blue["networks"] == frozenset({"10.0.1.1/24", "2001:db8:1::1/64"})
    assert blue["options"] == {"gateway_mtu": "1442"}
    assert blue["ipv6_ra_configs"]["address_mode"] == "dhcpv6_stateful"
    assert blue["ipv6_ra_configs"]["mtu"] == "1442"
    assert blue["ipv6_ra_configs"]["rdnss"] == "2001:db8:1::2"
    assert legacy["options"] == {"reside-on-redirect-chassis": "true"}
    assert legacy["ipv6_ra_configs"]["address_mode"] == "slaac"
    assert outside["ipv6_ra_configs"] == {}
    held = {(found.columns["chassis_name"], found.columns["priority"]) for found in rows(items, "Gateway_Chassis")}
    assert held == {("gw1", 20), ("gw2", 10)}
    assert {link.parent for link in members(items, "Logical_Router_Port", "gateway_chassis")} == {
        row_uuid("Logical_Router_Port", uid("gateway"))
    }


def test_a_drained_gateway_stands_behind_the_others() -> None:
    drain = Drain(id=uid("drain"), vip="", host="gw1")
    items = compiled("router", "router", changed(world(), drain))
    held = {(found.columns["chassis_name"], found.columns["priority"]) for found in rows(items, "Gateway_Chassis")}
    assert held == {("gw1", 10), ("gw2", 20)}
    of_a_vip = changed(world(), replace(drain, vip="api"))
    assert compiled("router", "router", of_a_vip) == compiled("router", "router")


def test_a_router_s_routes_of_both_families() -> None:
    found = {
        found.columns["ip_prefix"]: (found.columns["nexthop"], found.columns["output_port"])
        for found in rows(compiled("router", "router"), "Logical_Router_Static_Route")
    }
    outside = f"lrp-{uid('gateway')}"
    assert found == {
        "0.0.0.0/0": ("203.0.113.1", outside),
        "::/0": ("2001:db8:f::1", outside),
        "10.99.0.0/16": ("10.0.1.99", None),
        "2001:db8:99::/48": ("2001:db8:1::99", None),
    }


def with_gateway(**more: object) -> Intent:
    assert ROUTER.external_gateway_info is not None
    gateway = replace(ROUTER.external_gateway_info, **more)  # type: ignore[arg-type]
    return changed(world(), replace(ROUTER, external_gateway_info=gateway))


def test_source_nat_is_for_ipv4_only() -> None:
    nat = {found.columns["logical_ip"]: found.columns for found in rows(compiled("router", "router"), "NAT")}
    assert set(nat) == {"10.0.1.0/24", "10.0.2.0/24"}
    assert {columns["external_ip"] for columns in nat.values()} == {"203.0.113.10"}
    assert {columns["exempted_ext_ips"] for columns in nat.values()} == {None}
    assert rows(compiled("router", "router", with_gateway(enable_snat=False)), "NAT") == []


def test_nat_exclusions() -> None:
    intent = with_gateway(nat_exclusions=("198.51.100.0/24", "2001:db8:77::/48"))
    items = compiled("router", "router", intent)
    addresses = row(items, "Address_Set")
    assert addresses.columns["addresses"] == frozenset({"198.51.100.0/24"}), "IPv6 is never translated"
    assert {found.columns["exempted_ext_ips"] for found in rows(items, "NAT")} == {addresses.uuid}
    floating = row(compiled("floatingip", "fip", intent), "NAT")
    assert (floating.columns["type"], floating.columns["exempted_ext_ips"]) == ("dnat_and_snat", None)
    off = compiled("router", "router", with_gateway(enable_snat=False, nat_exclusions=("198.51.100.0/24",)))
    assert rows(off, "Address_Set") == rows(off, "NAT") == []


def test_a_floating_ip_is_central() -> None:
    columns = row(compiled("floatingip", "fip"), "NAT").columns
    assert (columns["type"], columns["external_ip"], columns["logical_ip"]) == (
        "dnat_and_snat",
        "203.0.113.20",
        "10.0.1.11",
    )
    assert columns["external_mac"] is columns["logical_port"] is None
    free = replace(FLOATING, port_id=None, fixed_ip_address=None, router_id=None)
    assert compiled("floatingip", "fip", changed(world(), free)) == {}


GROUP = f"pg_{uid('web').replace('-', '_')}"


@pytest.mark.parametrize(
    ("family", "more", "expected"),
    [
        ("IPv4", {}, "ip4"),
        ("IPv6", {}, "ip6"),
        ("IPv4", {"protocol": "icmp"}, "ip4 && icmp4"),
        ("IPv6", {"protocol": "icmp"}, "ip6 && icmp6"),
        ("IPv4", {"protocol": "icmp", "port_range_min": 8}, "ip4 && icmp4 && icmp4.type == 8"),
        ("IPv6", {"protocol": "icmp", "port_range_max": 0}, "ip6 && icmp6 && icmp6.code == 0"),
        ("IPv6", {"protocol": "58", "port_range_min": 128}, "ip6 && icmp6 && icmp6.type == 128"),
        ("IPv4", {"protocol": "tcp", "port_range_min": 22, "port_range_max": 22}, "ip4 && tcp && tcp.dst == 22"),
        ("IPv6", {"protocol": "6", "port_range_min": 1}, "ip6 && tcp && tcp.dst >= 1"),
        ("IPv6", {"protocol": "tcp", "port_range_max": 9}, "ip6 && tcp && tcp.dst <= 9"),
        ("IPv4", {"protocol": "udp"}, "ip4 && udp"),
        ("IPv6", {"protocol": "vrrp"}, "ip6 && ip.proto == 112"),
        ("IPv4", {"remote_ip_prefix": "192.0.2.0/24"}, "ip4 && ip4.src == 192.0.2.0/24"),
        ("IPv6", {"remote_ip_prefix": "2001:db8::/32"}, "ip6 && ip6.src == 2001:db8::/32"),
        ("IPv4", {"remote_group_id": uid("web")}, f"ip4 && ip4.src == ${GROUP}_ip4"),
        ("IPv6", {"remote_group_id": uid("web")}, f"ip6 && ip6.src == ${GROUP}_ip6"),
    ],
)  # fmt: skip
def test_a_rule_s_match(family: str, more: dict[str, object], expected: str) -> None:
    ingress = rule("r", "web", "ingress", family, **more)
    assert match(ingress) == f"outport == @{GROUP} && {expected}"
    egress = rule("r", "web", "egress", family, **more)
    assert match(egress) == f"inport == @{GROUP} && {expected.replace('.src', '.dst')}"


def test_a_group_s_rules_are_acls_of_its_port_group() -> None:
    items = compiled("security_group", "web")
    assert row(items, "Port_Group").columns["name"] == GROUP
    acls = rows(items, "ACL")
    assert len(acls) == len(members(items, "Port_Group", "acls")) == 6
    assert {acl.columns["action"] for acl in acls} == {"allow-related"}
    stateless = SecurityGroup(id=uid("web"), name="web", stateful=False)
    acls = rows(compiled("security_group", "web", changed(world(), stateless)), "ACL")
    assert {acl.columns["action"] for acl in acls} == {"allow-stateless"}


def test_what_no_rule_names_is_dropped_except_for_requests_of_addresses() -> None:
    items = compile_scope(CLOUD_SCOPE, world(), CLOUD)
    actions = {(acl.columns["direction"], acl.columns["action"]) for acl in rows(items, "ACL")}
    assert actions == {("from-lport", "drop"), ("to-lport", "drop"), ("from-lport", "allow")}
    settings = {key.key: value for key, value in items.items() if not isinstance(key, Link | str)}  # type: ignore[attr-defined]
    assert settings == {"bfd-min-rx": "100", "bfd-min-tx": "100", "bfd-mult": "3"}


@pytest.mark.parametrize(
    ("missing", "scope"),
    [
        (Network(id=uid("blue")), ("subnet", "blue4")),
        (Network(id=uid("blue")), ("router", "router")),
        (subnet("blue4", "blue", "10.0.1.0/24"), ("port", "vm1")),
        (SecurityGroup(id=uid("web")), ("port", "vm1")),
        (Router(id=uid("router")), ("floatingip", "fip")),
    ],
)
def test_what_refers_to_nothing_is_refused_by_name(missing: Any, scope: tuple[str, str]) -> None:
    intent = world().with_changes([Change(world().get(type(missing), missing.id), None)])
    with pytest.raises(CompileError, match=r"there is no|does not exist"):
        compiled(*scope, intent)


def test_vxlan_s_limits_are_told_before_they_are_reached() -> None:
    vxlan = OvnCloud(overlay="vxlan")
    assert list(findings(world(), vxlan)) == []
    crowd = [port(f"crowd-{n}", "blue", n % 256, ("blue6", f"2001:db8:1::{n + 100:x}")) for n in range(2100)]
    (near,) = findings(Intent.of_values(crowd[:1700]), vxlan)
    (over,) = findings(Intent.of_values(crowd), vxlan)
    assert (near.severity, over.severity) == ("warning", "error")
    assert list(findings(Intent.of_values(crowd), CLOUD)) == []


@pytest.mark.parametrize("address", ["10.0.1.200", "2001:db8:1::200"])
def test_an_address_that_ports_share_is_of_whoever_holds_it(address: str) -> None:
    """VRRP and load balancers: a port that nobody plugs in reserves the address, others may use it as a pair."""
    subnet_name = "blue6" if ":" in address else "blue4"
    shared = port("vip", "blue", 60, (subnet_name, address))
    holders = [
        port(name, "blue", number, allowed_address_pairs=(AddressPair(address),))
        for name, number in (("holder1", 61), ("holder2", 62))
    ]
    stranger = port("stranger", "legacy", 63, allowed_address_pairs=(AddressPair(address),))
    intent = changed(world(), shared, *holders, stranger)
    columns = row(compiled("port", "vip", intent), "Logical_Switch_Port").columns
    parents = ",".join(sorted(holder.id for holder in holders))
    assert (columns["type"], columns["options"]) == ("virtual", {"virtual-ip": address, "virtual-parents": parents})
    for plain in (
        changed(intent, replace(shared, binding_host_id="hv1")),
        changed(intent, *(replace(holder, allowed_address_pairs=()) for holder in holders)),
    ):
        assert row(compiled("port", "vip", plain), "Logical_Switch_Port").columns["type"] == ""
    leaving = Change(holders[0], replace(holders[0], allowed_address_pairs=()))
    assert Scope("port", shared.id) in domain().dirty(leaving, intent, changed(intent, leaving.value))
