"""What a target wants of an Open vSwitch, against the rows of its database."""

from collections.abc import Mapping
from typing import Any

from seapoint.agent.switch_plan import KEYS, WantedSwitch, plan_switch, wanted_switch
from seapoint.target.host import Bridge, BridgePort, HostTarget, Interface, OpenVSwitch
from seapoint.target.rows import OWNER, Uuid

ROOT = Uuid("00000000-0000-0000-0000-0000000000aa")

TARGET = HostTarget(
    host="h",
    open_vswitch=OpenVSwitch(
        bridges=(
            Bridge("br-phy", (BridgePort("u0", trunks=(7, 8)), BridgePort("to-ex", "patch", peer="to-phy")), mtu=9000),
        ),
        external_ids={"ovn-remote": "ssl:[2001:db8::1]:6642"},
    ),
    interfaces=(Interface("vlan7", kind="vlan", vlan=7, bridge="br-phy", mtu=9000, addresses=("192.0.2.1/24",)),),
)


def rows(external: Mapping[str, str] | None = None, **bridges: Mapping[str, bool]) -> dict[str, dict[Any, Any]]:
    """A database with these bridges; each maps its ports to whether they are ours (the bridge is as its first)."""
    tables: dict[str, dict[Any, Any]] = {"Open_vSwitch": {}, "Bridge": {}, "Port": {}, "Interface": {}}
    for number, (bridge, ports) in enumerate(bridges.items()):
        name = bridge.replace("_", "-")
        references = set()
        for place, (port, ours) in enumerate(ports.items()):
            uuid, interface = Uuid(f"port-{number}-{place}"), Uuid(f"interface-{number}-{place}")
            mark = {OWNER: port} if ours else {}
            kind = "internal" if port in {name, "vlan7"} else ""
            tables["Port"][uuid] = {
                "name": port,
                "interfaces": {interface},
                "tag": 7 if port == "vlan7" else None,
                "trunks": frozenset(),
                "external_ids": mark,
            }
            tables["Interface"][interface] = {"name": port, "type": kind, "options": {}, "mtu_request": None}
            references.add(uuid)
        tables["Bridge"][Uuid(f"bridge-{number}")] = {
            "name": name,
            "ports": references,
            "datapath_type": "netdev",
            "fail_mode": "standalone",
            "external_ids": {OWNER: name} if next(iter(ports.values())) else {},
        }
    tables["Open_vSwitch"][ROOT] = {
        "bridges": set(tables["Bridge"]),
        "external_ids": dict(external or {}),
        "other_config": {},
        "next_cfg": 1,
        "cur_cfg": 1,
    }
    return tables


def test_an_empty_switch_gets_bridge_ports_internal_port_and_keys_in_one_transaction() -> None:
    difference = plan_switch(rows(), wanted_switch(TARGET, "netdev"))
    inserted = {
        (operation["table"], operation["row"]["name"]): operation["row"]
        for operation in difference.operations
        if operation["op"] == "insert"
    }
    assert {name for table, name in inserted if table == "Port"} == {"br-phy", "u0", "to-ex", "vlan7"}
    assert inserted["Bridge", "br-phy"]["datapath_type"] == "netdev"
    assert inserted["Port", "vlan7"]["tag"] == 7
    assert inserted["Port", "u0"]["trunks"] == ["set", [7, 8]]
    assert inserted["Interface", "vlan7"] == {"type": "internal", "mtu_request": 9000, "name": "vlan7"}
    assert inserted["Interface", "to-ex"]["options"] == ["map", [["peer", "to-phy"]]]
    assert all(
        row["external_ids"] == ["map", [[OWNER, name]]]
        for (table, name), row in inserted.items()
        if table in {"Bridge", "Port"}
    )
    assert difference.problems == ()


def test_a_kernel_datapath_is_used_where_it_is_there_and_ovn_is_told_where_not() -> None:
    assert wanted_switch(TARGET, "system").bridges["br-phy"]["datapath_type"] == "system"
    assert "ovn-bridge-datapath-type" not in wanted_switch(TARGET, "system").settings["external_ids"]
    assert wanted_switch(TARGET, "netdev").settings["external_ids"]["ovn-bridge-datapath-type"] == "netdev"


def test_only_our_ports_bridges_and_keys_go() -> None:
    held = rows(
        {"system-id": "x", "ovn-remote": "old", KEYS: '{"external_ids": ["ovn-remote"]}'},
        br_old={"br-old": True},
        br_int={"br-int": False, "tap1": False, "stale": True},
    )
    difference = plan_switch(held, WantedSwitch({}, (), {}))
    deleted = [mutation for operation in difference.operations for mutation in operation["mutations"]]
    assert ["external_ids", "delete", ["set", sorted(["ovn-remote", KEYS])]] in deleted
    assert ["bridges", "delete", ["uuid", "bridge-0"]] in deleted
    assert ["ports", "delete", ["set", [["uuid", "port-1-2"]]]] in deleted
    assert len(deleted) == 3


def test_a_bridge_of_ours_that_carries_an_instance_is_not_pulled_from_under_it() -> None:
    difference = plan_switch(rows(br_old={"br-old": True, "tap1": False}), WantedSwitch({}, (), {}))
    assert difference.operations == ()
    assert [problem.part for problem in difference.problems] == ["bridge br-old"]


def test_a_foreign_bridge_is_used_and_not_changed() -> None:
    target = HostTarget(
        host="h",
        open_vswitch=OpenVSwitch(bridges=(Bridge("br-int", fail_mode="secure"),)),
        interfaces=(Interface("vlan7", kind="vlan", vlan=7, bridge="br-int"),),
    )
    difference = plan_switch(rows(br_int={"br-int": False, "tap1": False}), wanted_switch(target, "netdev"))
    assert {(operation["op"], operation["table"]) for operation in difference.operations} == {
        ("insert", "Interface"),
        ("insert", "Port"),
        ("mutate", "Bridge"),
    }


def test_a_foreign_port_in_the_place_of_ours_is_told() -> None:
    target = HostTarget(host="h", open_vswitch=OpenVSwitch(bridges=(Bridge("br-int", (BridgePort("tap1", tag=9),)),)))
    difference = plan_switch(rows(br_int={"br-int": False, "tap1": False}), wanted_switch(target, "netdev"))
    assert difference.operations == ()
    assert [problem.part for problem in difference.problems] == ["port tap1"]


def test_an_interface_on_a_bridge_that_is_missing_is_told() -> None:
    target = HostTarget(host="h", interfaces=(Interface("vlan7", kind="vlan", vlan=7, bridge="br-none"),))
    difference = plan_switch(rows(), wanted_switch(target, "netdev"))
    assert [problem.part for problem in difference.problems] == ["interface vlan7"]
