"""The example files say what the real deployment is.

The numbers below are public facts of Wikimedia Cloud VPS, deployment codfw1dev: from the repositories operations/puppet
(hieradata of the roles cloudgw and cloudlb), operations/homer/public (cloudsw and core routers) and operations/dns.
"""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from seapoint.base.addresses import Address, Network
from seapoint.intent.cloud.model import Cloud, Function, Managed, NetworkClass
from seapoint.intent.cloud.read import read_cloud

EXAMPLES = Path(__file__).parents[3] / "examples" / "codfw1dev"


def texts(items: Iterable[Address | Network]) -> list[str]:
    """Addresses or networks as text."""
    return [str(item) for item in items]


@pytest.fixture(scope="module")
def cloud() -> Cloud:
    """The example, resolved."""
    reading = read_cloud((EXAMPLES / "cloud.yaml").read_text(encoding="utf-8"))
    assert reading.cloud is not None
    return reading.cloud


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("cloud*.yaml")), ids=lambda file: file.name)
def test_an_example_has_no_mistake(file: Path) -> None:
    reading = read_cloud(file.read_text(encoding="utf-8"), file.name)
    assert [str(mistake) for mistake in reading.mistakes] == []
    assert reading.cloud is not None


@pytest.mark.parametrize(
    ("vlan", "number", "name", "v4", "v6"),
    [
        ("cloud-gw-transport-codfw", 2107, "virt.cloudgw", "185.15.57.9/29", "2a02:ec80:a100:fe04::1:1/64"),
        ("cloud-gw-transport-codfw", 2107, "cloudgw2003-dev", "185.15.57.12/29", "2a02:ec80:a100:fe04::2003:1/64"),
        ("cloud-gw-transport-codfw", 2107, "cloudgw2004-dev", "185.15.57.11/29", "2a02:ec80:a100:fe04::2002:1/64"),
        (
            "cloud-gw-transport-codfw",
            2107,
            "cloudinstances2b-gw.openstack",
            "185.15.57.10/29",
            "2a02:ec80:a100:fe04::2:1/64",
        ),
        ("cloud-instance-transport1-b-codfw", 2120, "wan.cloudgw", "208.80.153.190/29", "2a02:ec80:a100:fe03::2/64"),
        (
            "cloud-instance-transport1-b-codfw",
            2120,
            "cloudgw2003-dev",
            "208.80.153.188/29",
            "2a02:ec80:a100:fe03::2003:1/64",
        ),
        (
            "cloud-instance-transport1-b-codfw",
            2120,
            "cloudgw2004-dev",
            "208.80.153.189/29",
            "2a02:ec80:a100:fe03::2002:1/64",
        ),
    ],
)
def test_addresses_of_the_edge(cloud: Cloud, vlan: str, number: int, name: str, v4: str, v6: str) -> None:
    found = cloud.vlans[vlan]
    assert (found.id, found.interface, found.realm) == (number, f"vlan{number}", "cloud")
    assert found.with_length(found.addresses[name]) == (v4, v6)


@pytest.mark.parametrize(
    ("vlan", "gateway"),
    [
        ("cloud-hosts1-b1-codfw", ["10.192.20.1", "2620:0:860:118::1"]),
        ("cloud-private-b1-codfw", ["172.20.5.1", "2a02:ec80:a100:205::1"]),
        ("cloud-instance-transport1-b-codfw", ["208.80.153.185", "2a02:ec80:a100:fe03::1"]),
        ("cloud-gw-transport-codfw", []),
        ("cloud-instances2-b-codfw", []),
    ],
)
def test_gateways_are_the_switch_where_there_are_any(cloud: Cloud, vlan: str, gateway: list[str]) -> None:
    assert texts(cloud.vlans[vlan].gateway.all()) == gateway
    assert cloud.gateway_switch(cloud.vlans[vlan]) == ("cloudsw1-b1-codfw" if gateway else None)


@pytest.mark.parametrize(
    ("host", "management", "private"),
    [
        ("cloudgw2003-dev", ["10.192.20.7", "2620:0:860:118:10:192:20:7"], []),
        ("cloudgw2004-dev", ["10.192.20.15", "2620:0:860:118:10:192:20:15"], []),
        ("cloudlb2002-dev", None, ["172.20.5.3", "2a02:ec80:a100:205::3"]),
        ("cloudservices2004-dev", None, ["172.20.5.8", "2a02:ec80:a100:205::8"]),
        ("cloudvirt2006-dev", None, ["172.20.5.17", "2a02:ec80:a100:205::17"]),
    ],
)
def test_a_hosts_ipv6_follows_from_its_ipv4(
    cloud: Cloud, host: str, management: list[str] | None, private: list[str]
) -> None:
    assert management is None or texts(cloud.hosts[host].management.all()) == management
    assert texts(cloud.hosts[host].private.all()) == private


def test_the_first_end_of_a_link_has_the_lower_address(cloud: Cloud) -> None:
    link = cloud.links_of("cr1-codfw", "cloud")[0]
    assert link.name == "cr1-codfw--cloudsw1-b1-codfw.cloud"
    assert texts(link.addresses_of("cr1-codfw").all()) == ["10.192.254.4", "2a02:ec80:a100:fe01::1"]
    assert texts(link.addresses_of("cloudsw1-b1-codfw").all()) == ["10.192.254.5", "2a02:ec80:a100:fe01::2"]


@pytest.mark.parametrize(
    ("sender", "realm", "networks"),
    [
        ("switches", "cloud", ["172.16.128.0/17", "185.15.57.0/27", "208.80.153.184/29", "2a02:ec80:a100::/48"]),
        ("switches", "production", ["10.192.20.0/24", "2620:0:860:118::/64"]),
    ],
)
def test_the_switch_announces_exactly_these(cloud: Cloud, sender: str, realm: str, networks: list[str]) -> None:
    (export,) = (one for one in cloud.exports if (one.sender, one.realm) == (sender, realm))
    assert export.receiver == "routers"
    assert texts(export.networks) == networks


def test_the_internet_hears_the_two_aggregates(cloud: Cloud) -> None:
    (export,) = (one for one in cloud.exports if one.receiver == "internet")
    assert texts(export.networks) == ["185.15.57.0/24", "2a02:ec80:a100::/48"]


def test_nat_hides_behind_one_reserved_address_and_spares_the_published_destinations(cloud: Cloud) -> None:
    assert cloud.edge is not None
    assert str(cloud.edge.nat_source) == "185.15.57.1"
    assert texts(cloud.declared()) == ["185.15.57.1"]
    assert {"185.15.57.1", "185.15.57.9", "185.15.57.11", "2a02:ec80:a100:fe04::2003:1"} <= {*texts(cloud.reserved())}
    assert "185.15.57.10" not in texts(cloud.reserved())  # the virtual router's: asked for through the API
    spared = {str(network) for exclusion in cloud.edge.nat_exclusions for network in exclusion.networks}
    for address in (
        *("208.80.154.224", "208.80.154.240", "208.80.153.224", "208.80.153.240", "198.35.26.96", "198.35.26.112"),
        *("103.102.166.224", "103.102.166.240", "185.15.58.224", "185.15.58.240", "185.15.59.224", "185.15.59.240"),
        *("208.80.154.132", "208.80.153.39", "208.80.154.252", "208.80.153.252"),
    ):
        assert f"{address}/32" in spared
    assert {"185.15.57.0/26", "172.20.0.0/16"} <= spared


def test_the_edge_is_the_published_pair(cloud: Cloud) -> None:
    assert cloud.edge is not None
    assert cloud.edge.hosts == ("cloudgw2003-dev", "cloudgw2004-dev")
    assert (cloud.edge.vrf, cloud.edge.table, cloud.edge.vrrp.id) == ("vrf-cloudgw", 10, 52)
    (rule,) = cloud.edge.reject
    assert (rule.protocol, rule.ports, rule.source_class) == ("tcp", (25,), NetworkClass.DEFAULT)


@pytest.mark.parametrize(
    ("item", "network_class"),
    [
        ("172.16.128.0/24", NetworkClass.DEFAULT),
        ("172.16.132.0/22", NetworkClass.DEFAULT),
        ("172.16.131.0/24", NetworkClass.INTERNAL),
        ("2a02:ec80:a100:1::/64", NetworkClass.DEFAULT),
        ("2a02:ec80:a100:100::/64", NetworkClass.INTERNAL),
        ("185.15.57.6/32", NetworkClass.FLOATING),
        ("185.15.57.17/32", NetworkClass.FLOATING),
        ("185.15.57.9/32", None),
        ("172.20.5.1/32", None),
        ("2a02:ec80:a100:205::1/128", None),
    ],
)
def test_the_class_of_a_network_is_that_of_the_smallest_prefix_around_it(
    cloud: Cloud, item: str, network_class: NetworkClass | None
) -> None:
    assert cloud.class_of(ip_network(item)) == network_class


def test_what_lies_behind_the_edge(cloud: Cloud) -> None:
    assert texts(cloud.tenant_prefixes()) == [
        *("172.16.128.0/17", "185.15.57.0/29", "185.15.57.16/29"),
        *("2a02:ec80:a100::/56", "2a02:ec80:a100:100::/56"),
    ]


def test_devices_are_run_as_their_teams_agree(cloud: Cloud) -> None:
    assert cloud.switches["cloudsw1-b1-codfw"].managed is Managed.RENDER
    assert cloud.switches["cloudsw1-b1-codfw"].asn == 64711
    assert {router.managed for router in cloud.routers.values()} == {Managed.OBSERVE}
    assert {router.asn for router in cloud.routers.values()} == {14907}
    assert {host.managed for host in cloud.hosts.values()} == {Managed.AGENT}


def test_roles_decide_what_runs(cloud: Cloud) -> None:
    names = {function: [host.name for host in cloud.doing(function)] for function in Function}
    assert names[Function.GATEWAY] == ["cloudnet2005-dev", "cloudnet2006-dev"]
    assert names[Function.HYPERVISOR] == ["cloudvirt2004-dev", "cloudvirt2005-dev", "cloudvirt2006-dev"]
    assert names[Function.CONTROL] == ["cloudcontrol2005-dev", "cloudcontrol2006-dev", "cloudcontrol2010-dev"]
    assert cloud.central() == cloud.hosts["cloudcontrol2005-dev"]
    assert cloud.overlay.physical_networks["wan-transport-codfw"].hosts == tuple(names[Function.GATEWAY])
    assert cloud.overlay.segmentation_ids == (1, 10)


def test_a_packet_of_an_instance_that_is_not_translated_is_dropped_by_the_core_routers(cloud: Cloud) -> None:
    terms = cloud.filters["cloud-vrf-in"].terms
    source = ip_address("172.16.128.20")
    first = next(term for term in terms if term.protocol == "any" and any(source in net for net in term.sources))
    assert first.action == "drop"
    assert terms[-1].action == "accept"
