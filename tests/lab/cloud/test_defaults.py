"""Hosts' default routes in a standing cloud: each choice at once, proven by what the far end sees, and back."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from lab.edits import replaced
from lab.standing import INTERNET, Standing
from lab.waiting import until

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

#: Behind the edge's NAT, on a VLAN of its own, by the switch's instance past the edge, and by a proxy.
NAT, PUBLIC, REALM, PROXY = "cloudcontrol2006-dev", "cloudcontrol2010-dev", "cloudservices2005-dev", "cloudlb2004-dev"
DEFAULTS = f"""\
default_routes:
  {NAT}: {{realm: cloud, nat: true}}
  {PUBLIC}: {{vlan: cloud-public-b1-codfw}}
  {REALM}: {{realm: cloud, ipv6_only: true}}
  {PROXY}: {{realm: production, proxy: web-proxy}}
overlay:
"""
VLAN = f"""\
vlans:
  cloud-public-b1-codfw:
    id: 2152
    realm: cloud
    rack: b1
    ipv4: 185.15.57.32/28
    ipv6: ":500::/64"
    gateway: {{ipv4: 33, ipv6: "::1"}}
    hosts: {{{PUBLIC}: {{ipv4: 34, ipv6: "::34"}}}}
"""
#: What the internet must see; of the third's IPv4 nothing, for it stays in production, whose addresses it is not told.
SEEN = {
    NAT: {4: "185.15.57.1", 6: "2a02:ec80:a100:205::11"},
    PUBLIC: {4: "185.15.57.34", 6: "2a02:ec80:a100:500::34"},
    REALM: {4: "", 6: "2a02:ec80:a100:205::9"},
    PROXY: {4: "", 6: ""},
}
MANAGEMENT = {
    NAT: {4: "10.192.20.26", 6: "2620:0:860:118:10:192:20:26"},
    PUBLIC: {4: "10.192.20.27", 6: "2620:0:860:118:10:192:20:27"},
    REALM: {4: "10.192.20.29", 6: "2620:0:860:118:10:192:20:29"},
    PROXY: {4: "10.192.20.24", 6: "2620:0:860:118:10:192:20:24"},
}
LEGS = {NAT: ("172.20.5.11", "2a02:ec80:a100:205::11"), PUBLIC: ("185.15.57.34", "2a02:ec80:a100:500::34")}
WEB_PROXY = {4: "208.80.153.90", 6: "2620:0:860:4::90"}
TEXT_LB = {4: "208.80.153.224", 6: "2620:0:860:ed1a::1"}
PROXIES = '"2620:0:860:4::/64"'
OTHER = {4: "10.192.20.25", 6: "2620:0:860:118:10:192:20:25"}
REJECT = "      - {reject: any, from: [cloud-private]}\n"
REJECT_TO = "      - {reject: any, to: [rfc1918, wikimedia-private]}\n"


def with_defaults(text: str) -> str:
    return replaced(
        text,
        ("vlans:\n", VLAN),
        ("overlay:\n", DEFAULTS),
        (
            "        ipv4: [tenants, deployment-public,",
            "        ipv4: [tenants, deployment-public, cloud-public-b1-codfw,",
        ),
        (
            "        ipv4: [public]\n        ipv6: [site]\n",
            f"        ipv4: [public, 208.80.153.88/29]\n        ipv6: [site, {PROXIES}]\n",
        ),
        (REJECT + REJECT_TO, REJECT_TO + "      - {accept: default_routes}\n" + REJECT),
        ("\nservices:\n", '\nservices:\n  web-proxy: {ipv4: 208.80.153.90, ipv6: "2620:0:860:4::90", proxy: 8080}\n'),
    )


@pytest.fixture
def chosen(codfw1dev: Standing, tmp_path: Path) -> Iterator[Standing]:
    """The cloud with every choice."""
    before, file = tmp_path / "before.yaml", tmp_path / "cloud.yaml"
    text = codfw1dev.client.get("/seapoint/v1/cloud")["text"]
    before.write_text(text)
    file.write_text(with_defaults(text))
    codfw1dev.told("apply", str(file))
    yield codfw1dev
    codfw1dev.told("apply", str(before))


def asked(cloud: Standing, where: str, far: str, source: str = "") -> str:
    """The address that a far end sees; nothing where there is no answer."""
    url = f"http://[{far}]/" if ":" in far else f"http://{far}/"
    bound = ("--interface", source) if source else ()
    return cloud.run(where, "curl", "-s", *bound, "--noproxy", "*", "-m", "2", url, check=False).strip()


def is_seen(cloud: Standing, where: str, far: str, address: str) -> bool:
    return asked(cloud, where, far) == address


def test_each_host_leaves_by_the_realm_that_it_was_given(chosen: Standing) -> None:
    cloud = chosen
    for host, seen in SEEN.items():
        for version, address in seen.items():
            until(partial(is_seen, cloud, host, INTERNET[version], address), f"{host} is seen as {address!r}")
    for host, own in MANAGEMENT.items():
        for version, address in own.items():
            assert asked(cloud, host, TEXT_LB[version]) == address, "production is reached from management, as ever"
    for host, legs in LEGS.items():
        for version, source in zip((4, 6), legs, strict=True):
            assert asked(cloud, host, TEXT_LB[version], source) == "", (
                "the realms meet at the core routers' filter only"
            )
            assert asked(cloud, host, OTHER[version], source) == ""
            assert asked(cloud, host, INTERNET[version], MANAGEMENT[host][version]) == "", (
                "production's own is not announced"
            )
    told = {result.probe.path for result in cloud.passes("egress")}
    assert {f"egress/{host}/seen_as {version} internet" for host in (NAT, PUBLIC) for version in (4, 6)} <= told
    assert {f"egress/{REALM}/seen_as 6 internet", f"egress/{PROXY}/reaches 4 web-proxy tcp/8080"} <= told
    assert {f"egress/{PROXY}/seen_as {version} internet by web-proxy" for version in (4, 6)} <= told
    for version, far in (4, INTERNET[4]), (6, f"[{INTERNET[6]}]"):
        script = f". /etc/profile.d/seapoint-proxy.sh && curl -s -m 2 'http://{far}/'"
        through = partial(cloud.run, PROXY, "sh", "-c", script, check=False)
        until(lambda seen=WEB_PROXY[version], ask=through: ask().strip() == seen, f"the proxy asks over IPv{version}")
    cloud.passes()


def test_afterwards_the_default_route_is_the_installers(codfw1dev: Standing) -> None:
    for host in SEEN:
        for version, far in INTERNET.items():
            route = codfw1dev.run(host, "ip", f"-{version}", "route", "get", far)
            assert " dev eno1 " in route, route
    listed = codfw1dev.run("cloudsw1-b1-codfw.cloud", "ip", "rule")
    assert "172.20.5.11" not in listed
    assert codfw1dev.run(PROXY, "ls", "/etc/profile.d").find("seapoint") == -1
