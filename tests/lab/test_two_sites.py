"""Two sites, each with a server of its own, joined by tunnels: what passes, what does not, and what a failure costs."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

import pytest

from lab.joined import FILES, joined_labs
from lab.standing import seapoint
from lab.waiting import until
from seapoint.engines.kernel import has_gre
from seapoint.lab import host as lab_host
from seapoint.lab.state import Lab
from seapoint.target.health import PRIORITY, WAY

pytestmark = pytest.mark.root

#: A host of each site with a leg in cloud-private, and its addresses there.
CODFW, TWIN = "cloudcontrol2005-dev", "cloudcontrol3001-twin"
CODFW_ADDRESSES = {4: "172.20.5.10", 6: "2a02:ec80:a100:205::10"}
TWIN_ADDRESSES = {4: "172.20.67.10", 6: "2001:db8:2000:243::10"}
EDGES = ("cloudgw2003-dev", "cloudgw2004-dev")
HEADERS = {4: 28, 6: 48}
MTU = 1462  # 1500 without the headers of IPv4, GRE and Ethernet
#: Of codfw1dev's first edge host: its outside address, the far ends of its first tunnel, and that tunnel's interface.
OUTSIDE, FAR_OUTSIDE = "208.80.153.188", "203.0.113.67"
FAR, TUNNEL = {4: "172.20.253.1", 6: "2a02:ec80:a100:2fe::1"}, "to-cloudgw-37b7"
#: Of codfw1dev's edge hosts: addresses that the active one holds, and their own outside.
MOVING = (" 208.80.153.190/32", "6 2a02:ec80:a100:fe03::2/128")
OWN = {EDGES[0]: OUTSIDE, EDGES[1]: "208.80.153.189"}
FRR = ("watchfrr", "zebra", "bgpd", "bfdd", "staticd")
SECONDS = 60.0


class Sites(NamedTuple):
    codfw: Lab
    twin: Lab

    def run(self, lab: Lab, where: str, *argv: str, check: bool = True) -> str:
        return lab_host.run(lab_host.find(lab, where), argv, check=check).stdout

    def pings(self, lab: Lab, where: str, address: str, *options: str) -> bool:
        words = ("ping", "-n", "-c2", "-i0.2", "-W1", *options, address)
        return " 0% packet loss" in self.run(lab, where, *words, check=False)

    def active(self) -> str:
        """The edge host of codfw1dev that holds the moving addresses of both families; none while they move."""
        held = {one: self.run(self.codfw, one, "ip", "address") for one in EDGES}
        owners = [[one for one in EDGES if f"inet{moving} " in held[one]] for moving in MOVING]
        return owners[0][0] if owners[0] == owners[1] and len(owners[0]) == 1 else ""

    def reaches(self, gateway: str) -> int:
        """What its ways to the other site add to an edge host's priority."""
        return int(self.run(self.codfw, gateway, "cat", PRIORITY, check=False).strip() or 0)

    def all_reach(self) -> bool:
        """Whether both edge hosts of codfw1dev have sessions of both families."""
        return all(self.reaches(gateway) == 2 * WAY for gateway in EDGES)

    def way(self, gateway: str, version: int) -> str:
        """By which tunnel an edge host of codfw1dev sends to the other site."""
        routes = self.run(self.codfw, gateway, "ip", f"-{version}", "route", "show", "table", "10", "proto", "bgp")
        return next((line.partition(" dev ")[2].split()[0] for line in routes.splitlines()), "")


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    with joined_labs(FILES / "codfw1dev.yaml", FILES / "twin1dev.yaml") as labs:
        both = Sites(*labs)
        for version in (4, 6):
            until(lambda: both.pings(both.codfw, CODFW, TWIN_ADDRESSES[version]), f"IPv{version} passes", SECONDS)  # noqa: B023 - asked at once
        yield both


@contextmanager
def dropped(sites: Sites, lab: Lab, where: str, *matches: str) -> Iterator[None]:
    """What matches is lost on a host, which says nothing of it."""
    chains = ""
    for hook in ("input", "forward"):
        rules = "".join(f"{match} drop\n" for match in matches)
        chains += f"chain {hook} {{ type filter hook {hook} priority -300;\n{rules}}}\n"
    sites.run(lab, where, "nft", f"table inet cut {{\n{chains}}}")
    try:
        yield
    finally:
        sites.run(lab, where, "nft", "delete", "table", "inet", "cut")


@contextmanager
def counted(sites: Sites, lab: Lab, where: str, hook: str, rules: str) -> Iterator[Callable[[], list[int]]]:
    """How many packets each of these rules of a host has seen since."""
    sites.run(lab, where, "nft", f"table inet seen {{ chain c {{ type filter hook {hook} priority 300;\n{rules}}}\n}}")
    try:
        listed = ("nft", "list", "table", "inet", "seen")
        yield lambda: [int(one) for one in re.findall(r"packets (\d+)", sites.run(lab, where, *listed))]
    finally:
        sites.run(lab, where, "nft", "delete", "table", "inet", "seen")


def test_the_live_tests_of_both_sites_pass(sites: Sites) -> None:
    for lab in sites:
        said = seapoint("test", "--lab", str(lab.root), "--patience", str(SECONDS))
        assert said.status == 0, said.out
        assert "other-site" in seapoint("test", "--lab", str(lab.root), "--list").out


@pytest.mark.parametrize("version", [4, 6])
def test_hosts_of_both_sites_see_each_others_own_addresses(sites: Sites, version: int) -> None:
    family = "ip" if version == 4 else "ip6"
    kind = "icmp" if version == 4 else "icmpv6"
    source = CODFW_ADDRESSES[version]
    asked = f"{family} saddr {source} {kind} type echo-request counter\n"
    with counted(sites, sites.twin, TWIN, "input", asked) as packets:
        assert sites.pings(sites.codfw, CODFW, TWIN_ADDRESSES[version])
        assert packets() == [2]
    assert sites.pings(sites.twin, TWIN, source)


@pytest.mark.parametrize("version", [4, 6])
def test_a_packet_of_full_size_passes_and_a_larger_one_is_told_the_size(sites: Sites, version: int) -> None:
    fits = str(MTU - HEADERS[version])
    assert sites.pings(sites.codfw, CODFW, TWIN_ADDRESSES[version], "-M", "do", "-s", fits)
    assert sites.pings(sites.twin, TWIN, CODFW_ADDRESSES[version], "-M", "do", "-s", fits)
    larger = str(MTU - HEADERS[version] + 1)
    words = ("ping", "-n", "-c2", "-W1", "-M", "do", "-s", larger, TWIN_ADDRESSES[version])
    done = lab_host.run(lab_host.find(sites.codfw, CODFW), words, check=False)
    assert str(MTU) in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("version", "targets"),
    [
        (4, ("198.51.100.20", "172.16.0.1", "203.0.113.70", "10.64.20.11", "172.20.67.10")),
        (6, ("2001:db8:ffff::20", "2001:db8:2000::1", "2001:db8:2000:fe03::2", "2001:db8:2fff:20:10:64:20:11")),
    ],
)
def test_a_tunnel_leads_to_nothing_but_its_own_end_and_what_is_between_cloud_private(
    sites: Sites, version: int, targets: tuple[str, ...]
) -> None:
    """From an edge host, by routes that it should not have: its own address in the tunnel is no cloud-private one."""
    gateway = EDGES[0]
    assert sites.pings(sites.codfw, gateway, FAR[version])
    for target in targets:
        length = "32" if version == 4 else "128"
        route = (f"{target}/{length}", "via", FAR[version], "dev", TUNNEL)
        sites.run(sites.codfw, gateway, "ip", "route", "add", *route)
        try:
            assert not sites.pings(sites.codfw, gateway, target), target
        finally:
            sites.run(sites.codfw, gateway, "ip", "route", "delete", *route)


def test_a_dead_tunnel_is_replaced_by_the_other_and_taken_again_when_it_lives(sites: Sites) -> None:
    gateway = EDGES[0]
    until(lambda: {sites.way(gateway, version) for version in (4, 6)} == {TUNNEL}, "the first tunnel", SECONDS)
    with dropped(sites, sites.codfw, "internet", f"ip saddr {OUTSIDE} ip daddr {FAR_OUTSIDE}"):
        others = {sites.way(gateway, version) for version in (4, 6)} | {TUNNEL}
        until(lambda: TUNNEL not in {sites.way(gateway, version) for version in (4, 6)}, f"not {others}", SECONDS)
        for version in (4, 6):
            assert sites.way(gateway, version)
            assert sites.pings(sites.codfw, CODFW, TWIN_ADDRESSES[version])
    until(lambda: {sites.way(gateway, version) for version in (4, 6)} == {TUNNEL}, "the first tunnel again", SECONDS)


def test_without_any_tunnel_nothing_leaves_by_the_internet(sites: Sites) -> None:
    with dropped(sites, sites.codfw, "internet", "meta l4proto gre"):
        until(lambda: not any(sites.reaches(one) for one in EDGES), "no edge host has a session", SECONDS)
        gateway = until(sites.active, "one of them is active", SECONDS)
        until(lambda: not any(sites.way(gateway, version) for version in (4, 6)), "no tunnel is left", SECONDS)
        leaving = "".join(
            f'oifname "vlan2120" {family} daddr {TWIN_ADDRESSES[version]} counter\n'
            for version, family in ((4, "ip"), (6, "ip6"))
        )
        with counted(sites, sites.codfw, gateway, "postrouting", leaving) as packets:
            assert not any(sites.pings(sites.codfw, CODFW, address) for address in TWIN_ADDRESSES.values())
            assert packets() == [0, 0]
        assert sites.active() == gateway, "nobody takes over from one who reaches as little"
    for version, address in TWIN_ADDRESSES.items():
        until(lambda: sites.pings(sites.codfw, CODFW, address), f"IPv{version} passes again", SECONDS)  # noqa: B023 - asked at once


def handed_over(sites: Sites, strike: Callable[[str], AbstractContextManager[object]]) -> None:
    """What is done to the active edge host makes it hand over to the other, which keeps what it has afterwards."""
    until(sites.all_reach, "both edge hosts reach the other site", SECONDS)
    before = until(sites.active, "one of them is active", SECONDS)
    after = next(one for one in EDGES if one != before)
    with strike(before):
        until(lambda: sites.active() == after, f"{after} takes over from {before}", SECONDS)
        for version, address in TWIN_ADDRESSES.items():
            until(lambda: sites.pings(sites.codfw, CODFW, address), f"IPv{version} passes", SECONDS)  # noqa: B023 - asked at once
    until(sites.all_reach, f"{before} reaches the other site again", SECONDS)
    assert all(sites.pings(sites.codfw, CODFW, address) for address in TWIN_ADDRESSES.values())
    assert sites.active() == after, "nobody takes over from one who reaches as much"


def test_an_active_edge_host_without_tunnels_hands_over_and_takes_nothing_back(sites: Sites) -> None:
    def silenced(gateway: str) -> AbstractContextManager[object]:
        ends = (f"ip {end} {OWN[gateway]} meta l4proto gre" for end in ("saddr", "daddr"))
        return dropped(sites, sites.codfw, "internet", *ends)

    handed_over(sites, silenced)


def test_an_active_edge_host_without_routing_daemons_hands_over_and_takes_nothing_back(sites: Sites) -> None:
    """All are killed at once; their unit is started again, and the tables are filled from nothing."""

    def killed(gateway: str) -> AbstractContextManager[object]:
        # pkill, as a child of watchfrr that has its name may be gone before it is struck: that is no failure.
        sites.run(sites.codfw, gateway, "pkill", "-9", "-x", "|".join(FRR))
        return nullcontext()

    handed_over(sites, killed)


def test_switches_find_another_way_when_a_link_between_them_dies(sites: Sites) -> None:
    """The way from rack t3 to the edge goes by the link t1 - t3; without it by the upper half of the rack, and t2."""
    switch = "cloudsw1-t1-twin.cloud"
    route = sites.run(sites.twin, switch, "ip", "route", "show", "172.20.67.0/24")
    link = route.partition(" dev ")[2].split()[0]
    with dropped(sites, sites.twin, switch, f'iifname "{link}"'):
        for version, prefix in ((4, "172.20.67.0/24"), (6, "2001:db8:2000:243::/64")):
            words = ("ip", f"-{version}", "route", "show", prefix)
            until(lambda: f" dev {link} " not in sites.run(sites.twin, switch, *words), "another way", SECONDS)  # noqa: B023 - asked at once
            until(lambda: sites.pings(sites.codfw, CODFW, TWIN_ADDRESSES[version]), "it carries", SECONDS)  # noqa: B023 - asked at once


def test_every_packet_of_bgp_through_the_tunnels_is_signed_and_its_secret_is_told_nowhere(sites: Sites) -> None:
    gateway = EDGES[0]
    signed = "".join(  # whichever end has begun the session: nothing else speaks TCP with the tunnel's other end
        f"{family} daddr {FAR[version]} meta l4proto tcp tcp option 19 {state} counter\n"
        for version, family in ((4, "ip"), (6, "ip6"))
        for state in ("exists", "missing")
    )
    with counted(sites, sites.codfw, gateway, "output", signed) as packets:
        until(lambda: packets()[0] and packets()[2], "keepalives of both families", SECONDS)
        assert packets()[1::2] == [0, 0]
    word = sites.run(sites.codfw, gateway, "cat", "/etc/seapoint/joins.password").strip()
    assert f"password {word}" in sites.run(sites.codfw, gateway, "cat", "/etc/frr/frr.conf")
    assert sites.run(sites.codfw, gateway, "stat", "-c", "%a %U", "/etc/frr/frr.conf").strip() == "640 frr"
    logs = sites.run(sites.codfw, gateway, "sh", "-c", f"grep -rl {word} /var/log /run || true")
    assert logs == ""
    kept = [path for path in (sites.codfw.host(CODFW) / "lib").rglob("*") if path.is_file()]
    assert any(b"joins.password" in path.read_bytes() for path in kept), "what the server keeps"
    assert not [path for path in kept if word.encode() in path.read_bytes()]


def test_what_routing_daemons_run_is_what_their_file_says(sites: Sites) -> None:
    """A reload of the unchanged file would change nothing, beside what no file of ours says."""
    others = {"service integrated-vtysh-config", "ip forwarding", "ipv6 forwarding"}
    for lab, where in (
        (sites.codfw, EDGES[0]),
        (sites.twin, "cloudsw1-t1-twin.cloud"),
        (sites.twin, "cloudsw2-t3-twin.cloud"),
    ):
        said = sites.run(lab, where, "/usr/lib/frr/frr-reload.py", "--test", "/etc/frr/frr.conf").splitlines()
        lines = [line for line in said if line and not line.startswith(("Lines To", "==="))]
        assert set(lines) <= others


def test_a_standing_lab_is_not_plugged_in_otherwise_for_tunnels_that_the_kernel_lacks(
    sites: Sites, tmp_path: Path
) -> None:
    if has_gre():
        pytest.skip("this kernel has tunnels: no host is plugged in otherwise for them")
    text = (FILES / "codfw1dev.yaml").read_text()
    alone = tmp_path / "alone.yaml"
    alone.write_text(text[: text.index("joins:\n")] + text[text.index("internet:\n  asn") :])
    for words in (("apply",), ("lab", "up")):
        said = seapoint(*words, str(alone), "--lab", str(sites.codfw.root))
        assert said.status != 0
        assert "cloudgw2003-dev, cloudgw2004-dev would be plugged in otherwise" in said.err
    for address in TWIN_ADDRESSES.values():
        until(lambda address=address: sites.pings(sites.codfw, CODFW, address), f"{address} is reached", SECONDS)
