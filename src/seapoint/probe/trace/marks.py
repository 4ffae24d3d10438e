"""Marks: what makes the packets of one repetition known wherever they pass, whatever is translated on the way.

Echo requests, their answers and UDP carry the mark as payload. A TCP connection begins without one: it is known by its
source port where it begins, and from there by its initial sequence number, which no translation of addresses changes.
"""

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass

from seapoint.probe.flow import Flow
from seapoint.probe.probe import host_part

SECONDS = 3
#: Source ports of marked connections: below those that kernels choose (ip_local_port_range), above those of services.
PORTS = range(20_000, 32_000)


@dataclass(frozen=True, slots=True)
class Mark:
    """``text`` is eight letters, found nowhere else."""

    text: str
    port: int


def marks(chance: random.Random) -> Iterator[Mark]:
    """Marks without end, no two of them alike."""
    used: set[int] = set()
    while True:
        port = chance.choice(PORTS)
        if port not in used:
            used.add(port)
            yield Mark("".join(chance.choices(string.ascii_lowercase, k=8)), port)


def command(flow: Flow, mark: Mark) -> tuple[str, ...]:
    """The command that sends one marked packet of a flow, or opens one connection."""
    family = f"-{flow.address.version}"
    if flow.protocol == "icmp":
        size = ("-M", "do", "-s", str(flow.payload))
        return ("ping", family, "-n", "-c", "1", "-W", "1", "-p", mark.text.encode().hex(), *size, str(flow.address))
    if flow.protocol == "tcp":
        url = f"http://{host_part(flow.address)}:{flow.port}/"
        quiet = ("curl", family, "--noproxy", "*", "-s", "-o", "/dev/null", "-m", str(SECONDS))
        return (*quiet, "--local-port", str(mark.port), "-H", f"Seapoint-Trace: {mark.text}", url)
    # a DNS query for the mark (RFC 1035, 4.1): whoever speaks DNS sends its name back
    query = rf"\x5e\xa0\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x08{mark.text}\x00\x00\x01\x00\x01"
    script = f'exec 3<>"/dev/udp/$1/$2" && printf "{query}" >&3 && timeout {SECONDS} head -c 1 <&3'
    return ("bash", "-c", script, "query", str(flow.address), str(flow.port))
