"""What the choices of a default route make of a host, of its switch and of the edge, in both families."""

from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from seapoint.base.addresses import Address, covers
from seapoint.compile.hosts import compile_device
from seapoint.compile.hosts.names import link_interface
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.snapshot import Intent
from seapoint.render.device import host_target
from seapoint.target.device import Device
from seapoint.target.host import MAIN_TABLE, Route
from seapoint.target.nftables import Rule, Ruleset

EXAMPLES = Path(__file__).parents[3] / "examples" / "default-route"
CHOICES = ("production-proxy", "cloud-nat", "cloud-public", "cloud-realm")
INTERNET = {4: "198.51.100.10", 6: "2001:db8:ffff::10"}
PRODUCTION = {4: "10.200.0.1", 6: "2001:db8:b:77::1"}
MANAGEMENT = {4: "10.0.1.23", 6: "2001:db8:b::23"}
PRIVATE = {4: "172.20.5.11", 6: "2001:db8:a:205::11"}
PUBLIC = {4: "203.0.113.34", 6: "2001:db8:a:400::34"}
FAMILIES = pytest.mark.parametrize("version", [4, 6])

#: Where the kernel's own routes lead: the installer's default route, and networks on links.
INSTALLER = "eno1"


def cloud(choice: str) -> Cloud:
    found = read_cloud((EXAMPLES / f"{choice}.yaml").read_text()).cloud
    assert found is not None
    return found


def device(choice: str, name: str, target: str = "") -> Device:
    return compile_device(cloud(choice), Intent.empty(), name)[target or name]


def way(
    one: Device, source: str | None, destination: str, incoming: str | None = None
) -> tuple[str | None, str | None]:
    """Device and preferred source of the route that a packet takes; of the main table's end, the installer's."""
    to = ip_address(destination)
    tables = [
        rule.table
        for rule in sorted(one.rules, key=lambda rule: rule.priority)
        if rule.family == to.version
        and (rule.source is None or (source is not None and ip_address(rule.source) == ip_address(source)))
        and (rule.destination is None or covers(ip_network(rule.destination), to))
        and (rule.incoming is None or rule.incoming == incoming)
    ]
    for table in (*tables, MAIN_TABLE):
        best = _best(one, table, to)
        if best is not None:
            return best.device, best.source
        if table == MAIN_TABLE:
            break
    return INSTALLER, None


def _best(one: Device, table: int, to: Address) -> Route | None:
    fitting = [route for route in one.routes if route.table == table and covers(ip_network(route.destination), to)]
    return max(fitting, key=lambda route: (ip_network(route.destination).prefixlen, -(route.metric or 0)), default=None)


def translated(ruleset: Ruleset, source: str, destination: str, outgoing: str) -> str | None:
    """What the NAT chain makes of a packet's source: the first rule that matches decides."""
    [chain] = (chain for chain in ruleset.chains if chain.type == "nat")
    for rule in chain.rules:
        if _matches(ruleset, rule, ip_address(source), ip_address(destination), outgoing):
            return str(rule.snat) if rule.verdict == "snat" else None
    return None


def _matches(ruleset: Ruleset, rule: Rule, source: Address, destination: Address, outgoing: str) -> bool:
    ends = ((rule.source, source), (rule.destination, destination))
    return (
        rule.family in (None, source.version)
        and outgoing not in rule.not_outgoing
        and all(
            operand is None
            or any(covers(network, end) for network in ruleset.networks_of(operand)) is not operand.negated
            for operand, end in ends
        )
    )


@pytest.mark.parametrize("choice", CHOICES)
@FAMILIES
def test_management_and_production_are_reached_by_management_whatever_is_chosen(choice: str, version: int) -> None:
    host = device(choice, "web1")
    assert way(host, None, PRODUCTION[version])[0] == INSTALLER
    assert way(host, MANAGEMENT[version], PRODUCTION[version])[0] == INSTALLER
    assert way(host, MANAGEMENT[version], INTERNET[version])[0] == INSTALLER, "an answer to who came by management"


@pytest.mark.parametrize("choice", CHOICES)
@FAMILIES
def test_the_second_leg_answers_by_itself_whatever_is_chosen(choice: str, version: int) -> None:
    host = device(choice, "web1")
    assert way(host, PRIVATE[version], INTERNET[version])[0] == "vlan20"
    assert way(host, PRIVATE[version], PRODUCTION[version])[0] == "vlan20"


@pytest.mark.parametrize(
    ("choice", "version", "expected"),
    [
        ("production-proxy", 4, (INSTALLER, None)),
        ("production-proxy", 6, (INSTALLER, None)),
        ("cloud-nat", 4, ("vlan20", PRIVATE[4])),
        ("cloud-nat", 6, ("vlan20", PRIVATE[6])),
        ("cloud-public", 4, ("vlan50", PUBLIC[4])),
        ("cloud-public", 6, ("vlan50", PUBLIC[6])),
        ("cloud-realm", 4, (INSTALLER, None)),
        ("cloud-realm", 6, ("vlan20", PRIVATE[6])),
    ],
)
def test_what_names_no_source_takes_the_chosen_way(
    choice: str, version: int, expected: tuple[str | None, str | None]
) -> None:
    assert way(device(choice, "web1"), None, INTERNET[version]) == expected


@FAMILIES
def test_a_leg_with_public_addresses_answers_by_itself(version: int) -> None:
    host = device("cloud-public", "web1")
    assert way(host, PUBLIC[version], INTERNET[version])[0] == "vlan50"
    assert way(host, PUBLIC[version], PRODUCTION[version])[0] == "vlan50"


@pytest.mark.parametrize("choice", ["cloud-nat", "cloud-public"])
@FAMILIES
def test_without_the_leg_nothing_leaves_by_the_other_realm(choice: str, version: int) -> None:
    host = device(choice, "web1")
    left = [route for route in host.routes if route.device not in ("vlan20", "vlan50")]
    for source in (None, PRIVATE[version]):
        tables = [
            rule.table for rule in host.rules if rule.source and ip_address(rule.source) == ip_address(source or "::")
        ]
        for table in (*tables, *(() if source else (MAIN_TABLE,))):
            to = ip_address(INTERNET[version])
            ends = [one for one in left if one.table == table and covers(ip_network(one.destination), to)]
            assert [one.kind for one in ends] == ["unreachable"]


@FAMILIES
def test_the_switch_leads_translated_hosts_to_the_edge_and_takes_them_back(version: int) -> None:
    switch = device("cloud-nat", "sw1", "sw1.cloud")
    neighbour = {4: "172.20.5.14", 6: "2001:db8:a:205::14"}[version]
    assert way(switch, PRIVATE[version], INTERNET[version], "vlan20")[0] == "vlan40"
    assert way(switch, PRIVATE[version], neighbour, "vlan20")[0] == INSTALLER, "on the link, by the main table"
    assert way(switch, PRIVATE[version], INTERNET[version], "vlan40")[0] == INSTALLER, "from the edge, by BGP's default"
    assert way(switch, neighbour, INTERNET[version], "vlan20")[0] == INSTALLER, "another host's is none of it"


@pytest.mark.parametrize("choice", ["production-proxy", "cloud-public", "cloud-realm"])
def test_only_nat_needs_rules_on_the_switch_and_on_the_edge(choice: str) -> None:
    switch, edge = device(choice, "sw1", "sw1.cloud"), device(choice, "edge1")
    assert (switch.rules, switch.routes) == ((), ())
    assert edge.nftables is not None
    assert "translated_hosts" not in [one.name for one in edge.nftables.sets]
    assert translated(edge.nftables, PRIVATE[4], INTERNET[4], "vlan40") is None


@pytest.mark.parametrize(
    ("source", "destination", "outgoing", "expected"),
    [
        (PRIVATE[4], INTERNET[4], "vlan40", "203.0.113.1"),
        (PRIVATE[6], INTERNET[6], "vlan40", None),
        (PRIVATE[4], INTERNET[4], "vlan30", None),
        (PRIVATE[4], "172.20.6.1", "vlan40", None),  # excluded
        ("172.20.5.14", INTERNET[4], "vlan40", None),  # another host
    ],
)
def test_the_edge_translates_ipv4_of_these_hosts_but_to_what_is_excluded(
    source: str, destination: str, outgoing: str, expected: str | None
) -> None:
    for edge in ("edge1", "edge2"):
        ruleset = device("cloud-nat", edge).nftables
        assert ruleset is not None
        assert translated(ruleset, source, destination, outgoing) == expected


@pytest.mark.parametrize(
    ("choice", "sources"),
    [
        ("production-proxy", set()),
        ("cloud-nat", {PRIVATE[6]}),  # IPv4 is translated before
        ("cloud-public", set()),
        ("cloud-realm", {PRIVATE[6]}),
    ],
)
def test_the_filter_lets_in_exactly_those_that_come_with_their_own_addresses(choice: str, sources: set[str]) -> None:
    terms = [term for term in cloud(choice).filters["cloud-in"].terms if term.action == "accept" and term.sources]
    assert {str(network.network_address) for term in terms for network in term.sources} == sources


@pytest.mark.parametrize(
    ("choice", "mine"), [("cloud-nat", PRIVATE), ("cloud-public", PUBLIC), ("cloud-realm", {6: PRIVATE[6]})]
)
def test_the_leg_of_the_default_route_calls_everybody_but_production(choice: str, mine: dict[int, str]) -> None:
    ruleset = device(choice, "web1").nftables
    assert ruleset is not None
    [chain] = (chain for chain in ruleset.chains if chain.hook == "output")
    for version, source in {**PRIVATE, **mine}.items():
        for destination, verdict in ((INTERNET, "accept" if source in mine.values() else "drop"), (PRODUCTION, "drop")):
            packet = (ip_address(source), ip_address(destination[version]), "")
            rules = [rule for rule in chain.rules if not rule.known and not rule.under_way and rule.protocol == "any"]
            decided = next(rule.verdict for rule in rules if _matches(ruleset, rule, *packet))
            assert decided == verdict, (source, destination[version])


def test_programs_are_told_of_the_proxy() -> None:
    files = {file.path: file.text for file in host_target(device("production-proxy", "web1")).files}
    assert "export http_proxy=http://203.0.113.250:8080\n" in files["/etc/profile.d/seapoint-proxy.sh"]
    assert 'Acquire::https::Proxy "http://203.0.113.250:8080";' in files["/etc/apt/apt.conf.d/80seapoint-proxy"]


def test_a_proxy_of_ipv6_only() -> None:
    text = (EXAMPLES / "production-proxy.yaml").read_text().replace("ipv4: 203.0.113.250, ", "")
    told = read_cloud(text).cloud
    assert told is not None
    files = {one.path: one.text for one in host_target(compile_device(told, Intent.empty(), "web1")["web1"]).files}
    assert "export https_proxy=http://[2001:db8:a:8000::80]:8080\n" in files["/etc/profile.d/seapoint-proxy.sh"]


def test_another_racks_hosts_are_led_over_the_link_to_the_switch_that_has_the_edge() -> None:
    text = (EXAMPLES.parent / "codfw1dev" / "cloud-two-racks.yaml").read_text()
    head, marker, rest = text.partition("overlay:\n")
    told = read_cloud(f"{head}default_routes:\n  cloudvirt: {{realm: cloud, nat: true}}\n{marker}{rest}").cloud
    assert told is not None
    far = next(host for host in told.hosts.values() if host.role == "cloudvirt" and host.rack != "b1")
    first, second = "cloudsw1-b1-codfw", told.racks[far.rack]
    leg = told.vlan_for("private", far.rack)
    assert leg is not None
    home = compile_device(told, Intent.empty(), second)[f"{second}.cloud"]
    gate = compile_device(told, Intent.empty(), first)[f"{first}.cloud"]
    for source in far.private.all():
        between, _ = way(home, str(source), INTERNET[source.version], leg.interface)
        assert between is not None
        [link] = told.links_of(second, "cloud")
        assert (between, link.other(second)) == (link_interface(link, f"{second}.cloud"), first)
        [incoming] = {rule.incoming for rule in gate.rules if rule.source == str(source)}
        assert incoming is not None
        assert way(gate, str(source), INTERNET[source.version], incoming)[0] == "vlan2120"
