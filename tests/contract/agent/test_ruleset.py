"""nftables against a real kernel: atomic, healed, foreign tables untouched, connections outlive a reload."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from contract.agent.harness import Agent, Netns, cable, until
from seapoint.target.host import HostTarget

pytestmark = pytest.mark.root

GOOD = """table inet seapoint {
	set blocked {
		type ipv4_addr
		elements = { 203.0.113.1 }
	}
	set blocked6 {
		type ipv6_addr
		elements = { 2001:db8:bad::1 }
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		ip saddr @blocked counter drop
		ip6 saddr @blocked6 counter drop
		accept
	}
}
"""
BETTER = GOOD.replace("203.0.113.1", "203.0.113.1, 203.0.113.2").replace("bad::1", "bad::1, 2001:db8:bad::2")
BAD = GOOD.replace("counter drop", "counter drp")


def target(text: str) -> HostTarget:
    return HostTarget(host="h", nftables=text)


def listed(host: Netns) -> str:
    return host.run("nft", "-s", "list", "ruleset")


def test_loaded_changed_and_removed_with_foreign_tables_left(agent: Agent, host: Netns) -> None:
    host.run("nft", "add table inet other { chain c { type filter hook input priority 0; counter; } ; }")
    foreign = listed(host)
    agent.once(target(GOOD))
    assert "203.0.113.1 }" in listed(host)
    agent.once(target(BETTER))
    assert "203.0.113.2" in listed(host)
    assert "2001:db8:bad::2" in listed(host)
    before = host.run("nft", "-a", "list", "ruleset")
    assert agent.once(target(BETTER)) == ""
    assert host.run("nft", "-a", "list", "ruleset") == before
    agent.once(target(""))
    assert listed(host) == foreign


def test_a_refused_text_keeps_the_old_ruleset_and_is_told(agent: Agent, host: Netns) -> None:
    agent.once(target(GOOD))
    before = host.run("nft", "-a", "list", "ruleset")
    said = agent.once(target(BAD), code=1)
    assert "drp" in said
    assert "the ruleset before it stays in force" in said
    assert host.run("nft", "-a", "list", "ruleset") == before


def test_a_text_that_would_touch_foreign_tables_is_refused(agent: Agent, host: Netns) -> None:
    host.run("nft", "add table inet other")
    agent.once(target(GOOD))
    said = agent.once(target("flush ruleset\n" + GOOD), code=1)
    assert "only declare tables of ours" in said
    assert "table inet other" in listed(host)


def test_after_a_reboot_a_refused_text_falls_back_to_the_last_good_one(
    agent: Agent, host: Netns, new_netns: Callable[[], Netns]
) -> None:
    agent.once(target(GOOD))
    before = listed(host)
    agent.once(target(BAD), code=1)
    rebooted = new_netns()
    agent.netns = rebooted
    said = agent.once(target(BAD), code=1)
    assert "the last good ruleset was loaded again" in said
    assert listed(rebooted) == before


def test_without_any_good_ruleset_nothing_is_forwarded(agent: Agent, host: Netns) -> None:
    said = agent.once(target(BAD), code=1)
    assert "nothing is forwarded" in said
    assert "hook forward priority filter; policy drop;" in listed(host)
    agent.once(target(GOOD))
    assert "blocked6" in listed(host)


@pytest.mark.parametrize(
    "drift",
    [
        ("flush", "ruleset"),
        ("delete", "element", "inet", "seapoint", "blocked", "{", "203.0.113.1", "}"),
        ("delete", "element", "inet", "seapoint", "blocked6", "{", "2001:db8:bad::1", "}"),
        ("insert", "rule", "inet", "seapoint", "forward", "accept"),
        ("add", "table", "ip", "seapoint_extra"),
    ],
    ids=" ".join,
)
def test_a_running_agent_undoes_what_others_do_to_our_tables(drift: tuple[str, ...], agent: Agent, host: Netns) -> None:
    agent.start(target(GOOD))
    until(lambda: "blocked6" in listed(host), "loaded")
    right = listed(host)
    host.run("nft", *drift)
    until(lambda: agent.log.read_text().count("load nftables") > 1 and listed(host) == right, "healed")


def test_dynamic_members_of_a_set_are_no_drift(agent: Agent, host: Netns) -> None:
    text = GOOD.replace(
        "	chain forward",
        "	set seen {\n		type ipv4_addr\n		flags dynamic, timeout\n	}\n	chain forward",
    )
    agent.once(target(text))
    host.run("nft", "add", "element", "inet", "seapoint", "seen", "{", "192.0.2.77", "timeout", "1h", "}")
    assert agent.once(target(text)) == ""
    assert "192.0.2.77" in listed(host)


NAT = """table inet seapoint {
	set inside {
		type ipv4_addr
		flags interval
		elements = { 192.0.2.0/24MORE }
	}
	set inside6 {
		type ipv6_addr
		flags interval
		elements = { 2001:db8:2::/64MORE6 }
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		ip saddr @inside accept
		ip6 saddr @inside6 accept
	}
	chain nat {
		type nat hook postrouting priority srcnat; policy accept;
		oifname "wan" ip saddr @inside snat ip to 198.51.100.2
	}
}
"""

ECHO = """
import socket, sys
server = socket.create_server((sys.argv[1], 7777), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
print("ready", flush=True)
line, peer = server.accept()
print(peer[0], flush=True)
while data := line.recv(100):
    line.sendall(data)
"""
ASK = """
import socket, sys
line = socket.create_connection((sys.argv[1], 7777), timeout=10)
for word in sys.stdin:
    line.sendall(word.encode())
    print(line.recv(100).decode().strip(), flush=True)
"""


@pytest.mark.parametrize(
    ("server", "seen"), [("198.51.100.9", "198.51.100.2"), ("2001:db8:5::9", "2001:db8:2::9")], ids=["snat4", "ipv6"]
)
def test_a_connection_outlives_a_change_of_the_ruleset(
    server: str, seen: str, new_netns: Callable[[], Netns], agent_of: Callable[[Netns], Agent]
) -> None:
    inside, edge, outside = new_netns(), new_netns(), new_netns()
    cable(inside, "nic", edge, "lan")
    cable(edge, "wan", outside, "nic")
    for netns, device, *addresses in (
        (inside, "nic", "192.0.2.9/24", "2001:db8:2::9/64"),
        (edge, "lan", "192.0.2.1/24", "2001:db8:2::1/64"),
        (edge, "wan", "198.51.100.2/24", "2001:db8:5::2/64"),
        (outside, "nic", "198.51.100.9/24", "2001:db8:5::9/64"),
    ):
        for address in addresses:
            netns.run("ip", "address", "add", address, "dev", device, *(["nodad"] if ":" in address else []))
    edge.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    inside.run("ip", "route", "add", "default", "via", "192.0.2.1")
    inside.run("ip", "-6", "route", "add", "default", "via", "2001:db8:2::1")
    outside.run("ip", "-6", "route", "add", "2001:db8:2::/64", "via", "2001:db8:5::2")
    agent = agent_of(edge)
    agent.once(target(NAT.replace("MORE6", "").replace("MORE", "")))
    until(lambda: inside.succeeds("ping", "-c1", "-W1", server), "the way is open")

    prefix = ["ip", "netns", "exec"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    echo = subprocess.Popen([*prefix, outside.name, sys.executable, "-c", ECHO, server], **pipes)
    assert echo.stdout.readline().strip() == "ready"
    with echo, subprocess.Popen([*prefix, inside.name, sys.executable, "-c", ASK, server], **pipes) as ask:
        try:
            assert said(ask, "before") == "before"
            assert echo.stdout.readline().strip() == seen
            agent.once(target(NAT.replace("MORE6", ", 2001:db8:9::/64").replace("MORE", ", 203.0.113.0/24")))
            assert "203.0.113.0/24" in listed(edge)
            assert said(ask, "after") == "after"
        finally:
            echo.kill()
            ask.kill()


def said(process: subprocess.Popen[str], word: str) -> str:
    process.stdin.write(f"{word}\n")
    process.stdin.flush()
    return process.stdout.readline().strip()
