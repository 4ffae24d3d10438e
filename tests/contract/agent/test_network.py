"""Interfaces, addresses, routes and rules against a real kernel."""

import signal
from dataclasses import replace

import pytest

from contract.agent.harness import Agent, Netns, until
from seapoint.agent.switch import kernel_datapath
from seapoint.target.host import HostTarget, Interface, Route, Rule

pytestmark = pytest.mark.root

ADDRESSES = {"ipv4": ("192.0.2.2/24",), "ipv6": ("2001:db8:2::2/64",)}
ROUTES = {
    "ipv4": (Route("0.0.0.0/0", via="192.0.2.1"), Route("198.51.100.0/24", via="192.0.2.9", device="eth0", metric=7)),
    "ipv6": (Route("::/0", via="2001:db8:2::1"), Route("2001:db8:f::/48", via="2001:db8:2::9", device="eth0")),
}
RULES = {"ipv4": (Rule(4, 300, 100, source="192.0.2.2"),), "ipv6": (Rule(6, 300, 100, source="2001:db8:2::2"),)}
STACKS = [("ipv4",), ("ipv6",), ("ipv4", "ipv6")]


def target(*families: str) -> HostTarget:
    return HostTarget(
        host="h",
        sysctls={"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"},
        interfaces=(
            Interface("eth0", mtu=1400, addresses=tuple(one for family in families for one in ADDRESSES[family])),
            Interface("u0", sealed=True),
        ),
        routes=tuple(route for family in families for route in ROUTES[family]),
        rules=tuple(rule for family in families for rule in RULES[family]),
    )


def holds(host: Netns, wanted: HostTarget) -> bool:
    return host.addresses("eth0") >= set(wanted.interfaces[0].addresses) and host.routes() == {
        ("default" if route.destination in {"0.0.0.0/0", "::/0"} else route.destination, route.via)
        for route in wanted.routes
    }


@pytest.mark.parametrize("families", STACKS, ids="+".join)
def test_applied_once_a_second_time_changes_nothing(families: tuple[str, ...], agent: Agent, host: Netns) -> None:
    agent.once(target(*families))
    assert holds(host, target(*families))
    assert "300" in host.rules()
    before = host.dump()
    assert agent.once(target(*families)) == ""
    assert host.dump() == before


@pytest.mark.parametrize("families", STACKS, ids="+".join)
def test_what_a_new_target_leaves_out_goes_and_foreign_things_stay(
    families: tuple[str, ...], agent: Agent, host: Netns
) -> None:
    host.run("ip", "address", "add", "203.0.113.1/24", "dev", "eth0")
    host.run("ip", "address", "add", "2001:db8:3::1/64", "dev", "eth0", "nodad")
    host.run("ip", "route", "add", "10.7.0.0/16", "via", "203.0.113.7", "proto", "static")
    host.run("ip", "route", "add", "2001:db8:77::/48", "via", "2001:db8:3::7", "proto", "bgp")
    host.run("ip", "rule", "add", "from", "203.0.113.1", "lookup", "55", "priority", "55")
    host.run("ip", "-6", "rule", "add", "from", "2001:db8:3::1", "lookup", "55", "priority", "55")
    host.run("nft", "add table inet other { chain c { type filter hook input priority 0; } ; }")
    foreign = host.dump()
    wanted = target(*families)
    agent.once(replace(wanted, interfaces=wanted.interfaces[:1], sysctls={}))
    assert holds(host, wanted)
    emptied = agent.once(HostTarget(host="h", interfaces=(Interface("eth0", mtu=1500),)))
    assert "delete" in emptied
    after = host.dump()
    assert after["rules"] == foreign["rules"]
    assert after["addresses"] == foreign["addresses"]
    assert after["routes"] == foreign["routes"]
    assert after["rulesets"] == foreign["rulesets"]


def test_deleting_our_address_takes_no_foreign_one_of_its_subnet_along(agent: Agent, host: Netns) -> None:
    agent.once(target("ipv4"))
    host.run("ip", "address", "add", "192.0.2.52/24", "dev", "eth0")
    agent.once(replace(target(), interfaces=(Interface("eth0"),)))
    assert host.addresses("eth0") == {"192.0.2.52/24"}


@pytest.mark.parametrize("families", STACKS, ids="+".join)
def test_a_running_agent_heals_links_addresses_routes_and_rules(
    families: tuple[str, ...], agent: Agent, host: Netns
) -> None:
    wanted = target(*families)
    agent.start(wanted)
    until(lambda: holds(host, wanted), "applied")
    until(lambda: host.rules().count("300:") == len(families), "rules there")
    rules = host.rules()

    host.run("ip", "link", "set", "eth0", "down")
    until(lambda: holds(host, wanted), "down and up again")
    host.run("ip", "link", "set", "eth0", "down")
    host.run("ip", "link", "set", "eth0", "up")
    until(lambda: holds(host, wanted), "after a flap")

    for family in ("-4", "-6"):
        host.run("ip", family, "route", "flush", "proto", "77")
    until(lambda: holds(host, wanted), "after a flush of routes")

    for family in ("-4", "-6"):
        host.run("ip", family, "route", "flush", "table", "main", "proto", "kernel")
    until(lambda: holds(host, wanted), "after a flush of connected routes")
    until(
        lambda: len({route for route in host.routes(protocol="kernel") if route[0][0] in "12"}) == len(families), "them"
    )

    host.run("ip", "address", "flush", "dev", "eth0", "scope", "global")
    until(lambda: holds(host, wanted), "after a flush of addresses")

    for family, number in (("ipv4", "-4"), ("ipv6", "-6")):
        if family in families:
            host.run("ip", number, "rule", "delete", "priority", "300")
    until(lambda: host.rules() == rules, "after the rules were deleted")

    # the kernel flushes IPv6 routes when forwarding changes
    host.run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=0")
    until(lambda: host.run("sysctl", "-n", "net.ipv6.conf.all.forwarding").strip() == "1", "forwarding again")
    until(lambda: holds(host, wanted), "after a change of forwarding")


def test_a_stopped_agent_leaves_everything_in_force(agent: Agent, host: Netns) -> None:
    wanted = target("ipv4", "ipv6")
    agent.start(wanted)
    until(lambda: holds(host, wanted), "applied")
    before = host.dump()
    agent.end(signal.SIGTERM)
    assert host.dump() == before


@pytest.mark.parametrize(
    ("family", "via", "foreign", "same"),
    [
        ("-4", "192.0.2.1", "192.0.2.77", ("default", "via", "192.0.2.1")),
        ("-6", "2001:db8:2::1", "2001:db8:2::77", ("default", "via", "2001:db8:2::1")),
    ],
)
def test_a_foreign_route_in_the_way_is_told_and_an_equal_one_is_left_to_its_owner(
    family: str, via: str, foreign: str, same: tuple[str, ...], agent: Agent, host: Netns
) -> None:
    wanted = target("ipv4", "ipv6")
    agent.once(replace(wanted, routes=()))
    host.run("ip", family, "route", "add", "default", "via", foreign, "proto", "static")
    said = agent.once(wanted, code=1)
    assert "somebody else's route" in said
    assert host.routes(protocol="static") == {("default", foreign)}
    assert ("default", via) not in host.routes()

    host.run("ip", family, "route", "delete", "default", "proto", "static")
    host.run("ip", family, "route", "add", *same, "proto", "static")
    assert "somebody" not in agent.once(wanted)
    assert host.routes(protocol="static") == {("default", via)}


def test_killed_in_the_middle_and_started_again_it_converges(agent: Agent, host: Netns) -> None:
    many = tuple(
        route
        for number in range(1, 400)
        for route in (
            Route(f"10.{number // 256}.{number % 256}.0/24", via="192.0.2.1"),
            Route(f"2001:db8:a:{number:x}::/64", via="2001:db8:2::1"),
        )
    )
    wanted = replace(target("ipv4", "ipv6"), routes=many)
    agent.start(wanted)
    until(lambda: len(host.routes()) > 5, "the first routes")
    agent.end(signal.SIGKILL)
    agent.start()
    until(lambda: holds(host, wanted), "all routes")


def test_a_sealed_interface_is_dumb_towards_its_own_kernel(agent: Agent, host: Netns) -> None:
    wanted = target("ipv4", "ipv6")
    agent.start(wanted)
    until(lambda: holds(host, wanted), "applied")
    assert host.json("address", "show", "dev", "u0")[0]["addr_info"] == []
    if kernel_datapath():
        # it takes its frames behind the hook at which the seal would drop them
        assert "seapoint_seal" not in host.run("nft", "list", "tables")
        return
    assert "policy drop" in host.run("nft", "list", "table", "netdev", "seapoint_seal")
    host.run("nft", "delete", "table", "netdev", "seapoint_seal")
    until(lambda: "seapoint_seal" in host.run("nft", "list", "tables"), "sealed again")


def test_parts_that_cannot_be_are_told_and_the_others_go_on(agent: Agent, host: Netns) -> None:
    wanted = target("ipv4", "ipv6")
    odd = replace(
        wanted,
        interfaces=(*wanted.interfaces, Interface("gone0", addresses=("203.0.113.1/32",))),
        sysctls={**wanted.sysctls, "net.ipv4.no_such_thing": "1", "net.netfilter.nf_conntrack_max": "100000"},
        routes=(*wanted.routes, Route("203.0.113.0/24", via="198.18.0.1")),
    )
    said = agent.once(odd, code=1)
    assert "interface gone0: there is no such interface" in said
    assert "sysctl net/ipv4/no_such_thing" in said
    assert "203.0.113.0/24 via 198.18.0.1" in said
    # the machine's own setting is told in the report only: nothing that a person of this host could mend
    assert "ERROR sysctl net/netfilter/nf_conntrack_max" not in said
    assert holds(host, wanted)


def test_a_target_file_that_is_wrong_or_gone_is_told_once_and_changes_nothing(agent: Agent, host: Netns) -> None:
    wanted = target("ipv4", "ipv6")
    agent.start(wanted)
    until(lambda: holds(host, wanted), "applied")
    before = host.dump()
    agent.target.write_text("{")
    until(lambda: "is no host's target" in agent.log.read_text(), "told")
    agent.target.unlink()
    until(lambda: "cannot be read" in agent.log.read_text(), "told too")
    host.run("ip", "-6", "route", "flush", "proto", "77")
    until(lambda: host.dump() == before, "held to the last target")
    assert agent.log.read_text().count("cannot be read") == 1
    agent.write(replace(wanted, routes=()))
    until(lambda: host.routes() == set(), "a good file again")
