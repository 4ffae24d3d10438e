"""FRR runs with our files: who learns what, over both families, and what a reload changes."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from namespaces import Namespace, cable, eventually, namespace
from seapoint.compile.hosts.names import INTERNET
from seapoint.render.device import host_target
from seapoint.render.frr import CONF, RELOAD, frr_files
from seapoint.target.device import Device
from seapoint.target.frr import Frr

pytestmark = pytest.mark.root

SWITCH, ROUTERS = "cloudsw1-b1-codfw.cloud", ("cr1-codfw", "cr2-codfw")
#: Interfaces that have a cable, by the target at each end.
CABLES = (
    (SWITCH, "to-cr1-codfw", "cr1-codfw", "cloud-clou-e6df"),
    (SWITCH, "to-cr2-codfw", "cr2-codfw", "cloud-clou-e6df"),
    ("cr1-codfw", "to-cr2-codfw", "cr2-codfw", "to-cr1-codfw"),
    ("cr1-codfw", "to-internet", INTERNET, "to-cr1-codfw"),
    ("cr2-codfw", "to-internet", INTERNET, "to-cr2-codfw"),
)

SITE, DEFAULT4, DEFAULT6 = "2a02:ec80:a100::/48", "0.0.0.0/0", "::/0"


@pytest.fixture(scope="module")
def speakers(compiled: dict[str, Device]) -> Iterator[dict[str, Namespace]]:
    with namespace() as switch, namespace() as cr1, namespace() as cr2, namespace() as internet:
        found = dict(zip((SWITCH, *ROUTERS, INTERNET), (switch, cr1, cr2, internet), strict=True))
        for a, name_a, b, name_b in CABLES:
            cable(found[a], name_a, found[b], name_b)
        for name, host in found.items():
            host.run("hostname", name)
            target = host_target(compiled[name])
            present = {link["ifname"] for link in json.loads(host.run("ip", "-json", "link").stdout)}
            for index, interface in enumerate(target.interfaces):
                if interface.name not in present:  # a VLAN, or a link to what this test has not
                    cable(host, interface.name, host, f"far{index}")
                host.address(interface.name, *interface.addresses)
            host.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
            for file in target.files:
                host.write(file.path, file.text, file.mode, file.owner)
            host.write("/etc/frr/vtysh.conf", "service integrated-vtysh-config\n", 0o640, "frr")
            host.run("/usr/lib/frr/frrinit.sh", "start")
        yield found


def _bgp(host: Namespace, words: str) -> Any:
    done = host.run("vtysh", "-c", f"show bgp {words} json", check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "{}")


def _learnt(host: Namespace, family: str, neighbor: str) -> set[str]:
    """The prefixes that a neighbour told and the policy let in."""
    return set(_bgp(host, f"{family} unicast neighbors {neighbor} routes").get("routes", {}))


def _told(host: Namespace, family: str, neighbor: str) -> set[str]:
    """The prefixes that a neighbour told, before the policy."""
    return set(_bgp(host, f"{family} unicast neighbors {neighbor} received-routes").get("receivedRoutes", {}))


@pytest.mark.parametrize("router", range(2))
def test_switch_and_routers_tell_each_other_exactly_what_the_file_says(
    speakers: dict[str, Namespace], router: int
) -> None:
    core, switch = speakers[ROUTERS[router]], speakers[SWITCH]
    exported = {"172.16.128.0/17", "185.15.57.0/27", "208.80.153.184/29"}
    eventually(lambda: _told(core, "ipv4", f"10.192.254.{5 + 2 * router}") == exported)
    eventually(lambda: _told(core, "ipv6", f"2a02:ec80:a100:fe0{router + 1}::2") == {SITE})
    eventually(lambda: _told(switch, "ipv4", f"10.192.254.{4 + 2 * router}") == {DEFAULT4})
    eventually(lambda: _told(switch, "ipv6", f"2a02:ec80:a100:fe0{router + 1}::1") == {DEFAULT6})


@pytest.mark.parametrize("router", range(2))
def test_the_internet_is_told_aggregates_only(speakers: dict[str, Namespace], router: int) -> None:
    core, internet = speakers[ROUTERS[router]], speakers[INTERNET]
    eventually(lambda: _told(internet, "ipv4", f"198.18.0.{2 * router}") == {"185.15.57.0/24"})
    six = "2001:db8:fffe::" if router == 0 else "2001:db8:fffe:1::"
    eventually(lambda: _told(internet, "ipv6", f"{six}1") == {SITE})
    eventually(lambda: _learnt(core, "ipv4", f"198.18.0.{2 * router + 1}") == {DEFAULT4})
    eventually(lambda: _learnt(core, "ipv6", f"{six}2") == {DEFAULT6})


def test_what_leaks_at_the_sender_is_refused_at_the_receiver(speakers: dict[str, Namespace]) -> None:
    switch, core = speakers[SWITCH], speakers[ROUTERS[0]]
    open_all = [
        part
        for line in ("configure terminal", "route-map switches-to-routers-cloud permit 99", "end")
        for part in ("-c", line)
    ]
    switch.run("vtysh", *open_all)
    try:
        eventually(lambda: "172.20.5.0/24" in _told(core, "ipv4", "10.192.254.5"))
        eventually(lambda: "2a02:ec80:a100:205::/64" in _told(core, "ipv6", "2a02:ec80:a100:fe01::2"))
        assert "172.20.5.0/24" not in _learnt(core, "ipv4", "10.192.254.5")
        assert "2a02:ec80:a100:205::/64" not in _learnt(core, "ipv6", "2a02:ec80:a100:fe01::2")
    finally:
        switch.run(*RELOAD)
    eventually(lambda: "172.20.5.0/24" not in _told(core, "ipv4", "10.192.254.5"))


def test_a_router_whose_link_is_cut_goes_over_the_other(speakers: dict[str, Namespace]) -> None:
    core = speakers[ROUTERS[0]]
    eventually(lambda: "10.192.254.5" in core.run("ip", "route", "get", "172.16.128.10").stdout)
    core.run("ip", "link", "set", "cloud-clou-e6df", "down")
    try:
        eventually(lambda: "10.192.254.9" in core.run("ip", "route", "get", "172.16.128.10").stdout)
        eventually(lambda: "dev to-cr2-codfw" in core.run("ip", "route", "get", "2a02:ec80:a100:1::a").stdout)
    finally:
        core.run("ip", "link", "set", "cloud-clou-e6df", "up")
        core.address("cloud-clou-e6df", "2a02:ec80:a100:fe01::1/64")  # the kernel took it away; an agent puts it back
    eventually(lambda: "10.192.254.5" in core.run("ip", "route", "get", "172.16.128.10").stdout)


def test_bfd_watches_every_session(speakers: dict[str, Namespace]) -> None:
    def up() -> bool:
        peers = json.loads(speakers[SWITCH].run("vtysh", "-c", "show bfd peers json").stdout)
        assert {(peer["transmit-interval"], peer["detect-multiplier"]) for peer in peers} == {(300, 3)}
        standing = [peer for peer in peers if peer["status"] == "up"]
        return sum(peer["peer"].startswith(("10.192.254.", "2a02:ec80:a100:fe0")) for peer in standing) == 4

    eventually(up)


def test_a_reload_of_the_same_file_changes_nothing(speakers: dict[str, Namespace]) -> None:
    for name, host in speakers.items():
        difference = host.run("/usr/lib/frr/frr-reload.py", "--test", CONF).stdout
        changes = [line for line in difference.splitlines() if line.strip()]
        assert changes in ([], ["Lines To Delete", "===============", "Lines To Add", "============"]), (name, changes)


@pytest.mark.parametrize("version", [4, 6])
def test_a_route_is_there_all_the_while_its_next_hops_change(version: int) -> None:
    """The better of two goes, a third comes beside the other, and one of these goes."""
    network, markers, hop = {
        4: ("203.0.113.0/24", ("198.51.100.1", "198.51.100.2"), "192.0.2.{}"),
        6: ("2001:db8:1::/48", ("2001:db8:2::1", "2001:db8:2::2"), "2001:db8::{}"),
    }[version]
    with namespace() as host, namespace() as far:
        cable(host, "leg", far, "leg")
        host.address("leg", "192.0.2.1/24", "2001:db8::1/64")
        for file in frr_files(Frr("h", forwards=False)):
            host.write(file.path, file.text, file.mode, file.owner)
        host.run("/usr/lib/frr/frrinit.sh", "start")

        def stands(line: str, *numbers: int) -> None:
            """Change a static route; the kernel's has just these next hops then."""
            static = f"{'ip' if version == 4 else 'ipv6'} route {network} "
            words = "no " + static if line.startswith("no ") else static
            host.run("vtysh", "-c", "configure terminal", "-c", words + hop.format(line.removeprefix("no ")))
            wanted, show = {hop.format(number) for number in numbers}, ("ip", f"-{version}", "route", "show", network)
            eventually(lambda: set(re.findall(r"via (\S+)", host.run(*show).stdout)) == wanted)

        def told(marker: str) -> str:
            """What the kernel has told of routes, when that of a marker is among it."""
            for verb in ("replace", "delete"):
                host.run("ip", "route", verb, "blackhole", marker)
            said = host.run("cat", "/run/told").stdout
            return said if marker in said else ""

        stands("2 10", 2)
        stands("3 20", 2)
        host.start("sh", "-c", f"exec ip -{version} monitor route >/run/told")
        eventually(lambda: told(markers[0]))
        stands("no 2 10", 3)
        stands("4 20", 3, 4)
        stands("no 3 20", 4)
        about = [line for line in eventually(lambda: told(markers[1])).splitlines() if network in line]
        assert len(about) >= 3
        assert not [line for line in about if line.startswith("Deleted")]
