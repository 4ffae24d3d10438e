"""What the edge's ruleset does to packets: an inside, the edge and a WAN, each a namespace."""

import dataclasses
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import pytest

from namespaces import Namespace, cable, namespace
from seapoint.compile.hosts import compile_device
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.snapshot import Intent
from seapoint.render.nftables import nftables
from seapoint.target.device import Device

pytestmark = pytest.mark.root

PEERS = (sys.executable, str(Path(__file__).parents[2] / "peers.py"))
EDGE = "cloudgw2003-dev"

LEGACY, DUAL, INTERNAL, FLOATING, STRAY = (
    "172.16.128.10",
    "172.16.130.10",
    "172.16.131.10",
    "185.15.57.6",
    "172.16.200.10",
)
DUAL6, INTERNAL6 = "2a02:ec80:a100:1::a", "2a02:ec80:a100:100::a"
NAT_SOURCE = "185.15.57.1"
#: Behind another router on the inside VLAN.
NEIGHBOUR = "192.0.2.1"
WEB, WEB6 = "198.51.100.10", "2001:db8:ffff::10"
TEXT_LB, TEXT_LB6, CLOUD_PUBLIC, CLOUD_PRIVATE = "208.80.153.224", "2620:0:860:ed1a::1", "185.15.57.24", "172.20.5.10"
INSIDE = (LEGACY, DUAL, INTERNAL, FLOATING, STRAY, DUAL6, INTERNAL6)
OUTSIDE = (WEB, WEB6, TEXT_LB, TEXT_LB6, CLOUD_PUBLIC, CLOUD_PRIVATE)


@dataclass(frozen=True)
class Path3:
    """Inside, edge and outside; ``management`` is the edge's third leg."""

    inside: Namespace
    edge: Namespace
    outside: Namespace
    management: Namespace

    def load(self, ruleset: str) -> None:
        """As the agent does it: the old table goes and the new one comes in one transaction."""
        replaced = "add table inet seapoint\ndelete table inet seapoint\n"
        self.edge.run("nft", "--file", "-", text=replaced + ruleset)

    def seen(self, source: str, destination: str, port: int = 443) -> str:
        """What address an outside server sees, or the error that the inside caller gets."""
        return self.inside.run(*PEERS, "ask", source, destination, str(port)).stdout.strip()


def _full(address: str) -> str:
    return str(ip_network(address))


@pytest.fixture(scope="module")
def standing() -> Iterator[Path3]:
    with (
        namespace() as inside,
        namespace() as edge,
        namespace() as outside,
        namespace() as management,
        namespace() as neighbour,
    ):
        inside.run("ip", "link", "add", "eth0", "type", "bridge")
        inside.run("ip", "link", "set", "eth0", "up")
        cable(inside, "port1", edge, "vlan2107")
        cable(inside, "port2", neighbour, "eth0")
        inside.run("ip", "link", "set", "port1", "master", "eth0")
        inside.run("ip", "link", "set", "port2", "master", "eth0")
        neighbour.address("eth0", "185.15.57.14/29")
        neighbour.address("lo", f"{NEIGHBOUR}/32")
        neighbour.run("ip", "route", "add", "default", "via", "185.15.57.9")
        cable(edge, "vlan2120", outside, "eth0")
        cable(edge, "eno1", management, "eth0")
        inside.address("eth0", "185.15.57.10/29", "2a02:ec80:a100:fe04::2:1/64")
        inside.address("lo", *map(_full, INSIDE))
        edge.address("vlan2107", "185.15.57.9/29", "2a02:ec80:a100:fe04::1:1/64")
        edge.address("vlan2120", "208.80.153.190/29", "2a02:ec80:a100:fe03::2/64", f"{NAT_SOURCE}/32")
        edge.address("eno1", "10.192.20.7/24", "2620:0:860:118::7/64")
        outside.address("eth0", "208.80.153.185/29", "2a02:ec80:a100:fe03::1/64")
        outside.address("lo", *map(_full, OUTSIDE))
        management.address("eth0", "10.192.20.99/24", "2620:0:860:118::99/64")
        for host, via, via6 in (
            (inside, "185.15.57.9", "2a02:ec80:a100:fe04::1:1"),
            (outside, "208.80.153.190", "2a02:ec80:a100:fe03::2"),
            (edge, "208.80.153.185", "2a02:ec80:a100:fe03::1"),
            (management, "10.192.20.7", "2620:0:860:118::7"),
        ):
            host.run("ip", "route", "add", "default", "via", via)
            host.run("ip", "-6", "route", "add", "default", "via", via6)
        edge.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        edge.run("ip", "route", "add", NEIGHBOUR, "via", "185.15.57.14")
        for address in INSIDE:
            via = "2a02:ec80:a100:fe04::2:1" if ":" in address else "185.15.57.10"
            edge.run("ip", "route", "add", _full(address), "via", via)
        server = outside.start(*PEERS, "serve", "25", "443", "9418")
        mail = inside.start(*PEERS, "serve", "25", "443")
        other = management.start(*PEERS, "serve", "443")
        beside = neighbour.start(*PEERS, "serve", "443")
        for one in (server, mail, other, beside):
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        yield Path3(inside, edge, outside, management)


Ruleset = Callable[..., str]


@pytest.fixture(scope="module")
def ruleset(cloud: Cloud, intent: Intent) -> Ruleset:
    """The edge's ruleset with fields of the cloud's ``edge`` replaced."""

    def made(**changed: object) -> str:
        assert cloud.edge is not None
        other = dataclasses.replace(cloud, edge=dataclasses.replace(cloud.edge, **changed))
        device: Device = compile_device(other, intent, EDGE)[EDGE]
        assert device.nftables is not None
        return nftables(device.nftables)

    return made


@pytest.fixture
def path(standing: Path3, ruleset: Ruleset) -> Path3:
    standing.load(ruleset())
    return standing


@pytest.mark.parametrize(
    ("source", "destination", "seen"),
    [
        pytest.param(LEGACY, WEB, NAT_SOURCE, id="default class to the internet: translated"),
        pytest.param(DUAL, WEB, NAT_SOURCE, id="default class, dual stack, IPv4: translated"),
        pytest.param(DUAL6, WEB6, DUAL6, id="IPv6 is never translated"),
        pytest.param(INTERNAL, WEB, INTERNAL, id="internal class: not translated"),
        pytest.param(INTERNAL6, WEB6, INTERNAL6, id="internal class, IPv6: not translated"),
        pytest.param(FLOATING, WEB, FLOATING, id="floating IP: not translated here"),
        pytest.param(STRAY, WEB, STRAY, id="in the plan, no subnet's: not translated"),
        pytest.param(LEGACY, TEXT_LB, LEGACY, id="dmz_cidr: not translated"),
        pytest.param(DUAL6, TEXT_LB6, DUAL6, id="dmz_cidr's IPv6 twin: not translated"),
        pytest.param(LEGACY, CLOUD_PUBLIC, LEGACY, id="cloud_public: not translated"),
        pytest.param(LEGACY, CLOUD_PRIVATE, LEGACY, id="cloud_private: not translated"),
    ],
)
def test_who_sees_what(path: Path3, source: str, destination: str, seen: str) -> None:
    assert path.seen(source, destination) == seen


def test_what_does_not_leave_through_the_wan_is_not_translated(path: Path3) -> None:
    assert path.seen(LEGACY, NEIGHBOUR) == LEGACY
    assert path.seen(LEGACY, WEB) == NAT_SOURCE


def _count(path: Path3, comment: str) -> int:
    listed = path.edge.run("nft", "list", "table", "inet", "seapoint").stdout
    counts = [line.split("packets ")[1].split()[0] for line in listed.splitlines() if f'comment "{comment}"' in line]
    assert counts, f"no rule says {comment!r}"
    return sum(map(int, counts))


@pytest.mark.parametrize(
    ("source", "destination", "answer"),
    [
        (LEGACY, WEB, "EHOSTUNREACH"),  # ICMP: administratively prohibited
        (DUAL, TEXT_LB, "EHOSTUNREACH"),
        (DUAL6, WEB6, "EACCES"),  # ICMPv6: administratively prohibited
        (INTERNAL, WEB, INTERNAL),
        (INTERNAL6, WEB6, INTERNAL6),
        (FLOATING, WEB, FLOATING),
    ],
)
def test_mail_is_rejected_from_the_default_class_only(path: Path3, source: str, destination: str, answer: str) -> None:
    assert path.seen(source, destination, 25) == answer


def test_mail_to_instances_passes(path: Path3) -> None:
    for source, destination in ((WEB, LEGACY), (WEB6, DUAL6)):
        assert path.outside.run(*PEERS, "ask", source, destination, "25").stdout.strip() == source


def test_nothing_is_forwarded_but_between_inside_and_outside(path: Path3) -> None:
    """In each family: from inside to the management network, and from there to instances and to the WAN."""
    before = _count(path, "dropped: between no two sides of the edge")
    assert path.seen(LEGACY, "10.192.20.99") == "ETIMEDOUT"
    assert path.seen(DUAL6, "2620:0:860:118::99") == "ETIMEDOUT"
    for source, destination in (
        ("10.192.20.99", LEGACY),
        ("10.192.20.99", WEB),
        ("2620:0:860:118::99", DUAL6),
        ("2620:0:860:118::99", WEB6),
    ):
        assert path.management.run(*PEERS, "ask", source, destination, "443").stdout.strip() == "ETIMEDOUT"
    assert _count(path, "dropped: between no two sides of the edge") >= before + 6


def test_the_hosts_own_addresses_answer(path: Path3) -> None:
    for address in ("10.192.20.7", "2620:0:860:118::7"):
        path.management.run("ping", "-c1", "-W2", address)
    for address in ("185.15.57.9", "208.80.153.190", "2a02:ec80:a100:fe04::1:1", "2a02:ec80:a100:fe03::2"):
        path.inside.run("ping", "-c1", "-W2", address)
        path.outside.run("ping", "-c1", "-W2", address)


def test_no_realm_reaches_the_hosts_addresses_in_another(path: Path3) -> None:
    """Without this the kernel takes them from any interface: conntrackd and ssh of the management leg included."""
    before = _count(path, "out of the realm"), _count(path, "into the realm")
    for source, destination in ((LEGACY, "10.192.20.7"), (DUAL6, "2620:0:860:118::7")):
        assert path.inside.run("ping", "-c1", "-W1", "-I", source, destination, check=False).returncode == 1
    for source, destination in ((WEB, "10.192.20.7"), (WEB6, "2620:0:860:118::7")):
        assert path.outside.run("ping", "-c1", "-W1", "-I", source, destination, check=False).returncode == 1
    for destination in ("185.15.57.9", NAT_SOURCE, "2a02:ec80:a100:fe03::2"):
        assert path.management.run("ping", "-c1", "-W1", destination, check=False).returncode == 1
    assert _count(path, "out of the realm") >= before[0] + 4
    assert _count(path, "into the realm") >= before[1] + 3
    path.edge.run("ping", "-c1", "-W1", "185.15.57.9")


def test_a_connection_that_only_the_other_edge_host_knows_is_not_refused(path: Path3) -> None:
    """Just after a failover; nobody listens on the translated address, so that any answer would be a refusal."""
    before = _count(path, "a connection not known here")
    assert path.outside.run(*PEERS, "ask", WEB, NAT_SOURCE, "443").stdout.strip() == "ETIMEDOUT"
    assert _count(path, "a connection not known here") > before
    path.outside.run("ping", "-c1", "-W2", NAT_SOURCE)


def test_what_is_cut_off_passes_in_no_direction(path: Path3, ruleset: Ruleset) -> None:
    cut = (ip_network(WEB), ip_network("2001:db8:ffff::/64"))
    path.load(ruleset(drop=cut))
    assert path.seen(LEGACY, WEB) == path.seen(DUAL6, WEB6) == "ETIMEDOUT"
    for source, destination in ((WEB, LEGACY), (WEB6, DUAL6)):
        assert path.outside.run(*PEERS, "ask", source, destination, "443").stdout.strip() == "ETIMEDOUT"
    assert path.seen(LEGACY, TEXT_LB) == LEGACY
    assert path.seen(DUAL6, TEXT_LB6) == DUAL6


def test_connections_of_both_families_survive_a_reload(path: Path3, ruleset: Ruleset, cloud: Cloud) -> None:
    lines = [path.inside.start(*PEERS, "keep", one, two, "443") for one, two in ((LEGACY, WEB), (DUAL6, WEB6))]
    for line in lines:
        assert line.stdout is not None
        assert line.stdout.readline() == "connected\n"
    assert cloud.edge is not None
    more = dataclasses.replace(cloud.edge.nat_exclusions[0], name="more", networks=(ip_network(WEB),))
    for text in (ruleset(), ruleset(nat_exclusions=(*cloud.edge.nat_exclusions, more)), ruleset()):
        path.load(text)
        for line, seen in zip(lines, (NAT_SOURCE, DUAL6), strict=True):
            assert line.stdin is not None
            assert line.stdout is not None
            line.stdin.write("who\n")
            line.stdin.flush()
            assert line.stdout.readline().strip() == seen
    path.load(ruleset(nat_exclusions=(*cloud.edge.nat_exclusions, more)))
    assert path.seen(LEGACY, WEB) == LEGACY


def test_one_more_exclusion_is_one_more_line(ruleset: Ruleset, cloud: Cloud) -> None:
    assert cloud.edge is not None
    more = dataclasses.replace(cloud.edge.nat_exclusions[0], name="more", networks=(ip_network("192.0.2.9/32"),))
    before = ruleset().splitlines()
    after = ruleset(nat_exclusions=(*cloud.edge.nat_exclusions, more)).splitlines()
    assert [line for line in after if line not in before] == ["\t\t\t192.0.2.9,"]
    assert len(after) == len(before) + 1
