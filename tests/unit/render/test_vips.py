"""Service addresses: what their owners announce, and what switches believe and pass on."""

import dataclasses
from ipaddress import ip_network
from pathlib import Path

import pytest

from seapoint.base.addresses import Addresses
from seapoint.compile.hosts import compile_device, devices
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.snapshot import Intent
from seapoint.target.device import Device
from seapoint.target.frr import Bgp, Frr, Policy
from seapoint.target.health import DRAINING, SICK, Health, Watched, metric
from seapoint.target.host import LOCAL_TABLE, MAIN_TABLE

EXAMPLES = Path(__file__).parents[3] / "examples" / "codfw1dev"
ROUTABLE = {ip_network(text) for text in ("172.20.254.0/24", "185.15.57.24/29")} | {
    ip_network(text) for text in ("2a02:ec80:a100:2ff::/64", "2a02:ec80:a100:4000::/64")
}


@pytest.fixture(scope="module")
def cloud() -> Cloud:
    return _read("cloud.yaml")


def _read(name: str) -> Cloud:
    cloud = read_cloud((EXAMPLES / name).read_text()).cloud
    assert cloud is not None
    return cloud


def _device(cloud: Cloud, name: str) -> Device:
    return next(
        one for device in devices(cloud) for key, one in compile_device(cloud, Intent(), device).items() if key == name
    )


def _bgp(device: Device) -> Bgp:
    (frr,) = (one for one in device.services if isinstance(one, Frr))
    assert frr.bgp is not None
    return frr.bgp


def _policies(device: Device) -> dict[str, Policy]:
    return {policy.name: policy for policy in _bgp(device).policies}


def test_an_owner_announces_exactly_its_vips_and_learns_nothing(cloud: Cloud) -> None:
    owner = _device(cloud, "cloudservices2004-dev")
    (session4, session6) = _bgp(owner).neighbors
    assert (str(session4.address), str(session6.address)) == ("172.20.5.1", "2a02:ec80:a100:205::1")
    assert {session.imports for session in (session4, session6)} == {"nothing"}
    exports = _policies(owner)[session4.exports]
    vips = {"185.15.57.25/32", "2a02:ec80:a100:4000::2/128", "172.20.254.1/32", "2a02:ec80:a100:2ff::1/128"}
    assert {str(network) for network in exports.networks or ()} == vips
    assert not exports.longer
    assert _policies(owner)["nothing"].networks == ()
    assert {route.destination for route in owner.routes if route.table == LOCAL_TABLE} == vips
    assert {rule.source for rule in owner.rules} >= {vip.partition("/")[0] for vip in vips}


def test_a_switch_believes_servers_the_ranges_of_vips_and_tells_them_nothing(cloud: Cloud) -> None:
    switch = _device(cloud, "cloudsw1-b1-codfw.cloud")
    servers = [one for one in _bgp(switch).neighbors if one.asn == 64605]
    assert len(servers) == 2 * 5
    assert {one.exports for one in servers} == {"nothing"}
    (imports,) = {one.imports for one in servers}
    policy = _policies(switch)[imports]
    assert (policy.networks, set(policy.longer)) == ((), ROUTABLE)


@pytest.mark.parametrize("version", [4, 6])
def test_an_owner_of_one_family_has_one_session(cloud: Cloud, version: int) -> None:
    name = "cloudlb2002-dev"
    host = cloud.hosts[name]
    narrow = dataclasses.replace(host, private=Addresses(**{f"v{version}": getattr(host.private, f"v{version}")}))
    one_family = dataclasses.replace(cloud, hosts={**cloud.hosts, name: narrow})
    (session,) = _bgp(_device(one_family, name)).neighbors
    assert session.address.version == version
    back = [one for one in _bgp(_device(one_family, "cloudsw1-b1-codfw.cloud")).neighbors if one.description == name]
    assert [one.address.version for one in back] == [version]


def test_switches_pass_vips_on_to_each_other_and_nobody_else() -> None:
    cloud = _read("cloud-two-racks.yaml")
    for switch in ("cloudsw1-b1-codfw.cloud", "cloudsw1-b2-codfw.cloud"):
        longer = {name: set(policy.longer) for name, policy in _policies(_device(cloud, switch)).items()}
        assert {name: ranges for name, ranges in longer.items() if ranges} == {
            "switches-to-switches-cloud": ROUTABLE,
            "servers-to-switches-cloud": ROUTABLE,
        }
    assert not any(policy.longer for name in cloud.routers for policy in _policies(_device(cloud, name)).values())
    for name, switch in (
        ("cloudservices2004-dev", "cloudsw1-b1-codfw"),
        ("cloudservices2005-dev", "cloudsw1-b2-codfw"),
    ):
        assert {one.description for one in _bgp(_device(cloud, name)).neighbors} == {switch}


def _watched(cloud: Cloud, owner: str) -> dict[str, Watched]:
    (health,) = (one for one in _device(cloud, owner).services if isinstance(one, Health))
    return {one.vip: one for one in health.watched}


def test_owners_of_active_passive_are_prepended_by_their_place(cloud: Cloud) -> None:
    passive = dataclasses.replace(cloud.vips["openstack"], kind="active-passive")
    for kind, orders in (("active-active", [0, 0, 0]), ("active-passive", [0, 1, 2])):
        vip = dataclasses.replace(passive, kind=kind)
        one = dataclasses.replace(cloud, vips={**cloud.vips, "openstack": vip})
        assert [_watched(one, owner)["openstack"].order for owner in passive.owners] == orders


def test_every_way_of_announcing_has_its_metric_and_its_path(cloud: Cloud) -> None:
    """The daemon's route says by its metric how often the AS is prepended: the policy must know each of them."""
    owner = _device(cloud, "cloudlb2002-dev")
    exports = _policies(owner)[_bgp(owner).neighbors[0].exports]
    assert dict(exports.prepends) == {metric(times): times for times in (0, 1, 2, 3, DRAINING, SICK)}


#: What owners are told by BGP: one prefix that the switch has behind the edge, and one of which it has parts only.
TOLD = """  exports:
    - from: switches
      realm: cloud
      to: servers
      exactly: {ipv4: [tenants, cloud-private], ipv6: [tenants, cloud-private]}
"""
LEARNT = {"172.16.128.0/17", "172.20.0.0/16", "2a02:ec80:a100::/56", "2a02:ec80:a100:200::/56"}


def _learning(words: str) -> Cloud:
    text = (EXAMPLES / "cloud-two-racks.yaml").read_text().replace("  exports:\n", TOLD)
    cloud = read_cloud(text.replace("servers: {asn: 64605", f"servers: {{asn: 64605, {words}")).cloud
    assert cloud is not None
    return cloud


def test_owners_learn_exactly_what_the_file_tells_them() -> None:
    cloud = _learning("maximum: 20")
    owner, switches = _device(cloud, "cloudservices2004-dev"), ("cloudsw1-b1-codfw.cloud", "cloudsw1-b2-codfw.cloud")
    assert {session.maximum for session in _bgp(owner).neighbors} == {20}
    (imports,) = {session.imports for session in _bgp(owner).neighbors}
    assert {str(network) for network in _policies(owner)[imports].networks or ()} == LEARNT
    for name in switches:
        device = _device(cloud, name)
        servers = [one for one in _bgp(device).neighbors if one.asn == 64605]
        assert {(one.exports, one.maximum) for one in servers} == {(imports, 20)}
        assert _policies(device)[imports] == _policies(owner)[imports]
        (frr,) = (one for one in device.services if isinstance(one, Frr))
        discarded = {str(static.destination) for static in frr.statics if not static.via}
        assert discarded >= {"172.20.0.0/16", "2a02:ec80:a100:200::/56"}, "each switch has its own aggregate"


@pytest.mark.parametrize(("statics", "metrics"), [("first", {None}), ("last", {255 << 24}), ("none", set())])
def test_static_routes_win_stand_behind_or_go_where_bgp_tells_the_same(statics: str, metrics: set[int | None]) -> None:
    cloud = _learning(f"statics: {statics}")
    for name, expected in (("cloudservices2004-dev", metrics), ("cloudnet2005-dev", {None})):
        routes = [route for route in _device(cloud, name).routes if route.table == MAIN_TABLE]
        learnt = [route for route in routes if route.destination in LEARNT]
        assert {route.metric for route in learnt} == expected, f"{name}: only owners learn"
        assert len(learnt) == (len(LEARNT) if expected else 0)
        others = {route.destination for route in routes if route.metric is None} - LEARNT
        assert others == {"185.15.57.0/26", "2a02:ec80:a100:100::/56", "2a02:ec80:a100:4000::/64"}
