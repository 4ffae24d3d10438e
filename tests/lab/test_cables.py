"""Cables and switches: VLANs kept apart, joined over a trunk, full-size packets, and repair of what was pulled out."""

from dataclasses import replace
from ipaddress import ip_interface

import pytest

from lab.waiting import until
from seapoint.base.errors import InputError
from seapoint.lab import cables, guest, host, state, up
from seapoint.lab.host import Host
from seapoint.lab.state import Lab
from seapoint.lab.topology import Cable, End, HostSpec, LabPlan, Route, SwitchPort

pytestmark = pytest.mark.root

ADDRESSES = {"red1": ("192.0.2.1/24", "2001:db8::1/64"), "red2": ("192.0.2.2/24", "2001:db8::2/64")}
BLUE = ("192.0.2.3/24", "2001:db8::3/64")
FAMILIES = (1, 2)


def leg(name: str, fabric: str, vlan: int, addresses: tuple[str, ...]) -> Cable:
    near = End(name, f"vlan{vlan}", tuple(map(ip_interface, addresses)))
    return Cable(near, End(fabric, f"to-{name}", port=SwitchPort(tag=vlan)))


RED = tuple(leg(name, f"rack{name[-1]}", 10, ADDRESSES[name]) for name in ADDRESSES)
TRUNK = Cable(
    End("rack1", "next", port=SwitchPort(trunks=(10, 20))), End("rack2", "next", port=SwitchPort(trunks=(10, 20)))
)
PLAN = LabPlan(
    hosts=(
        HostSpec("rack1", kind="fabric"),
        HostSpec("rack2", kind="fabric"),
        HostSpec("red1"),
        HostSpec("red2", units=(guest.echo((("tcp", 7),)),), start=("echo.service",)),
        HostSpec("blue"),
    ),
    cables=(*RED, leg("blue", "rack1", 20, BLUE), TRUNK),
)


def answers(there: Host, address: str, *options: str) -> bool:
    return host.run(there, ["ping", "-c1", "-W1", *options, address], check=False).returncode == 0


def reaches(hosts: dict[str, Host]) -> bool:
    return all(answers(hosts["red1"], address.split("/")[0]) for address in ADDRESSES["red2"])


def test_one_vlan_spans_two_racks_and_another_is_apart(lab: Lab) -> None:
    hosts = up.up(lab, PLAN)

    until(lambda: reaches(hosts), "red1 reaches red2 in the other rack")
    for address in BLUE:
        assert not answers(hosts["red1"], address.split("/")[0])
    for size, address in (("8972", "192.0.2.2"), ("8952", "2001:db8::2")):  # 9000 with their headers
        assert answers(hosts["red1"], address, "-M", "do", "-s", size)


CLIENT = """
import socket, sys
link = socket.create_connection((sys.argv[1], 7), timeout=10)
stream = link.makefile("rwb")
seen = stream.readline().decode().strip()
heard = 0
for _ in range(20):
    stream.write(bytes(10_000)); stream.flush()
    heard += len(stream.read(10_000))
print(seen, heard)
"""


def test_tcp_crosses_a_userspace_switch_and_is_told_its_own_address(lab: Lab) -> None:
    hosts = up.up(lab, PLAN)

    for address, own in (("192.0.2.2", "192.0.2.1"), ("2001:db8::2", "2001:db8::1")):
        until(lambda address=address: answers(hosts["red1"], address), f"{address} answers")
        said = host.run(hosts["red1"], ["python3", "-I", "-S", "-c", CLIENT, address]).stdout.split()
        assert said == [own, "200000"]


def test_up_mends_what_was_pulled_out_and_touches_nothing_else(lab: Lab) -> None:
    before = up.up(lab, PLAN)
    until(lambda: reaches(before), "red1 reaches red2")

    cables.disconnect(before["red1"], ["vlan10"])
    assert not reaches(before)
    assert up.up(lab, PLAN) == before
    until(lambda: reaches(before), "red1 reaches red2 by a new cable")

    state.end_processes(lab, [before["rack2"].pid])
    after = up.up(lab, PLAN)
    assert {name for name in before if before[name] != after[name]} == {"rack2"}
    until(lambda: reaches(after), "red1 reaches red2 over a new switch")


def test_a_changed_plan_changes_only_its_difference(lab: Lab) -> None:
    before = up.up(lab, PLAN)
    until(lambda: reaches(before), "red1 reaches red2")
    moved = leg("red1", "rack1", 30, ())
    smaller = LabPlan(
        tuple(spec for spec in PLAN.hosts if spec.name != "blue"),
        (*RED, replace(moved, b=replace(moved.b, nic="second")), TRUNK),
    )

    after = up.up(lab, smaller)

    assert after == {name: there for name, there in before.items() if name != "blue"}
    assert set(cables.observe(after["red1"])) == {"vlan10", "vlan30"}
    assert host.run(after["rack1"], ["ovs-vsctl", "list-ports", "fabric"]).stdout.split() == [
        "next",
        "second",
        "to-red1",
    ]
    assert host.run(after["rack1"], ["ovs-vsctl", "get", "port", "second", "tag"]).stdout == "30\n"
    assert reaches(after)


def test_routes_sysctls_and_loopback_are_given_as_an_installer_does(lab: Lab) -> None:
    cable = Cable(
        End("left", "eno1", (ip_interface("192.0.2.1/31"), ip_interface("2001:db8::1/64"))),
        End("right", "eno1", (ip_interface("192.0.2.0/31"), ip_interface("2001:db8::2/64"))),
    )
    far = (ip_interface("198.51.100.1/32"), ip_interface("2001:db8:f::1/128"))
    gateways = tuple(Route(address.ip) for address in cable.b.addresses)
    plan = LabPlan(
        (
            HostSpec("left", routes=gateways, sysctls=(("net.ipv4.conf.eno1/0.forwarding", "1"),)),
            HostSpec("right", loopback=far),
        ),
        (cable,),
    )
    with pytest.raises(FileNotFoundError):
        up.up(lab, plan)

    hosts = up.up(
        lab, replace(plan, hosts=(replace(plan.hosts[0], sysctls=(("net.ipv4.ip_forward", "1"),)), plan.hosts[1]))
    )

    for address in far:
        assert answers(hosts["left"], str(address.ip))
    assert host.run(hosts["left"], ["cat", "/proc/sys/net/ipv4/ip_forward"]).stdout == "1\n"
    assert host.run(hosts["right"], ["cat", "/proc/sys/net/ipv4/ip_forward"]).stdout == "0\n"


@pytest.mark.parametrize(
    ("cable", "said"),
    [
        (Cable(End("one", "eno1"), End("nowhere", "eno1")), "'nowhere', which is no host"),
        (Cable(End("one", "a-name-far-too-long"), End("two", "eno1")), "longer than the 15 characters"),
        (Cable(End("one", "eno1"), End("one", "eno1")), "'eno1' has two cables"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(lab: Lab, cable: Cable, said: str) -> None:
    with pytest.raises(InputError, match=said):
        up.up(lab, LabPlan((HostSpec("one"), HostSpec("two")), (cable,)))
