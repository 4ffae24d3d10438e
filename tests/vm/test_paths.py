"""A small cloud on a stock kernel: every live test passes, and the kernel's counters say which path each group took.

Run by `make test-vm` in a machine of its own; elsewhere it fails where the kernel lacks one of the paths.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from lab.standing import EXAMPLE, Standing, standing
from vm.counters import packets
from vm.small import EDGES, GATEWAY, HYPERVISOR, small

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

PATIENCE = 300.0  # seconds: under software emulation everything takes ten times as long
DATAPATH, TUNNEL, VLAN, VRF = "openvswitch datapath", "VXLAN by the kernel", "802.1Q devices", "VRF devices"


def datapath(cloud: Standing, host: str) -> int:
    """Packets that the kernel's datapath has looked up on a host. Source: ovs-dpctl(8), show."""
    told = cloud.run(host, "ovs-dpctl", "show", "system@ovs-system")
    (hit, missed) = re.findall(r"lookups: hit:(\d+) missed:(\d+)", told)[0]
    return int(hit) + int(missed)


def counted(cloud: Standing) -> Mapping[str, int]:
    """Packets on each path until now."""
    return {
        DATAPATH: sum(datapath(cloud, host) for host in (GATEWAY, HYPERVISOR)),
        TUNNEL: sum(packets(cloud.lab, host, "vxlan") for host in (GATEWAY, HYPERVISOR)),
        VLAN: sum(packets(cloud.lab, host, "vlan") for host in EDGES),
        VRF: sum(packets(cloud.lab, host, "vrf") for host in EDGES),
    }


def test_every_live_test_passes_on_the_paths_of_this_kernel(tmp_path: Path) -> None:
    file = tmp_path / "cloud.yaml"
    file.write_text(small((EXAMPLE / "cloud.yaml").read_text()))

    with standing("paths", file) as cloud:
        told = {host: of["features"] for host, of in cloud.client.get("/seapoint/v1/status")["hosts"].items()}
        for host in (GATEWAY, HYPERVISOR):
            assert told[host]["datapath"] == "system"
            assert cloud.run(host, "ovs-vsctl", "get", "bridge", "br-int", "datapath_type").strip() in {"system", '""'}
        for host in EDGES:
            assert (told[host]["vlan"], told[host]["vrf"]) == ("802.1Q", "VRF devices")

        results = cloud.passes(patience=PATIENCE)

        taken = dict.fromkeys(counted(cloud), 0)
        print(f"\n{'live tests':16} {'passed':>6}  packets counted meanwhile")
        for group in dict.fromkeys(result.probe.group for result in results):
            before = counted(cloud)
            passed = len(cloud.passes(group, PATIENCE))
            carried = {path: after - before[path] for path, after in counted(cloud).items()}
            taken = {path: total + carried[path] for path, total in taken.items()}
            print(f"{group:16} {passed:6}  {', '.join(f'{path} {number}' for path, number in carried.items())}")
        assert {path for path, total in taken.items() if not total} == set()
