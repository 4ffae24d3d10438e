"""Address arithmetic of both families."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seapoint.base.addresses import Addresses, Networks, covers, eui64, family, mapped_in, parse_address, parse_network

V4 = IPv4Network("192.0.2.0/24")
V6 = IPv6Network("2001:db8:1::/64")


@pytest.mark.parametrize(
    ("prefix", "mac", "address"),
    [
        # Published: an instance of a hosting company's cloud, and Apache CloudStack's documentation of IPv6.
        ("2a00:f10:121:400::/64", "06:8c:ba:00:04:77", "2a00:f10:121:400:48c:baff:fe00:477"),
        ("2001:db8:1:2::/64", "00:0c:29:0c:47:d5", "2001:db8:1:2:20c:29ff:fe0c:47d5"),
        # RFC 4291, appendix A: the universal bit is turned over, both ways.
        ("fe80::/64", "02:00:00:00:00:01", "fe80::ff:fe00:1"),
        ("fe80::/64", "00:00:00:00:00:00", "fe80::200:ff:fe00:0"),
        ("2001:db8::/64", "FA:16:3E:AB:CD:EF", "2001:db8::f816:3eff:feab:cdef"),
    ],
)
def test_eui64_makes_the_published_addresses(prefix: str, mac: str, address: str) -> None:
    assert eui64(IPv6Network(prefix), mac) == IPv6Address(address)


@given(st.binary(min_size=6, max_size=6))
def test_eui64_keeps_the_mac_and_stays_in_the_prefix(octets: bytes) -> None:
    address = eui64(V6, octets.hex(":"))
    identifier = address.packed[8:]
    assert address in V6
    assert bytes([identifier[0] ^ 2]) + identifier[1:3] + identifier[5:] == octets
    assert identifier[3:5] == b"\xff\xfe"


@pytest.mark.parametrize("prefix", ["2001:db8::/63", "2001:db8::/65", "2001:db8::/128", "::/0"])
def test_eui64_needs_a_64(prefix: str) -> None:
    with pytest.raises(ValueError, match="needs a /64"):
        eui64(IPv6Network(prefix), "06:8c:ba:00:04:77")


@pytest.mark.parametrize("mac", ["", "06:8c:ba:00:04", "06:8c:ba:00:04:77:99", "068cba000477", "g6:8c:ba:00:04:77"])
def test_eui64_refuses_what_is_no_mac(mac: str) -> None:
    with pytest.raises(ValueError, match="is no MAC address"):
        eui64(V6, mac)


def test_eui64_refuses_a_mac_with_a_line_end() -> None:
    with pytest.raises(ValueError, match="is no MAC address"):
        eui64(V6, "06:8c:ba:00:04:77\n")


@pytest.mark.parametrize(
    ("network", "address", "mapped"),
    [
        ("2620:0:860:118::/64", "10.192.20.7", "2620:0:860:118:10:192:20:7"),
        ("2001:db8::/64", "255.255.255.255", "2001:db8::255:255:255:255"),
        ("2001:db8::/64", "0.0.0.0", "2001:db8::"),
        ("2001:db8::/48", "10.0.0.1", "2001:db8::10:0:0:1"),
    ],
)
def test_a_mapped_address_spells_the_ipv4_in_decimal(network: str, address: str, mapped: str) -> None:
    assert mapped_in(IPv6Network(network), IPv4Address(address)) == IPv6Address(mapped)


@pytest.mark.parametrize(
    ("outer", "item", "inside"),
    [
        (V4, IPv4Address("192.0.2.255"), True),
        (V4, IPv4Address("192.0.3.0"), False),
        (V4, IPv4Network("192.0.2.128/25"), True),
        (V4, V4, True),
        (V4, IPv4Network("192.0.0.0/16"), False),
        (V6, IPv6Address("2001:db8:1::5"), True),
        (V6, IPv6Address("2001:db8:2::5"), False),
        (V6, IPv6Network("2001:db8:1::/96"), True),
        (V6, V6, True),
        (V6, IPv6Network("2001:db8::/32"), False),
        (IPv4Network("0.0.0.0/0"), IPv6Address("::1"), False),
        (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"), False),
        (IPv6Network("::/0"), IPv4Address("192.0.2.1"), False),
        (IPv6Network("::/0"), IPv4Network("0.0.0.0/0"), False),
    ],
)
def test_a_network_covers_what_lies_wholly_inside_and_nothing_of_the_other_family(
    outer: IPv4Network | IPv6Network,
    item: IPv4Address | IPv6Address | IPv4Network | IPv6Network,
    inside: bool,
) -> None:
    assert covers(outer, item) is inside


def test_a_pair_of_networks_contains_what_either_covers() -> None:
    both = Networks(V4, V6)
    assert both.all() == (V4, V6)
    for item in ("192.0.2.1", "2001:db8:1::1"):
        assert ip_address(item) in both
    for item in ("192.0.3.0/24", "2001:db8:2::/64"):
        assert ip_network(item) not in both
    assert ip_address("2001:db8:1::1") not in Networks(v4=V4)
    assert ip_address("192.0.2.1") not in Networks()


def test_a_pair_of_addresses_lists_those_that_are_there() -> None:
    v4, v6 = IPv4Address("192.0.2.1"), IPv6Address("2001:db8::1")
    assert Addresses(v4, v6).all() == (v4, v6)
    assert Addresses(v6=v6).all() == (v6,)
    assert Addresses().all() == ()


@pytest.mark.parametrize(("text", "number"), [("192.0.2.1", 4), ("2001:db8::1", 6)])
def test_a_text_becomes_an_address_of_its_family(text: str, number: int) -> None:
    assert family(parse_address(text)) == number
    assert family(parse_network(text)) == number


@pytest.mark.parametrize("text", ["192.0.2.1/24", "2001:db8::1/64", "192.0.2.0/33", "::/129", "x", ""])
def test_a_network_has_no_host_bits(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_network(text)
