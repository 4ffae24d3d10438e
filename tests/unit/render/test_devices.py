"""Targets of whole devices: what must be true of every one, and the odd clouds."""

import dataclasses
from collections.abc import Iterator
from ipaddress import ip_interface, ip_network
from pathlib import Path

import pytest

from seapoint.base.addresses import Addresses, Networks
from seapoint.base.errors import InputError
from seapoint.compile.hosts import compile_device, devices
from seapoint.compile.hosts.names import link_interface
from seapoint.compile.hosts.standins import cables
from seapoint.intent.cloud.model import Cloud, Link
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.snapshot import Intent
from seapoint.render.device import SYSTEM_ID, host_target, render_files
from seapoint.target.device import Device
from seapoint.target.frr import Frr
from seapoint.target.host import HostTarget
from seapoint.target.keepalived import Keepalived
from seapoint.target.nftables import Ruleset
from tenants import tenants

ROOT = Path(__file__).parents[3]
INTENT = tenants((ROOT / "tests/golden/tenants.yaml").read_text())


@pytest.fixture(scope="module", params=["cloud.yaml", "cloud-two-racks.yaml"])
def cloud(request: pytest.FixtureRequest) -> Cloud:
    cloud = read_cloud((ROOT / "examples/codfw1dev" / request.param).read_text()).cloud
    assert cloud is not None
    return cloud


def _all(cloud: Cloud, intent: Intent = INTENT) -> Iterator[Device]:
    for name in devices(cloud):
        yield from compile_device(cloud, intent, name).values()


def test_every_target_travels_as_json_unchanged(cloud: Cloud) -> None:
    for device in _all(cloud):
        target = host_target(device)
        assert HostTarget.from_json(target.to_json()) == target
        assert HostTarget.from_json(target.to_json()).digest() == target.digest()


def test_every_file_says_whose_it_is(cloud: Cloud) -> None:
    for device in _all(cloud):
        for path, text in render_files(host_target(device)).items():
            if path != SYSTEM_ID:  # its reader takes the whole text for the name
                assert "seapoint:" in "".join(text.splitlines(keepends=True)[:2]), path
            assert text.endswith("\n"), path


def test_interface_names_fit_the_kernel_and_are_unique_on_a_device(cloud: Cloud) -> None:
    for device in _all(cloud):
        names = [interface.name for interface in device.interfaces]
        names += [bridge.name for bridge in device.open_vswitch.bridges] if device.open_vswitch else []
        assert len(set(names)) == len(names), device.name
        assert all(len(name) <= 15 and "." not in name for name in names), device.name


def test_no_address_is_on_two_devices(cloud: Cloud) -> None:
    held = [
        (text, device.name) for device in _all(cloud) for interface in device.interfaces for text in interface.addresses
    ]
    assert len({ip_interface(text).ip for text, _ in held}) == len(held)


def test_both_ends_of_a_session_name_each_other_with_the_same_policies(cloud: Cloud) -> None:
    speakers = {
        device.name: next(one for one in device.services if isinstance(one, Frr))
        for device in _all(cloud)
        if any(isinstance(one, Frr) for one in device.services)
    }
    owners = {
        ip_interface(text).ip: device.name
        for device in _all(cloud)
        for interface in device.interfaces
        for text in interface.addresses
    }
    sessions = 0
    for name, frr in speakers.items():
        for neighbor in frr.bgp.neighbors if frr.bgp else ():
            far = speakers[owners[neighbor.address]].bgp
            assert far is not None
            assert far.asn == neighbor.asn
            back = [one for one in far.neighbors if owners[one.address] == name]
            assert {(one.imports, one.exports) for one in back} == {(neighbor.exports, neighbor.imports)}
            named = {policy.name for policy in far.policies}
            assert {neighbor.imports, neighbor.exports} <= named
            sessions += 1
    assert sessions >= 2 * 2 * len(cloud.links)


def test_nothing_private_is_exported_beyond_the_realm(cloud: Cloud) -> None:
    private = cloud.prefixes["cloud-private"].networks
    for device in _all(cloud):
        for frr in (one for one in device.services if isinstance(one, Frr) and one.bgp):
            assert frr.bgp is not None
            for policy in frr.bgp.policies:
                inwards = policy.name.endswith("-to-switches-cloud") or policy.name == frr.bgp.offering
                if policy.networks is not None and not inwards:
                    assert not [network for network in policy.networks if network in private], policy.name


def test_the_edge_ends_what_no_tenant_has(cloud: Cloud) -> None:
    """What the switch sends to the edge and no tenant's route takes must not go back by the default route."""
    (switch,) = (one for one in _all(cloud) if one.name == "cloudsw1-b1-codfw.cloud")
    (frr,) = (one for one in switch.services if isinstance(one, Frr))
    edge = compile_device(cloud, Intent.empty(), "cloudgw2003-dev")["cloudgw2003-dev"]
    ended = {ip_network(route.destination) for route in edge.routes if route.kind == "unreachable"}
    connected = {ip_interface(text).network for interface in edge.interfaces for text in interface.addresses}
    sent = {static.destination for static in frr.statics if static.via}
    assert {4, 6} == {network.version for network in sent}
    assert sent <= ended | connected


def test_edge_hosts_differ_in_their_own_addresses_and_priority_only(cloud: Cloud) -> None:
    a, b = (compile_device(cloud, INTENT, name)[name] for name in ("cloudgw2003-dev", "cloudgw2004-dev"))
    assert (a.routes, a.sysctls) == (b.routes, b.sysctls)
    assert _without_peers(a) == _without_peers(b)
    (vrrp_a,), (vrrp_b,) = ([one for one in x.services if isinstance(one, Keepalived)] for x in (a, b))
    for one, other in zip(vrrp_a.instances, vrrp_b.instances, strict=True):
        assert (one.advertised, one.carried, one.id) == (other.advertised, other.carried, other.id)
        assert one.priority != other.priority


def _without_peers(device: Device) -> Ruleset:
    """The ruleset without the rules on what the other edge host says."""
    assert device.nftables is not None
    kept = (
        dataclasses.replace(
            chain, rules=tuple(rule for rule in chain.rules if not rule.comment.endswith(" of the peer"))
        )
        for chain in device.nftables.chains
    )
    return dataclasses.replace(device.nftables, chains=tuple(kept))


def test_a_device_that_nobody_has_is_refused_with_the_names_that_there_are(cloud: Cloud) -> None:
    with pytest.raises(InputError, match="no device 'cloudgw1'; there are cr1-codfw, "):
        compile_device(cloud, INTENT, "cloudgw1")


def test_a_host_that_does_not_run_still_has_its_private_leg() -> None:
    name = "cloudcontrol2006-dev"
    text = (ROOT / "examples/codfw1dev/cloud.yaml").read_text()
    assert "management: 26, private: 11}" in text
    cloud = read_cloud(text.replace("management: 26, private: 11}", "management: 26, private: 11, runs: false}")).cloud
    assert cloud is not None
    device = compile_device(cloud, INTENT, name)[name]
    assert device.interfaces[0].addresses == ("172.20.5.11/24", "2a02:ec80:a100:205::11/64")
    assert name not in devices(cloud)


def test_without_edge_internet_and_services_the_rest_still_compiles(cloud: Cloud) -> None:
    bare = dataclasses.replace(cloud, edge=None, internet=None, services={}, filters={})
    assert cables(bare) == ()
    names = {device.name for device in _all(bare)}
    assert names == {device.name for device in _all(cloud)} - {"internet", "production"}


def test_an_edge_of_ipv6_only_vips_has_one_instance(cloud: Cloud) -> None:
    assert cloud.edge is not None
    sides = {
        name: dataclasses.replace(side, vip=Addresses(None, side.vip.v6))
        for name, side in (("inside", cloud.edge.inside), ("outside", cloud.edge.outside))
    }
    six = dataclasses.replace(cloud, edge=dataclasses.replace(cloud.edge, **sides))
    device = compile_device(six, INTENT, "cloudgw2003-dev")["cloudgw2003-dev"]
    (keepalived,) = (one for one in device.services if isinstance(one, Keepalived))
    assert [one.family for one in keepalived.instances] == [6]


def test_links_of_two_realms_between_two_devices_have_two_names() -> None:
    none = Addresses()
    rows = [
        Link("cr1-codfw", "cloudsw1-b1-codfw", realm, Networks(), none, none)
        for realm in ("cloud", "production", "storage")
    ]
    assert len({link_interface(link, "cr1-codfw") for link in rows}) == 3
    assert {link_interface(link, f"cloudsw1-b1-codfw.{link.realm}") for link in rows} == {"to-cr1-codfw"}


def test_a_host_that_is_no_edge_forwards_nothing_whatever_it_was_before(cloud: Cloud) -> None:
    assert cloud.edge is not None
    others = [host.name for host in cloud.hosts.values() if host.runs and host.name not in cloud.edge.hosts]
    assert others
    for name in others:
        sysctls = compile_device(cloud, INTENT, name)[name].sysctls
        assert (sysctls["net.ipv4.ip_forward"], sysctls["net.ipv6.conf.all.forwarding"]) == ("0", "0")


def test_what_has_a_private_legs_source_never_leaves_through_management(cloud: Cloud) -> None:
    """Both families: an answer to who came in through the cloud's realm goes back into it, or nowhere."""
    legs = [host for host in cloud.hosts.values() if host.runs and host.private.all()]
    assert legs
    for host in legs:
        device = compile_device(cloud, INTENT, host.name)[host.name]
        vips = [vip.addresses for vip in cloud.vips.values() if host.name in vip.owners]
        own = {str(address) for addresses in (host.private, *vips) for address in addresses.all()}
        assert {rule.source for rule in device.rules} == own
        (table,) = {rule.table for rule in device.rules}
        routes = [route for route in device.routes if route.table == table]
        assert {route.device for route in routes if route.kind == "unicast"} == {
            cloud.vlan_for("private", host.rack).interface
        }
        for default in ("0.0.0.0/0", "::/0"):
            assert {route.kind for route in routes if route.destination == default} == {"unicast", "unreachable"}
