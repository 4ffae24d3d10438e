"""What can be wrong with joined sites, and with the reflectors of a site's switches."""

from ipaddress import ip_address
from pathlib import Path

import pytest

from seapoint.intent.cloud.joins import Joins
from seapoint.intent.cloud.read import read_cloud
from unit.cloud.edits import Case, assert_told, edited

EXAMPLE = Path(__file__).parents[3] / "examples" / "two-sites"
CODFW = (EXAMPLE / "codfw1dev.yaml").read_text()
TWIN = (EXAMPLE / "twin1dev.yaml").read_text()

FIRST = (
    '    - {between: [cloudgw2003-dev, cloudgw3001-twin], ipv4: 172.20.253.0/31, ipv6: "2a02:ec80:a100:2fe::/127"}\n'
)
SECOND = (
    '    - {between: [cloudgw2003-dev, cloudgw3002-twin], ipv4: 172.20.253.2/31, ipv6: "2a02:ec80:a100:2fe::2/127"}\n'
)
OTHERS = CODFW[CODFW.index("    - {between: [cloudgw2004-dev") : CODFW.index("# ---", CODFW.index("joins:"))]
LED = "that would be led into a tunnel"
OTHER_SITES = "172.20.64.0/18, 2001:db8:2000:200::/56 of other sites"
OWN_ONLY = "Name the other site's own prefixes only."
PRIVATE_ONLY = "Take it out: tunnels carry cloud-private only."

AT_CODFW: dict[str, Case] = {
    "a secret in the file itself": (
        [("password: /etc/seapoint/joins.password", "password: ▸hunter2")],
        [
            (
                "error",
                "password: a secret is told by the file that holds it on each host, such as /etc/seapoint/bgp.password",
                "File on all edge hosts with the word that signs BGP's packets (TCP MD5, RFC 2385).",
            )
        ],
    ),
    "TCP-AO, which no FRR has": (
        [("  password: /etc/seapoint/joins.password", "  ▸tcp_ao: /etc/seapoint/joins.password")],
        [("error", "unknown key 'tcp_ao'", "Known here: announces, asn, mtu, password, sites, tunnels.")],
    ),
    "a prefix of tenants announced to other sites": (
        [("  announces: [cloud-private-b1-codfw,", "  ▸announces: [tenants-private, cloud-private-b1-codfw,")],
        [
            (
                "error",
                "other sites would be told of 2a02:ec80:a100:100::/56, which is not cloud-private",
                PRIVATE_ONLY,
            )
        ],
    ),
    "another site's prefix around our own": (
        [
            ("twin-private: [172.20.64.0/18,", "twin-private: [172.20.0.0/16,"),
            ("      private: [", "      ▸private: ["),
        ],
        [
            (
                "error",
                "172.20.0.0/16 of 'twin1dev' overlaps what is announced from here: " + LED,
                OWN_ONLY,
            )
        ],
    ),
    "another site's prefix around our tenants": (
        [
            ('"2001:db8:2000:200::/56"]', '"2a02:ec80:a100:100::/56"]'),
            ("      private: [", "      ▸private: ["),
        ],
        [
            (
                "error",
                "2a02:ec80:a100:100::/56 of 'twin1dev' overlaps the tenants' 'tenants-private': " + LED,
                OWN_ONLY,
            )
        ],
    ),
    "another site's prefix told to the core routers": (
        [
            (
                "        ipv4: [tenants, deployment-public, cloud-instance-transport1-b-codfw]\n        ipv6: [site]\n",
                "        ipv4: [tenants, deployment-public]\n        ▸ipv6: [twin-private]\n",
            ),
        ],
        [
            (
                "error",
                "2001:db8:2000:200::/56 would tell the core routers of another site's cloud-private",
                "Take it out: it is reached by a tunnel only.",
            )
        ],
    ),
    "an end that nobody is": (
        [
            (
                FIRST,
                FIRST.replace(
                    "between: [cloudgw2003-dev, cloudgw3001-twin]", "▸between: [cloudgw2003-dev, cloudgw3009-twin]"
                ),
            )
        ],
        [
            (
                "error",
                "cloudgw2003-dev - cloudgw3009-twin are not an edge host here and a gateway of another site",
                "Did you mean 'cloudgw3002-twin'?",
            )
        ],
    ),
    "two tunnels between the same ends": (
        [(SECOND, SECOND.replace("3002", "3001")), ("  tunnels:\n    - {between", "  ▸tunnels:\n    - {between")],
        [("error", "cloudgw2003-dev - cloudgw3001-twin have two tunnels", "Make one of them.")],
    ),
    "an edge host without a tunnel": (
        [(OTHERS, "\n"), ("  tunnels:\n    - {between", "  ▸tunnels:\n    - {between")],
        [
            (
                "error",
                "'cloudgw2004-dev' has no tunnel to 'twin1dev': while it is the active edge host, nothing passes",
                "Add one from each edge host.",
            )
        ],
    ),
    "a tunnel without the family of what it leads to": (
        [(', ipv6: "2a02:ec80:a100:2fe::/127"', ""), ("  tunnels:\n    - {between", "  ▸tunnels:\n    - {between")],
        [
            (
                "error",
                "the tunnel cloudgw2003-dev - cloudgw3001-twin has no IPv6 network, 'twin1dev' has",
                "Add `ipv6:` to it.",
            )
        ],
    ),
    "a gateway's address that is none": (
        [("203.0.113.67", "▸203.0.113"), (FIRST + SECOND, SECOND), (OTHERS, OTHERS.split("\n")[0] + "\n")],
        [("error", "'203.0.113' is no address", "Write its outside address, IPv4 or IPv6, whole.")],
    ),
    "hosts without a route to the other site": (
        [
            (
                "    routes: [cloud-private, cloud-public, tenants, tenants-private, public-vips, twin-private]",
                "    ▸routes: [cloud-public, tenants, tenants-private, public-vips]",
            )
        ],
        [
            (
                "warning",
                f"hosts on 'cloud-private-b1-codfw' have no route through it to {OTHER_SITES}",
                "Add the other sites' prefixes to its `routes`.",
            )
        ],
    ),
    "an AS that has another role": (
        [("asn: 64650", "asn: ▸64711")],
        [
            (
                "error",
                "AS 64711 is used for two roles: switches and the edges of joined sites",
                "Take another number.",
            )
        ],
    ),
}
AT_TWIN: dict[str, Case] = {
    "a reflector that is no switch": (
        [("reflectors: [cloudsw1-t1-twin, cloudsw1-t2-twin]", "reflectors: [cloudsw1-t1-twin, ▸cloudsw1-t9-twin]")],
        [("error", "unknown switch 'cloudsw1-t9-twin'", "Did you mean 'cloudsw1-t3-twin'?")],
    ),
    "a switch of another AS": (
        [("cloudsw1-t3-twin: {managed: render, asn: 64730", "cloudsw1-t3-twin: {managed: render, asn: ▸64731")],
        [
            (
                "error",
                "'cloudsw1-t3-twin' is of another AS than 'cloudsw1-t1-twin': reflectors speak iBGP",
                "Give all switches of the realm one AS.",
            )
        ],
    ),
    "a switch without a loopback": (
        [
            (', loopback: {ipv4: 10.64.255.3, ipv6: "2001:db8:2000:ffff::3"}', ""),
            ("  cloudsw1-t3-twin: {", "  ▸cloudsw1-t3-twin: {"),
        ],
        [
            (
                "error",
                "'cloudsw1-t3-twin' needs a loopback of both families to speak iBGP from",
                "Add `loopback: {ipv4: ..., ipv6: ...}`.",
            )
        ],
    ),
}


@pytest.mark.parametrize("case", AT_CODFW)
def test_what_is_wrong_with_a_join(case: str) -> None:
    assert_told(*AT_CODFW[case], base=CODFW)


@pytest.mark.parametrize("case", AT_TWIN)
def test_what_is_wrong_with_reflectors(case: str) -> None:
    assert_told(*AT_TWIN[case], base=TWIN)


def joins(text: str) -> Joins:
    cloud = read_cloud(text).cloud
    assert cloud is not None
    assert cloud.joins is not None
    return cloud.joins


def test_both_files_mean_the_same_tunnels_from_their_own_side() -> None:
    here, there = joins(CODFW), joins(TWIN)
    ours = {(one.host, one.gateway, one.local, one.remote, one.own, one.far) for one in here.tunnels}
    theirs = {(one.gateway, one.host, one.remote, one.local, one.far, one.own) for one in there.tunnels}
    assert ours == theirs
    assert here.asn == there.asn
    assert set(here.announced) == set(there.networks())
    assert set(there.announced) == set(here.networks())


@pytest.mark.parametrize(
    ("edits", "local", "remote"),
    [
        ([], "208.80.153.188", "203.0.113.67"),
        (
            [("203.0.113.67", '"2001:db8:2000:fe03::3001:1"')],
            "2a02:ec80:a100:fe03::2003:1",
            "2001:db8:2000:fe03::3001:1",
        ),
    ],
)
def test_a_tunnel_is_of_its_gateways_family_outside_and_of_both_inside(
    edits: list[tuple[str, str]], local: str, remote: str
) -> None:
    text, _ = edited(*edits, base=CODFW)
    first = joins(text).tunnels[0]
    assert (first.local, first.remote) == (ip_address(local), ip_address(remote))
    assert [str(one) for one in (*first.own.all(), *first.far.all())] == [
        "172.20.253.0",
        "2a02:ec80:a100:2fe::",
        "172.20.253.1",
        "2a02:ec80:a100:2fe::1",
    ]
