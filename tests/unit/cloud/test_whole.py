"""What is wrong only in a cloud file as a whole."""

import pytest

from seapoint.intent.cloud.read import read_cloud
from unit.cloud.edits import Case, assert_told, edited, told

NAMES = "Take 1 to 63 letters, digits, dots, hyphens or underscores; the first and last a letter or digit."

CASES: dict[str, Case] = {
    "a VLAN ID used twice": (
        [("{id: 20,", "{id: ▸10,")],
        [("error", "VLAN 10 is used twice, by 'manage' too", "Take an ID that is free in the racks that have it.")],
    ),
    "more networks than VXLAN has room for": (
        [("type: geneve", "type: vxlan"), ("segmentation_ids: 1-10", "segmentation_ids: ▸1-5000")],
        [
            (
                "error",
                "5000 networks do not fit: with VXLAN, OVN has room for 4095",
                "Take a smaller range, or `type: geneve`.",
            )
        ],
    ),
    "segmentation IDs of more than 24 bits": (
        [("segmentation_ids: 1-10", "segmentation_ids: ▸1-16777216")],
        [("error", "1-16777216 is out of range", "Segmentation IDs are 24 bits: 1-16777215.")],
    ),
    "a host's name that leaves its directory": (
        [("  hv1: {role", '  ▸"../hv1": {role')],
        [("error", "'../hv1' cannot be a name", NAMES)],
    ),
    "a filter's name that ends its word in a ruleset": (
        [("  inner-in: {", '  ▸"inner { }": {')],
        [("error", "'inner { }' cannot be a name", NAMES)],
    ),
    "a link of a device with itself": (
        [("{between: [core1, sw1], realm: inner", "{▸between: [sw1, sw1], realm: inner")],
        [("error", "the link joins 'sw1' with itself", "Name its two ends.")],
    ),
    "two links whose interfaces would have one name": (
        [
            (
                "links:\n",
                'links:\n  - {between: [sw1, core1], realm: inner, ipv4: 10.0.254.2/31, ipv6: ":fe02::/64"}\n',
            ),
            ("{between: [core1, sw1], realm: inner", "{▸between: [core1, sw1], realm: inner"),
        ],
        [
            (
                "error",
                "core1 - sw1 have a link of this realm already",
                "Make one link of them, or take another realm.",
            )
        ],
    ),
    "routes of a VLAN without an IPv6 gateway": (
        [
            (
                'ipv6: ":205::/64", gateway: {ipv4: 1, ipv6: "::1"}}',
                'ipv6: ":205::/64", gateway: {ipv4: 1}, ▸routes: [servers]}',
            )
        ],
        [("error", "'own' has no IPv6 gateway to route by", "Add `gateway:` with the switch's addresses.")],
    ),
    "an edge with one VLAN": (
        [("inside: {vlan: behind, vip: virt}", "inside: {vlan: ▸before, vip: wan}")],
        [("error", "the edge's two sides are one VLAN", "Name the VLAN towards the virtual routers.")],
    ),
    "an edge between two realms": (
        [("{id: 30, realm: inner", "{id: 30, realm: outer"), ("inside: {vlan: behind", "inside: {vlan: ▸behind")],
        [("error", "the edge would join the realms 'outer' and 'inner'", "Both its VLANs belong to one realm.")],
    ),
    "an edge of one host": (
        [("edge:\n  vrf", "▸edge:\n  vrf"), ("edge2: {role: edge,", "edge2: {role: gateway, private: 30,")],
        [("error", "an edge is a pair of hosts, here are 1", "Give two hosts a role that does edge.")],
    ),
    "an edge host without IPv6 in the edge's VLAN": (
        [('hosts: {edge1: {ipv4: 11, ipv6: "::2001:1"}', "▸hosts: {▸edge1: {ipv4: 11}")],
        [
            ("error", "edge host 'edge1' has no address in 2001:db8:a:fe04::/64", "Add `edge1: {ipv6: ...}` here."),
            ("warning", "'edge1' has IPv4 and no IPv6", "Add `ipv6:`."),
        ],
    ),
    "an edge host without IPv4 in the edge's VLAN": (
        [('hosts: {edge1: {ipv4: 11, ipv6: "::2001:1"}', '▸hosts: {edge1: {ipv6: "::2001:1"}')],
        [("error", "edge host 'edge1' has no address in 198.51.100.8/29", "Add `edge1: {ipv4: ...}` here.")],
    ),
    "no gateway outside": (
        [("  before:\n", "  ▸before:\n"), ('    gateway: {ipv4: 1, ipv6: "::1"}\n', "")],
        [("error", "the edge's outside VLAN has no gateway", "Add `gateway:` with the switch's addresses.")],
    ),
    "no host with OVN's databases": (
        [("hosts:\n  edge1", "▸hosts:\n  edge1"), ("private: 10}", "private: 10, runs: false}")],
        [
            (
                "error",
                "no host runs OVN's databases and this server",
                "Give a host that runs a role with `does: control`.",
            )
        ],
    ),
    "a hypervisor without an address for tunnels": (
        [("  hv1:", "  ▸hv1:"), (", private: 14", "")],
        [
            (
                "error",
                "'hv1' needs an IPv4 address for tunnels",
                "Add `private:`, its address in the rack's private VLAN.",
            )
        ],
    ),
    "a hypervisor with IPv6 alone for tunnels": (
        [("  hv1:", "  ▸hv1:"), (", private: 14", ', private: {ipv6: "::14"}')],
        [
            (
                "error",
                "'hv1' needs an IPv4 address for tunnels",
                "Add `private:`, its address in the rack's private VLAN.",
            )
        ],
    ),
    "no VLAN for private addresses": (
        [
            ("use: private, ", ""),
            ("private: 13", "private: ▸13"),
            ("private: 14", "private: ▸14"),
            ("private: 10", "private: ▸10"),
        ],
        [
            ("error", "rack 'r1' has no VLAN for private addresses", "Add a VLAN with `use: private` and `rack: r1`."),
            ("error", "rack 'r1' has no VLAN for private addresses", "Add a VLAN with `use: private` and `rack: r1`."),
            ("error", "rack 'r1' has no VLAN for private addresses", "Add a VLAN with `use: private` and `rack: r1`."),
        ],
    ),
    "warnings: IPv4 without its IPv6 twin": (
        [
            (', ipv6: ":fe01::/64"}', "}"),
            ("  - {between", "  - ▸{between"),
            ('wan: {ipv4: 6, ipv6: "::2"}', "▸wan: {ipv4: 6}"),
        ],
        [
            (
                "warning",
                "the link core1 - sw1 has IPv4 and no IPv6",
                "Add `ipv6:`, or `ipv4_only: true` where that is meant.",
            ),
            ("warning", "'wan' has IPv4 and no IPv6", "Add `ipv6:`."),
        ],
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_a_mistake_is_told_at_its_place_with_a_cure(title: str) -> None:
    assert_told(*CASES[title])


def test_mistakes_of_all_kinds_are_told_at_once_in_the_order_of_the_file() -> None:
    text, places = edited(
        ("region: small-r", "▸regoin: x\nregion: small-r"),
        ("asn: 64711", "asn: ▸0"),
        ("10.0.254.0/31", "▸10.0.254.1/31"),
        ("{id: 20,", "{id: ▸10,"),
        ('virt: {ipv4: 9, ipv6: "::1:1"', 'virt: {ipv4: ▸17, ipv6: ▸"2001:db8::1"'),
        ("ctl1: {role: control,", "ctl1: {role: ▸contorl,"),
        ("exclusions: [friends]", "exclusions: [▸freinds]"),
        ("ports: [25]", "ports: [▸0, 25, ▸x]"),
        ("routers: [core1]", "routers: [▸core3]"),
        ("friends: [web,", "friends: [▸wbe,"),
    )
    found = told(read_cloud(text))
    assert [(line, column) for line, column, *_ in found] == places


def test_the_file_that_is_edited_here_has_no_mistake_of_its_own() -> None:
    reading = read_cloud(edited()[0])
    assert told(reading) == []
    assert reading.cloud is not None
