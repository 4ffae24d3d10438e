"""The TCP connections of a host: how many to each of its addresses, and with whom. Source: proc(5), /proc/net/tcp."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

ESTABLISHED = "01"
TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def established() -> Counter[str]:
    """Connections by the local address that they have."""
    return by_address(_lines())


def neighbors(port: int) -> set[str]:
    """Who has a connection with this host in which either end's port is this."""
    return with_port(_lines(), port)


def _lines() -> Iterator[str]:
    for table in TABLES:
        if table.exists():  # a kernel without IPv6 has one of them
            yield from table.read_text().splitlines()[1:]


def by_address(lines: Iterable[str]) -> Counter[str]:
    """Count the lines of a table whose connection is established."""
    rows = (line.split() for line in lines)
    return Counter(_address(row[1].partition(":")[0]) for row in rows if row[3] == ESTABLISHED)


def with_port(lines: Iterable[str], port: int) -> set[str]:
    """The far addresses of the lines of a table whose connection is established and has this port at one end."""
    rows = (line.split() for line in lines)
    ends = ((row[1].partition(":"), row[2].partition(":")) for row in rows if row[3] == ESTABLISHED)
    return {_address(far[0]) for own, far in ends if port in (int(own[2], 16), int(far[2], 16))}


def _address(digits: str) -> str:
    """The kernel prints each 32 bits of an address as a number of this machine, which is little-endian or not."""
    words = [int(digits[start : start + 8], 16).to_bytes(4, sys.byteorder) for start in range(0, len(digits), 8)]
    octets = b"".join(words)
    if len(octets) == 4:
        return str(IPv4Address(octets))
    address = IPv6Address(octets)
    return str(address.ipv4_mapped or address)
