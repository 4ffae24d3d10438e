"""Where hosts' default routes go, as the cloud file says it, and what can be wrong with that."""

from pathlib import Path

import pytest

from seapoint.intent.cloud.read import read_cloud
from unit.cloud.edits import BASE, Case, assert_told, edited

EXAMPLES = Path(__file__).parents[3] / "examples" / "default-route"
NAT = (EXAMPLES / "cloud-nat.yaml").read_text()
ENTRY = "  web: {realm: cloud, nat: true}\n"
LINES_OF = {
    "production-proxy": "  web: {realm: production, proxy: web-proxy}\n",
    "cloud-nat": ENTRY,
    "cloud-public": "  web: {vlan: public1}\n",
    "cloud-realm": "  web: {realm: cloud, ipv6_only: true, proxy: web-proxy}\n",
}
ROUTES = "default_routes:\n"
SPARE = "vlans:\n  spare: {id: 60, realm: cloud, ipv4: 203.0.113.32/28,"
SECOND_RACK = """\
vlans:
  hosts2:
    {id: 11, realm: production, rack: r2, use: management, ipv4: 10.0.2.0/24, ipv6: "2001:db8:b:2::/64"}
  private2:
    {id: 21, realm: cloud, rack: r2, use: private, ipv4: 172.20.6.0/24, ipv6: ":206::/64",
     gateway: {ipv4: 1, ipv6: "::1"}, routes: [cloud-private, tenants]}
"""
REFUSED = "      - {reject: any, to: [corporate]}"
ACCEPTED = "      - {accept: default_routes}"


def written(entry: str) -> list[tuple[str, str]]:
    return [(ENTRY, entry)]


CASES: dict[str, Case] = {
    "neither a role nor a host": (
        written("  ▸wep: {realm: production}\n"),
        [("error", "'wep' is no role and no host", "Did you mean 'web'?")],
    ),
    "two ways at once": (
        written("  ▸web: {realm: cloud, vlan: private}\n"),
        [
            (
                "error",
                "web: a default route has exactly one of realm and vlan",
                "Mend this value.",
            )
        ],
    ),
    "a realm in which the host has no leg": (
        written("  web: {realm: ▸clout, nat: true}\n"),
        [
            (
                "error",
                "'web1' has neither a management nor a private address in the realm 'clout'",
                "Did you mean 'cloud'?",
            )
        ],
    ),
    "cloud-public without a VLAN": (
        written("  web: {vlan: ▸cloud-public}\n"),
        [("error", "unknown VLAN 'cloud-public'", "Known here: hosts, inside, outside, private.")],
    ),
    "a VLAN that does not list the host": (
        written("  web: {vlan: ▸outside}\n"),
        [("error", "'web1' has no address on 'outside'", "Add it to `hosts` of 'outside'.")],
    ),
    "cloud-public without a gateway": (
        [
            (
                "vlans:\n",
                f'{SPARE} ipv6: ":6::/64", hosts: {{web1: {{ipv4: 34, ipv6: "::34"}}}}}}\n',
            ),
            (ENTRY, "  ▸web: {vlan: spare}\n"),
        ],
        [
            (
                "error",
                "'spare' has no gateway for a default route",
                "Add `gateway:` with the switch's addresses to the VLAN.",
            )
        ],
    ),
    "cloud-public of one family": (
        [
            (
                "vlans:\n",
                f"{SPARE} ipv4_only: true, gateway: {{ipv4: 33}}, hosts: {{web1: {{ipv4: 34}}}}}}\n",
            ),
            (ENTRY, "  ▸web: {vlan: spare}\n"),
        ],
        [
            (
                "warning",
                "'web1' has no IPv6 by 'spare': that default route stays with management",
                "Give it an IPv6 address and a gateway there.",
            )
        ],
    ),
    "NAT of a realm that no edge serves": (
        written("  web: {realm: production, nat: ▸true}\n"),
        [("error", "no edge serves the realm 'production'", "Take the realm 'cloud', or take `nat` out.")],
    ),
    "an edge host's own": (
        [(ENTRY, "  ▸edge1: {realm: cloud, nat: true}\n"), (" 7}", " 7, private: 21}")],
        [
            (
                "error",
                "'edge1' is an edge host: it carries others' default routes, its own stays with management",
                "Take it out, or name the other hosts.",
            )
        ],
    ),
    "addresses that the internet is not told": (
        written("  ▸web: {realm: cloud}\n"),
        [
            (
                "warning",
                "the internet cannot answer 172.20.5.11 of 'web1': it is told no prefix with that address",
                "Add `nat: true` or `ipv6_only: true`, or take a VLAN with addresses that it is told.",
            )
        ],
    ),
    "a filter that refuses it": (
        [(ENTRY, ENTRY.replace("web", "▸web", 1)), (ACCEPTED, "      #")],
        [
            (
                "warning",
                "the filter 'cloud-in' refuses what 'web1' sends to the internet from 2001:db8:a:205::11",
                "Add `- {accept: default_routes}` to its terms, before the one that refuses.",
            )
        ],
    ),
    "a filter that lets it into production": (
        [(ENTRY, ENTRY.replace("web", "▸web", 1)), (REFUSED, "      #")],
        [
            (
                "warning",
                "the filter 'cloud-in' lets 'web1' into production, to 2001:db8:b::/48 from 2001:db8:a:205::11",
                "Refuse production's networks by a term before the one that accepts.",
            )
        ],
    ),
    "a proxy that nobody knows": (
        written("  web: {realm: production, proxy: ▸web-proxy}\n"),
        [("error", "unknown service 'web-proxy'", "Nothing is known here.")],
    ),
    "a service that is no proxy": (
        [
            (ENTRY, "  web: {realm: production, proxy: ▸shop}\n"),
            (ROUTES, "services: {shop: {ipv4: 192.0.2.9}}\n" + ROUTES),
        ],
        [("error", "the service 'shop' is no proxy", "Add `proxy:`, the port, to 'shop' under `services`.")],
    ),
    "a proxy without an address": (
        [(ENTRY, "  web: {realm: production, proxy: ▸shop}\n"), (ROUTES, "services: {shop: {proxy: 8080}}\n" + ROUTES)],
        [
            (
                "error",
                "'shop' has no address of a family that 'web1' has in management",
                "Add `ipv4:` and `ipv6:` to the service.",
            )
        ],
    ),
}


@pytest.mark.parametrize("name", LINES_OF)
def test_the_examples_have_no_mistake_and_differ_in_that_line(name: str) -> None:
    text = (EXAMPLES / f"{name}.yaml").read_text()
    reading = read_cloud(text)
    assert reading.mistakes == ()
    assert reading.cloud is not None
    assert f"{ROUTES}{LINES_OF[name]}" in text


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_with_a_default_route(case: str) -> None:
    assert_told(*CASES[case], base=NAT)


def test_no_link_to_the_switch_that_has_the_edge() -> None:
    more = [
        ("racks: {", "racks: {r2: {switch: sw2}, "),
        ("switches: {", "switches: {sw2: {asn: 64711}, "),
        ("  edge1: {", "  web2: {role: web, rack: r2, management: 41, private: 41}\n  edge1: {"),
        (
            "vlans:\n",
            SECOND_RACK,
        ),
        ("id: 40, realm: cloud,", "id: 40, realm: cloud, rack: r1,"),
        (ENTRY, "  web: {realm: cloud, nat: ▸true}\n"),
    ]
    message = "no link of the realm 'cloud' joins 'sw2' with 'sw1', where the edge is"
    assert_told(more, [("error", message, "Add the link, or take `nat` out.")], base=NAT)


def test_a_hosts_own_entry_comes_before_its_roles() -> None:
    text, _ = edited((ENTRY, "  web: {realm: production}\n  web1: {realm: cloud, nat: true}\n"), base=NAT)
    cloud = read_cloud(text).cloud
    assert cloud is not None
    [(host, route)] = cloud.default_routes.items()
    assert (host, route.entry, route.vlan, route.nat) == ("web1", "web1", "private", True)


def test_only_a_filter_accepts_default_routes() -> None:
    edits = [("reject: [{reject: tcp, ports: [25], from: [class default]}]", "reject: [{accept: ▸default_routes}]")]
    text, places = edited(*edits, base=BASE)
    found = [(one.position.line, one.position.column, one.mistake.message) for one in read_cloud(text).mistakes]
    assert (*places[0], "only a filter accepts the default_routes") in found


def test_nat_of_management_in_a_cloud_of_one_realm() -> None:
    text, [place] = edited(
        (ENTRY, "  web: {realm: cloud, nat: ▸true}\n"), base=NAT.replace("realm: production", "realm: cloud")
    )
    found = [(one.position.line, one.position.column, one.mistake.message) for one in read_cloud(text).mistakes]
    assert (*place, "management's default route is the installer's: no edge carries it") in found
