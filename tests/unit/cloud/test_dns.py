"""The part ``dns`` of a cloud file: its zones, and what can be wrong with them."""

import pytest

from seapoint.intent.cloud.read import read_cloud
from unit.cloud.edits import BASE, Case, assert_told, edited

VIPS = 'vips:\n  ns0: {prefix: servers, ipv4: 172.20.9.1, ipv6: "::9:1", owners: [ctl1]}\n'
#: Owners of VIPs announce them.
AS = ("bgp:\n  exports:", "bgp:\n  servers: {asn: 64605}\n  exports:")
DNS = "dns: {authoritative: [ns0]}\n"
RECURSOR = '  rec: {prefix: servers, ipv4: 172.20.9.3, ipv6: "::9:3", owners: [OWNER]}\n'
END = "groups:\n  friends:"
DOMAINS = "{infrastructure: infra.example, instances: vm.example, private: private.example}"

CASES: dict[str, Case] = {
    "an unknown VIP": (
        [(END, f"{VIPS}dns: {{authoritative: [▸ns9]}}\n{END}")],
        [("error", "unknown VIP 'ns9'", "Did you mean 'ns0'?")],
    ),
    "a recursor at the address of a name server": (
        [(END, f"{VIPS}dns: {{authoritative: [ns0], recursive: [▸ns0]}}\n{END}")],
        [("error", "'ns0' is the address of name servers already", "Name another VIP.")],
    ),
    "a recursor without a name server beside it": (
        [(END, f"{VIPS}{RECURSOR.replace('OWNER', 'hv1')}dns: {{authoritative: [ns0], recursive: [▸rec]}}\n{END}")],
        [
            (
                "error",
                "'hv1' runs no name server, from which its recursor would learn of floating IPs",
                "Let it own a VIP of `authoritative` too, or take it from the owners.",
            )
        ],
    ),
    "a zone twice": (
        [
            (DOMAINS, "{infrastructure: infra.example, instances: ▸infra.example, private: private.example}"),
            (END, f"{VIPS}{DNS}{END}"),
        ],
        [("error", "'infra.example' is the zone of infrastructure names already", "Give each its own.")],
    ),
    "a name in two zones": (
        [
            (DOMAINS, "{infrastructure: example, instances: vm.example, private: private.example}"),
            (END, f'{VIPS}  ▸x.vm: {{prefix: servers, ipv4: 172.20.9.2, ipv6: "::9:2", owners: [ctl1]}}\n{DNS}{END}'),
        ],
        [
            (
                "error",
                "'x.vm.example' would lie in two zones: in 'vm.example' too",
                "Take another name, or another zone.",
            )
        ],
    ),
    "an unknown zone to be signed": (
        [(END, f"{VIPS}dns: {{authoritative: [ns0], signed: [▸vm.exampel]}}\n{END}")],
        [("error", "'vm.exampel' is no zone of this cloud", "Did you mean 'vm.example'?")],
    ),
    "a domain that is none": (
        [
            (DOMAINS, '{infrastructure: infra.example, instances: ▸"vm example", private: private.example}'),
            (END, f"{VIPS}{DNS}{END}"),
        ],
        [("error", "'vm example' is no domain", "Write labels of a-z, 0-9 and hyphens, joined by dots.")],
    ),
    "an operator's own server by name": (
        [(END, f"{VIPS}dns: {{authoritative: [ns0], fed: [▸ns.example]}}\n{END}")],
        [("error", "'ns.example' is no IPv4 address: Expected 4 octets in 'ns.example'", "Write the whole address.")],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_mistake_is_told_at_its_place(case: Case) -> None:
    edits, expected = case
    assert_told([*edits, AS], expected)


def test_zones_follow_from_the_plan_in_both_families() -> None:
    dns = "dns: {authoritative: [ns0], reverse: [servers], signed: [vm.example]}\n"
    cloud = read_cloud(edited((END, f"{VIPS}{dns}{END}"), AS)[0]).cloud
    assert cloud is not None
    assert cloud.dns is not None
    assert [(zone.name, zone.signed) for zone in cloud.dns.zones] == [
        ("infra.example", False),
        ("vm.example", True),
        ("private.example", False),
        ("16.172.in-addr.arpa", False),
        ("20.172.in-addr.arpa", False),
        ("0-29.100.51.198.in-addr.arpa", False),
        ("0.0.a.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", False),
        ("2.0.a.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", False),
    ]


def test_a_file_without_dns_has_none() -> None:
    cloud = read_cloud(BASE).cloud
    assert cloud is not None
    assert cloud.dns is None


def test_recursors_have_a_zone_of_their_own() -> None:
    dns = f"{RECURSOR.replace('OWNER', 'ctl1')}dns: {{authoritative: [ns0], recursive: [rec]}}\n"
    public = (DOMAINS, DOMAINS.replace("}", ", public: public.example}"))
    cloud = read_cloud(edited((END, f"{VIPS}{dns}{END}"), AS, public)[0]).cloud
    assert cloud is not None
    assert cloud.dns is not None
    assert [zone.name for zone in cloud.dns.zones if zone.kind == "inside"] == ["inside.infra.example"]
