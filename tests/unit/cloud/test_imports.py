"""Filters of single neighbours in BGP: what can be wrong with them, and whom they concern."""

from ipaddress import ip_address, ip_network

import pytest

from seapoint.compile.hosts import compile_device
from seapoint.intent.cloud.bgp import Accepted
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.snapshot import Intent
from seapoint.render.frr import frr_conf
from seapoint.target.frr import Frr
from unit.cloud.edits import Case, assert_told, edited
from unit.cloud.test_vips import GROUND, RIGHT, SERVERS


def imports(*entries: str) -> list[tuple[str, str]]:
    return [("bgp:\n", "bgp:\n  imports:\n" + "".join(f"    - {entry}\n" for entry in entries))]


CASES: dict[str, Case] = {
    "a device that nobody is": (
        imports("{at: ▸sw2, from: core1, maximum: 9}"),
        [("error", "unknown device 'sw2'", "Did you mean 'sw1'?")],
    ),
    "a neighbour that nobody is": (
        imports("{at: sw1, from: ▸core2, maximum: 9}"),
        [("error", "unknown neighbour 'core2'", "Did you mean 'core1'?")],
    ),
    "a host, which learns what it is told": (
        imports("{at: ▸hv1, from: sw1, maximum: 9}"),
        [
            (
                "error",
                "'hv1' learns of its switch what `exports` say `to: servers`, and nothing else",
                "Name a switch or a core router.",
            )
        ],
    ),
    "a neighbour without a session": (
        imports("▸{at: sw1, from: hv1, maximum: 9}"),
        [
            (
                "error",
                "'sw1' has no session with 'hv1'",
                "Name a neighbour on one of its links, or an owner of VIPs.",
            )
        ],
    ),
    "a session in another realm": (
        imports("▸{at: sw1, from: core1, realm: outer, maximum: 9}"),
        [
            (
                "error",
                "'sw1' has no session with 'core1' in 'outer'",
                "Name a neighbour on one of its links, or an owner of VIPs.",
            )
        ],
    ),
    "a filter that filters nothing": (
        imports("▸{at: sw1, from: core1}"),
        [("error", "it filters nothing", "Add `accept:` or `maximum:`.")],
    ),
    "two filters of one neighbour": (
        imports("{at: sw1, from: core1, maximum: 9}", "▸{at: sw1, from: core1, realm: inner, maximum: 8}"),
        [("error", "'sw1' has a filter of 'core1' already", "Make one of them.")],
    ),
    "lengths that no part of a prefix has": (
        imports("{at: sw1, from: core1, accept: {ipv4: [▸{prefix: 192.0.2.0/24, ge: 23}]}}"),
        [("error", "23 to 32 are no lengths of parts of 192.0.2.0/24", "24 <= `ge` <= `le` <= 32.")],
    ),
    "IPv6 lengths the wrong way round": (
        imports('{at: sw1, from: core1, accept: {ipv6: [▸{prefix: "3fff::/20", ge: 48, le: 32}]}}'),
        [("error", "48 to 32 are no lengths of parts of 3fff::/20", "20 <= `ge` <= `le` <= 128.")],
    ),
    "a prefix in the other family's list": (
        imports("{at: sw1, from: core1, accept: {ipv6: [▸{prefix: 192.0.2.0/24}]}}"),
        [("error", "'192.0.2.0/24' has no IPv6", "Take it out of this family's list.")],
    ),
    "the cloud's own prefixes from outside": (
        imports('{at: sw1, from: core1, accept: {▸ipv4: [{prefix: 172.16.0.0/12, le: 24}], ipv6: [{prefix: "::/0"}]}}'),
        [
            (
                "warning",
                "'core1' could say that it has 172.16.0.0/17, which is the cloud's own",
                "Take it out, or bound it by `le`.",
            )
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_told(case: str) -> None:
    edits, expected = CASES[case]
    assert_told(edits, expected)


def test_lengths_that_are_not_said_follow_from_the_others() -> None:
    listed = "{prefix: 192.0.2.0/24}, {prefix: 192.0.2.0/24, le: 28}, {prefix: 192.0.2.0/24, ge: 26}"
    text, _ = edited(
        *imports(f'{{at: sw1, from: core1, accept: {{ipv4: [{listed}], ipv6: [{{prefix: "3fff::/20"}}]}}}}')
    )
    cloud = read_cloud(text).cloud
    assert cloud is not None
    four, six = ip_network("192.0.2.0/24"), ip_network("3fff::/20")
    assert cloud.imports[0].accepted == (
        Accepted(four, 24, 24),
        Accepted(four, 24, 28),
        Accepted(four, 26, 32),
        Accepted(six, 20, 20),
    )


def test_one_neighbour_is_filtered_and_the_others_are_not() -> None:
    """Of the switch's neighbours only the owner of a VIP, in both families; its maximum beats that of all servers."""
    entry = "{at: sw1, from: lb1, accept: {ipv4: [{prefix: own-vips, ge: 30}]}, maximum: 2}"
    ((_, new),) = imports(entry)
    servers = (SERVERS[0], new.replace("bgp:\n", "bgp:\n  servers: {asn: 64605, maximum: 50}\n"))
    cloud = read_cloud(edited(*GROUND, servers, RIGHT)[0]).cloud
    assert cloud is not None
    devices = compile_device(cloud, Intent(), "sw1")
    (frr,) = (one for one in devices["sw1.inner"].services if isinstance(one, Frr))
    assert frr.bgp is not None
    said = {one.address: (one.imports, one.maximum) for one in frr.bgp.neighbors}
    assert said == {
        ip_address("10.0.254.0"): ("routers-to-switches-inner", None),
        ip_address("2001:db8:a:fe01::1"): ("routers-to-switches-inner", None),
        ip_address("172.20.5.30"): ("lb1-to-sw1", 2),
        ip_address("2001:db8:a:205::30"): ("lb1-to-sw1", 2),
    }
    text = frr_conf(frr)
    assert "ip prefix-list lb1-to-sw1 seq 5 permit 172.20.254.0/24 ge 30 le 32\n" in text
    assert "ipv6 prefix-list lb1-to-sw1" not in text, "nothing of that family is listed, and nothing passes"
    assert "lb1-to-sw1" not in str(devices["sw1.outer"]) if "sw1.outer" in devices else True
