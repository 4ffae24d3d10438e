"""Who asks is found by network and address, and is told of itself alone, in documents that cloud-init reads."""

import json
from dataclasses import replace
from typing import Any

import pytest

from ovn_world import changed, mac, uid, world
from seapoint.base.addresses import link_local
from seapoint.compile.metadata.answers import answer
from seapoint.compile.metadata.asker import asking_port
from seapoint.compile.metadata.instance import instance_of
from seapoint.intent.port import Port
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet

BLUE, LEGACY = uid("blue"), uid("legacy")
VM1 = replace(world().of(Port)[uid("vm1")], device_id="instance-1", project_id="p")
OWN = ("10.0.1.11", "2001:db8:1::11", link_local(VM1.mac_address))


def intent(*values: Port) -> Intent:
    return changed(world(), VM1, *values)


def told(path: str, *values: Port, user_data: bytes | None = None) -> Any:
    """What the first instance hears at a path: JSON as such, else text."""
    now = intent(*values)
    found = answer(instance_of(now, now.of(Port)[VM1.id], user_data), path)
    if found is None:
        return None
    return json.loads(found.body) if found.type == "application/json" else found.body.decode()


@pytest.mark.parametrize("address", OWN)
def test_an_instance_is_known_by_each_of_its_addresses(address: str) -> None:
    assert asking_port(intent(), BLUE, address, "hv1") == VM1


@pytest.mark.parametrize("address", OWN)
def test_no_other_host_and_no_other_network_hears_of_it(address: str) -> None:
    assert asking_port(intent(), BLUE, address, "hv2") is None
    assert asking_port(intent(), BLUE, address, "") is None
    assert asking_port(intent(), LEGACY, address, "hv1") is None


@pytest.mark.parametrize(
    "address",
    ["10.0.1.1", "10.0.1.254", "10.0.1.99", "2001:db8:1::1", "2001:db8:1::99", link_local(mac(2)), "fe80::1", "::1"],
)
def test_routers_the_metadata_port_and_strangers_are_no_instances(address: str) -> None:
    bound = [replace(port, binding_host_id="hv1") for port in intent().of(Port).values() if port.id != VM1.id]
    assert asking_port(intent(*bound), BLUE, address, "hv1") is None


@pytest.mark.parametrize("address", ["", "10.0.1", "hv1", "fe80::a9fe:a9fe::1"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        asking_port(intent(), BLUE, address, "hv1")


def test_openstack_s_description() -> None:
    document = told("/openstack/latest/meta_data.json")
    assert (document["uuid"], document["hostname"], document["project_id"]) == ("instance-1", "vm1", "p")
    assert document == told("/openstack/2018-08-27/meta_data.json")


def test_the_network_of_a_dual_stack_instance() -> None:
    document = told("/openstack/latest/network_data.json")
    [link] = document["links"]
    assert (link["ethernet_mac_address"], link["mtu"], link["vif_id"]) == (VM1.mac_address, 1442, VM1.id)
    [four, six] = document["networks"]
    assert (four["type"], four["link"]) == ("ipv4_dhcp", link["id"])
    assert (six["type"], six["ip_address"]) == ("ipv6_dhcpv6-stateful", "2001:db8:1::11")
    assert six["netmask"] == "ffff:ffff:ffff:ffff::"
    assert six["routes"] == [{"network": "::", "netmask": "::", "gateway": "2001:db8:1::1"}]
    assert [one["address"] for one in document["services"]] == ["10.0.1.2", "2001:db8:1::2"]


@pytest.mark.parametrize(("family", "kinds"), [(4, ["ipv4_dhcp"]), (6, ["ipv6_dhcpv6-stateful"])])
def test_the_network_of_an_instance_of_one_family(family: int, kinds: list[str]) -> None:
    fixed = tuple(one for one in VM1.fixed_ips if (":" in one.ip_address) == (family == 6))
    document = told("/openstack/latest/network_data.json", replace(VM1, fixed_ips=fixed))
    assert [network["type"] for network in document["networks"]] == kinds


def test_without_dhcp_an_instance_is_told_all_of_it() -> None:
    subnet = replace(world().of(Subnet)[uid("blue4")], enable_dhcp=False)
    now = intent().with_changes([Change(world().of(Subnet)[uid("blue4")], subnet)])
    found = answer(instance_of(now, VM1), "/openstack/latest/network_data.json")
    assert found is not None
    four = json.loads(found.body)["networks"][0]
    assert (four["type"], four["ip_address"], four["netmask"]) == ("ipv4", "10.0.1.11", "255.255.255.0")
    assert four["routes"] == [
        {"network": "0.0.0.0", "netmask": "0.0.0.0", "gateway": "10.0.1.1"},
        {"network": "10.7.0.0", "netmask": "255.255.0.0", "gateway": "10.0.1.7"},
    ]


def test_a_second_nic_is_told_of_after_the_one_that_asks() -> None:
    second = replace(world().of(Port)[uid("vm2")], device_id="instance-1")
    document = told("/openstack/latest/network_data.json", second)
    assert [link["vif_id"] for link in document["links"]] == [VM1.id, second.id]
    assert [network["type"] for network in document["networks"]] == [
        "ipv4_dhcp",
        "ipv6_dhcpv6-stateful",
        "ipv4_dhcp",
        "ipv6_slaac",
    ]


def test_amazon_s_format() -> None:
    at = "/latest/meta-data"
    assert told(f"{at}/instance-id") == "instance-1"
    assert told(f"{at}/local-ipv4") == "10.0.1.11"
    assert told(f"{at}/public-ipv4") == "203.0.113.20"
    assert told(f"{at}/mac") == VM1.mac_address
    assert told(f"{at}/security-groups") == "default\nweb"
    assert {"instance-id", "hostname"} <= set(told(f"{at}/").split())
    assert told("/2009-04-04/meta-data/instance-id") == "instance-1"


def test_an_instance_without_ipv4_has_none_in_amazon_s_format() -> None:
    six = replace(VM1, fixed_ips=VM1.fixed_ips[1:])
    assert told("/latest/meta-data/local-ipv4", six) == ""
    assert told("/latest/meta-data/instance-id", six) == "instance-1"


def test_what_there_is_below_a_path() -> None:
    assert "latest" in told("/").split()
    assert "latest" in told("/openstack").split()
    assert told("/latest/") == "meta-data/"
    assert told("/latest", user_data=b"#!").split() == ["meta-data/", "user-data"]
    assert "network_data.json" in told("/openstack/latest/").split()


@pytest.mark.parametrize("path", ["/nowhere", "/openstack/1999-01-01/meta_data.json", "/latest/meta-data/nothing"])
def test_there_is_nothing_else(path: str) -> None:
    assert told(path) is None


@pytest.mark.parametrize("path", ["/latest/user-data", "/openstack/latest/user_data"])
def test_user_data_are_told_as_they_were_given(path: str) -> None:
    assert told(path) is None
    assert told(path, user_data=b"#cloud-config\n") == "#cloud-config\n"


@pytest.mark.parametrize("name", ["", "two words", "-x", "a\nb"])
def test_a_name_that_is_no_host_s_is_not_told_as_one(name: str) -> None:
    document = told("/openstack/latest/meta_data.json", replace(VM1, name=name))
    assert document["hostname"] == f"host-{VM1.id}"


def test_a_name_for_dns_is_the_host_s_name() -> None:
    assert told("/latest/meta-data/hostname", replace(VM1, dns_name="called")) == "called"
