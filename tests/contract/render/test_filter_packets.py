"""The core routers' filter on packets that come from the cloud realm, term by term, in both families."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import pytest

from namespaces import Namespace, cable, namespace
from seapoint.compile.hosts.names import link_interface
from seapoint.intent.cloud.model import Cloud
from seapoint.render.nftables import nftables
from seapoint.target.device import Device

pytestmark = pytest.mark.root

PEERS = (sys.executable, str(Path(__file__).parents[2] / "peers.py"))
ROUTER = "cr1-codfw"

TRANSPORT, TRANSPORT6 = "185.15.57.9", "2a02:ec80:a100:fe03::2"
PRIVATE, PRIVATE6 = "172.20.5.10", "2a02:ec80:a100:205::a"
VIP, VIP6 = "185.15.57.25", "2a02:ec80:a100:4000::2"
INSTANCE, INSTANCE6 = "172.16.128.10", "2a02:ec80:a100:1::a"
TRANSLATED = "185.15.57.1"
WEB, WEB6 = "198.51.100.10", "2001:db8:ffff::10"
TEXT_LB, TEXT_LB6 = "208.80.153.224", "2620:0:860:ed1a::1"
LDAP, CONTINT = "208.80.153.252", "208.80.153.39"
RFC1918, WIKIMEDIA_PRIVATE6 = "10.192.20.9", "2620:0:860:118::9"
CLOUD = (TRANSPORT, TRANSPORT6, PRIVATE, PRIVATE6, VIP, VIP6, INSTANCE, INSTANCE6, TRANSLATED)
BEYOND = (WEB, WEB6, TEXT_LB, TEXT_LB6, LDAP, CONTINT, RFC1918, WIKIMEDIA_PRIVATE6)

REJECTED = {4: "EHOSTUNREACH", 6: "EACCES"}


@dataclass(frozen=True)
class Border:
    switch: Namespace
    router: Namespace
    beyond: Namespace


@pytest.fixture(scope="module")
def border(cloud: Cloud, compiled: dict[str, Device]) -> Iterator[Border]:
    (link,) = (one for one in cloud.links_of(ROUTER, "cloud"))
    name = link_interface(link, ROUTER)
    ruleset = compiled[ROUTER].nftables
    assert ruleset is not None
    with namespace() as switch, namespace() as router, namespace() as beyond:
        cable(switch, "eth0", router, name)
        cable(router, "to-internet", beyond, "eth0")
        switch.address("eth0", "10.192.254.5/31", "2a02:ec80:a100:fe01::2/64")
        switch.address("lo", *(str(ip_network(one)) for one in CLOUD))
        router.address(name, "10.192.254.4/31", "2a02:ec80:a100:fe01::1/64")
        router.address("to-internet", "198.18.0.0/31", "2001:db8:fffe::1/64")
        beyond.address("eth0", "198.18.0.1/31", "2001:db8:fffe::2/64")
        beyond.address("lo", *(str(ip_network(one)) for one in BEYOND))
        switch.run("ip", "route", "add", "default", "via", "10.192.254.4")
        switch.run("ip", "-6", "route", "add", "default", "via", "2a02:ec80:a100:fe01::1")
        beyond.run("ip", "route", "add", "default", "via", "198.18.0.0")
        beyond.run("ip", "-6", "route", "add", "default", "via", "2001:db8:fffe::1")
        router.run("ip", "route", "add", "default", "via", "198.18.0.1")
        router.run("ip", "-6", "route", "add", "default", "via", "2001:db8:fffe::2")
        for one in CLOUD:
            via = "2a02:ec80:a100:fe01::2" if ":" in one else "10.192.254.5"
            router.run("ip", "route", "add", str(ip_network(one)), "via", via)
        # errors are answered as often as a test asks
        router.run(
            "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.icmp_ratelimit=0"
        )
        router.run("sysctl", "-qw", "net.ipv6.icmp.ratelimit=0")
        router.run("nft", "--file", "-", text=nftables(ruleset))
        server = beyond.start(*PEERS, "serve", "22", "80", "443", "389", "636", "9418")
        bgp = router.start(*PEERS, "serve", "179")
        for one_server in (server, bgp):
            assert one_server.stdout is not None
            assert one_server.stdout.readline() == "ready\n"
        yield Border(switch, router, beyond)


@pytest.mark.parametrize(
    ("source", "destination", "port", "source_port", "answer"),
    [
        pytest.param(PRIVATE, WEB, 443, 0, "rejected", id="cloud-private"),
        pytest.param(PRIVATE6, WEB6, 443, 0, "rejected", id="cloud-private, IPv6"),
        pytest.param(PRIVATE6, TEXT_LB6, 443, 0, "rejected", id="cloud-private to a later term's service, IPv6"),
        pytest.param(TRANSLATED, RFC1918, 443, 0, "rejected", id="to RFC 1918"),
        pytest.param(INSTANCE6, WIKIMEDIA_PRIVATE6, 443, 0, "rejected", id="to wikimedia-private, IPv6"),
        pytest.param(VIP, RFC1918, 443, 0, "rejected", id="a VIP to RFC 1918"),
        pytest.param(VIP, WEB, 443, 0, "passes", id="a VIP"),
        pytest.param(VIP6, WEB6, 443, 0, "passes", id="a VIP, IPv6"),
        pytest.param(INSTANCE, TEXT_LB, 443, 0, "passes", id="web entry, 443"),
        pytest.param(INSTANCE, TEXT_LB, 80, 0, "passes", id="web entry, 80"),
        pytest.param(INSTANCE6, TEXT_LB6, 443, 0, "passes", id="web entry, IPv6"),
        pytest.param(INSTANCE, TEXT_LB, 9418, 0, "dropped", id="web entry, another port"),
        pytest.param(INSTANCE, LDAP, 389, 0, "passes", id="ldap, 389"),
        pytest.param(INSTANCE, LDAP, 636, 0, "passes", id="ldap, 636"),
        pytest.param(INSTANCE, LDAP, 443, 0, "dropped", id="ldap, another port"),
        pytest.param(INSTANCE, CONTINT, 9418, 0, "passes", id="contint, git"),
        pytest.param(INSTANCE, CONTINT, 443, 22, "passes", id="contint, answers of ssh"),
        pytest.param(INSTANCE, CONTINT, 443, 0, "dropped", id="contint, another port"),
        pytest.param(INSTANCE, WEB, 443, 0, "dropped", id="an untranslated instance to the internet"),
        pytest.param(TRANSLATED, WEB, 443, 0, "passes", id="a translated instance to the internet"),
        pytest.param(INSTANCE6, WEB6, 443, 0, "passes", id="an instance to the internet, IPv6"),
    ],
)
def test_terms(border: Border, source: str, destination: str, port: int, source_port: int, answer: str) -> None:
    said = border.switch.run(*PEERS, "ask", source, destination, str(port), str(source_port)).stdout.strip()
    expected = {"passes": source, "dropped": "ETIMEDOUT", "rejected": REJECTED[6 if ":" in source else 4]}
    assert said == expected[answer]


@pytest.mark.parametrize(
    ("source", "destination", "passes"),
    [
        (TRANSPORT, WEB, True),
        (TRANSPORT6, WEB6, True),
        (TRANSPORT, RFC1918, True),  # the first term comes before the refusal of RFC 1918
        (TRANSPORT6, WIKIMEDIA_PRIVATE6, True),
        (PRIVATE, WEB, False),
        (PRIVATE6, WEB6, False),
        (INSTANCE, WEB, False),
        (INSTANCE6, WEB6, True),
    ],
)
def test_icmp_means_both_families(border: Border, source: str, destination: str, passes: bool) -> None:
    done = border.switch.run("ping", "-c1", "-W1", "-I", source, destination, check=False)
    assert (done.returncode == 0) is passes


LINKS = (("10.192.254.5", "10.192.254.4"), ("2a02:ec80:a100:fe01::2", "2a02:ec80:a100:fe01::1"))


def _sends_with(border: Border, hops: int) -> None:
    border.switch.run("sysctl", "-qw", f"net.ipv4.ip_default_ttl={hops}", f"net.ipv6.conf.eth0.hop_limit={hops}")


def test_the_links_two_ends_talk_although_they_lie_in_rfc_1918(border: Border) -> None:
    _sends_with(border, 255)
    for source, destination in LINKS:
        assert border.switch.run(*PEERS, "ask", source, destination, "179").stdout.strip() == source


def test_bgp_answers_nobody_but_its_peers_on_the_link(border: Border) -> None:
    _sends_with(border, 255)
    for source, (_, router) in zip((VIP, VIP6), LINKS, strict=True):
        assert border.switch.run(*PEERS, "ask", source, router, "179").stdout.strip() in {"ETIMEDOUT", REJECTED[4]}
    for source, (_, router) in zip((WEB, WEB6), LINKS, strict=True):
        assert border.beyond.run(*PEERS, "ask", source, router, "179").stdout.strip() == "ETIMEDOUT"
    _sends_with(border, 254)  # as if a router had forwarded it
    for source, destination in LINKS:
        assert border.switch.run(*PEERS, "ask", source, destination, "179").stdout.strip() == "ETIMEDOUT"


def test_what_comes_from_elsewhere_is_not_filtered_and_no_state_is_kept(border: Border) -> None:
    border.beyond.run("ping", "-c1", "-W1", "-I", WEB, VIP)
    border.beyond.run("ping", "-c1", "-W1", "-I", WEB6, VIP6)
    listed = json.loads(border.router.run("nft", "--json", "list", "table", "inet", "seapoint").stdout)["nftables"]
    expressions = [part for row in listed if "rule" in row for part in row["rule"]["expr"]]
    assert expressions
    assert not [part for part in expressions if "ct" in json.dumps(part).split('"')]
