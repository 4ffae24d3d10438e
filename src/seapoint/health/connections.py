"""How many TCP connections a host has to each of its addresses. Source: proc(5), /proc/net/tcp and tcp6."""

import sys
from collections import Counter
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

ESTABLISHED = "01"
TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def established() -> Counter[str]:
    """Connections by the local address that they have."""
    found: Counter[str] = Counter()
    for table in TABLES:
        if table.exists():  # a kernel without IPv6 has one of them
            found += by_address(table.read_text().splitlines()[1:])
    return found


def by_address(lines: Iterable[str]) -> Counter[str]:
    """Count the lines of a table whose connection is established."""
    rows = (line.split() for line in lines)
    return Counter(_address(row[1].partition(":")[0]) for row in rows if row[3] == ESTABLISHED)


def _address(digits: str) -> str:
    """The kernel prints each 32 bits of an address as a number of this machine, which is little-endian or not."""
    words = [int(digits[start : start + 8], 16).to_bytes(4, sys.byteorder) for start in range(0, len(digits), 8)]
    octets = b"".join(words)
    if len(octets) == 4:
        return str(IPv4Address(octets))
    address = IPv6Address(octets)
    return str(address.ipv4_mapped or address)
