"""Kernel settings of a device that forwards packets (Linux: Documentation/networking/ip-sysctl.rst)."""

from collections.abc import Iterable

#: Equal paths are chosen per flow (addresses and ports), so that one connection keeps to one path.
PER_FLOW = {"net.ipv4.fib_multipath_hash_policy": "1", "net.ipv6.fib_multipath_hash_policy": "1"}

#: A host with legs in two realms that is no router. Said outright: it may have been an edge before.
FORWARDS_NOTHING = {"net.ipv4.ip_forward": "0", "net.ipv6.conf.all.forwarding": "0"}


def forwarding_everywhere(interfaces: Iterable[str]) -> dict[str, str]:
    """A router: both families from every interface to every other; paths may be asymmetric, so no rp_filter."""
    return {
        "net.ipv4.ip_forward": "1",
        "net.ipv6.conf.all.forwarding": "1",
        **PER_FLOW,
        **_no_reverse_path_filter(interfaces),
    }


def forwarding_between(interfaces: Iterable[str]) -> dict[str, str]:
    """A host that forwards between some of its interfaces only.

    IPv4 is switched on for each. IPv6 knows only "all" in its forwarding path: a firewall must keep the others apart.
    """
    names = tuple(interfaces)
    return {
        **{f"net.ipv4.conf.{name}.forwarding": "1" for name in names},
        "net.ipv6.conf.all.forwarding": "1",
        # IPv4's errors leave with an address of the interface, and so by the routing instance that they belong to;
        # without it, where rules stand in for a VRF device, they follow the main table
        "net.ipv4.icmp_errors_use_inbound_ifaddr": "1",
        **_no_reverse_path_filter(names),
    }


def hairpin(interface: str) -> dict[str, str]:
    """What comes by an interface may leave by it again, and nobody is told of a nearer way."""
    return {f"net.ipv4.conf.{name}.send_redirects": "0" for name in ("all", interface)}


def heeds_no_redirect(interfaces: Iterable[str]) -> dict[str, str]:
    """No router tells this host of a nearer way (RFC 1122 section 3.2.2.2, RFC 4861 section 8).

    A switch would tell it the way to the owner of a VIP in its own VLAN, and it would keep to that owner after the
    switch has turned to another.
    """
    names = tuple(interfaces)
    return {
        **{f"net.ipv4.conf.{name}.accept_redirects": "0" for name in ("all", *names)},
        **{f"net.ipv6.conf.{name}.accept_redirects": "0" for name in names},
    }


def _no_reverse_path_filter(interfaces: Iterable[str]) -> dict[str, str]:
    # the stricter of "all" and the interface's own holds
    return {f"net.ipv4.conf.{name}.rp_filter": "0" for name in ("all", "default", *interfaces)}
