"""A small cloud on a stock kernel: every live test passes, and the kernel's counters say which path each group took.

And a leg of a hypervisor that comes and goes costs no packet, which the kernel's datapath forwards.

Run by `make test-vm` in a machine of its own; elsewhere it fails where the kernel lacks one of the paths.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from lab.edits import LEG4, LEG6, with_vlan
from lab.flows import flowing, lost
from lab.inspection import hosts_of_diff
from lab.standing import EXAMPLE, INTERNET, Standing, standing
from lab.waiting import until
from vm.counters import packets
from vm.small import CONTROL, EDGES, GATEWAY, HYPERVISOR, small

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

PATIENCE = 300.0  # seconds: under software emulation everything takes ten times as long
ALONE, DUAL = "networktests-vxlan-ipv4only", "networktests-vxlan-dualstack"
EVERY = "0.5"  # seconds between packets of a flow: more of them would keep emulated processors from the change
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


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    file = tmp_path_factory.mktemp("paths") / "cloud.yaml"
    file.write_text(small((EXAMPLE / "cloud.yaml").read_text()))
    with standing("paths", file) as there:
        yield there


def test_every_live_test_passes_on_the_paths_of_this_kernel(cloud: Standing) -> None:
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


def pings(cloud: Standing, host: str, address: str) -> bool:
    return " 0% packet loss" in cloud.run(host, "ping", "-c1", "-W5", address, check=False)


def test_a_leg_of_a_hypervisor_comes_and_goes_and_no_packet_is_lost(cloud: Standing, tmp_path: Path) -> None:
    """Of flows of both families, translated and not, through the hypervisor and the edge, which get a leg both."""
    legs = {HYPERVISOR: 34, CONTROL: 25, EDGES[0]: 7, EDGES[1]: 15}
    text = cloud.client.get("/seapoint/v1/cloud")["text"]
    wider = tmp_path / "wider.yaml"
    wider.write_text(with_vlan(text, legs))
    [six] = (fixed["ip_address"] for fixed in next(cloud.api.ports(name=DUAL)).fixed_ips if ":" in fixed["ip_address"])
    flows = {ALONE: (f"ping:{INTERNET[4]}",), DUAL: (f"ping:{INTERNET[6]}",), "internet": (f"ping:{six}",)}
    with flowing(cloud, flows, EVERY) as told:
        for step in (("apply", str(wider)), ("rollback",)):
            said = cloud.seapoint(*step, "--timeout", str(PATIENCE))
            assert said.status == 0, said
            assert hosts_of_diff(said.out) == {*legs}
            if step[0] == "apply":
                for address in (LEG4.format(legs[HYPERVISOR]), LEG6.format(legs[HYPERVISOR])):
                    until(partial(pings, cloud, CONTROL, address), f"{CONTROL} pings {address}", PATIENCE)
    print(f"\n{sum(about['sent'] for about in told.values())} packets of {len(told)} flows sent meanwhile")
    assert lost(told) == {}, told
