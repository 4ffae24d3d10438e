"""Every instance asks who it is: which of them are asked over which family, and what answers mean."""

from ipaddress import ip_address

import pytest

from seapoint.intent.attributes import Standard
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.metadata import metadata_device
from seapoint.intent.port import DISTRIBUTED, FixedIp, Port
from seapoint.intent.security import SecurityGroupRule
from seapoint.intent.snapshot import Change, Intent
from seapoint.probe.generate import generate
from seapoint.probe.kinds.metadata import Metadata
from seapoint.probe.probe import Completed

V4, V6 = ip_address("169.254.169.254"), ip_address("fe80::a9fe:a9fe")
ASK4, ASK6 = Metadata(V4, "mine", ip_address("192.0.2.9")), Metadata(V6, "mine")
DUALSTACK, IPV4_ONLY = "networktests-vxlan-dualstack", "networktests-vxlan-ipv4only"


def asked(network: str, *fixed: FixedIp) -> Port:
    """A network's metadata port."""
    device = metadata_device(network)
    return Port(id=f"asked {network}", network_id=network, device_id=device, device_owner=DISTRIBUTED, fixed_ips=fixed)


def having(intent: Intent, *values: Standard) -> Intent:
    return intent.with_changes([Change(None, value) for value in values])


def found(cloud: Cloud, intent: Intent) -> set[tuple[str, int]]:
    """Where who asks over which family."""
    return {
        (probe.where, probe.check.address.version)
        for probe in generate(cloud, intent)
        if isinstance(probe.check, Metadata)
    }


BLUE = asked("dualstack", FixedIp("172.16.130.0/24", "172.16.130.254"))


def test_an_instance_asks_over_each_family_in_which_it_was_promised_an_answer(cloud: Cloud, intent: Intent) -> None:
    assert found(cloud, intent) == set(), "no network has a metadata port"
    both = having(intent, BLUE, asked("ipv4only", FixedIp("172.16.129.0/24", "172.16.129.254")))
    assert found(cloud, both) == {
        (DUALSTACK, 4),
        (DUALSTACK, 6),
        (IPV4_ONLY, 4),
        (f"{IPV4_ONLY}-fip", 4),
    }
    assert found(cloud, having(intent, asked("dualstack"))) == {(DUALSTACK, 6)}, "no route to it by DHCPv4"


def test_instances_of_one_family_ask_over_that_family(cloud: Cloud, ipv4_only: Intent, ipv6_only: Intent) -> None:
    assert found(cloud, having(ipv4_only, BLUE)) == {(DUALSTACK, 4)}
    assert found(cloud, having(ipv6_only, asked("dualstack"))) == {(DUALSTACK, 6)}


def test_who_may_not_send_is_not_asked(cloud: Cloud, intent: Intent) -> None:
    rules = [rule for rule in intent.of(SecurityGroupRule).values() if rule.direction == "egress"]
    for family in (4, 6):
        shut = [Change(rule, None) for rule in rules if rule.ethertype == f"IPv{family}"]
        assert found(cloud, having(intent, BLUE).with_changes(shut)) == {(DUALSTACK, 10 - family)}


def test_it_says_that_it_is_an_instance_of_another_network(cloud: Cloud, intent: Intent) -> None:
    [probe, _] = [probe for probe in generate(cloud, having(intent, BLUE)) if isinstance(probe.check, Metadata)]
    assert isinstance(probe.check, Metadata)
    assert probe.check.instance == f"instance-{DUALSTACK}"
    owner = next(port for port in intent.of(Port).values() if probe.check.forged in _addresses(port))
    assert owner.network_id != "dualstack"


def _addresses(port: Port) -> set[object]:
    return {ip_address(fixed.ip_address) for fixed in port.fixed_ips}


def failed(status: int, words: str) -> Completed:
    return Completed(status, "", f"curl: ({status}) {words}\n")


CASES = {
    "its own": (ASK4, Completed(0, '{"uuid": "mine", "hostname": "a"}', ""), True, "told that it is mine", ""),
    "its own, IPv6": (ASK6, Completed(0, '{"uuid": "mine"}', ""), True, "told that it is mine", ""),
    "another's": (ASK4, Completed(0, '{"uuid": "other"}', ""), False, "told that it is other", "another instance's"),
    "a page": (ASK4, Completed(0, "<html>", ""), False, "tells no id: '<html>'", ""),
    "a list": (ASK6, Completed(0, "[]", ""), False, "tells no id: '[]'", ""),
    "nothing": (ASK6, Completed(0, "", ""), False, "tells no id", ""),
    "unknown": (ASK4, failed(22, "The requested URL returned error: 404"), False, "HTTP status 404", "no instance"),
    "no server": (ASK6, failed(22, "The requested URL returned error: 503"), False, "HTTP status 503", "proxy runs"),
    "no listener": (ASK6, failed(7, "Failed to connect"), False, "no connection", "seapoint-metadata.service"),
    "silence": (ASK4, failed(28, "Connection timed out"), False, "no answer within 5 s", "security group"),
    "curl itself": (ASK4, failed(2, "option -x: bad"), False, "curl failed: curl: (2) option -x: bad", ""),
}


@pytest.mark.parametrize(("check", "output", "passed", "seen", "hint"), CASES.values(), ids=CASES.keys())
def test_judge(check: Metadata, output: Completed, passed: bool, seen: str, hint: str) -> None:
    verdict = check.judge(output)
    assert (verdict.passed, seen in verdict.seen) == (passed, True), verdict
    assert hint in verdict.hint if hint else not verdict.hint, verdict


def test_commands() -> None:
    assert " ".join(ASK4.argv()) == (
        "curl -4 --noproxy * -g -s -S -f -m 5 -H X-Forwarded-For: 192.0.2.9 "
        "http://169.254.169.254/openstack/latest/meta_data.json"
    )
    assert ASK6.argv()[-1] == "http://[fe80::a9fe:a9fe%25eth0]/openstack/latest/meta_data.json"
