"""Checks of VIPs and backends that cannot work from their hosts: told where they stand, with what would work."""

import pytest

from seapoint.intent.cloud.read import read_cloud
from unit.cloud.edits import Case, assert_told, edited
from unit.cloud.test_balancers import HEAD, PLAIN, service
from unit.cloud.test_dns import AS, DNS, END, RECURSOR, VIPS

ASKED = RECURSOR.replace("[OWNER]", "[ctl1], check: {dns: www.example.org}")


def checked(check: str, services: str, head: str = HEAD) -> list[tuple[str, str]]:
    """Balanced services whose VIP has this check."""
    edits = service(services, head)
    return [(old, new.replace("owners: [balancer]", f"owners: [balancer], {check}")) for old, new in edits]


def named(check: str, dns: str = DNS) -> list[tuple[str, str]]:
    """A name server's VIP and a recursor's; the first has this check."""
    vips = VIPS.replace("owners: [ctl1]", f"owners: [ctl1], {check}" if check else "owners: [ctl1]")
    return [(END, f"{vips}{dns}{END}"), AS]


CASES: dict[str, Case] = {
    "a port at which no balancer listens": (
        checked("▸check: {tcp: 9697}", "net: {ports: [9696]}"),
        [("warning", "nothing of this file answers at TCP port 9697 of 'api'", "Ask what is there: TCP 8081 9696.")],
    ),
    "HAProxy asked of what it does not balance": (
        checked("▸check: {http: 8081, path: /api}", "names: {ports: [53], mode: dns}", PLAIN),
        [("warning", "nothing of this file answers at TCP port 8081 of 'api'", "Ask what is there: TCP 53, UDP 53.")],
    ),
    "DNS asked of who balances no DNS": (
        checked("▸check: {dns: api.infra.example, port: 9696}", "net: {ports: [9696]}"),
        [("warning", "nothing of this file answers at UDP port 9696 of 'api'", "Ask what is there: TCP 8081 9696.")],
    ),
    "a plain request where TLS is spoken": (
        checked("▸check: {http: 9696}", "net: {ports: [9696]}"),
        [
            (
                "error",
                "'net' speaks TLS at port 9696: a plain request has no answer",
                "Add `over_tls: true`.",
            )
        ],
    ),
    "a request for a host that is refused": (
        checked("▸check: {http: 9696, over_tls: true}", "net: {ports: [9696], host: net.example}"),
        [("error", "'net' refuses requests for another host than 'net.example'", "Add `name: net.example`.")],
    ),
    "TLS where none is spoken": (
        checked("▸check: {tls: 8081}", "net: {ports: [9696]}"),
        [("error", "HAProxy's port 8081 speaks no TLS", "Write `http: 8081` alone.")],
    ),
    "a page that HAProxy has not": (
        checked("check: {http: 8081, path: ▸/apo}", "net: {ports: [9696]}"),
        [("error", "HAProxy tells nothing at /apo", "Write `path: /api`.")],
    ),
    "a name server asked at another port": (
        named("▸check: {dns: ns0.infra.example, port: 5353}"),
        [("warning", "nothing of this file answers at UDP port 5353 of 'ns0'", "Ask what is there: TCP 53, UDP 53.")],
    ),
    "a name server asked for a name in no zone": (
        named("check: {dns: ▸www.example.org}"),
        [
            (
                "error",
                "the name servers at 'ns0' have no zone with 'www.example.org': they refuse to answer",
                "Ask for a name in one of: infra.example, vm.example, private.example.",
            )
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_told(case: str) -> None:
    assert_told(*CASES[case])


#: A second rack, whose cloud-private subnet is IPv4 only.
RACK = (
    "vlans:\n",
    """vlans:
  manage2: {id: 11, realm: outer, rack: r2, use: management, ipv4: 10.0.2.0/24, ipv6: "2001:db8:c::/64"}
  own2: {id: 21, realm: inner, rack: r2, use: private, ipv4: 172.20.6.0/24, ipv4_only: true, gateway: {ipv4: 1}}
""",
)
BALANCER = "lb1: {role: balancer, rack: r1, management: 30, private: 30}"
DUAL, IPV4, IPV6 = (
    "rack: r1, management: 31, private: 31",
    "rack: r2, management: 32, private: 32",
    'rack: r1, management: 33, private: {ipv6: "::33"}',
)


@pytest.mark.parametrize(
    ("balancer", "backend", "severity", "beyond"),
    [
        (IPV4, DUAL, "warning", "IPv6 address from which to check 2001:db8:a:205::31"),
        (IPV4, IPV6, "error", "IPv6 address from which to check 2001:db8:a:205::33"),
        (IPV6, DUAL, "warning", "IPv4 address from which to check 172.20.5.31"),
        (IPV6, IPV4, "error", "IPv4 address from which to check 172.20.6.32"),
        (DUAL, IPV4, None, ""),
        (DUAL, IPV6, None, ""),
    ],
)
def test_backends_of_a_family_that_the_balancer_has_not(
    balancer: str, backend: str, severity: str | None, beyond: str
) -> None:
    vip = {IPV4: "ipv4: 1", IPV6: 'ipv6: "::1"'}.get(balancer, 'ipv4: 1, ipv6: "::1"')
    edits = [
        (old, new.replace(BALANCER, f"lb1: {{role: balancer, {balancer}}}").replace('ipv4: 1, ipv6: "::1"', vip))
        for old, new in service("net: {ports: [9696], backends: [ctl2]}")
    ]
    edits.append(("  ctl1: {role", f"  ctl2: {{role: control, {backend}}}\n  ctl1: {{role"))
    reading = read_cloud(edited(*edits, RACK, ("racks:\n", "racks:\n  r2: {switch: sw1}\n"))[0])
    told = [one.mistake for one in reading.mistakes if one.mistake.path[0] == "balancers"]
    assert [(one.severity, one.message) for one in told] == (
        [(severity, f"'lb1' has no {beyond} of 'ctl2'")] if severity else []
    )
    assert all(one.mistake.path[0] in ("balancers", "vips") for one in reading.mistakes), "nothing else is wrong"


@pytest.mark.parametrize(
    "edits",
    [
        checked("check: {http: 8081, path: /api}", "net: {ports: [9696]}"),
        checked("check: {http: 9696, over_tls: true, name: net.example}", "net: {ports: [9696], host: net.example}"),
        checked("check: {tls: 9696}", "net: {ports: [9696]}"),
        checked("check: {tcp: 53}", "names: {ports: [53], mode: dns}", PLAIN),
        checked('check: {command: ["/bin/true"]}', "net: {ports: [9696]}"),
        named("check: {dns: x.vm.example}"),
        named("check: {tcp: 9999}", dns=""),
        named("", f"{ASKED}dns: {{authoritative: [ns0], recursive: [rec]}}\n"),
    ],
)
def test_a_check_that_can_work_is_let_be(edits: list[tuple[str, str]]) -> None:
    reading = read_cloud(edited(*edits)[0])
    assert reading.mistakes == ()
