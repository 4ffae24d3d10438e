"""Zones of prefixes, and back from names to addresses."""

from ipaddress import ip_address, ip_network

import pytest

from seapoint.intent.cloud.dns import Dns, Zone, reverse_zones


@pytest.mark.parametrize(
    ("network", "zones"),
    [
        ("172.16.128.0/17", ["16.172.in-addr.arpa"]),
        ("10.1.2.0/24", ["2.1.10.in-addr.arpa"]),
        ("185.15.57.0/29", ["0-29.57.15.185.in-addr.arpa"]),
        ("185.15.57.16/29", ["16-29.57.15.185.in-addr.arpa"]),
        ("185.15.56.0/23", ["56.15.185.in-addr.arpa", "57.15.185.in-addr.arpa"]),
        ("2a02:ec80:a100::/56", ["0.0.0.0.1.a.0.8.c.e.2.0.a.2.ip6.arpa"]),
        ("2a02:ec80:a100:100::/56", ["1.0.0.0.1.a.0.8.c.e.2.0.a.2.ip6.arpa"]),
        ("2001:db8:0:2::/63", ["2.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "3.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"]),
    ],
)
def test_the_zones_of_a_prefix(network: str, zones: list[str]) -> None:
    assert [name for name, _ in reverse_zones([ip_network(network)])] == zones


@pytest.mark.parametrize(
    ("network", "address", "name"),
    [
        ("172.16.128.0/17", "172.16.129.5", "5.129.16.172.in-addr.arpa"),
        ("185.15.57.16/29", "185.15.57.20", "20.16-29.57.15.185.in-addr.arpa"),
        ("2001:db8::/32", "2001:db8::1", f"1.{'0.' * 23}8.b.d.0.1.0.0.2.ip6.arpa"),
    ],
)
def test_an_address_and_its_name(network: str, address: str, name: str) -> None:
    ((zone_name, covered),) = reverse_zones([ip_network(network)])
    zone = Zone(zone_name, "reverse", covered)
    assert zone.reverse_name(ip_address(address)) == name
    assert zone.has(name)
    assert zone.address(name) == ip_address(address)


def test_the_longest_zone_has_a_name() -> None:
    dns = Dns(zones=(Zone("example", "infrastructure"), Zone("vm.example", "instances")))
    found = [dns.zone_of(name) for name in ("a.vm.example", "a.example", "xvm.example", "example.org")]
    assert [zone.name if zone else None for zone in found] == ["vm.example", "example", "example", None]


def test_an_answer_s_address_has_a_name_in_the_zone_inside() -> None:
    zone = Zone("inside.example", "inside")
    assert zone.reverse_name(ip_address("185.15.57.6")) == "32.6.57.15.185.rpz-ip.inside.example"
    assert zone.address("32.6.57.15.185.rpz-ip.inside.example") == ip_address("185.15.57.6")
