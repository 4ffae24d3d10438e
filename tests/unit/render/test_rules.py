"""From the file's rules to rules of one family."""

from ipaddress import IPv4Address, ip_network

import pytest

from seapoint.compile.hosts.firewall import rules_of
from seapoint.intent.cloud.model import NetworkClass, TrafficRule
from seapoint.render.nftables import nftables, rule
from seapoint.target.nftables import Chain, Family, NamedSet, Operand, Rule, Ruleset

V4, V6 = ip_network("192.0.2.0/24"), ip_network("2001:db8::/64")


def _of_class(network_class: NetworkClass, version: Family) -> Operand | None:
    return Operand(named=f"{network_class}{version}")


def _lines(one: TrafficRule) -> list[str]:
    return [rule(made).replace("counter ", "").split(" comment ")[0] for made in rules_of(one, _of_class)]


@pytest.mark.parametrize(
    ("one", "lines"),
    [
        pytest.param(TrafficRule("accept", "any"), ["accept"], id="everything: one rule for both families"),
        pytest.param(
            TrafficRule("accept", "icmp"), ["meta l4proto { icmp, icmpv6 } accept"], id="ICMP means ICMPv6 too"
        ),
        pytest.param(
            TrafficRule("accept", "icmp", sources=(V4, V6)),
            ["ip saddr 192.0.2.0/24 meta l4proto icmp accept", "ip6 saddr 2001:db8::/64 meta l4proto icmpv6 accept"],
            id="sources of both families",
        ),
        pytest.param(
            TrafficRule("drop", "any", sources=(V4,)), ["ip saddr 192.0.2.0/24 drop"], id="IPv4 sources: IPv4 only"
        ),
        pytest.param(
            TrafficRule("drop", "any", destinations=(V6,)), ["ip6 daddr 2001:db8::/64 drop"], id="IPv6 destinations"
        ),
        pytest.param(
            TrafficRule("drop", "any", sources=(V4,), destinations=(V6,)), [], id="two families that never meet"
        ),
        pytest.param(
            TrafficRule("reject", "tcp", ports=(25,), source_class=NetworkClass.DEFAULT),
            [
                "ip saddr @default4 tcp dport 25 reject with icmpx admin-prohibited",
                "ip6 saddr @default6 tcp dport 25 reject with icmpx admin-prohibited",
            ],
            id="a class, both families",
        ),
        pytest.param(
            TrafficRule("drop", "udp", sources=(V6,), source_class=NetworkClass.INTERNAL),
            [
                "ip saddr @internal4 meta l4proto udp drop",
                "ip6 saddr 2001:db8::/64 meta l4proto udp drop",
                "ip6 saddr @internal6 meta l4proto udp drop",
            ],
            id="a class and written sources",
        ),
        pytest.param(
            TrafficRule("accept", "tcp", ports=(443, 80), source_ports=(22,)),
            ["tcp sport 22 tcp dport { 80, 443 } accept"],
            id="ports",
        ),
    ],
)
def test_one_rule(one: TrafficRule, lines: list[str]) -> None:
    assert _lines(one) == lines


def test_networks_inside_others_are_not_said_twice() -> None:
    inside = ip_network("192.0.2.128/25")
    assert _lines(TrafficRule("drop", "any", sources=(inside, V4))) == ["ip saddr 192.0.2.0/24 drop"]


def test_an_empty_ruleset_is_an_empty_table() -> None:
    assert nftables(Ruleset()).splitlines()[1:] == ["table inet seapoint {", "}"]


def test_operands_stand_for_networks() -> None:
    ruleset = Ruleset(sets=(NamedSet("some", 4, (V4,)),))
    assert ruleset.networks_of(Operand(named="some")) == ruleset.networks_of(Operand((V4,))) == (V4,)
    with pytest.raises(KeyError):
        ruleset.networks_of(Operand(named="none"))


def test_a_set_of_one_family_and_a_translation() -> None:
    text = nftables(
        Ruleset(
            (NamedSet("six", 6, (V6, ip_network("2001:db8:1::1/128"))),),
            (
                Chain(
                    "nat",
                    "nat",
                    "postrouting",
                    "srcnat",
                    "accept",
                    (Rule("snat", "one address", family=4, not_outgoing=("lo",), snat=IPv4Address("192.0.2.1")),),
                ),
            ),
        )
    )
    assert [line.strip() for line in text.splitlines()[2:]] == [
        "set six {",
        "type ipv6_addr",
        "flags interval",
        "elements = {",
        "2001:db8::/64,",
        "2001:db8:1::1,",
        "}",
        "}",
        "",
        "chain nat {",
        "type nat hook postrouting priority srcnat; policy accept;",
        'oifname != "lo" meta nfproto ipv4 counter snat ip to 192.0.2.1 comment "one address"',
        "}",
        "}",
    ]
