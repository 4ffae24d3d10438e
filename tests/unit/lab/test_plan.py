"""The lab of codfw1dev, computed from its file."""

from pathlib import Path

import pytest

from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.read import read_cloud
from seapoint.lab import up
from seapoint.lab.plan import Equipment, agent_with_server, agent_with_target, equipped, lab_plan
from seapoint.lab.services import ENVIRONMENT, SERVICES
from seapoint.lab.topology import Cable, End, HostSpec, LabPlan

EXAMPLES = Path(__file__).parents[3] / "examples" / "codfw1dev"


def cloud(name: str) -> Cloud:
    found = read_cloud((EXAMPLES / name).read_text()).cloud
    assert found is not None
    return found


def spec(plan: LabPlan, name: str) -> HostSpec:
    return next(one for one in plan.hosts if one.name == name)


def ends(plan: LabPlan, host: str) -> dict[str, tuple[End, End, Cable]]:
    """The cables of a host by its NIC: its end, the other, the cable."""
    found = {}
    for cable in plan.cables:
        for near, far in ((cable.a, cable.b), (cable.b, cable.a)):
            if near.host == host:
                found[near.nic] = (near, far, cable)
    return found


@pytest.mark.parametrize("name", ["cloud.yaml", "cloud-two-racks.yaml"])
@pytest.mark.parametrize("vlan_devices", [True, False])
def test_the_plan_of_either_example_holds_together(name: str, vlan_devices: bool) -> None:
    up.check(lab_plan(cloud(name), vlan_devices))


def test_every_running_host_router_instance_and_stand_in_is_there() -> None:
    plan = lab_plan(cloud("cloud.yaml"), vlan_devices=False)

    assert [(one.name, one.kind) for one in plan.hosts] == [
        ("cloudsw1-b1-codfw", "fabric"),
        ("cloudsw1-b1-codfw.production", "host"),
        ("cloudsw1-b1-codfw.cloud", "host"),
        ("cr1-codfw", "host"),
        ("cr2-codfw", "host"),
        ("internet", "stand-in"),
        ("production", "stand-in"),
        ("cloudgw2003-dev", "host"),
        ("cloudgw2004-dev", "host"),
        ("cloudnet2005-dev", "host"),
        ("cloudnet2006-dev", "host"),
        ("cloudlb2002-dev", "host"),
        ("cloudlb2003-dev", "host"),
        ("cloudlb2004-dev", "host"),
        ("cloudcontrol2005-dev", "host"),
        ("cloudcontrol2006-dev", "host"),
        ("cloudcontrol2010-dev", "host"),
        ("cloudservices2004-dev", "host"),
        ("cloudservices2005-dev", "host"),
        ("cloudvirt2004-dev", "host"),
        ("cloudvirt2005-dev", "host"),
        ("cloudvirt2006-dev", "host"),
    ]


def test_a_host_has_its_management_leg_of_both_families_from_the_installer() -> None:
    plan = lab_plan(cloud("cloud.yaml"), vlan_devices=False)

    near, far, cable = ends(plan, "cloudgw2003-dev")["eno1"]

    assert [str(address) for address in near.addresses] == ["10.192.20.7/24", "2620:0:860:118:10:192:20:7/64"]
    assert far.host == "cloudsw1-b1-codfw"
    assert far.port is not None
    assert (far.port.tag, cable.mtu) == (2118, 1500)
    assert [str(route.via) for route in spec(plan, "cloudgw2003-dev").routes] == ["10.192.20.1", "2620:0:860:118::1"]


def test_without_vlan_devices_an_edge_host_has_an_access_cable_per_vlan_and_with_them_a_trunk() -> None:
    without, with_them = (ends(lab_plan(cloud("cloud.yaml"), has), "cloudgw2003-dev") for has in (False, True))

    assert set(without) == {"eno1", "vlan2107", "vlan2120"}
    assert {nic: far.port.tag for nic, (_, far, _) in without.items() if far.port} == {
        "eno1": 2118,
        "vlan2107": 2107,
        "vlan2120": 2120,
    }
    assert set(with_them) == {"eno1", "eno2"}
    assert with_them["eno2"][1].port is not None
    assert with_them["eno2"][1].port.trunks == (2107, 2120)


@pytest.mark.parametrize("vlan_devices", [True, False])
def test_a_host_with_open_vswitch_has_a_trunk_on_every_kernel(vlan_devices: bool) -> None:
    plan = lab_plan(cloud("cloud.yaml"), vlan_devices)

    for name, vlans in (("cloudvirt2004-dev", (2105, 2151)), ("cloudnet2005-dev", (2105, 2107, 2151))):
        legs = ends(plan, name)
        assert set(legs) == {"eno1", "eno2"}
        _, far, cable = legs["eno2"]
        assert far.port is not None
        assert (far.port.trunks, cable.mtu) == (vlans, 9000)


def test_racks_are_joined_by_their_spanning_vlans_only_and_else_routed() -> None:
    plan = lab_plan(cloud("cloud-two-racks.yaml"), vlan_devices=False)
    trunks = [cable for cable in plan.cables if cable.a.port and cable.b.port]

    assert [(cable.a.host, cable.b.host) for cable in trunks] == [("cloudsw1-b1-codfw", "cloudsw1-b2-codfw")]
    assert [port.trunks for port in (trunks[0].a.port, trunks[0].b.port) if port] == [(2105, 2107, 2120)] * 2
    second = ends(plan, "cloudsw1-b2-codfw.cloud")
    assert "vlan2152" in second
    assert "vlan2120" not in second
    assert "cloudsw1-b1-codfw.cloud" in {far.host for _, far, _ in second.values()}


@pytest.mark.parametrize(("gre", "legs"), [(True, {"eno1", "vlan2107", "vlan2120"}), (False, {"eno1", "eno2"})])
def test_a_host_with_tunnels_that_the_kernel_lacks_has_a_trunk_for_its_open_vswitch(gre: bool, legs: set[str]) -> None:
    joined = cloud("../two-sites/codfw1dev.yaml")
    assert set(ends(lab_plan(joined, vlan_devices=False, gre=gre), "cloudgw2003-dev")) == legs


def test_a_port_of_a_switch_keeps_its_name_when_another_host_comes() -> None:
    one, two = (lab_plan(cloud(name), vlan_devices=False) for name in ("cloud.yaml", "cloud-two-racks.yaml"))

    assert ends(one, "cloudgw2003-dev")["vlan2107"][1].nic == ends(two, "cloudgw2003-dev")["vlan2107"][1].nic


def test_equipment_adds_files_and_units_and_refuses_an_unknown_host() -> None:
    plan = lab_plan(cloud("cloud.yaml"), vlan_devices=False)
    added = {
        "cr1-codfw": agent_with_target("{}"),
        "internet": agent_with_target("{}"),
        "cloudvirt2004-dev": agent_with_server("https://10.192.20.25:9697", "A", "C", "K"),
    }

    whole = equipped(plan, added)

    assert spec(whole, "cr1-codfw").files == (
        ("/etc/seapoint/target.json", "{}"),
        ("/etc/default/seapoint-agent", 'SEAPOINT_AGENT_OPTS="--target /etc/seapoint/target.json"\n'),
    )
    assert spec(whole, "internet").start == ("seapoint-agent.service", "echo.service")
    assert dict(spec(whole, "cloudvirt2004-dev").files)["/etc/seapoint/tls/host.key"] == "K"
    assert (
        "--server https://10.192.20.25:9697"
        in dict(spec(whole, "cloudvirt2004-dev").files)["/etc/default/seapoint-agent"]
    )
    assert spec(whole, "cr2-codfw") == spec(plan, "cr2-codfw")
    with pytest.raises(KeyError, match="cr9"):
        equipped(plan, {"cr9": Equipment()})


def test_stand_ins_answer_on_every_port_that_a_rule_names() -> None:
    plan = lab_plan(cloud("cloud.yaml"), vlan_devices=False)

    unit = next(unit for unit in spec(plan, "production").units if unit.name == "echo.service")

    words = set(unit.daemons[0].start[4:])
    assert words == {"http:80", "http:443", "tcp:7", "tcp:22", "tcp:25", "tcp:636"}
    assert spec(plan, "production").start[1:] == ("slapd.service", "git-daemon.service", "nfs-ganesha.service")


def test_a_backend_plays_what_balancers_lead_to_it_by_a_unit_that_every_host_has() -> None:
    played = spec(lab_plan(cloud("cloud.yaml"), vlan_devices=False), "cloudcontrol2006-dev")
    words = dict(played.files)[ENVIRONMENT].removeprefix("SERVICES='").removesuffix("'\n").split()
    assert "keystone:5000" in words
    assert played.start == (SERVICES.name,)

    other = spec(lab_plan(cloud("cloud.yaml"), vlan_devices=False), "cloudvirt2004-dev")
    assert dict(other.files)[ENVIRONMENT] == "SERVICES=''\n"
    assert other.start == ()
    assert other.units == played.units
