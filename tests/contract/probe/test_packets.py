"""Probes against packets: a sender, a router with a firewall, a far end with the lab's web host, in namespaces."""

import contextlib
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest

from seapoint.base.errors import EngineError
from seapoint.lab import echo
from seapoint.probe.kinds.closed import Closed
from seapoint.probe.kinds.full_size import FullSize
from seapoint.probe.kinds.git import Git
from seapoint.probe.kinds.ldap import Ldap
from seapoint.probe.kinds.nfs import Nfs
from seapoint.probe.kinds.ping import Ping
from seapoint.probe.kinds.seen_as import SeenAs
from seapoint.probe.kinds.silent import Silent
from seapoint.probe.probe import Check, Completed, Probe, Verdict
from seapoint.probe.run import run

pytestmark = pytest.mark.root

NAME = "far.testlabs.example"
BOTH = pytest.mark.parametrize("family", [4, 6])
SENDER = {4: ip_address("192.0.2.2"), 6: ip_address("2001:db8:1::2")}
ROUTER = {4: ip_address("198.51.100.1"), 6: ip_address("2001:db8:2::1")}
FAR = {4: ip_address("198.51.100.2"), 6: ip_address("2001:db8:2::2")}
#: A second address of the far end, cut off by the router as a security group would.
CUT_OFF = {4: ip_address("198.51.100.9"), 6: ip_address("2001:db8:2::9")}

REJECT = "tcp dport 25 reject with icmpx admin-prohibited"
CUT = "ip daddr 198.51.100.9 drop; ip6 daddr 2001:db8:2::9 drop"
SNAT = "ip saddr 192.0.2.0/24 snat ip to 198.51.100.1; ip6 saddr 2001:db8:1::/64 snat ip6 to 2001:db8:2::1"


@dataclass(frozen=True)
class Net:
    """Three namespaces; a runner of probes in any of them, with its own /etc/hosts."""

    prefix: str
    hosts: Path

    def path(self, name: str) -> str:
        return f"/run/netns/{self.prefix}{name}"

    def run(self, where: str, argv: Sequence[str], timeout: float) -> Completed:
        mount = 'mount --bind "$0" /etc/hosts && mount --bind /dev/null /etc/resolv.conf && exec "$@"'
        inside = ["nsenter", f"--net={self.path(where)}", "unshare", "--mount", "sh", "-c", mount, str(self.hosts)]
        try:
            done = subprocess.run([*inside, *argv], capture_output=True, text=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired as error:
            raise EngineError(str(error)) from error
        return Completed(done.returncode, done.stdout, done.stderr)

    def do(self, where: str, command: str, text: str = "") -> None:
        argv = ["nsenter", f"--net={self.path(where)}", *command.split()]
        subprocess.run(argv, input=text, text=True, check=True, capture_output=True)

    def rules(self, forward: str = "", postrouting: str = "") -> None:
        """Load the router's firewall anew."""
        lines = [
            "table inet t",
            "delete table inet t",
            "table inet t {",
            " chain forward { type filter hook forward priority 0; policy accept",
            *forward.split(";"),
            " }",
            " chain postrouting { type nat hook postrouting priority 100; policy accept",
            *postrouting.split(";"),
            " }",
            "}",
            "",
        ]
        self.do("router", "nft -f -", "\n".join(lines))

    def judge(self, check: Check, patience: float = 0) -> Verdict:
        [result] = run([Probe("test", "sender", check)], self, patience=patience)
        return result.verdict


def _ip(command: str) -> None:
    subprocess.run(["ip", *command.split()], check=True, capture_output=True)


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """Built anew for each test: what a kernel has learnt (path MTU, neighbours) must not reach the next."""
    hosts = tmp_path / "hosts"
    hosts.write_text("".join(f"{address} {NAME}\n" for address in FAR.values()))
    made = Net(f"sp{uuid.uuid4().hex[:8]}-", hosts)
    with contextlib.ExitStack() as undo:
        for name in ("sender", "router", "far"):
            _ip(f"netns add {made.prefix}{name}")
            undo.callback(_ip, f"netns delete {made.prefix}{name}")
            made.do(name, "ip link set lo up")
            made.do(name, "sysctl -qw net.ipv6.conf.default.accept_dad=0")  # a link-local address speaks at once
        made.do("router", "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
        for end, side in (("sender", SENDER), ("far", FAR)):
            made.do("router", f"ip link add to-{end} type veth peer name eth0 netns {made.prefix}{end}")
            for family, bits in ((4, 24), (6, 64)):
                gateway = side[family] - 1
                nodad = "nodad" if family == 6 else ""
                made.do(end, f"ip address add {side[family]}/{bits} dev eth0 {nodad}")
                made.do("router", f"ip address add {gateway}/{bits} dev to-{end} {nodad}")
                if end == "far":
                    made.do(end, f"ip address add {CUT_OFF[family]}/{bits} dev eth0 {nodad}")
            made.do(end, "ip link set eth0 up")
            made.do("router", f"ip link set to-{end} up")
            for family in (4, 6):
                made.do(end, f"ip -{family} route add default via {side[family] - 1}")
        made.rules(f"{REJECT}; {CUT}")
        web = [sys.executable, "-I", "-S", str(echo.__file__), "http:80"]
        server = subprocess.Popen(["nsenter", f"--net={made.path('far')}", *web])
        undo.callback(server.wait)
        undo.callback(server.kill)
        for family in (4, 6):  # up when the web host has answered: what follows needs no patience
            up = made.judge(SeenAs("internet", FAR[family], (SENDER[family],)), patience=30)
            assert up.passed, up
        yield made


@BOTH
def test_everything_is_as_expected(net: Net, family: int) -> None:
    checks: list[Check] = [
        Ping(str(FAR[family]), FAR[family]),
        Ping(NAME, FAR[family]),
        FullSize(NAME, FAR[family], 1500),
        SeenAs("internet", FAR[family], (SENDER[family],)),
        Closed("internet", FAR[family], 25),
        Silent(str(CUT_OFF[family]), CUT_OFF[family]),
    ]
    results = run([Probe("test", "sender", check) for check in checks], net, patience=20)
    assert [result.verdict for result in results if not result.passed] == []
    assert results[3].verdict.seen == f"seen as {SENDER[family]}"


@BOTH
def test_snat_at_the_router_is_told(net: Net, family: int) -> None:
    net.rules(postrouting=SNAT)
    meaning = "the virtual router's own address: SNAT is on at the router (enable_snat)"
    check = SeenAs("internet", FAR[family], (SENDER[family],), ((ROUTER[family], meaning),))
    assert net.judge(check) == Verdict(False, f"seen as {ROUTER[family]}", meaning)


@BOTH
def test_no_answer_is_told(net: Net, family: int) -> None:
    net.rules("meta l4proto { icmp, ipv6-icmp, tcp } drop")
    assert net.judge(Ping(str(FAR[family]), FAR[family])).seen == "no answer"
    assert net.judge(SeenAs("internet", FAR[family], (SENDER[family],))).seen == "no answer within 3 s"


@BOTH
def test_a_rejected_ping_and_one_to_nowhere_name_the_router_and_the_reason(net: Net, family: int) -> None:
    net.rules("meta l4proto { icmp, ipv6-icmp } reject with icmpx admin-prohibited")
    rejected = net.judge(Ping(str(FAR[family]), FAR[family]))
    assert not rejected.passed
    assert rejected.hint == "a firewall or filter rejects it"
    assert f"(from {SENDER[family] - 1})" in rejected.seen
    net.do("sender", f"ip -{family} route delete default")
    assert "the sender itself has no route" in net.judge(Ping(str(FAR[family]), FAR[family])).hint
    unknown = net.judge(Ping("nobody.testlabs.example", FAR[family]))
    assert "/etc/hosts" in unknown.hint


@BOTH
def test_a_small_mtu_and_a_black_hole_for_large_packets_are_told(net: Net, family: int) -> None:
    check = FullSize(str(FAR[family]), FAR[family], 1500)
    net.rules("meta length > 1400 drop")
    hole = net.judge(check)
    assert (hole.passed, hole.seen) == (False, "no answer")
    assert "drops large packets" in hole.hint
    assert net.judge(Ping(str(FAR[family]), FAR[family])).passed
    net.rules()
    net.do("router", "ip link set to-far mtu 1400")
    narrow = net.judge(check)
    assert not narrow.passed
    assert "1500 octets do not fit: MTU 1400" in narrow.seen
    assert net.judge(FullSize(str(FAR[family]), FAR[family], 1400)).passed


@BOTH
def test_a_port_that_is_open_dropped_or_refused_by_the_far_end_is_not_closed(net: Net, family: int) -> None:
    check = Closed("internet", FAR[family], 25)
    net.rules()
    assert "the far end itself refused" in net.judge(check).hint
    net.rules("tcp dport 25 drop")
    assert net.judge(check).seen == "tcp/25: no answer"
    web = [sys.executable, "-I", "-S", str(echo.__file__), "http:25"]
    server = subprocess.Popen(["nsenter", f"--net={net.path('far')}", *web])
    try:
        net.rules()
        verdict = net.judge(check)
        while verdict.seen != "tcp/25 is open" and server.poll() is None:
            verdict = net.judge(check)
        assert verdict.seen == "tcp/25 is open"
    finally:
        server.kill()
        server.wait()


@BOTH
def test_a_far_end_that_cannot_be_reached_is_not_taken_for_a_closed_port(net: Net, family: int) -> None:
    """Linux says "No route to host" of an IPv4 host that does not answer ARP too."""
    nobody = FAR[family] + 70
    verdict = net.judge(Closed("internet", nobody, 25))
    assert (verdict.passed, verdict.seen) == (False, "tcp/80 does not answer")


@BOTH
def test_an_answer_where_none_is_allowed_fails(net: Net, family: int) -> None:
    net.rules(REJECT)
    verdict = net.judge(Silent(str(CUT_OFF[family]), CUT_OFF[family]))
    assert (verdict.passed, verdict.seen) == (False, f"answers from {CUT_OFF[family]}")


@BOTH
def test_services_that_nobody_offers_or_that_are_cut_off_are_told(net: Net, family: int) -> None:
    far = FAR[family]
    checks = [
        Ldap("far", far, "dc=example,dc=org"),
        Git("far", far, "tools/build.git"),
        Nfs("far", far, "/data/README"),
    ]
    probes = [Probe("test", "sender", check) for check in checks]
    refused = [result.verdict for result in run(probes, net, patience=0)]
    assert not any(verdict.passed for verdict in refused)
    assert all(verdict.hint.startswith("refused or unreachable") for verdict in refused)
    net.rules("meta l4proto tcp drop")
    assert {result.verdict.seen for result in run(probes, net, patience=0)} == {"no answer within 5 s"}
