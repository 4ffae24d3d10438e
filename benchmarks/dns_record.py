"""From a port's POST to its names: until every name server answers with its address, at its announced addresses.

Asked every 5 ms over UDP, from the control host, for A and for AAAA of a dual-stack port that has just been created;
and until its name is gone again after the port was deleted.
"""

import time
from collections.abc import Iterator

import dns.exception
import dns.message
import dns.query

from figures import Figure, median, run
from seapoint.base.errors import EngineError
from seapoint.lab import netns
from standing import CONTROL, PROJECT, Cloud, Json, standing

ROUNDS = 20
PATIENCE = 30.0  # seconds until a round has failed
BUDGET = 1.0
NETWORK, ZONE = "VXLAN/IPv6-dualstack", "codfw1dev.wikimedia.cloud"
SERVERS = {4: ("185.15.57.25", "185.15.57.26"), 6: ("2a02:ec80:a100:4000::2", "2a02:ec80:a100:4000::3")}


def measure() -> Iterator[Figure]:
    """Medians of A, AAAA and of the end of both."""
    with standing() as cloud:
        network = cloud.named("network", NETWORK)
        _answered(cloud, "ns0.openstack.codfw1dev.wikimediacloud.org", 4, {SERVERS[4][0]})
        rounds = [_round(cloud, network, number) for number in range(ROUNDS)]
    for place, about in enumerate(("A", "AAAA")):
        yield median(f"POST answered -> {about} on both name servers", [one[place] for one in rounds], BUDGET)
    yield median("DELETE answered -> no A on either", [one[2] for one in rounds], BUDGET)


def _round(cloud: Cloud, network: Json, number: int) -> tuple[float, float, float]:
    """Seconds to A, to AAAA, and to none of them."""
    name = f"bench-{number}"
    port = cloud.make("port", network_id=network["id"], project_id=PROJECT, name=name)
    began = time.monotonic()
    asked, there = f"{name}.{PROJECT}.{ZONE}", []
    for family in (4, 6):
        own = {one["ip_address"] for one in port["fixed_ips"] if (":" in one["ip_address"]) == (family == 6)}
        _answered(cloud, asked, family, own)
        there.append(time.monotonic() - began)
    cloud.client.ask("DELETE", f"/v2.0/ports/{port['id']}")
    began = time.monotonic()
    _answered(cloud, asked, 4, set())
    return there[0], there[1], time.monotonic() - began


def _answered(cloud: Cloud, name: str, family: int, data: set[str]) -> None:
    """Wait until every server of a family gives exactly this data."""
    question = dns.message.make_query(name, {4: "A", 6: "AAAA"}[family])
    deadline = time.monotonic() + PATIENCE
    with netns.inside(cloud.host(CONTROL)):
        for server in SERVERS[family]:
            while _ask(question, server) != data:
                if time.monotonic() > deadline:
                    raise EngineError(f"{server} does not answer {name} with {data} within {PATIENCE:.0f} s")
                time.sleep(0.005)


def _ask(question: dns.message.Message, server: str) -> set[str] | None:
    try:
        answer = dns.query.udp(question, server, 0.5)
    except (OSError, dns.exception.DNSException):
        return None
    return {record.to_text() for records in answer.answer for record in records}


if __name__ == "__main__":
    run(__doc__, measure, root=True)
