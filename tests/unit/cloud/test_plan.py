"""Prefixes, VLANs, links and addresses beside each other, of both families."""

import pytest

from unit.cloud.edits import Case, assert_told

CASES: dict[str, Case] = {
    "IPv4 outside of the prefix around it": (
        [("172.16.4.0/24", "▸172.17.4.0/24")],
        [
            (
                "error",
                "172.17.4.0/24 lies outside of 'tenants' (172.16.0.0/17)",
                "Move it, or take a part of that prefix.",
            )
        ],
    ),
    "IPv6 outside of the prefix around it": (
        [('":4::/64"', '▸":104::/64"')],
        [
            (
                "error",
                "2001:db8:a:104::/64 lies outside of 'tenants' (2001:db8:a::/56)",
                "Move it, or take a part of that prefix.",
            )
        ],
    ),
    "overlapping prefixes, IPv4": (
        [("servers: {ipv4: 172.20.0.0/16", "servers: {ipv4: ▸172.16.64.0/18")],
        [
            (
                "error",
                "172.16.64.0/18 overlaps 'tenants' (172.16.0.0/17)",
                "Make one of them smaller, or write the smaller under `inside` of the larger.",
            )
        ],
    ),
    "overlapping prefixes, IPv6": (
        [('ipv6: ":200::/56"', 'ipv6: ▸":40::/58"')],
        [
            (
                "error",
                "2001:db8:a:40::/58 overlaps 'tenants' (2001:db8:a::/56)",
                "Make one of them smaller, or write the smaller under `inside` of the larger.",
            )
        ],
    ),
    "a name twice": (
        [
            (
                "floating: {ipv4: 198.51.100.0/29",
                "▸servers: {ipv4: 198.51.100.64/29}\n      floating: {ipv4: 198.51.100.0/29",
            )
        ],
        [("error", "the name 'servers' stands twice in the address plan", "Give it another name.")],
    ),
    "overlapping VLANs, IPv4": (
        [("172.20.5.0/24", "172.20.4.0/23"), ("ipv4: 203.0.113.0/29", "ipv4: ▸172.20.5.0/29")],
        [("error", "172.20.5.0/29 overlaps 172.20.4.0/23 of VLAN 'own'", "Make one of them smaller, or move it.")],
    ),
    "overlapping VLANs, IPv6": (
        [('ipv6: ":fe03::/64"', 'ipv6: ▸":fe04::/62"')],
        [
            (
                "error",
                "2001:db8:a:fe04::/62 overlaps 2001:db8:a:fe04::/64 of VLAN 'behind'",
                "Make one of them smaller, or move it.",
            )
        ],
    ),
    "a link inside a VLAN": (
        [("10.0.254.0/31", "▸10.0.1.254/31")],
        [("error", "10.0.1.254/31 overlaps 10.0.1.0/24 of VLAN 'manage'", "Make one of them smaller, or move it.")],
    ),
    "a VLAN that covers the plan, IPv4": (
        [("ipv4: 203.0.113.0/29", "ipv4: ▸▸▸198.51.0.0/16")],
        [
            (
                "error",
                "198.51.0.0/16 overlaps 198.51.100.8/29 of VLAN 'behind'",
                "Make one of them smaller, or move it.",
            ),
            (
                "error",
                "198.51.0.0/16 covers 'public' (198.51.100.0/24) of the address plan",
                "Make one of them smaller, or move it.",
            ),
            (
                "error",
                "198.51.0.0/16 covers 'floating' (198.51.100.0/29) of the address plan",
                "Make one of them smaller, or move it.",
            ),
        ],
    ),
    "a VLAN that is a pool of floating IPs": (
        [("ipv4: 203.0.113.0/29", "ipv4: ▸198.51.100.0/29")],
        [("error", "198.51.100.0/29 is the pool 'floating' of floating IPs", "Make one of them smaller, or move it.")],
    ),
    "an address used twice, IPv4": (
        [("hv1: {role: compute, rack: r1, management: 21", "hv1: {role: compute, rack: r1, management: ▸▸20")],
        [
            ("error", "10.0.1.20 is used twice, by 'gw1' too", "Take a free address."),
            ("error", "2001:db8:b:0:10:0:1:20 is used twice, by 'gw1' too", "Take a free address."),
        ],
    ),
    "an address used twice, IPv6": (
        [('edge2: {ipv4: 12, ipv6: "::2002:1"}}}', 'edge2: {ipv4: 12, ipv6: ▸"::2001:1"}}}')],
        [("error", "2001:db8:a:fe04::2001:1 is used twice, by 'edge1' too", "Take a free address.")],
    ),
    "tenants could be given an operator's address, IPv4": (
        [("web: {ipv4: 192.0.2.80", "web: {ipv4: ▸198.51.100.2")],
        [
            (
                "error",
                "198.51.100.2 of the service 'web' lies in a prefix of class floating: tenants could be given it",
                "Declare it under `reserved` of that prefix, or take another address.",
            )
        ],
    ),
    "tenants could be given an operator's address, IPv6": (
        [('"2001:db8:ffff::80"', '▸"2001:db8:a:0::80"')],
        [
            (
                "error",
                "2001:db8:a::80 of the service 'web' lies in a prefix of class default: tenants could be given it",
                "Declare it under `reserved` of that prefix, or take another address.",
            )
        ],
    ),
    "a NAT source that is not reserved": (
        [("source: nat-address", "source: ▸nat-adress")],
        [
            (
                "error",
                "'nat-adress' is no reserved address of the plan: tenants could be given it",
                "Declare it under `reserved` of its prefix and name it here. Did you mean 'nat-address'?",
            )
        ],
    ),
    "a NAT source without IPv4": (
        [
            ("/29, class: floating,", '/29, ipv6: ":5000::/64", class: floating,'),
            ("{nat-address: 1}", '{nat-address: {ipv6: "::1"}}'),
            ("source: nat-address", "source: ▸nat-address"),
        ],
        [("error", "'nat-address' has no IPv4 address", "Only IPv4 is translated: give it one.")],
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_a_mistake_is_told_at_its_place_with_a_cure(title: str) -> None:
    assert_told(*CASES[title])
