"""The operator's API: findings, how far hosts and engines are, drains, approvals."""

import pytest

from api.operator_cloud import BASE, Cloud, until
from seapoint.target.report import HostReport, Part, VipReport
from seapoint.target.rows import OWNER, Row, row_uuid
from seapoint.wiring.domains import HOSTS


@pytest.mark.parametrize(
    ("version", "outside", "inside"),
    [(4, "192.168.7.0/24", "172.16.8.0/24"), (6, "2001:db8:77::/64", "2001:db8:a:8::/64")],
)
def test_a_subnet_outside_the_plan_is_a_finding(cloud: Cloud, version: int, outside: str, inside: str) -> None:
    cloud.apply(BASE)
    transport = cloud.make(
        "network",
        **{"provider:network_type": "flat", "provider:physical_network": "wan", "router:external": True},
    )
    for family, cidr in ((4, "198.51.100.8/29"), (6, "2001:db8:a:fe04::/64")):
        cloud.make("subnet", network_id=transport["id"], ip_version=family, cidr=cidr, enable_dhcp=False)
    router = cloud.make("router", external_gateway_info={"network_id": transport["id"]})
    found = {}
    for cidr in (outside, inside):
        network = cloud.make("network")
        found[cidr] = cloud.make("subnet", network_id=network["id"], ip_version=version, cidr=cidr)["id"]
        cloud.done("PUT", f"/v2.0/routers/{router['id']}/add_router_interface", {"subnet_id": found[cidr]})
    told = cloud.settle()["findings"]
    assert [one["subject"] for one in told] == [f"subnet/{found[outside]}"]
    assert (told[0]["check"], told[0]["severity"]) == ("routed-subnets", "warning")
    assert outside in told[0]["message"]
    edge = cloud.hosts_text()["edge1"]
    assert (inside in edge, outside in edge) == (True, False)


@pytest.mark.parametrize(("overlay", "checks"), [("vxlan", ["vxlan-limits"]), ("geneve", [])])
def test_vxlan_s_limits_are_findings(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, overlay: str, checks: list[str]
) -> None:
    monkeypatch.setattr("seapoint.compile.ovn.limits._VXLAN_PORTS", 5)
    cloud.apply(BASE.replace("type: geneve", f"type: {overlay}"))
    network = cloud.make("network")
    for _ in range(4):
        cloud.make("port", network_id=network["id"])
    told = cloud.done("GET", "status")["findings"]
    assert [one["check"] for one in told] == checks
    assert all(network["id"] in one["subject"] and "4 of the 5" in one["message"] for one in told)


def test_hosts_tell_how_far_they_are(cloud: Cloud) -> None:
    cloud.apply(BASE)
    cloud.settle()
    published = cloud.hosts.published("gw1")
    assert published is not None
    wrong = Part("bgp", ok=False, reason="2001:db8::1 does not answer")
    cloud.hosts.take_report(HostReport("gw1", published.digest, False, (wrong,), {"vrf": "none"}, (), 0.0))
    host = cloud.done("GET", "status")["hosts"]["gw1"]
    assert (host["state"], host["features"]) == ("failed", {"vrf": "none"})
    assert host["failures"] == [{"part": "bgp", "reason": "2001:db8::1 does not answer"}]
    assert host["seen_seconds_ago"] >= 0
    cloud.hosts.take_report(HostReport("gw1", published.digest, True, (), {}, (), 0.0))
    assert cloud.done("GET", "status")["hosts"]["gw1"]["state"] == "applied"


VIPS = """vips:
  api: {prefix: own-vips, ipv4: 1, ipv6: "::1", owners: [gw1, hv1]}
"""

#: The base cloud, in which two hosts own a VIP of both families.
WITH_VIP = (
    BASE.replace(
        '  servers: {ipv4: 172.20.0.0/16, ipv6: ":200::/56"}',
        '  servers: {ipv4: 172.20.0.0/16, ipv6: ":200::/56",'
        ' inside: {own-vips: {ipv4: 172.20.254.0/24, ipv6: ":2ff::/64"}}}',
    )
    .replace("bgp:\n", "bgp:\n  servers: {asn: 64605}\n")
    .replace("groups:\n", f"{VIPS}groups:\n")
)


def test_owners_tell_how_they_announce_their_vips(cloud: Cloud) -> None:
    cloud.apply(WITH_VIP)
    cloud.settle()
    four, six = "172.20.254.1", "2001:db8:a:2ff::1"
    nothing = {"gw1": None, "hv1": None}
    assert cloud.done("GET", "status")["vips"] == {"api": {four: nothing, six: nothing}}
    said = (VipReport("api", four, 0), VipReport("api", six, None, "sick: refused"), VipReport("gone", "192.0.2.1", 0))
    cloud.hosts.take_report(HostReport("hv1", "", True, (), {}, (), 0.0, said))
    assert cloud.done("GET", "status")["vips"] == {
        "api": {
            four: nothing | {"hv1": {"prepended": 0, "why": ""}},
            six: nothing | {"hv1": {"prepended": None, "why": "sick: refused"}},
        }
    }


def drained(cloud: Cloud) -> set[str]:
    """The owners whose targets have them drain."""
    texts = cloud.hosts_text()
    return {owner for owner in ("gw1", "hv1") if '"draining": true' in texts[owner]}


def test_a_drain_is_intent_of_the_operators(cloud: Cloud) -> None:
    cloud.apply(WITH_VIP)
    before = cloud.settle()["revision"]
    revision = cloud.done("POST", "drain", {"vip": "api", "host": "hv1"})["revision"]
    assert revision == before + 1
    assert cloud.done("POST", "drain", {"vip": "api", "host": "hv1"})["revision"] == revision, "it is drained already"
    until(lambda: drained(cloud) == {"hv1"})
    newest = cloud.done("GET", "history?limit=1")[0]
    assert newest["objects"] == ["+ drain api of hv1"]
    assert cloud.settle()["findings"] == []

    cloud.done("POST", "drain", {"vip": "api", "host": "gw1"})
    assert [one["check"] for one in cloud.settle()["findings"]] == ["drained-vips"]
    cloud.done("POST", "undrain", {"vip": "api", "host": "gw1"})
    until(lambda: drained(cloud) == {"hv1"})
    cloud.done("POST", "rollback", {"change_set": newest["change_set"]})
    until(lambda: drained(cloud) == set())


def test_a_host_is_drained_whole(cloud: Cloud) -> None:
    """Its VIPs, its part in the edge's election and in the gateways of virtual routers."""
    cloud.apply(WITH_VIP)
    cloud.settle()
    elected = {name for name, text in cloud.hosts_text().items() if "vrrp_instance" in text}
    assert elected == {"edge1", "edge2"}
    for host in ("edge1", "hv1"):
        cloud.done("POST", "drain", {"host": host})
    until(lambda: drained(cloud) == {"hv1"})
    until(lambda: {name for name, text in cloud.hosts_text().items() if "vrrp_instance" in text} == {"edge2"})
    findings = cloud.settle()["findings"]
    assert [(one["check"], one["subject"]) for one in findings] == [
        ("drained-hosts", "host/edge1"),
        ("drained-hosts", "host/hv1"),
    ]
    before = cloud.everything()
    for host, words in (
        ("edge2", "nobody is left who could take the edge's addresses of edge2"),
        ("gw1", "nobody is left who could take the gateways of virtual routers of gw1"),
        ("sw1", "'sw1' holds nothing that another host could take"),
    ):
        status, said = cloud.refused("POST", "drain", {"host": host})
        assert (status, words in said) == (400, True), said
    assert cloud.everything() == before
    for host in ("edge1", "hv1"):
        cloud.done("POST", "undrain", {"host": host})
    until(lambda: drained(cloud) == set())
    assert cloud.settle()["findings"] == []


@pytest.mark.parametrize(
    ("verb", "vip", "host", "words"),
    [
        ("drain", "nothing", "hv1", "unknown VIP 'nothing'; there are api"),
        ("drain", "api", "edge1", "'edge1' does not own api; its owners are gw1, hv1"),
        ("undrain", "api", "hv1", "api of hv1 is not drained; drained are none"),
        ("undrain", None, "hv1", "hv1 is not drained; drained are none"),
    ],
)
def test_a_drain_of_what_is_not_there(cloud: Cloud, verb: str, vip: str | None, host: str, words: str) -> None:
    cloud.apply(WITH_VIP)
    before = cloud.everything()
    assert cloud.refused("POST", verb, {"host": host} | ({"vip": vip} if vip else {})) == (400, words)
    assert cloud.everything() == before


def test_a_drain_outlives_the_file_that_names_it(cloud: Cloud) -> None:
    cloud.apply(WITH_VIP)
    cloud.done("POST", "drain", {"vip": "api", "host": "hv1"})
    cloud.apply(BASE)
    cloud.apply(WITH_VIP)
    cloud.settle()
    until(lambda: drained(cloud) == {"hv1"})
    cloud.apply(BASE)
    cloud.done("POST", "undrain", {"vip": "api", "host": "hv1"})
    assert cloud.refused("POST", "undrain", {"vip": "api", "host": "hv1"})[0] == 400


def test_an_engine_that_is_cut_off_is_down_with_its_reason(cloud: Cloud) -> None:
    cloud.ovn.reachable = False
    cloud.apply(BASE)
    told = until(lambda: (one := cloud.done("GET", "status")["domains"]["ovn"])["reason"] == "cut off" and one)
    assert told["state"] == "DOWN"
    assert cloud.done("GET", "status")["domains"][HOSTS]["state"] == "ACTIVE"
    cloud.ovn.reconnect()
    until(lambda: cloud.done("GET", "status")["domains"]["ovn"]["state"] == "ACTIVE")


def test_what_an_audit_holds_back_is_deleted_when_approved(cloud: Cloud) -> None:
    cloud.apply(BASE)
    cloud.settle()
    status, message = cloud.refused("POST", "approve", {"domain": "ovn"})
    assert (status, "holds nothing back" in message) == (400, True)
    status, message = cloud.refused("POST", "approve", {"domain": "dns"})
    assert (status, "ovn-listeners" in message) == (400, True)
    for number in range(40):
        uuid = row_uuid("Logical_Switch", str(number))
        cloud.ovn.disturb(uuid, Row("Logical_Switch", uuid, {"external_ids": {OWNER: f"network/{number}"}}))
    cloud.ovn.reconnect()  # somebody's rows with our mark, seen whole: an audit
    until(lambda: "approve it first" in cloud.done("GET", "status")["domains"]["ovn"]["reason"])
    held = [item for item in cloud.ovn.observe().values() if isinstance(item, Row) and item.table == "Logical_Switch"]
    assert len(held) == 40
    assert cloud.done("POST", "approve", {"domain": "ovn"}) == {}
    until(lambda: cloud.done("GET", "status")["domains"]["ovn"]["state"] == "ACTIVE")
    assert not [
        item for item in cloud.ovn.observe().values() if isinstance(item, Row) and item.table == "Logical_Switch"
    ]
