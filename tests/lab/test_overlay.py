"""Instances of a hypervisor reach the internet over OVN and a real tunnel, both families, addressed by real clients."""

from ipaddress import IPv6Address

import pytest

from lab.overlay import ENDPOINTS, INTERNET4, INTERNET6, PLAN, SLAAC_NETWORK, build, nbctl
from lab.waiting import until
from seapoint.base.addresses import eui64
from seapoint.lab import host, instance, netns, state, up
from seapoint.lab.guest import Guest
from seapoint.lab.host import Host
from seapoint.lab.instance import Instance
from seapoint.lab.state import Lab

pytestmark = pytest.mark.root

SLAAC_MAC, STATEFUL_MAC = "fa:16:3e:00:00:11", "fa:16:3e:00:00:12"


def port(hosts: dict[str, Host], network: str, name: str, mac: str, address4: str, address6: str) -> None:
    """A logical switch port with its leases, written by hand."""
    router = f"{address4.rsplit('.', 1)[0]}.1"
    leases4 = f"router={router} server_id={router} server_mac=02:00:00:00:ff:01 lease_time=3600 mtu=1442"
    cidr6 = f"{IPv6Address(int(IPv6Address(address6)) >> 64 << 64)}/64"
    dhcp4 = nbctl(hosts, "create", "DHCP_Options", f"cidr={router[:-1]}0/24")
    dhcp6 = nbctl(hosts, "create", "DHCP_Options", f'cidr="{cidr6}"')
    nbctl(hosts, "dhcp-options-set-options", dhcp4, *leases4.split(), "dns_server=172.20.254.1")
    nbctl(hosts, "dhcp-options-set-options", dhcp6, "server_id=02:00:00:00:ff:01", "dns_server=2a02:ec80:a100:2ff::1")
    addresses = f"{mac} {address4} {address6}"
    nbctl(hosts, "lsp-add", network, name, "--", "lsp-set-addresses", name, addresses)
    nbctl(hosts, "lsp-set-port-security", name, addresses, "--", "lsp-set-dhcpv4-options", name, dhcp4)
    nbctl(hosts, "lsp-set-dhcpv6-options", name, dhcp6)


def answers(there: Host, address: str, *options: str) -> bool:
    return host.run(there, ["ping", "-c1", "-W1", *options, address], check=False).returncode == 0


def addresses(there: Host) -> str:
    return host.run(there, ["ip", "-o", "addr", "show", "dev", "eth0", "scope", "global", "-tentative"]).stdout


@pytest.mark.parametrize("encapsulation", ["vxlan", "geneve"])
def test_instances_of_both_kinds_reach_the_internet_over_both_families(lab: Lab, encapsulation: str) -> None:
    hosts = build(lab, encapsulation)
    slaac = eui64(SLAAC_NETWORK, SLAAC_MAC)
    port(hosts, "net1", "one", SLAAC_MAC, "172.16.129.10", str(slaac))
    port(hosts, "net2", "two", STATEFUL_MAC, "172.16.130.10", "2a02:ec80:a100:1::2f3")
    one = instance.plug(lab, Instance("one", "1", "one", SLAAC_MAC, "hypervisor", 1442, Guest(serves=(("http", 80),))))
    two = instance.plug(lab, Instance("two", "2", "two", STATEFUL_MAC, "hypervisor", 1442, Guest(dhcp6="stateful")))

    wanted = ((one, "172.16.129.10/24", f"{slaac}/64"), (two, "172.16.130.10/24", "2a02:ec80:a100:1::2f3/"))
    for there, *each in wanted:
        for address in each:
            until(lambda there=there, address=address: f" {address}" in addresses(there), f"{there.name} has {address}")
        for far in (INTERNET4, INTERNET6):
            until(lambda there=there, far=far: answers(there, far), f"{there.name} pings {far}")

    tunnels = host.run(
        hosts["hypervisor"], ["ovs-vsctl", "--bare", "--columns=type", "find", "interface", "type!=internal"]
    )
    assert encapsulation in tunnels.stdout.split()
    assert "nameserver 172.20.254.1" in host.run(one, ["cat", "/etc/resolv.conf"]).stdout
    assert host.run(two, ["cat", "/etc/resolv.conf"]).stdout.split() == [
        *("nameserver", "172.20.254.1"),
        *("nameserver", "2a02:ec80:a100:2ff::1"),
    ]
    fetch = ["busybox", "wget", "-q", "-O", "-"]
    assert host.run(one, [*fetch, f"http://{INTERNET4}/"]).stdout == "172.16.129.10\n"
    assert host.run(two, [*fetch, f"http://[{INTERNET6}]/"]).stdout == "2a02:ec80:a100:1::2f3\n"
    assert host.run(hosts["internet"], [*fetch, "http://172.16.129.10/"]).stdout == "185.15.57.9\n"
    assert up.up(lab, PLAN) == hosts  # instances are nobody's difference
    assert host.find(lab, "two") == two
    for size, family in (
        ("1414", INTERNET4),
        ("1394", INTERNET6),
    ):  # 1442 with their headers: nothing is cut on the way
        assert answers(two, family, "-M", "do", "-s", size)


def test_traffic_returns_when_a_killed_switch_is_brought_up_again(lab: Lab) -> None:
    hosts = build(lab, "vxlan")
    port(hosts, "net2", "two", STATEFUL_MAC, "172.16.130.10", "2a02:ec80:a100:1::2f3")
    two = instance.plug(lab, Instance("two", "2", "two", STATEFUL_MAC, "hypervisor", 1442, Guest(dhcp6="stateful")))
    for far in (INTERNET4, INTERNET6):
        until(lambda far=far: answers(two, far), f"two pings {far}")

    state.end_processes(lab, [hosts["fabric"].pid])
    for far in (INTERNET4, INTERNET6):
        assert not answers(two, far)
    hosts = up.up(lab, PLAN)
    for name in ENDPOINTS:
        netns.seal(hosts[name], ["eno2"])  # in the product the agent does

    for far in (INTERNET4, INTERNET6):
        until(lambda far=far: answers(two, far), f"two pings {far} again")


def test_an_instance_that_is_removed_leaves_its_hypervisor_as_it_was(lab: Lab) -> None:
    hosts = build(lab, "geneve")
    before = host.run(hosts["hypervisor"], ["ls", "/sys/class/net"]).stdout
    for _ in range(2):  # the second finds nothing of the first in its way
        there = instance.plug(lab, Instance("one", "1", "one", SLAAC_MAC, "hypervisor", 1442, Guest()))
        assert "tapone" in host.run(hosts["hypervisor"], ["ovs-vsctl", "list-ports", "br-int"]).stdout.split()

        instance.unplug(lab, "one", "one", "hypervisor")

        assert there.name not in host.hosts(lab)
        assert "tapone" not in host.run(hosts["hypervisor"], ["ovs-vsctl", "list-ports", "br-int"]).stdout.split()
        assert host.run(hosts["hypervisor"], ["ls", "/sys/class/net"]).stdout == before
        assert list(lab.instances.iterdir()) == []
