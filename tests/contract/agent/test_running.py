"""Real FRR that a hand changes in vtysh, where no file shows it: the agent sees it, puts it right and says so."""

from difflib import unified_diff
from ipaddress import IPv4Address, ip_address, ip_network

import pytest

from contract.agent.inithost import Host, inithost
from namespaces import eventually
from seapoint.lab.units import FRR
from seapoint.render.frr import RUNNING, frr_files, frr_units
from seapoint.target.frr import Bgp, Frr, Neighbor, Policy
from seapoint.target.host import HostTarget

pytestmark = pytest.mark.root

NEIGHBOURS = (ip_address("192.0.2.2"), ip_address("2001:db8::2"))
LISTED = (ip_network("198.51.100.0/24"), ip_network("2001:db8:1::/48"))
#: What a hand does: a neighbour and a list's only line of one family less, and an open map of both.
BY_HAND = {
    4: (
        "router bgp 64605",
        "no neighbor 192.0.2.2",
        "no ip prefix-list own seq 5 permit 198.51.100.0/24",
        "route-map own permit 99",
    ),
    6: (
        "router bgp 64605",
        "no neighbor 2001:db8::2",
        "no ipv6 prefix-list own seq 5 permit 2001:db8:1::/48",
        "ipv6 route 2001:db8:66::/48 blackhole",
    ),
}
SAYS = "frr.service does not run with what it was given"


def target() -> HostTarget:
    neighbors = tuple(Neighbor(one, 64711, "switch", "own", "own", gtsm=False) for one in NEIGHBOURS)
    bgp = Bgp(64605, IPv4Address("192.0.2.1"), (Policy("own", LISTED),), neighbors)
    frr = Frr("h", bgp=bgp, forwards=False)
    return HostTarget("h", files=frr_files(frr), units=frr_units())


def running(host: Host) -> str:
    return host.inside.run(*RUNNING, check=False).stdout


def told(host: Host) -> str:
    return host.inside.run("cat", "/run/agent.log").stdout


def test_what_a_hand_changes_in_vtysh_is_put_right_once_and_told() -> None:
    with inithost(FRR) as host:
        host.inside.write("/etc/frr/vtysh.conf", "service integrated-vtysh-config\n", 0o640, "frr")
        host.apply(target())
        host.inside.start("sh", "-c", f"exec {' '.join(host.agent(target()))} >/run/agent.log 2>&1")
        remembers = 'grep -q \'"running": {"frr.service": "[0-9a-f]\' /var/lib/agent/memory.json'
        eventually(lambda: host.inside.run("sh", "-c", remembers, check=False).returncode == 0)
        given = running(host)
        assert all(str(one) in given for one in (*NEIGHBOURS, *LISTED))
        for times, lines in enumerate(BY_HAND.values(), start=1):
            words = [part for line in ("configure terminal", *lines, "end") for part in ("-c", line)]
            host.inside.run("vtysh", *words)
            assert running(host) != given
            # seen in the agent's words: who asks FRR all the time keeps frr-reload.py from its work
            eventually(lambda now=times: told(host).count("reload frr.service") == now)
            assert not [*unified_diff(given.splitlines(), running(host).splitlines())]
            assert told(host).count(SAYS) == times, "once for each hand, and for nothing that FRR writes otherwise"
            eventually(lambda: host.inside.run("sh", "-c", remembers, check=False).returncode == 0)
