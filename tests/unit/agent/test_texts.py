"""Small pure parts: sysctl names, ruleset texts, netlink messages worth waking for, memory, a target's journey."""

import struct

import pytest

from seapoint.agent.memory import Loaded, Memory
from seapoint.agent.ruleset import CLOSED, seal_text, tables_of
from seapoint.agent.sysctls import interface_of, split_sysctls, sysctl_path, wanted_sysctls
from seapoint.agent.watch import concerns_us
from seapoint.base.errors import EngineError
from seapoint.target.host import HostTarget, Interface
from seapoint.target.report import HostReport, Part, VipReport


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("net.ipv4.ip_forward", "net/ipv4/ip_forward"),
        ("net/ipv4/conf/eth0.7/rp_filter", "net/ipv4/conf/eth0.7/rp_filter"),
        ("net.ipv6.conf.eth0/7.accept_ra", "net/ipv6/conf/eth0.7/accept_ra"),
    ],
)
def test_a_sysctls_first_separator_tells_the_form(key: str, path: str) -> None:
    assert sysctl_path(key) == path


def test_sysctls_of_interfaces_are_told_from_those_of_the_namespace() -> None:
    target = HostTarget(
        host="h",
        sysctls={"net.ipv6.conf.all.forwarding": "1", "net.ipv4.conf.vlan7.rp_filter": "0"},
        interfaces=(
            Interface("vlan7", addresses=("192.0.2.1/24", "2001:db8::1/64")),
            Interface("eth0", addresses=("192.0.2.1/24",), accept_ra=True),
            Interface("u0", sealed=True),
        ),
    )
    general, bound = split_sysctls(wanted_sysctls(target))
    assert general == {"net/ipv6/conf/all/forwarding": "1"}
    assert bound == {
        "net/ipv6/conf/vlan7/disable_ipv6": "0",
        "net/ipv6/conf/vlan7/accept_ra": "0",
        "net/ipv6/conf/eth0/accept_ra": "2",
        "net/ipv6/conf/u0/disable_ipv6": "1",
        "net/ipv4/conf/u0/arp_ignore": "8",
        "net/ipv4/conf/vlan7/rp_filter": "0",
    }
    assert interface_of("net/ipv4/neigh/default/gc_thresh1") is None


def test_a_ruleset_declares_tables_of_ours() -> None:
    text = "# by hand: no\ndefine x = 1\ntable inet seapoint {\n}\ntable ip seapoint_nat {\n\tchain c {\n\t}\n}\n"
    assert tables_of(text) == (("inet", "seapoint"), ("ip", "seapoint_nat"))
    assert tables_of("") == ()
    assert tables_of(CLOSED) == (("inet", "seapoint"),)


@pytest.mark.parametrize(
    "text", ["flush ruleset\n", "table inet filter {\n}\n", "delete table inet filter\n", "add rule ip x y drop\n"]
)
def test_a_ruleset_that_touches_foreign_tables_is_refused(text: str) -> None:
    with pytest.raises(EngineError):
        tables_of(text)


def test_the_seal_names_its_devices_and_is_nothing_without_any() -> None:
    assert seal_text([]) == ""
    assert 'devices = { "tap1", "u0" }' in seal_text(["u0", "tap1"])


def route_message(kind: int, protocol: int) -> bytes:
    return struct.pack("=IHHII", 28, kind, 0, 0, 0) + bytes([2, 24, 0, 0, 254, protocol, 0, 1, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("chunk", "wakes"),
    [
        (route_message(24, 186), False),
        (route_message(25, 77), True),
        (route_message(24, 186) + route_message(25, 77), True),
        (route_message(24, 186) * 3, False),
        (route_message(16, 0), True),
        (b"", True),
    ],
    ids=["bgp's", "ours", "one of two", "only bgp's", "a link", "lost messages"],
)
def test_other_daemons_routes_do_not_wake(chunk: bytes, wakes: bool) -> None:
    assert concerns_us(chunk) is wakes


def test_memory_and_report_come_back_as_they_went() -> None:
    memory = Memory(
        frozenset({("eth0", "2001:db8::1/64")}),
        frozenset({"/etc/x"}),
        {"a": "restart"},
        frozenset({"b"}),
        {"main": Loaded("t", "l")},
    )
    assert Memory.from_json(memory.to_json()) == memory
    report = HostReport(
        "h",
        "d",
        False,
        (Part("nftables", False, "why"), Part("rules")),
        {"vrf": "no"},
        ("x",),
        1.5,
        (VipReport("v", "192.0.2.1", 0), VipReport("v", "2001:db8::1", None, "sick")),
    )
    assert HostReport.from_json(report.to_json()) == report
    assert report.failures() == (Part("nftables", False, "why"),)
