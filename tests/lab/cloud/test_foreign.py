"""What others put beside ours stays: through apply, rollback, a new network, and restarts with their audits."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.edits import with_exclusion
from lab.standing import CONTROL, EDGES, HYPERVISORS, PROJECT, Standing
from lab.waiting import until
from seapoint.base.errors import EngineError
from seapoint.lab import control

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

EDGE, HYPERVISOR = EDGES[0], HYPERVISORS[0]

#: Where -> commands that put foreign things there, and those that take them away.
PLANTED = {
    CONTROL: (
        (
            "ovn-nbctl ls-add foreign",
            "ovn-nbctl lsp-add foreign foreign-port",
            "ovn-nbctl pg-add foreign_group foreign-port",
            "ovn-nbctl lr-add foreign-router",
            "ovn-nbctl set NB_Global . external_ids:foreign=yes options:foreign=yes",
        ),
        (
            "ovn-nbctl ls-del foreign",
            "ovn-nbctl pg-del foreign_group",
            "ovn-nbctl lr-del foreign-router",
            "ovn-nbctl remove NB_Global . external_ids foreign",
            "ovn-nbctl remove NB_Global . options foreign",
        ),
    ),
    EDGE: (
        (
            "nft add table inet operators { chain counted { counter ; } ; }",
            "ip address add 198.19.0.1/32 dev vlan2107",
            "ip address add 2001:db8:78::1/128 dev vlan2107 nodad",
            "ip route add 192.0.2.0/25 via 185.15.57.10 dev vlan2107 table 10",
            "ip route add 192.0.2.128/25 dev eno1",
            "ip route add 2001:db8:77::/64 via 2a02:ec80:a100:fe04::2:1 dev vlan2107 table 10",
            "ip rule add from 198.19.0.99 table 10 priority 20000",
        ),
        (
            "nft delete table inet operators",
            "ip address del 198.19.0.1/32 dev vlan2107",
            "ip address del 2001:db8:78::1/128 dev vlan2107",
            "ip route del 192.0.2.0/25 table 10",
            "ip route del 192.0.2.128/25",
            "ip route del 2001:db8:77::/64 table 10",
            "ip rule del from 198.19.0.99 table 10 priority 20000",
        ),
    ),
    HYPERVISOR: (
        (
            "nft add table ip6 operators { chain counted { counter ; } ; }",
            "ip address add 198.19.0.2/32 dev vlan2151",
            "ip address add 2001:db8:78::2/128 dev vlan2151 nodad",
            "ip route add 192.0.2.0/24 via 172.20.5.1",
            "ip route add 2001:db8:77::/64 via 2a02:ec80:a100:205::1",
            "ovs-vsctl add-br br-foreign -- set bridge br-foreign datapath_type=netdev external_ids:whose=operators",
            "ovs-vsctl set open_vswitch . external_ids:foreign=yes",
        ),
        (
            "nft delete table ip6 operators",
            "ip address del 198.19.0.2/32 dev vlan2151",
            "ip address del 2001:db8:78::2/128 dev vlan2151",
            "ip route del 192.0.2.0/24",
            "ip route del 2001:db8:77::/64",
            "ovs-vsctl del-br br-foreign",
            "ovs-vsctl remove open_vswitch . external_ids foreign",
        ),
    ),
}

#: Where -> what shows them: a command, and what must be in its output.
SHOWN = (
    (CONTROL, "ovn-nbctl show foreign", "foreign-port"),
    (CONTROL, "ovn-nbctl get Port_Group foreign_group name", "foreign_group"),
    (CONTROL, "ovn-nbctl lr-list", "foreign-router"),
    (CONTROL, "ovn-nbctl get NB_Global . external_ids:foreign", "yes"),
    (CONTROL, "ovn-nbctl get NB_Global . options:foreign", "yes"),
    (EDGE, "nft list table inet operators", "chain counted"),
    (EDGE, "ip -o address show dev vlan2107", "198.19.0.1/32"),
    (EDGE, "ip -o address show dev vlan2107", "2001:db8:78::1/128"),
    (EDGE, "ip route show table 10", "192.0.2.0/25 via 185.15.57.10"),
    (EDGE, "ip route show", "192.0.2.128/25 dev eno1"),
    (EDGE, "ip -6 route show table 10", "2001:db8:77::/64 via 2a02:ec80:a100:fe04::2:1"),
    (EDGE, "ip rule show", "20000:\tfrom 198.19.0.99"),
    (HYPERVISOR, "nft list table ip6 operators", "chain counted"),
    (HYPERVISOR, "ip -o address show dev vlan2151", "198.19.0.2/32"),
    (HYPERVISOR, "ip -o address show dev vlan2151", "2001:db8:78::2/128"),
    (HYPERVISOR, "ip route show", "192.0.2.0/24 via 172.20.5.1"),
    (HYPERVISOR, "ip -6 route show", "2001:db8:77::/64 via 2a02:ec80:a100:205::1"),
    (HYPERVISOR, "ovs-vsctl get bridge br-foreign external_ids:whose", "operators"),
    (HYPERVISOR, "ovs-vsctl get open_vswitch . external_ids:foreign", "yes"),
)


@pytest.fixture
def planted(codfw1dev: Standing) -> Iterator[Standing]:
    """Foreign things on the control host, an edge host and a hypervisor."""
    for where, (commands, _) in PLANTED.items():
        for command in commands:
            codfw1dev.run(where, *command.split())
    yield codfw1dev
    for where, (_, commands) in PLANTED.items():
        for command in commands:
            codfw1dev.run(where, *command.split(), check=False)


def missing(cloud: Standing) -> list[str]:
    """The foreign things that are not as they were put."""
    return [
        f"{where}: {command}: no {wanted}"
        for where, command, wanted in SHOWN
        if wanted not in cloud.run(where, *command.split(), check=False)
    ]


def well(cloud: Standing) -> bool:
    """Whether every engine and host has the newest revision; a server that starts does not answer yet."""
    try:
        told = cloud.client.get("/seapoint/v1/status")
    except EngineError:
        return False
    return all(
        one["state"] == "ACTIVE" and one["revision"] == told["revision"] for one in told["domains"].values()
    ) and all(one["state"] == "applied" for one in told["hosts"].values())


def test_foreign_things_stay_whatever_we_do(planted: Standing, tmp_path: Path) -> None:
    cloud, file = planted, tmp_path / "cloud.yaml"
    assert missing(cloud) == []
    file.write_text(with_exclusion(cloud.client.get("/seapoint/v1/cloud")["text"]))

    def network_comes_and_goes() -> None:
        network = cloud.api.create_network(name="passing", project_id=PROJECT)
        until(lambda: well(cloud), "the network stands")
        cloud.api.delete_network(network)

    steps: dict[str, Callable[[], object]] = {
        "apply": lambda: cloud.told("apply", str(file)),
        "rollback": lambda: cloud.told("rollback"),
        "a network comes and goes": network_comes_and_goes,
        **{
            f"the agent of {host} is restarted": lambda host=host: control.request(
                cloud.hosts[host], "restart", "seapoint-agent.service"
            )
            for host in PLANTED
        },
        "the server is restarted, and audits": lambda: control.request(
            cloud.hosts[CONTROL], "restart", "seapoint-server.service"
        ),
    }
    for words, step in steps.items():
        step()
        until(lambda: well(cloud), f"all is well after: {words}")
        assert missing(cloud) == [], words
    cloud.forwards()
