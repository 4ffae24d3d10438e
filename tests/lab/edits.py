"""Changes of the example's cloud file that several tests make."""

from collections.abc import Mapping

ARCHIVE = "208.80.154.99"
#: Ports: where backends tell who has asked them, and where a balancer leads to the name servers.
WHOAMI, NAMES = 5300, 5353

#: A host's addresses in the VLAN of ``with_vlan``, by its number there.
LEG4, LEG6 = "172.20.9.{}", "2a02:ec80:a100:209::{}"


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the file"
        text = text.replace(old, new)
    return text


def with_exclusion(text: str) -> str:
    """A service that is excluded from NAT, and so let in by the core routers."""
    return replaced(
        text,
        ("\nexclusions:\n", "\nexclusions:\n  archive: {offers: {tcp: [80, 443]}}\n"),
        ("\nservices:\n", f"\nservices:\n  archive: {{ipv4: {ARCHIVE}}}\n"),
    )


def with_vlan(text: str, legs: Mapping[str, int]) -> str:
    """A VLAN of the rack with its link networks of both families, and a leg in it at each of these hosts."""
    vlan = """\
  storage-b1-codfw:
    id: 2199
    realm: cloud
    rack: b1
    ipv4: 172.20.9.0/24
    ipv6: ":209::/64"
    gateway: {ipv4: 1, ipv6: "::1"}
    hosts:
"""
    hosts = "".join(f'      {host}: {{ipv4: {number}, ipv6: "::{number}"}}\n' for host, number in legs.items())
    return replaced(text, ("\nvlans:\n", f"\nvlans:\n{vlan}{hosts}"))


def with_whoami(text: str, *, balancers: str, backends: str, serving: str, names: str = "") -> str:
    """DNS on hosts that balance it before backends and before name servers, and on hosts that serve it directly."""
    vips = f"""vips:
  whoami.proxied:
    prefix: private-vips
    ipv4: 53
    ipv6: "::53"
    owners: [{balancers}]
    check: {{dns: whoami.example, fall: 3, rise: 2}}
  whoami.direct:
    prefix: private-vips
    ipv4: 54
    ipv6: "::54"
    owners: [{serving}]
    check: {{dns: whoami.example, port: {WHOAMI}, rise: 2}}
"""
    before_names = (
        f"      names: {{mode: dns, ports: [{NAMES}], backend_port: 53, backends: [{names}], access: cloud-private}}\n"
    )
    services = f"""balancers:
  whoami-proxied:
    vip: whoami.proxied
    access: internal
    backends: [{backends}]
    services:
      whoami:
        mode: dns
        ports: [53]
        backend_port: {WHOAMI}
        balance: roundrobin
        check: {{interval: 1000ms, fall: 2}}
{before_names if names else ""}  whoami-direct:
    vip: whoami.direct
    answers: direct
    access: internal
    services:
      whoami-here: {{mode: dns, ports: [{WHOAMI}]}}
"""
    text = replaced(text, ("\nvips:\n", f"\n{vips}"))
    if "\nbalancers:\n" in text:
        return replaced(text, ("\nbalancers:\n", f"\n{services}"))
    return f"{text}\n{services}"
