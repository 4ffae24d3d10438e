"""What nobody may reach: daemons that hear named peers only, and hosts' addresses in another realm."""

import re
from collections.abc import Mapping
from itertools import product

import pytest

from lab.standing import CONTROL, EDGES, HYPERVISORS, Standing
from lab.waiting import until

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

INSTANCE = "networktests-vxlan-dualstack"
SWITCH = "cloudsw1-b1-codfw.cloud"
#: The switch's gateway of cloud-private, and its ends of the links to the core routers.
SWITCH_ADDRESSES = ("172.20.5.1", "2a02:ec80:a100:205::1", "10.192.254.5", "2a02:ec80:a100:fe01::2")
#: A hypervisor's and the control host's second leg.
PRIVATE = ("172.20.5.15", "2a02:ec80:a100:205::15", "172.20.5.10", "2a02:ec80:a100:205::10")
SPEAK = """
import socket, sys
kind, target, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
family = socket.AF_INET6 if ":" in target else socket.AF_INET
if kind == "tcp":
    try:
        with socket.create_connection((target, port), 1.5):
            print("open")
    except TimeoutError:
        print("silent")
    except OSError as error:
        print(error.strerror)
elif kind == "udp":
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.sendto(b"stranger", (target, port))
else:
    with socket.socket(family, socket.SOCK_RAW, 112) as line:
        if family == socket.AF_INET:
            line.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
        else:
            line.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)
        # RFC 9568, section 5.1: version 3, an advertisement of 52 with the highest priority
        line.sendto(bytes([0x31, 52, 255, 1, 0, 10, 0, 0]) + bytes(4 if family == socket.AF_INET else 16), (target, 0))
"""


def speaks(cloud: Standing, where: str, kind: str, target: str, port: int = 0) -> str:
    return cloud.run(where, "python3", "-c", SPEAK, kind, target, str(port)).strip()


def dropped(cloud: Standing, where: str) -> Mapping[str, int]:
    """Packets that each rule of a host's firewall has dropped, by its comment."""
    listed = cloud.run(where, "nft", "list", "chain", "inet", "seapoint", "input")
    found: dict[str, int] = {}
    for packets, comment in re.findall(r'packets (\d+) bytes \d+ drop comment "([^"]+)"', listed):
        found[comment] = found.get(comment, 0) + int(packets)
    return found


def test_bgp_and_bfd_of_a_switch_answer_no_instance(codfw1dev: Standing) -> None:
    before = dropped(codfw1dev, SWITCH)
    for address in SWITCH_ADDRESSES:
        assert speaks(codfw1dev, INSTANCE, "tcp", address, 179) == "silent"

    def told_apart() -> bool:
        for address, port in product(SWITCH_ADDRESSES, (3784, 3785, 4784)):
            speaks(codfw1dev, INSTANCE, "udp", address, port)
        after = dropped(codfw1dev, SWITCH)
        more = {comment: after[comment] - count for comment, count in before.items()}
        return (
            more["BGP of strangers"] >= len(SWITCH_ADDRESSES)
            and more["BFD of strangers"] >= 2 * len(SWITCH_ADDRESSES)
            and more["echo of BFD"] >= len(SWITCH_ADDRESSES)
        )

    until(told_apart, "the switch has dropped all of it")


def test_a_forged_election_of_an_instance_reaches_no_edge_host(codfw1dev: Standing) -> None:
    before = {edge: dropped(codfw1dev, edge)["VRRP of strangers"] for edge in EDGES}
    holders = {edge: codfw1dev.run(edge, "ip", "-br", "address", "show", "vlan2120") for edge in EDGES}

    for address in ("208.80.153.188", "208.80.153.189", "2a02:ec80:a100:fe03::2003:1", "2a02:ec80:a100:fe03::2002:1"):
        speaks(codfw1dev, INSTANCE, "vrrp", address)

    until(
        lambda: all(dropped(codfw1dev, edge)["VRRP of strangers"] >= before[edge] + 2 for edge in EDGES),
        "both edge hosts have dropped it, in both families",
    )
    assert {edge: codfw1dev.run(edge, "ip", "-br", "address", "show", "vlan2120") for edge in EDGES} == holders


def test_connection_states_are_taken_from_the_other_edge_host_only(codfw1dev: Standing) -> None:
    before = {edge: dropped(codfw1dev, edge)["connection states of strangers"] for edge in EDGES}
    for address in ("10.192.20.7", "10.192.20.15", "2620:0:860:118:10:192:20:7", "2620:0:860:118:10:192:20:15"):
        speaks(codfw1dev, HYPERVISORS[0], "udp", address, 3780)
    until(
        lambda: all(dropped(codfw1dev, edge)["connection states of strangers"] == before[edge] + 2 for edge in EDGES),
        "both edge hosts have dropped it, in both families",
    )


def test_a_listener_on_all_addresses_is_not_reached_through_the_second_leg(codfw1dev: Standing) -> None:
    """It would be by any instance and any neighbour; management's leg stays open."""
    listener = "import socket,time; s=socket.create_server(('::',2222),family=socket.AF_INET6,dualstack_ipv6=True)"
    started = [
        codfw1dev.run(host, "sh", "-c", f'python3 -c "{listener}; time.sleep(60)" >/dev/null 2>&1 & echo $!').strip()
        for host in (HYPERVISORS[0], CONTROL)
    ]
    try:
        neighbour = HYPERVISORS[1]
        for management in ("10.192.20.33", "2620:0:860:118:10:192:20:33", "10.192.20.25"):
            until(
                lambda address=management: speaks(codfw1dev, neighbour, "tcp", address, 2222) == "open",
                f"the listener answers at {management}",
            )
        for where in (INSTANCE, neighbour):
            for address in PRIVATE:
                assert speaks(codfw1dev, where, "tcp", address, 2222) != "open", (where, address)
    finally:
        for host, process in zip((HYPERVISORS[0], CONTROL), started, strict=True):
            codfw1dev.run(host, "kill", process)
