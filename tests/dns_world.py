"""DNS as a domain of the loop, over the small dual-stack world of OVN's tests."""

from ipaddress import ip_address, ip_network

from seapoint.change.domain import Domain
from seapoint.compile.dns.names import DnsCloud, dns_cloud
from seapoint.compile.dns.scopes import compile_scope, dirty, owner, scopes
from seapoint.intent.cloud.dns import Dns, Zone

ZONES = (
    Zone("infra.example", "infrastructure"),
    Zone("vm.example", "instances"),
    Zone("public.example", "public"),
    Zone("inside.infra.example", "inside"),
    Zone("10.in-addr.arpa", "reverse", ip_network("10.0.0.0/8")),
    Zone("16-29.113.0.203.in-addr.arpa", "reverse", ip_network("203.0.113.16/29")),
    Zone("8.b.d.0.1.0.0.2.ip6.arpa", "reverse", ip_network("2001:db8::/32")),
)
NAMED = (("ns0.infra.example", ip_address("203.0.113.17")), ("ns0.infra.example", ip_address("2001:db8:f::53")))
CLOUD = dns_cloud(Dns(authoritative=("ns0", "ns1"), zones=ZONES), NAMED, {"p-id": "team"})


def domain(cloud: DnsCloud = CLOUD) -> Domain:
    """Record sets as a domain of the loop."""
    return Domain(
        "dns",
        lambda intent: scopes(intent, cloud),
        lambda change, before, after: dirty(change, before, after, cloud),
        lambda scope, intent: compile_scope(scope, intent, cloud),
        owner,
    )
