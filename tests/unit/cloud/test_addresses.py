"""Single addresses and prefixes, short forms and whole ones, of both families."""

import pytest

from unit.cloud.edits import Case, assert_told

CASES: dict[str, Case] = {
    "an IPv4 prefix with host bits": (
        [("ipv4: 172.20.5.0/24", "ipv4: ▸172.20.5.1/24")],
        [("error", "172.20.5.1/24 is not aligned: it has host bits", "With this length it would be 172.20.5.0/24.")],
    ),
    "an IPv6 prefix with host bits": (
        [('ipv6: ":205::/64"', 'ipv6: ▸":205::1/64"')],
        [("error", ":205::1/64 is not aligned: it has host bits", "With this length it would be 2001:db8:a:205::/64.")],
    ),
    "an IPv4 prefix that is none": (
        [("ipv4: 172.20.5.0/24", "ipv4: ▸172.20.5/24")],
        [
            (
                "error",
                "'172.20.5/24' is no IPv4 prefix: Expected 4 octets in '172.20.5'",
                "Write address/length, such as 172.16.128.0/17.",
            )
        ],
    ),
    "an IPv6 prefix that is none": (
        [('ipv6: ":205::/64"', 'ipv6: ▸":20x::/64"')],
        [
            (
                "error",
                "':20x::/64' is no IPv6 prefix: Only hex digits permitted in '20x' in '2001:0db8:000a:20x::'",
                "Write address/length, such as 2001:db8:1::/64.",
            )
        ],
    ),
    "an IPv4 prefix without length": (
        [("ipv4: 172.20.5.0/24", "ipv4: ▸172.20.5.0")],
        [("error", "'172.20.5.0' has no length", "Write address/length: a single address is /32 or /128.")],
    ),
    "an IPv6 prefix without length": (
        [('ipv6: ":205::/64"', 'ipv6: ▸":205::"')],
        [("error", "':205::' has no length", "Write address/length: a single address is /32 or /128.")],
    ),
    "a short IPv6 prefix of a site that ends within a group": (
        [
            ('ipv6: "2001:db8:a::/48"', 'ipv6: "2001:db8:a::/47"'),
            ('ipv6: ":4::/64"', 'ipv6: ▸":4::/64"'),
            ('ipv6: "::/56"', 'ipv6: ▸"::/56"'),
            ('ipv6: ":200::/56"', 'ipv6: ▸":200::/56"'),
            ('ipv6: ":fe01::/64"', 'ipv6: ▸":fe01::/64"'),
            ('ipv6: ":205::/64"', 'ipv6: ▸":205::/64"'),
            ('ipv6: ":fe04::/64"', 'ipv6: ▸":fe04::/64"'),
            ('ipv6: ":fe03::/64"', 'ipv6: ▸":fe03::/64"'),
        ],
        [
            (
                "error",
                "'::/56' would be 2001:db8::/56, outside of the site's 2001:db8:a::/47",
                "Write the whole prefix; the short form continues a site's /16, /32, /48 or /64.",
            ),
            (
                "error",
                "':4::/64' would be 2001:db8:4::/64, outside of the site's 2001:db8:a::/47",
                "Write the whole prefix; the short form continues a site's /16, /32, /48 or /64.",
            ),
            (
                "error",
                "':200::/56' would be 2001:db8:200::/56, outside of the site's 2001:db8:a::/47",
                "Write the whole prefix; the short form continues a site's /16, /32, /48 or /64.",
            ),
            (
                "error",
                "':fe01::/64' would be 2001:db8:fe01::/64, outside of the site's 2001:db8:a::/47",
                "Write the whole prefix; the short form continues a site's /16, /32, /48 or /64.",
            ),
            (
                "error",
                "':205::/64' would be 2001:db8:205::/64, outside of the site's 2001:db8:a::/47",
                "Write the whole prefix; the short form continues a site's /16, /32, /48 or /64.",
            ),
            (
                "error",
                "':fe04::/64' would be 2001:db8:fe04::/64, outside of the site's 2001:db8:a::/47",
                "Write the whole prefix; the short form continues a site's /16, /32, /48 or /64.",
            ),
            (
                "error",
                "':fe03::/64' would be 2001:db8:fe03::/64, outside of the site's 2001:db8:a::/47",
                "Write the whole prefix; the short form continues a site's /16, /32, /48 or /64.",
            ),
        ],
    ),
    "a site with host bits, without its consequences": (
        [('ipv6: "2001:db8:a::/48"', 'ipv6: ▸"2001:db8:a::1/48"')],
        [
            (
                "error",
                "2001:db8:a::1/48 is not aligned: it has host bits",
                "With this length it would be 2001:db8:a::/48.",
            )
        ],
    ),
    "an IPv4 address that is none": (
        [("virt: {ipv4: 9", "virt: {ipv4: ▸300")],
        [
            (
                "error",
                "'300' is no IPv4 address: Octet 300 (> 255) not permitted in '198.51.100.300'",
                "Write the last octet, or the whole address.",
            )
        ],
    ),
    "an IPv6 address that is none": (
        [('virt: {ipv4: 9, ipv6: "::1:1"', 'virt: {ipv4: 9, ipv6: ▸"::g"')],
        [
            (
                "error",
                "'::g' is no IPv6 address: Only hex digits permitted in 'g' in '::g'",
                'Write the host part, such as "::1:1".',
            )
        ],
    ),
    "an IPv4 address outside of its network": (
        [("virt: {ipv4: 9", "virt: {ipv4: ▸17")],
        [("error", "198.51.100.17 lies outside of 198.51.100.8/29", "Take an address of the network, or mend that.")],
    ),
    "an IPv6 address outside of its network": (
        [('virt: {ipv4: 9, ipv6: "::1:1"', 'virt: {ipv4: 9, ipv6: ▸"2001:db8::1"')],
        [
            (
                "error",
                "2001:db8::1 lies outside of 2001:db8:a:fe04::/64",
                "Take an address of the network, or mend that.",
            )
        ],
    ),
    "the network's own address": (
        [("virt: {ipv4: 9", "virt: {ipv4: ▸8")],
        [("error", "198.51.100.8 is the network address of 198.51.100.8/29", "Take another address.")],
    ),
    "the broadcast address": (
        [("virt: {ipv4: 9", "virt: {ipv4: ▸15")],
        [("error", "198.51.100.15 is the broadcast address of 198.51.100.8/29", "Take another address.")],
    ),
    "a gateway off link, both families": (
        [('gateway: {ipv4: 1, ipv6: "::1"}}', 'gateway: {ipv4: ▸172.20.6.1, ipv6: ▸"2001:db8:a:206::1"}}')],
        [
            ("error", "172.20.6.1 lies outside of 172.20.5.0/24", "Take an address of the network, or mend that."),
            (
                "error",
                "2001:db8:a:206::1 lies outside of 2001:db8:a:205::/64",
                "Take an address of the network, or mend that.",
            ),
        ],
    ),
    "an IPv4 address where there is no IPv4 network": (
        [
            ("    ipv4: 203.0.113.0/29\n", ""),
            ('gateway: {ipv4: 1, ipv6: "::1"}\n', 'gateway: {ipv4: ▸1, ipv6: "::1"}\n'),
            ("{wan: {ipv4: 6,", "{wan: {ipv4: ▸6,"),
            ("edge1: {ipv4: 4,", "edge1: {ipv4: ▸4,"),
            ("edge2: {ipv4: 5,", "edge2: {ipv4: ▸5,"),
        ],
        [
            (
                "error",
                "'1': there is no IPv4 network that it could lie in",
                "Add `ipv4:` to 'before', or take the address out.",
            ),
            (
                "error",
                "'6': there is no IPv4 network that it could lie in",
                "Add `ipv4:` to 'before', or take the address out.",
            ),
            (
                "error",
                "'4': there is no IPv4 network that it could lie in",
                "Add `ipv4:` to 'before', or take the address out.",
            ),
            (
                "error",
                "'5': there is no IPv4 network that it could lie in",
                "Add `ipv4:` to 'before', or take the address out.",
            ),
        ],
    ),
    "an IPv6 address where there is no IPv6 network": (
        [("{nat-address: 1}", '{nat-address: {ipv4: 1, ipv6: ▸"::1"}}')],
        [
            (
                "error",
                "'::1': there is no IPv6 network that it could lie in",
                "Add `ipv6:` to 'floating', or take the address out.",
            )
        ],
    ),
    "a service's short address": (
        [("web: {ipv4: 192.0.2.80", "web: {ipv4: ▸80")],
        [("error", "'80' is no IPv4 address: Expected 4 octets in '80'", "Write the whole address.")],
    ),
    "a zone in an address": (
        [('"fe80::52"', '▸"fe80::52%e0"')],
        [
            (
                "error",
                "'fe80::52%e0' is no IPv6 address: Only hex digits permitted in '52 zone e0' in 'fe80::52 zone e0'",
                "Write the whole address.",
            )
        ],
    ),
    "a link local address that is none": (
        [('"fe80::52"', '▸"2001:db8::52"')],
        [("error", "2001:db8::52 is no link-local address", "Take one of fe80::/10.")],
    ),
    "no room for the IPv6 that follows from the IPv4": (
        [
            ('"2001:db8:b::/64"', '"2001:db8:b::/120"'),
            ("edge1: {role: edge, rack: r1, management: 7", "edge1: {role: edge, rack: r1, management: ▸7"),
            ("management: 15", "management: ▸15"),
            ("management: 20", "management: ▸20"),
            ("management: 21", "management: ▸21"),
            ("management: 22", "management: ▸22"),
        ],
        [
            (
                "error",
                "the IPv6 address that follows from 10.0.1.7 has no room in 2001:db8:b::/120",
                "Write both: {ipv4: ..., ipv6: ...}, or give the VLAN a /64.",
            ),
            (
                "error",
                "the IPv6 address that follows from 10.0.1.15 has no room in 2001:db8:b::/120",
                "Write both: {ipv4: ..., ipv6: ...}, or give the VLAN a /64.",
            ),
            (
                "error",
                "the IPv6 address that follows from 10.0.1.20 has no room in 2001:db8:b::/120",
                "Write both: {ipv4: ..., ipv6: ...}, or give the VLAN a /64.",
            ),
            (
                "error",
                "the IPv6 address that follows from 10.0.1.21 has no room in 2001:db8:b::/120",
                "Write both: {ipv4: ..., ipv6: ...}, or give the VLAN a /64.",
            ),
            (
                "error",
                "the IPv6 address that follows from 10.0.1.22 has no room in 2001:db8:b::/120",
                "Write both: {ipv4: ..., ipv6: ...}, or give the VLAN a /64.",
            ),
        ],
    ),
    "an IPv4 link without room": (
        [("10.0.254.0/31", "▸10.0.254.0/32")],
        [("error", "10.0.254.0/32 has no room for two ends", "Take a /31 or a /64, for instance.")],
    ),
    "an IPv6 link without room": (
        [('":fe01::/64"', '▸":fe01::1/128"')],
        [("error", "2001:db8:a:fe01::1/128 has no room for two ends", "Take a /31 or a /64, for instance.")],
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_a_mistake_is_told_at_its_place_with_a_cure(title: str) -> None:
    assert_told(*CASES[title])
