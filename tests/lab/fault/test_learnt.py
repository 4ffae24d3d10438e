"""From static routes to BGP on the owners of VIPs, step by step, under flows of both families: nothing is lost."""

import json
from pathlib import Path

import pytest

from lab.edits import replaced
from lab.flows import flowing, lost
from lab.passive import FIRST
from lab.standing import Standing
from lab.waiting import until

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

TOLD = """  exports:
    - from: switches
      realm: cloud
      to: servers
      exactly: {ipv4: [cloud-private, cloud-public, tenants], ipv6: [cloud-private, tenants, public-vips]}
"""
LEARNT = {
    4: {"172.20.0.0/16", "185.15.57.0/26", "172.16.128.0/17"},
    6: {"2a02:ec80:a100:200::/56", "2a02:ec80:a100::/56", "2a02:ec80:a100:4000::/64"},
}
SERVERS = "servers: {asn: 64605}"
#: Of another owner; of that the first one has no part.
FAR = {4: "185.15.57.25", 6: "2a02:ec80:a100:4000::2"}


def routes(cloud: Standing, version: int, protocol: str) -> set[str]:
    """What of the learnt prefixes the owner's kernel has by a protocol."""
    rows = cloud.run(FIRST, "ip", f"-{version}", "-json", "route", "show", "proto", protocol)
    return {row["dst"] for row in json.loads(rows or "[]")} & LEARNT[version]


def heard(cloud: Standing) -> set[str]:
    """What the switch has told the owner, used or not."""
    found = set()
    for version, wanted in LEARNT.items():
        table = json.loads(cloud.run(FIRST, "vtysh", "-c", f"show bgp ipv{version} unicast json"))["routes"]
        found |= wanted & table.keys()
    return found


def by(cloud: Standing, protocol: str) -> set[str]:
    return routes(cloud, 4, protocol) | routes(cloud, 6, protocol)


def test_from_static_routes_to_bgp_and_back(faulty: Standing, tmp_path: Path) -> None:
    every = LEARNT[4] | LEARNT[6]
    file = tmp_path / "cloud.yaml"

    def step(statics: str, kept: set[str], chosen: set[str]) -> None:
        servers = (SERVERS, f"servers: {{asn: 64605, maximum: 20, statics: {statics}}}")
        file.write_text(replaced(faulty.file.read_text(), ("  exports:\n", TOLD), servers))
        faulty.told("apply", str(file))
        until(lambda: heard(faulty) == every, "the owner hears of every prefix")
        until(lambda: (by(faulty, "77"), by(faulty, "bgp")) == (kept, chosen), f"static routes {statics}")

    try:
        with flowing(faulty, {FIRST: tuple(f"ping:{address}" for address in FAR.values())}) as told:
            step("first", every, set())
            step("last", every, every)
            step("none", set(), every)
            step("first", every, set())
        assert lost(told) == {}
    finally:
        faulty.told("apply", str(faulty.file))
    until(lambda: (by(faulty, "77"), by(faulty, "bgp")) == (every, set()), "as before")
