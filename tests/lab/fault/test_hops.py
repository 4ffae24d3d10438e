"""A failing probe names the last hop that saw its packet: edge, core filter, localnet's tag, and the way back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from lab.faults import DUAL, active
from lab.standing import EDGES, Standing
from lab.waiting import until
from seapoint.lab import control
from seapoint.lab.units import AGENT
from seapoint.probe.kinds.ping import Ping
from seapoint.probe.kinds.seen_as import SeenAs
from seapoint.probe.probe import Result
from seapoint.probe.trace.hops import Hop

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

CORES = ("cr1-codfw", "cr2-codfw")
GATEWAYS = ("cloudnet2005-dev", "cloudnet2006-dev")
SWITCH = "cloudsw1-b1-codfw"
#: A table of nobody's, which no agent removes.
TABLE = "add table inet broken; add chain inet broken f {{ type filter hook forward priority -10; }}; {}"
EVERYTHING = "meta l4proto { icmp, ipv6-icmp, tcp } drop"


@contextmanager
def dropping(cloud: Standing, hosts: Sequence[str], match: str) -> Iterator[None]:
    """Packets that hosts forward and a match covers are dropped meanwhile, by hand."""
    for host in hosts:
        cloud.run(host, "nft", TABLE.format(f"add rule inet broken f {match}"))
    try:
        yield
    finally:
        for host in hosts:
            cloud.run(host, "nft", "delete table inet broken")


@contextmanager
def wrong_tag(cloud: Standing, tag: int) -> Iterator[None]:
    """The patch of the external network has another tag, and the agents that would mend it do not run."""
    hosts = [cloud.hosts[name] for name in GATEWAYS]
    for host in hosts:
        assert control.request(host, "stop", AGENT.name)["ok"]
    try:
        for host in hosts:
            cloud.run(host.name, "ovs-vsctl", "set", "port", "phy-vlan2107", f"tag={tag}")
        yield
    finally:
        control.start((host, AGENT.name) for host in hosts)
        for host in hosts:
            until(
                lambda name=host.name: cloud.run(name, "ovs-vsctl", "get", "port", "phy-vlan2107", "tag") == "2107\n",
                f"the agent of {host.name} has mended the tag",
            )


def last_hops(results: Sequence[Result]) -> dict[tuple[str, int], Hop]:
    """The last hop of each failed probe of the dual-stack instance, by kind and family; all must have failed."""
    found = {}
    for result in results:
        check = result.probe.check
        assert not result.passed, result.probe.name
        assert result.trace is not None, result.probe.name
        assert result.trace.last is not None, result.trace
        assert result.trace.blind == ()
        assert isinstance(check, Ping | SeenAs)
        found[check.KIND, check.address.version] = result.trace.last
    return found


def test_a_drop_at_the_edge_is_named_for_tcp_of_both_families(faulty: Standing) -> None:
    with dropping(faulty, EDGES, EVERYTHING):
        hops = last_hops(faulty.probes(f"source/{DUAL}/*", patience=1))
    assert hops.keys() == {("seen_as", 4), ("seen_as", 6)}
    assert {str(hop) for hop in hops.values()} == {f"{active(faulty)} vlan2107 (in)"}
    assert {hop.leg for hop in hops.values()} == {"request"}
    faulty.passes(f"source/{DUAL}/*")


def test_a_drop_of_the_answer_at_the_edge_is_named_as_one(faulty: Standing) -> None:
    """Behind the translation of IPv4: what comes back is sent to the edge's own address."""
    with dropping(faulty, EDGES, f"iifname vlan2120 {EVERYTHING}"):
        hops = last_hops(faulty.probes(f"source/{DUAL}/*", patience=1))
    assert {str(hop) for hop in hops.values()} == {f"{active(faulty)} vlan2120 (in)"}
    assert {hop.leg for hop in hops.values()} == {"reply"}
    faulty.passes(f"source/{DUAL}/*")


def test_a_drop_at_the_core_filter_is_named(faulty: Standing) -> None:
    with dropping(faulty, CORES, f'iifname "cloud-*" {EVERYTHING}'):
        hops = last_hops(faulty.probes(f"source/{DUAL}/*", patience=1))
    assert {(hop.host in CORES, hop.nic.partition("-")[0], hop.way) for hop in hops.values()} == {(True, "cloud", "in")}
    faulty.passes(f"source/{DUAL}/*")


def test_a_wrong_tag_of_the_localnet_is_named(faulty: Standing) -> None:
    """A VLAN that the gateway's trunk does not carry stays there, another one leads the switch to nobody."""
    with wrong_tag(faulty, 999):
        kept = last_hops(faulty.probes(f"edge-from-inside/{DUAL}/*", patience=1))
    with wrong_tag(faulty, 2105):
        astray = last_hops(faulty.probes(f"edge-from-inside/{DUAL}/*", patience=1))
    assert kept.keys() == astray.keys() == {("ping", 4), ("ping", 6)}
    assert {(hop.host in GATEWAYS, hop.nic, hop.way) for hop in kept.values()} == {(True, "eno2", "in")}
    assert {(hop.host, hop.way, hop.vlan) for hop in astray.values()} == {(SWITCH, "out", 2105)}
    assert {hop.towards for hop in astray.values()} == {active(faulty)}
    faulty.passes(f"edge-from-inside/{DUAL}/*")


def test_a_drop_at_the_edge_is_named_for_pings_from_outside(faulty: Standing) -> None:
    """And in what people and machines read: the command's table of failures, and its JSON."""
    with dropping(faulty, EDGES, EVERYTHING):
        said = faulty.seapoint("test", "--only", "virtual-router/*", "--patience", "1")
        assert said.status == 1
        told = faulty.seapoint("test", "--only", "virtual-router/*", "--patience", "1", "--json")
    words = f"request seen last at {active(faulty)} vlan2120 (in); not seen leaving"
    assert said.out.count(f"hops:     {words}") == 4, said.out  # by address and by name, of both families
    assert told.out.count(f'"text": "{words}"') == 4, told.out
    faulty.passes("virtual-router")
