"""Names in a cloud file that must be the names of something."""

import pytest

from unit.cloud.edits import Case, assert_told

CASES: dict[str, Case] = {
    "an unknown role": (
        [("ctl1: {role: control,", "ctl1: {role: ▸contorl,")],
        [("error", "unknown role 'contorl'", "Did you mean 'control'?")],
    ),
    "an unknown rack of a host": (
        [("gw1: {role: gateway, rack: r1", "gw1: {role: gateway, rack: ▸r2")],
        [("error", "unknown rack 'r2'", "Known here: r1.")],
    ),
    "an unknown rack of a VLAN": (
        [("rack: r1, use: private", "rack: ▸r9, use: private")],
        [("error", "unknown rack 'r9'", "Known here: r1.")],
    ),
    "an unknown switch": (
        [("r1: {switch: sw1}", "r1: {switch: ▸sw2}")],
        [("error", "unknown switch 'sw2'", "Did you mean 'sw1'?")],
    ),
    "an unknown device of a link": (
        [("between: [core1, sw1]", "between: [▸core2, sw1]")],
        [("error", "unknown device 'core2'", "Did you mean 'core1'?")],
    ),
    "an unknown host of a VLAN": (
        [("hosts: {edge1: {ipv4: 11", 'hosts: {▸edge9: {ipv4: 14, ipv6: "::9"}, edge1: {ipv4: 11')],
        [("error", "unknown host 'edge9'", "Did you mean 'edge2'?")],
    ),
    "an unknown VLAN of the edge": (
        [("outside: {vlan: before", "outside: {vlan: ▸befor")],
        [("error", "unknown VLAN 'befor'", "Did you mean 'before'?")],
    ),
    "an address that the edge's VLAN has not": (
        [("vip: wan", "vip: ▸wann")],
        [("error", "VLAN 'before' has no address 'wann'", "Did you mean 'wan'?")],
    ),
    "an unknown VLAN of a provider network": (
        [("{vlan: behind, roles", "{vlan: ▸behin, roles")],
        [("error", "unknown VLAN 'behin'", "Did you mean 'behind'?")],
    ),
    "an unknown role of a provider network": (
        [("roles: [gateway]", "roles: [▸gatewai]")],
        [("error", "unknown role 'gatewai'", "Did you mean 'gateway'?")],
    ),
    "an unknown name in NAT exclusions": (
        [("exclusions: [friends]", "exclusions: [▸freinds]")],
        [("error", "unknown name 'freinds'", "Did you mean 'friends'?")],
    ),
    "an unknown name in a group": (
        [("friends: [web,", "friends: [▸wbe,")],
        [("error", "unknown name 'wbe'", "Did you mean 'web'?")],
    ),
    "a group within itself": (
        [("friends: [web,", "friends: [web, ▸friends,")],
        [("error", "group 'friends' contains itself", "Take it out of the circle.")],
    ),
    "a literal with host bits, IPv4": (
        [("exclusions: [friends]", 'exclusions: [▸"192.0.2.65/26"]')],
        [
            (
                "error",
                "'192.0.2.65/26' is no address or prefix: 192.0.2.65/26 has host bits set",
                "Write it whole and aligned.",
            )
        ],
    ),
    "a literal with host bits, IPv6": (
        [("exclusions: [friends]", 'exclusions: [▸"2001:db8::1/64"]')],
        [
            (
                "error",
                "'2001:db8::1/64' is no address or prefix: 2001:db8::1/64 has host bits set",
                "Write it whole and aligned.",
            )
        ],
    ),
    "an unknown class": (
        [("from: [class default]", "from: [▸class defualt]")],
        [("error", "unknown 'class defualt'", "Did you mean 'class default'?")],
    ),
    "ports without a protocol that has them": (
        [("{reject: tcp, ports", "▸{reject: icmp, ports")],
        [("error", "ports need tcp or udp, not icmp", "Name the protocol, or leave the ports out.")],
    ),
    "an unknown router": (
        [("routers: [core1]", "routers: [▸core3]")],
        [("error", "unknown router 'core3'", "Did you mean 'core1'?")],
    ),
    "an unknown realm": (
        [("links_of_realm: inner", "links_of_realm: ▸iner")],
        [("error", "no VLAN is in the realm 'iner'", "Did you mean 'inner'?")],
    ),
    "an export without that family, both ways": (
        [
            ("exclusions: [friends]", "exclusions: [▸friends]"),
            ("exactly: {ipv4: [tenants], ipv6: [site]}", "exactly: {ipv4: [▸site], ipv6: [▸public]}"),
        ],
        [
            (
                "error",
                "'friends' sees 172.16.0.0/17, and has no way back: no switch announces it to the core routers",
                "Add the prefix to the switches' exports.",
            ),
            ("error", "'site' has no IPv4", "Take it out of this family's list."),
            ("error", "'public' has no IPv6", "Take it out of this family's list."),
        ],
    ),
    "a switch's end without realm": (
        [("{between: [core1, sw1], realm: inner,", "▸{between: [core1, sw1],")],
        [("error", "a switch's end needs a realm", "Add `realm:`, the switch's routing instance.")],
    ),
    "one name for two devices": (
        [("core1: {asn: 64500", "▸sw1: {asn: 1}\n  core1: {asn: 64500")],
        [("error", "'sw1' is also in `switches`", "Give one of them another name.")],
    ),
    "one name for two addresses of a VLAN": (
        [("{virt: {ipv4: 9", '{▸edge1: {ipv4: 10, ipv6: "::9"}, virt: {ipv4: 9')],
        [("error", "'edge1' stands in `hosts` of this VLAN too", "Keep one of them.")],
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_a_mistake_is_told_at_its_place_with_a_cure(title: str) -> None:
    assert_told(*CASES[title])
