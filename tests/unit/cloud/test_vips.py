"""What can be wrong with service addresses and their announcements."""

import pytest

from seapoint.intent.cloud.bgp import Bfd
from seapoint.intent.cloud.read import read_cloud
from unit.cloud.edits import Case, assert_told, edited

VIP_PREFIX = '{own-vips: {ipv4: 172.20.254.0/24, ipv6: ":2ff::/64"}}'
PREFIXES = (
    '  servers: {ipv4: 172.20.0.0/16, ipv6: ":200::/56"}',
    f'  servers: {{ipv4: 172.20.0.0/16, ipv6: ":200::/56", inside: {VIP_PREFIX}}}',
)
SERVERS = ("bgp:\n", "bgp:\n  servers: {asn: 64605}\n")
OWNER = ("  hv1: {role", "  lb1: {role: balancer, rack: r1, management: 30, private: 30}\n  hv1: {role")
ROLE = ("  control: {does: control}\n", "  control: {does: control}\n  balancer: {}\n")
GROUND = [PREFIXES, OWNER, ROLE]


def vips(text: str) -> tuple[str, str]:
    return ("groups:\n", f"vips:\n  {text}\ngroups:\n")


RIGHT = vips('api: {prefix: own-vips, ipv4: 1, ipv6: "::1", owners: [balancer]}')


def checked(text: str) -> list[tuple[str, str]]:
    """A right VIP with this check."""
    return [
        *GROUND,
        SERVERS,
        vips(f'api: {{prefix: own-vips, ipv4: 1, ipv6: "::1", owners: [balancer], {text}}}'),
    ]


CASES: dict[str, Case] = {
    "a profile of timers beside figures": (
        [("bgp:\n", "bgp:\n  ▸bfd: {profile: fast, interval: 50ms}\n")],
        [
            (
                "error",
                "bfd: a profile is both figures: take out the others, or the profile",
                "On every session: how fast a dead peer is noticed.",
            )
        ],
    ),
    "a command that is no path": (
        checked('check: {▸command: ["true"]}'),
        [
            (
                "error",
                "'true' would be looked for where the daemon happens to be started",
                "Write the command's whole path.",
            )
        ],
    ),
    "HTTP over TLS of a check that speaks no HTTP": (
        checked("check: {tcp: 443, over_tls: ▸true}"),
        [("error", "a tcp check has no HTTP to speak", "Take it out, or check `http`.")],
    ),
    "a query for a name that is none": (
        checked('check: {dns: ▸"a..example.org"}'),
        [("error", "'a..example.org' cannot be asked for", "Labels of a name have 1 to 63 octets.")],
    ),
    "a path that is none": (
        checked('check: {http: 80, path: ▸"status page"}'),
        [
            (
                "error",
                "'status page' cannot be asked for",
                "Begin with /, and write other than ASCII's visible characters as %XX.",
            )
        ],
    ),
    "a check of two kinds": (
        checked("▸check: {tcp: 53, dns: example.org}"),
        [
            (
                "error",
                "check: a check is exactly one of tcp, http, tls, dns, command",
                "Whether the service is well; without one it always is.",
            )
        ],
    ),
    "a VIP outside its range": (
        [*GROUND, SERVERS, vips('api: {prefix: own-vips, ipv4: ▸172.20.253.1, ipv6: "::1", owners: [balancer]}')],
        [
            (
                "error",
                "172.20.253.1 lies outside of 172.20.254.0/24",
                "Take an address of the network, or mend that.",
            )
        ],
    ),
    "an IPv6 VIP outside its range": (
        [*GROUND, SERVERS, vips('api: {prefix: own-vips, ipv4: 1, ipv6: ▸"2001:db8:a:2fe::1", owners: [balancer]}')],
        [
            (
                "error",
                "2001:db8:a:2fe::1 lies outside of 2001:db8:a:2ff::/64",
                "Take an address of the network, or mend that.",
            )
        ],
    ),
    "VIPs whose owners have no AS": (
        [*GROUND, vips('▸api: {prefix: own-vips, ipv4: 1, ipv6: "::1", owners: [balancer]}')],
        [("error", "its owners have no AS to announce it from", "Add `servers: {asn: ...}` to `bgp`.")],
    ),
    "an owner without a cloud-private leg": (
        [
            PREFIXES,
            ROLE,
            SERVERS,
            ("  hv1: {role", "  lb1: {role: balancer, rack: r1, management: 30}\n  hv1: {role"),
            vips("api: {prefix: own-vips, ipv6: '::1', ▸owners: [balancer]}"),
        ],
        [
            (
                "error",
                "'lb1' has no cloud-private IPv6 address from which to announce 2001:db8:a:2ff::1",
                "Give 'lb1' a `private:` address of this family, or another owner.",
            )
        ],
    ),
    "a VIP of IPv4 only": (
        [*GROUND, SERVERS, vips("▸api: {prefix: own-vips, ipv4: 1, owners: [balancer]}")],
        [("warning", "the VIP 'api' has IPv4 and no IPv6", "Add `ipv6:`.")],
    ),
    "the AS of switches for servers too": (
        [*GROUND, ("bgp:\n", "bgp:\n  servers: {asn: ▸64711}\n"), RIGHT],
        [("error", "AS 64711 is used for two roles: switches and servers", "Take another number.")],
    ),
    "an export that tells of cloud-private": (
        [("exactly: {ipv4: [tenants],", "exactly: {▸ipv4: [tenants, servers],")],
        [
            (
                "error",
                "172.20.0.0/16 would tell the core routers of cloud-private (172.20.0.0/16)",
                "Take it out: cloud-private never leaves the cloud.",
            )
        ],
    ),
    "an export of a part of cloud-private in IPv6": (
        [("ipv6: [site]}}", '▸ipv6: [site, "2001:db8:a:205::/64"]}}')],
        [
            (
                "error",
                "2001:db8:a:205::/64 would tell the core routers of cloud-private (2001:db8:a:200::/56)",
                "Take it out: cloud-private never leaves the cloud.",
            )
        ],
    ),
    "a public VIP that no announced prefix covers": (
        [
            OWNER,
            ROLE,
            SERVERS,
            (
                "      floating: {ipv4",
                "      open: {ipv4: 198.51.100.24/29, ipv6: ':4000::/64'}\n      floating: {ipv4",
            ),
            vips('api: {prefix: open, ipv4: ▸26, ipv6: "::1", owners: [balancer]}'),
        ],
        [
            (
                "error",
                "no prefix that the switches announce to the core routers covers 198.51.100.26",
                "Add one to `bgp: exports:`, or take an address of cloud-private.",
            )
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_told(case: str) -> None:
    assert_told(*CASES[case])


def test_owners_of_a_role_and_hosts_are_named_once() -> None:
    text, _ = edited(*GROUND, SERVERS, vips('api: {prefix: own-vips, ipv4: 1, ipv6: "::1", owners: [balancer, lb1]}'))
    cloud = read_cloud(text).cloud
    assert cloud is not None
    assert cloud.vips["api"].owners == ("lb1",)


@pytest.mark.parametrize(("profile", "interval"), [("published", 300), ("fast", 100)])
def test_a_profile_of_timers(profile: str, interval: int) -> None:
    text, _ = edited(("bgp:\n", f"bgp:\n  bfd: {{profile: {profile}}}\n"))
    cloud = read_cloud(text).cloud
    assert cloud is not None
    assert cloud.bgp_bfd == Bfd(interval, 3)
