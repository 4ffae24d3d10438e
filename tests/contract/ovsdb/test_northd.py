"""Real northd: it accepts what is compiled, tools read ML2/OVN's names, and packets go where they should."""

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from ovn_world import ROUTER, changed, domain, mac, port, uid, world
from seapoint.change.pipeline import Pipeline
from seapoint.compile.ovn.tables import NORTHBOUND, SETTINGS
from seapoint.engines.ovsdb.client import OvsdbClient
from seapoint.engines.ovsdb.engine import OvsdbEngine
from seapoint.engines.ovsdb.remotes import parse_remotes
from seapoint.engines.ovsdb.southbound import SOUTHBOUND, Southbound
from seapoint.intent.port import AddressPair, Port
from seapoint.intent.security import SecurityGroup
from seapoint.intent.snapshot import Intent

from .conftest import SECONDS, Database, run

PORTS = {port.name: port for port in world().of(Port).values()}


class Central:
    """Both databases and northd; chassis are rows that nobody stands behind."""

    def __init__(self, north: Database, south: Database, client: OvsdbClient) -> None:
        self.north, self.south = north, south
        self.log = north.file.parent / "northd.log"
        self.process = subprocess.Popen(
            [
                "ovn-northd",
                f"--ovnnb-db={north.remote}",
                f"--ovnsb-db={south.remote}",
                f"--unixctl={north.file.parent}/northd.ctl",
                f"--log-file={self.log}",
                "-vconsole:off",
            ],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number, chassis in enumerate(("gw1", "gw2", "hv1")):
            self.sbctl("chassis-add", chassis, "geneve", f"192.0.2.{number + 1}")
        self.engine = OvsdbEngine(client, NORTHBOUND, SETTINGS)
        self.pipeline = Pipeline(domain(), self.engine, lambda: None)

    def hold(self, intent: Intent) -> None:
        """Bring the northbound to an intent and wait until northd has followed."""
        self.pipeline.replace_domain(domain(), intent)
        self.pipeline.converge()
        assert self.pipeline.failed == {}
        self.nbctl("--wait=sb", "sync")

    def nbctl(self, *command: str) -> str:
        return run("ovn-nbctl", f"--db={self.north.remote}", "--timeout=20", *command)

    def sbctl(self, *command: str) -> str:
        return run("ovn-sbctl", f"--db={self.south.remote}", "--timeout=20", *command)

    def trace(self, port: str, flow: str) -> str:
        """The path of a first packet that enters at a port, as the logical flows tell it."""
        source = f'inport == "{uid(port)}" && eth.src == {PORTS[port].mac_address} && {flow}'
        switch = f"neutron-{PORTS[port].network_id}"
        return run("ovn-trace", f"--db={self.south.remote}", "--ct=new", "--ct=new", "--minimal", switch, source)


@pytest.fixture
def central(serve: Callable[[str], Database], connect: Callable[..., OvsdbClient]) -> Iterator[Central]:
    north, south = serve("ovn-nb"), serve("ovn-sb")
    client = connect(north, "OVN_Northbound", NORTHBOUND, SETTINGS)
    south.wait()
    made = Central(north, south, client)
    yield made
    made.process.kill()
    made.process.wait()


def leg(name: str) -> str:
    return PORTS[name].mac_address


def test_northd_has_nothing_to_complain_of(central: Central) -> None:
    central.hold(world())
    assert "WARN" not in central.log.read_text()
    assert "ERR" not in central.log.read_text()
    flows = central.sbctl("lflow-list")
    for what in (
        "put_dhcp_opts",
        "put_dhcpv6_opts",
        "put_nd_ra_opts",
        "ct_snat(203.0.113.10)",
        "ct_snat(203.0.113.20)",
        "ct_dnat_in_czone(10.0.1.11)",
        "check_pkt_larger(1456)",
        f"$pg_{uid('sg').replace('-', '_')}_ip6",
    ):
        assert what in flows, f"no logical flow has {what}"


def test_other_tools_read_neutron_s_names(central: Central) -> None:
    central.hold(world())
    shown = central.nbctl("show")
    assert f"(neutron-{uid('blue')}) (aka blue)" in shown
    assert f"(neutron-{uid('router')}) (aka edge)" in shown
    for part in (uid("vm1"), f"lrp-{uid('gateway')}", f"provnet-{uid('legacy')}"):
        assert part in shown
    held = central.nbctl("lrp-get-gateway-chassis", f"lrp-{uid('gateway')}")
    assert held.split() == [f"lrp-{uid('gateway')}_gw1", "20", f"lrp-{uid('gateway')}_gw2", "10"]


V4 = "ip4 && ip.ttl == 64 && ip4.src == 10.0.1.11"
V6 = "ip6 && ip.ttl == 64 && ip6.src == 2001:db8:1::11"


@pytest.mark.parametrize(
    "flow",
    [
        f"{V4} && ip4.dst == 10.0.2.12 && icmp4.type == 8",
        f"{V6} && ip6.dst == 2001:db8:2::12 && icmp6.type == 128",
    ],
)
def test_members_of_a_group_reach_each_other_through_the_router(central: Central, flow: str) -> None:
    central.hold(world())
    path = central.trace("vm1", f"eth.dst == {leg('leg-blue')} && {flow}")
    assert 'output("vm2")' in path


@pytest.mark.parametrize(
    "flow",
    [
        "ip4 && ip.ttl == 64 && ip4.src == 10.0.1.66 && ip4.dst == 10.0.2.12 && icmp4.type == 8",
        "ip6 && ip.ttl == 64 && ip6.src == 2001:db8:1::66 && ip6.dst == 2001:db8:2::12 && icmp6.type == 128",
    ],
)
def test_a_borrowed_address_goes_nowhere(central: Central, flow: str) -> None:
    central.hold(world())
    assert "output(" not in central.trace("vm1", f"eth.dst == {leg('leg-blue')} && {flow}")


@pytest.mark.parametrize(
    ("flow", "arrives"),
    [
        ("ip4 && ip.ttl == 64 && ip4.src == 10.0.2.77 && ip4.dst == 10.0.1.11 && tcp.dst == 80", True),
        ("ip4 && ip.ttl == 64 && ip4.src == 10.0.2.77 && ip4.dst == 10.0.1.11 && tcp.dst == 81", False),
        ("ip4 && ip.ttl == 64 && ip4.src == 10.0.2.77 && ip4.dst == 10.0.1.11 && icmp4.type == 8", True),
        ("ip4 && ip.ttl == 64 && ip4.src == 10.0.2.77 && ip4.dst == 10.0.1.11 && icmp4.type == 13", False),
        ("ip6 && ip.ttl == 64 && ip6.src == 2001:db8:2::77 && ip6.dst == 2001:db8:1::11 && tcp.dst == 8080", True),
        ("ip6 && ip.ttl == 64 && ip6.src == 2001:db8:2::77 && ip6.dst == 2001:db8:1::11 && tcp.dst == 80", False),
        ("ip6 && ip.ttl == 64 && ip6.src == 2001:db8:2::77 && ip6.dst == 2001:db8:1::11 && icmp6.type == 128", True),
        ("ip6 && ip.ttl == 64 && ip6.src == 2001:db8:2::77 && ip6.dst == 2001:db8:1::11 && udp.dst == 53", True),
        ("ip6 && ip.ttl == 64 && ip6.src == 2001:db8:9::77 && ip6.dst == 2001:db8:1::11 && udp.dst == 53", False),
    ],
)
def test_strangers_pass_by_rules_only(central: Central, flow: str, arrives: bool) -> None:
    """vm3 has no port security: it may say that it is anybody, and is in no group."""
    central.hold(world())
    path = central.trace("vm3", f"eth.dst == {leg('leg-legacy')} && {flow}")
    assert ('output("vm1")' in path) == arrives


def test_a_port_asks_for_its_address_whatever_its_groups_say(central: Central) -> None:
    mute = replace(PORTS["vm2"], security_groups=())
    central.hold(changed(world(), mute))
    v4 = "eth.dst == ff:ff:ff:ff:ff:ff && ip4.src == 0.0.0.0 && ip4.dst == 255.255.255.255"
    assert "put_dhcp_opts" in central.trace("vm2", f"{v4} && udp.src == 68 && udp.dst == 67 && ip.ttl == 64")
    asking = "udp.src == 546 && udp.dst == 547 && ip.ttl == 1"
    to_all = "eth.dst == 33:33:00:01:00:02 && ip6.dst == ff02::1:2"
    lone = replace(PORTS["vm1"], security_groups=())
    central.hold(changed(world(), lone))
    assert "put_dhcpv6_opts" in central.trace("vm1", f"{to_all} && ip6.src == fe80::f816:3eff:fe00:11 && {asking}")


def test_exclusions_are_exempt_from_every_source_nat(central: Central) -> None:
    gateway = ROUTER.external_gateway_info
    assert gateway is not None
    excluded = replace(gateway, nat_exclusions=("198.51.100.0/24", "2001:db8:77::/48"))
    central.hold(changed(world(), replace(ROUTER, external_gateway_info=excluded)))
    listed = central.nbctl("lr-nat-list", f"neutron-{uid('router')}")
    kinds = re.findall(r"^(dnat\w*|snat)", listed, re.MULTILINE)
    assert sorted(kinds) == ["dnat_and_snat", "snat", "snat"]
    flows = central.sbctl("lflow-list", f"neutron-{uid('router')}")
    exempt = [line for line in flows.splitlines() if f"$nat_exclusions_{uid('router').replace('-', '_')}" in line]
    assert exempt, "the set is used"
    assert not any("ct_dnat" in line for line in exempt), "what comes in is translated for everybody"
    assert "WARN" not in central.log.read_text()
    central.hold(changed(world(), replace(ROUTER, external_gateway_info=replace(gateway, enable_snat=False))))
    assert "nat_exclusions" not in central.nbctl("list", "Address_Set")


def test_a_port_is_active_when_a_chassis_has_it(central: Central) -> None:
    client = OvsdbClient(parse_remotes(central.south.remote), "OVN_Southbound", SOUTHBOUND)
    reports = Southbound(client)
    told: list[object] = []
    reports.watch(told.append)
    client.start()
    try:
        central.hold(world())
        assert client.wait_for(lambda: uid("vm1") in reports.states(), SECONDS)
        assert reports.states([uid("vm1"), uid("leg-blue"), uid("gateway"), "nobody"]) == {
            uid("vm1"): "DOWN",
            uid("leg-blue"): "ACTIVE",
            uid("gateway"): "DOWN",
        }
        central.sbctl("lsp-bind", uid("vm1"), "hv1")
        central.sbctl("set", "Port_Binding", uid("vm1"), "up=true")
        central.sbctl("lsp-bind", f"cr-lrp-{uid('gateway')}", "gw1")
        assert client.wait_for(lambda: reports.states([uid("vm1")]) == {uid("vm1"): "ACTIVE"}, SECONDS)
        assert client.wait_for(lambda: reports.states([uid("gateway")]) == {uid("gateway"): "ACTIVE"}, SECONDS)
        assert {uid("vm1")} in told
        assert reports.chassis().keys() == {"gw1", "gw2", "hv1"}
        central.sbctl("lsp-unbind", uid("vm1"))
        assert client.wait_for(lambda: reports.states([uid("vm1")]) == {uid("vm1"): "DOWN"}, SECONDS)
    finally:
        client.close()


@pytest.mark.parametrize("stateful", [True, False])
def test_neighbours_are_found_whatever_the_groups_say(central: Central, stateful: bool) -> None:
    """RFC 4861: without neighbour discovery there is no IPv6 at all, and no rule of a tenant names it."""
    groups = [replace(group, stateful=stateful) for group in world().of(SecurityGroup).values()]
    central.hold(changed(world(), *groups))
    asking = "icmp6.type == 135 && icmp6.code == 0 && ip.ttl == 255"
    of_vm2 = "eth.dst == 33:33:ff:00:00:12 && ip6.src == 2001:db8:2::13 && ip6.dst == ff02::1:ff00:12"
    target = "nd.target == fe80::f816:3eff:fe00:12 && nd.sll == fa:16:3e:00:00:13"  # OVN answers for the others itself
    assert 'output("vm2")' in central.trace("vm3", f"{of_vm2} && {asking} && {target}")
    advertised = "icmp6.type == 136 && icmp6.code == 0 && ip.ttl == 255 && nd.target == 2001:db8:2::13"
    answer = "ip6.src == 2001:db8:2::13 && ip6.dst == 2001:db8:2::12 && nd.tll == fa:16:3e:00:00:13"
    assert 'output("vm2")' in central.trace("vm3", f"eth.dst == fa:16:3e:00:00:12 && {answer} && {advertised}")


@pytest.mark.parametrize(("subnet", "address"), [("legacy4", "10.0.2.200"), ("legacy6", "2001:db8:2::200")])
def test_a_shared_address_is_asked_of_those_who_may_hold_it(central: Central, subnet: str, address: str) -> None:
    shared = port("vip", "legacy", 60, (subnet, address))
    holder = replace(PORTS["vm2"], allowed_address_pairs=(AddressPair(address),))
    central.hold(changed(world(), shared, holder))
    if ":" in address:
        to_all = "eth.dst == 33:33:ff:00:02:00 && ip6.src == 2001:db8:2::13 && ip6.dst == ff02::1:ff00:200"
        asking = f"icmp6.type == 135 && ip.ttl == 255 && nd.target == {address} && nd.sll == {mac(19)}"
    else:
        to_all = f"eth.dst == ff:ff:ff:ff:ff:ff && arp.op == 1 && arp.sha == {mac(19)} && arp.spa == 10.0.2.13"
        asking = f"arp.tpa == {address}"
    path = central.trace("vm3", f"{to_all} && {asking}")
    assert 'output("vm2")' in path
    assert mac(60) not in path
