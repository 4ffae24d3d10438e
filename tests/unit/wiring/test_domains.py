"""Which hosts a tenant's change concerns: scoped compilation equals the full one, and concerns no host too many."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ovn_world import mac, uid
from seapoint.base.addresses import Address
from seapoint.change.domain import compile_all, compile_scopes, merged
from seapoint.engines.ovsdb.listener import Listener
from seapoint.intent.attributes import Standard
from seapoint.intent.cloud.model import Function
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.metadata import metadata_device
from seapoint.intent.network import Network
from seapoint.intent.port import DISTRIBUTED, ROUTER_GATEWAY, ROUTER_INTERFACE, FixedIp, Port
from seapoint.intent.router import Gateway, Router
from seapoint.intent.security import SecurityGroup
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet
from seapoint.target.changes import Scope
from seapoint.wiring.cloudfile import cloud_of, ovn_cloud, rules_of_text
from seapoint.wiring.domains import HOSTS, LISTENERS, OVN, domains, host_domain, listener_domain

BASE = (Path(__file__).parents[1] / "cloud" / "base.yaml").read_text()
CONTROL = "ctl1: {role: control, rack: r1, management: 22,"
CLOUD = cloud_of(BASE)
DOMAIN = host_domain(CLOUD)
EDGES = {Scope("host", "edge1"), Scope("host", "edge2")}

#: A router behind the edge, with gateway addresses of both families, and a leg in a dual-stack tenant's network.
EXTERNAL = Network(id=uid("external"), provider_network_type="flat", provider_physical_network="wan")
TENANT = Network(id=uid("tenant"))
SUBNET4 = Subnet(id=uid("subnet4"), network_id=TENANT.id, ip_version=4, cidr="172.16.8.0/24", gateway_ip="172.16.8.1")
SUBNET6 = Subnet(
    id=uid("subnet6"), network_id=TENANT.id, ip_version=6, cidr="2001:db8:a:8::/64", gateway_ip="2001:db8:a:8::1"
)
OUTSIDE = (FixedIp("", "198.51.100.10"), FixedIp("", "2001:db8:a:fe04::2:1"))
ROUTER = Router(id=uid("router"), external_gateway_info=Gateway(EXTERNAL.id, external_fixed_ips=OUTSIDE))
LEG = Port(
    id=uid("leg"),
    network_id=TENANT.id,
    mac_address=mac(1),
    device_id=ROUTER.id,
    device_owner=ROUTER_INTERFACE,
    fixed_ips=(FixedIp(SUBNET4.id, "172.16.8.1"), FixedIp(SUBNET6.id, "2001:db8:a:8::1")),
)
WORLD = (EXTERNAL, TENANT, SUBNET4, SUBNET6, ROUTER, LEG)


def step(intent: Intent, *values: tuple[Standard, bool]) -> tuple[list[Change], Intent]:
    """The changes that put and take values, and the intent after them."""
    last = {(type(value), value.id): (value, kept) for value, kept in values}
    pairs = [(intent.get(type(value), value.id), value if kept else None) for value, kept in last.values()]
    changes = [Change(before, after) for before, after in pairs if before is not None or after is not None]
    return changes, intent.with_changes(changes, intent.revision + 1)


def dirty(before: Intent, changes: Sequence[Change], after: Intent) -> set[Scope]:
    return {scope for change in changes for scope in DOMAIN.dirty(change, before, after)}


def test_the_domains_are_three_and_hosts_come_first() -> None:
    assert [domain.name for domain in domains(CLOUD)] == [HOSTS, LISTENERS, OVN]
    assert {scope.id for scope in DOMAIN.scopes(Intent.empty())} == {"edge1", "edge2", "gw1", "hv1", "ctl1"}


def test_each_name_server_is_a_domain_and_the_operators_own_keep_their_own_apex() -> None:
    vips = 'vips:\n  ns0: {prefix: servers, ipv4: 172.20.9.1, ipv6: "::9:1", owners: [ctl1]}\n'
    asn = BASE.replace("bgp:\n  exports:", "bgp:\n  servers: {asn: 64605}\n  exports:")
    cloud = cloud_of(f"{asn}{vips}dns: {{authoritative: [ns0], fed: [192.0.2.53, '2001:db8:ffff::53']}}\n")
    ours, v4, v6 = domains(cloud)[3:]
    assert [ours.name, v4.name, v6.name] == ["dns/10.0.1.22", "dns/192.0.2.53", "dns/2001:db8:ffff::53"]
    whole, fed = (merged(compile_all(one, Intent.empty())) for one in (ours, v6))
    assert {key: item for key, item in whole.items() if key in fed} == fed
    assert {str(key) for key in whole if key not in fed} == {
        f"{zone.name} {kind}" for zone in (cloud.dns.zones if cloud.dns else ()) for kind in ("SOA", "NS")
    }


def test_hosts_that_do_not_run_or_are_others_have_no_target() -> None:
    text = BASE.replace("hv1: {role: compute,", "hv1: {role: compute, managed: render,").replace(
        "gw1: {role: gateway,", "gw1: {role: gateway, runs: false,"
    )
    scopes = {scope.id for scope in host_domain(cloud_of(text)).scopes(Intent.empty())}
    assert scopes == {"edge1", "edge2", "ctl1"}


@pytest.mark.parametrize("value", WORLD)
def test_what_is_routed_concerns_the_edge_and_nobody_else(value: Standard) -> None:
    whole = Intent.of_values(WORLD)
    changes, without = step(whole, (value, False))
    assert dirty(whole, changes, without) == EDGES
    back, again = step(without, (value, True))
    assert dirty(without, back, again) == EDGES
    assert compile_all(DOMAIN, again) == compile_all(DOMAIN, whole)


def test_a_leg_that_is_one_no_more_concerns_the_edge() -> None:
    whole = Intent.of_values(WORLD)
    changes, after = step(whole, (replace(LEG, device_owner=""), True))
    assert dirty(whole, changes, after) == EDGES
    assert compile_all(DOMAIN, after) != compile_all(DOMAIN, whole)


def test_both_families_of_a_tenant_s_subnets_reach_the_edge() -> None:
    empty, whole = (merged(compile_all(DOMAIN, Intent.of_values(values))) for values in ((), WORLD))
    assert {str(host) for host in whole if whole[host] != empty[host]} == {"edge1", "edge2"}
    for cidr in (SUBNET4.cidr, SUBNET6.cidr):
        assert cidr in str(whole["edge1"].to_json())
        assert cidr not in str(empty["edge1"].to_json())


@pytest.mark.parametrize(
    "value",
    [
        Port(
            id=uid("vm"), network_id=TENANT.id, mac_address=mac(9), fixed_ips=(FixedIp(SUBNET6.id, "2001:db8:a:8::9"),)
        ),
        Port(id=uid("gateway"), network_id=EXTERNAL.id, mac_address=mac(8), device_owner=ROUTER_GATEWAY),
        SecurityGroup(id=uid("group")),
    ],
)
def test_a_port_that_is_nowhere_concerns_no_host(value: Standard) -> None:
    whole = Intent.of_values(WORLD)
    changes, after = step(whole, (value, True))
    assert dirty(whole, changes, after) == set()
    assert compile_all(DOMAIN, after).items == compile_all(DOMAIN, whole).items


ASKED = Port(
    id=uid("asked"),
    network_id=TENANT.id,
    mac_address=mac(7),
    device_id=metadata_device(TENANT.id),
    device_owner=DISTRIBUTED,
    fixed_ips=(FixedIp(SUBNET4.id, "172.16.8.254"),),
)


def vm(name: str, host: str = "hv1") -> Port:
    return Port(
        id=uid(name),
        network_id=TENANT.id,
        mac_address=mac(len(name)),
        device_id=uid(f"instance {name}"),
        device_owner="compute:nova",
        binding_host_id=host,
    )


def test_the_first_and_the_last_instance_of_a_network_concern_their_hypervisor_and_those_between_nobody() -> None:
    intent = Intent.of_values((*WORLD, ASKED))
    for value, kept, concerned in (
        (vm("first"), True, {Scope("host", "hv1")}),
        (vm("second"), True, set()),
        (replace(vm("second"), name="renamed"), True, set()),
        (vm("first"), False, set()),
        (vm("second", "elsewhere"), True, {Scope("host", "hv1")}),  # moved away
        (vm("second"), True, {Scope("host", "hv1")}),
        (vm("second", ""), True, {Scope("host", "hv1")}),  # unbound
    ):
        changes, after = step(intent, (value, kept))
        assert dirty(intent, changes, after) == concerned, value
        intent = after


def test_a_hypervisor_has_a_place_in_the_networks_of_its_instances_alone() -> None:
    intent = Intent.of_values((*WORLD, ASKED, vm("one"), vm("two")))
    found = merged(compile_all(DOMAIN, intent))
    [namespace] = found["hv1"].namespaces
    assert namespace.name == f"ovnmeta-{TENANT.id}"
    assert namespace.mac == ASKED.mac_address
    assert namespace.addresses == ("169.254.169.254/32", "172.16.8.254/24", "fe80::a9fe:a9fe/64")
    switch = found["hv1"].open_vswitch
    [port] = [port for bridge in switch.bridges for port in bridge.ports if port.iface_id]
    assert (port.name, port.iface_id) == (namespace.cable, ASKED.id)
    assert [one.sealed for one in found["hv1"].interfaces if one.name == namespace.cable] == [True]
    assert all(not target.namespaces for host, target in found.items() if host != "hv1")


def test_a_network_without_dhcp_has_no_place_anywhere() -> None:
    found = merged(compile_all(DOMAIN, Intent.of_values((*WORLD, vm("one")))))
    assert found["hv1"].namespaces == ()


def test_what_changes_a_metadata_port_concerns_the_hypervisors_of_its_network() -> None:
    intent = Intent.of_values((*WORLD, ASKED, vm("one")))
    for value, kept in (
        (replace(ASKED, fixed_ips=()), True),
        (ASKED, False),
        (replace(TENANT, mtu=1300), True),
    ):
        changes, after = step(intent, (value, kept))
        assert Scope("host", "hv1") in dirty(intent, changes, after), value


# Few objects, so that they meet; what a step names may be missing.
ids = st.sampled_from(["a", "external", "tenant", "router", "leg"]).map(uid)
CIDRS = {
    "subnet4": ("172.16.8.0/24", 4),
    "subnet6": ("2001:db8:a:8::/64", 6),
    "c": ("198.51.100.0/29", 4),
    "d": ("192.168.7.0/24", 4),
    "e": ("2001:db8:77::/64", 6),
}
networks = st.builds(
    Network, id=ids, provider_network_type=st.just("flat"), provider_physical_network=st.sampled_from([None, "wan"])
)
subnets = st.builds(
    lambda name, network: Subnet(
        id=uid(name), network_id=network, cidr=CIDRS[name][0], ip_version=CIDRS[name][1], gateway_ip=None
    ),
    st.sampled_from([*CIDRS]),
    ids,
)
addresses = st.lists(
    st.sampled_from(["198.51.100.10", "198.51.100.13", "2001:db8:a:fe04::2:1"]), max_size=2, unique=True
).map(lambda found: tuple(FixedIp("", address) for address in found))
gateways = st.builds(Gateway, network_id=ids, external_fixed_ips=addresses)
routers = st.builds(Router, id=ids, external_gateway_info=st.none() | gateways, admin_state_up=st.booleans())
ports = st.builds(
    Port,
    id=ids,
    network_id=ids,
    mac_address=st.just(mac(1)),
    device_id=ids | ids.map(metadata_device),
    device_owner=st.sampled_from(["", ROUTER_INTERFACE, ROUTER_GATEWAY, DISTRIBUTED, "compute:nova"]),
    binding_host_id=st.sampled_from(["", "hv1", "gw1", "elsewhere"]),
    fixed_ips=st.lists(st.sampled_from([*CIDRS]), max_size=2, unique=True).map(
        lambda on: tuple(FixedIp(uid(name), CIDRS[name][0].split("/")[0]) for name in on)
    ),
)
floating = st.builds(
    FloatingIp,
    id=ids,
    floating_network_id=ids,
    floating_ip_address=st.sampled_from(["198.51.100.3", "198.51.100.4"]),
    router_id=st.none() | ids,
)
values = st.one_of(networks, subnets, routers, ports, floating)
steps = st.lists(st.tuples(values, st.booleans()), min_size=1, max_size=4)
#: A whole beginning, so that an object is missed where it goes.
beginnings = st.lists(values, max_size=8).map(lambda crowd: [(value, True) for value in (*crowd, *WORLD)])


@settings(deadline=None, max_examples=100)
@given(st.builds(lambda first, rest: [first, *rest], beginnings, st.lists(steps, min_size=1, max_size=4)))
def test_scoped_compilation_equals_full_compilation(history: list[list[tuple[Standard, bool]]]) -> None:
    intent = Intent.empty()
    items, failed = compile_all(DOMAIN, intent)
    for each in history:
        changes, after = step(intent, *each)
        scoped = compile_scopes(DOMAIN, dirty(intent, changes, after), after)
        items.update(scoped.items)
        failed = {scope: why for scope, why in failed.items() if scope not in scoped.items} | scoped.failed
        intent = after
        assert (items, failed) == compile_all(DOMAIN, intent)


@pytest.mark.parametrize(
    ("management", "target"),
    [
        ("22", "pssl:6642:10.0.1.22"),
        ("23", "pssl:6642:10.0.1.23"),
        ('{ipv6: "::22"}', "pssl:6642:[2001:db8:b::22]"),
    ],
)
def test_the_southbound_listens_where_the_control_host_is_managed(management: str, target: str) -> None:
    domain = listener_domain(cloud_of(BASE.replace(CONTROL, CONTROL.replace("22", management))))
    found = merged(compile_all(domain, Intent.empty()))
    assert found == {target: Listener(target, "ovn-controller")}
    assert domain.owner(target, found) in set(domain.scopes(Intent.empty()))
    assert domain.dirty(Change(None, ROUTER), Intent.empty(), Intent.of_values(WORLD)) == ()


def test_gateways_fall_in_the_file_s_order() -> None:
    text = BASE.replace(
        "  hv1: {role: compute,",
        "  gw0: {role: gateway, rack: r1, management: 30, private: 30}\n  hv1: {role: compute,",
    )
    chassis = ovn_cloud(cloud_of(text)).gateway_chassis
    assert [(one.name, one.priority) for one in chassis] == [("gw1", 1000), ("gw0", 999)]


def test_the_overlay_of_the_rows_is_that_of_the_rules() -> None:
    for overlay in ("geneve", "vxlan"):
        text = BASE.replace("type: geneve", f"type: {overlay}")
        cloud = ovn_cloud(cloud_of(text))
        assert (cloud.overlay, cloud.overlay_mtu) == (overlay, rules_of_text(text).overlay_mtu)


def test_management_addresses_are_of_both_families() -> None:
    found: tuple[Address, ...] = CLOUD.doing(Function.CONTROL)[0].management.all()
    assert [address.version for address in found] == [4, 6]
