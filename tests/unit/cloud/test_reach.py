"""Who may reach what: rows of the matrix, exclusions from NAT, terms of filters, and what can be wrong with them."""

import pytest

from seapoint.intent.cloud.matrix import matrix, networks_of
from seapoint.intent.cloud.read import read_cloud
from unit.cloud.edits import Case, assert_told, edited

SERVERS = ("bgp:\n", "bgp:\n  servers: {asn: 64605}\n")
VIPS = """vips:
  api: {prefix: servers, ipv4: 172.20.9.1, ipv6: "::9:1", owners: [ctl1]}
"""
FRIENDS = "exclusions: [friends]"
TERMS = "terms: [{drop: any, from: [servers]}, {accept: any}]"
V6 = "2001:db8:a:200::/56"


def reach(services: str, vips: str = "") -> tuple[str, str]:
    return ("groups:\n", f"{vips}reach:\n  services:\n    {services}\ngroups:\n")


def exclusions(text: str) -> tuple[str, str]:
    return ("groups:\n", f"exclusions:\n  {text}\ngroups:\n")


CASES: dict[str, Case] = {
    "an unknown place": (
        [reach("api: {at: [▸ctl], tcp: [443], from: [internet]}")],
        [("error", "'ctl' is no VIP, no role with hosts and no host", "Did you mean 'ctl1'?")],
    ),
    "an unknown caller": (
        [reach("api: {at: [control], tcp: [443], from: [▸inernet]}")],
        [("error", "unknown caller 'inernet'", "Did you mean 'internet'?")],
    ),
    "a role without a cloud-private leg": (
        [reach("api: {▸at: [edge], tcp: [443], from: [instances]}")],
        [
            (
                "error",
                "nobody serves 'api'",
                "Name a VIP with owners that run, or a role or host with a cloud-private address.",
            )
        ],
    ),
    "a row without ports": (
        [reach("▸api: {at: [control], from: [instances]}")],
        [("error", "'api' has no ports", "Add `tcp:` or `udp:`.")],
    ),
    "a VIP that nobody may call": (
        [
            SERVERS,
            reach(
                "other: {at: [control], tcp: [443], from: [instances]}",
                VIPS.replace("  api:", "  ▸api:"),
            ),
        ],
        [("warning", "nobody may call 'api'", "Add a row to `services` of `reach`, or take it out.")],
    ),
    "an exclusion without ports": (
        [(TERMS, "terms: [{accept: exclusions}, {accept: any}]"), exclusions("▸web: {}")],
        [
            (
                "error",
                "nothing passes between instances and 'web'",
                "Add `offers:`, what instances ask there, or `asks:`, what it asks of instances.",
            )
        ],
    ),
    "an exclusion that no filter knows": (
        [(TERMS, TERMS.replace("terms", "▸terms")), exclusions("web: {offers: {tcp: [80]}}")],
        [
            (
                "error",
                "'inner-in' has no term for the exclusions: instances' own addresses may not pass it",
                "Add `- {accept: exclusions}` to its terms.",
            )
        ],
    ),
    "an exclusion that a filter drops": (
        [(FRIENDS, "exclusions: [▸friends]"), (TERMS, "terms: [{drop: any, from: [tenants]}, {accept: any}]")],
        [
            (
                "error",
                "'friends' sees instances' own addresses, and the filter 'inner-in' drops them",
                "List it under `exclusions`, with its ports, and not here.",
            )
        ],
    ),
    "an exclusion without a way back": (
        [
            ("ipv4: [tenants], ipv6: [site]", "ipv4: [], ipv6: [site]"),
            (FRIENDS, "exclusions: []"),
            (TERMS, "terms: [{accept: exclusions}, {accept: any}]"),
            exclusions("▸web: {offers: {tcp: [80]}}"),
        ],
        [
            (
                "error",
                "'web' sees 172.16.0.0/17, and has no way back: no switch announces it to the core routers",
                "Add the prefix to the switches' exports.",
            )
        ],
    ),
    "a term for a service that is not excluded": (
        [
            (FRIENDS, "exclusions: []"),
            (TERMS, "terms: [▸{accept: tcp, ports: [80], to: [web]}, {accept: any}]"),
        ],
        [
            (
                "warning",
                "no exclusion from NAT names 192.0.2.80: it never sees instances' own addresses",
                "List the service under `exclusions`, with its ports, instead of this term.",
            )
        ],
    ),
    "a term behind one that takes all of it": (
        [(TERMS, "terms: [{drop: any, from: [servers]}, ▸{accept: tcp, ports: [22], from: [own]}, {accept: any}]")],
        [
            (
                "error",
                "it can never match: term 1 before it decides on all that it matches",
                "Put it before, or take it out.",
            )
        ],
    ),
    "a term whose families are taken by two": (
        [
            (
                TERMS,
                'terms: [{drop: any, from: [172.20.0.0/16]}, {drop: any, from: [":200"]}, '.replace(":200", V6)
                + "▸{reject: udp, from: [servers]}, {accept: any}]",
            )
        ],
        [
            (
                "error",
                "it can never match: term 1 and 2 before it decides on all that it matches",
                "Put it before, or take it out.",
            )
        ],
    ),
    "a term from one family to the other": (
        [(TERMS, 'terms: [▸{drop: any, from: [172.20.0.0/16], to: ["2001:db8:f::/64"]}, {accept: any}]')],
        [
            (
                "error",
                "it can never match: its ends have no family in common",
                "Name both ends in one family.",
            )
        ],
    ),
    "exclusions that are accepted at the edge": (
        [
            (
                "reject: [{reject: tcp, ports: [25], from: [class default]}]",
                "reject: [{accept: ▸exclusions}]",
            )
        ],
        [("error", "only a filter accepts the exclusions", "Name a protocol, or any.")],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_told(case: Case) -> None:
    assert_told(*case)


def test_terms_of_exclusions_stand_where_the_filter_accepts_them() -> None:
    text, _ = edited(
        (FRIENDS, "exclusions: []"),
        (TERMS, "terms: [{drop: any, from: [servers]}, {accept: exclusions}, {accept: any}]"),
        exclusions("web: {asks: {tcp: [22], udp: [161]}, offers: {tcp: [80, 443]}}"),
    )
    cloud = read_cloud(text).cloud
    assert cloud is not None
    assert cloud.edge is not None
    terms = [(term.protocol, term.source_ports, term.ports) for term in cloud.filters["inner-in"].terms]
    assert terms == [
        ("any", (), ()),
        ("tcp", (22,), ()),
        ("udp", (161,), ()),
        ("tcp", (), (80, 443)),
        ("any", (), ()),
    ]
    both = [["192.0.2.80/32", "2001:db8:ffff::80/128"]]
    assert [[str(one) for one in term.destinations] for term in cloud.filters["inner-in"].terms[1:4]] == both * 3
    assert [[str(one) for one in excluded.networks] for excluded in cloud.edge.nat_exclusions] == both


def test_callers_as_a_whole_are_computed_from_the_plan() -> None:
    text, _ = edited(
        SERVERS,
        (
            "groups:\n",
            f"{VIPS}reach: {{production: [10.9.0.0/16], services: {{a: {{at: [api], tcp: [1]}}}}}}\ngroups:\n",
        ),
    )
    cloud = read_cloud(text).cloud
    assert cloud is not None
    told = {
        kind: [str(one) for one in networks_of(cloud, kind)] for kind in ("instances", "cloud-private", "production")
    }
    assert told == {
        "instances": ["172.16.0.0/17", "198.51.100.0/29", "2001:db8:a::/56"],
        "cloud-private": ["172.20.0.0/16", "2001:db8:a:200::/56"],
        "production": ["10.0.1.0/24", "10.9.0.0/16", "192.0.2.80/32", "2001:db8:b::/64", "2001:db8:ffff::80/128"],
    }
    assert [row.name for row in matrix(cloud)] == ["a"]
