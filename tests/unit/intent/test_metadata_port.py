"""A network's metadata port comes and goes with its subnets, in IPv4, IPv6 and both."""

from typing import Any

import pytest

from seapoint.intent.metadata import metadata_port
from seapoint.intent.port import Port

BOTH = {4: "192.0.2.0/24", 6: "2001:db8::/64"}
MODES = {"ipv6_ra_mode": "slaac", "ipv6_address_mode": "slaac"}


def asked(cloud: Any, network: Any) -> Port | None:
    return metadata_port(cloud.draft.intent, network.id)


def addresses(cloud: Any, network: Any) -> list[str]:
    port = asked(cloud, network)
    assert port is not None
    return [fixed.ip_address for fixed in port.fixed_ips]


def test_it_is_named_as_ml2_ovn_names_it_and_guards_nobody(cloud: Any) -> None:
    network = cloud.make("network", project_id="p")
    cloud.subnet(network, BOTH[4])
    port = asked(cloud, network)
    assert port is not None
    assert (port.device_owner, port.device_id) == ("network:distributed", f"ovnmeta-{network.id}")
    assert (port.project_id, port.port_security_enabled, port.security_groups) == ("p", False, ())
    assert port.mac_address.startswith("fa:16:3e:")


@pytest.mark.parametrize(
    ("families", "expected"), [([4], ["192.0.2.254"]), ([6], []), ([4, 6], ["192.0.2.254"]), ([6, 4], ["192.0.2.254"])]
)
def test_it_comes_with_the_first_subnet_and_goes_with_the_last(
    cloud: Any, families: list[int], expected: list[str]
) -> None:
    network = cloud.make("network")
    assert asked(cloud, network) is None
    subnets = [cloud.subnet(network, BOTH[family]) for family in families]
    assert addresses(cloud, network) == expected, "the highest; IPv6 has a link-local address for it"
    for subnet in subnets:
        assert asked(cloud, network) is not None
        cloud.drop(subnet)
    assert asked(cloud, network) is None


def test_slaac_gives_it_no_address(cloud: Any) -> None:
    network = cloud.make("network")
    cloud.subnet(network, BOTH[4])
    cloud.subnet(network, BOTH[6], **MODES)
    assert addresses(cloud, network) == ["192.0.2.254"]


def test_it_follows_dhcp(cloud: Any) -> None:
    network = cloud.make("network")
    subnet = cloud.subnet(network, BOTH[4], enable_dhcp=False)
    assert asked(cloud, network) is None
    cloud.change(subnet, enable_dhcp=True)
    assert addresses(cloud, network) == ["192.0.2.254"]
    cloud.change(cloud.now(subnet), name="renamed")
    assert addresses(cloud, network) == ["192.0.2.254"]
    cloud.change(cloud.now(subnet), enable_dhcp=False)
    assert asked(cloud, network) is None


def test_it_keeps_its_address_and_mac_when_a_subnet_comes(cloud: Any) -> None:
    network = cloud.make("network")
    cloud.subnet(network, BOTH[4])
    before = asked(cloud, network)
    cloud.subnet(network, "198.51.100.0/24")
    after = asked(cloud, network)
    assert before is not None
    assert after is not None
    assert after.id == before.id
    assert after.mac_address == before.mac_address
    assert sorted(addresses(cloud, network)) == ["192.0.2.254", "198.51.100.254"]


def test_a_subnet_that_has_no_address_left_goes_without(cloud: Any) -> None:
    network = cloud.make("network")
    cloud.subnet(network, BOTH[4], allocation_pools=[])
    assert addresses(cloud, network) == []
    cloud.subnet(network, "198.51.100.0/24", allocation_pools=[{"start": "198.51.100.9", "end": "198.51.100.9"}])
    assert addresses(cloud, network) == ["198.51.100.9"]


def test_pools_for_others_are_left_to_them(cloud: Any) -> None:
    network = cloud.make("network")
    cloud.subnet(network, BOTH[4], service_types=["network:floatingip"])
    assert asked(cloud, network) is None


def test_nobody_takes_it_away_or_moves_it(cloud: Any) -> None:
    network = cloud.make("network")
    cloud.subnet(network, BOTH[4])
    port = asked(cloud, network)
    assert cloud.refused(lambda: cloud.drop(port)) == (409, "ServicePortInUse")
    moved = [{"ip_address": "192.0.2.9"}]
    assert cloud.refused(lambda: cloud.change(port, fixed_ips=moved)) == (409, "ServicePortInUse")
    assert cloud.refused(lambda: cloud.change(port, device_owner="")) == (409, "ServicePortInUse")


def test_a_network_is_deleted_with_it_but_not_with_others(cloud: Any) -> None:
    network = cloud.make("network")
    cloud.subnet(network, BOTH[4])
    port = cloud.make("port", network_id=network.id)
    assert cloud.refused(lambda: cloud.drop(network)) == (409, "NetworkInUse")
    cloud.drop(port)
    cloud.drop(network)
    assert cloud.draft.intent.of(Port) == {}


def test_an_external_network_may_become_an_ordinary_one_with_it(cloud: Any) -> None:
    network = cloud.make("network", **{"router:external": True})
    cloud.subnet(network, BOTH[4])
    assert not cloud.change(network, **{"router:external": False}).router_external
