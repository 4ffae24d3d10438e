"""The host's own Open vSwitch: a real ovsdb-server and ovs-vswitchd in the host's namespace."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contract.agent.harness import Agent, Netns, cable, until
from seapoint.agent.switch import kernel_datapath
from seapoint.target.host import Bridge, BridgePort, HostTarget, Interface, OpenVSwitch, Route

pytestmark = pytest.mark.root

SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"

TARGET = HostTarget(
    host="h",
    open_vswitch=OpenVSwitch(
        bridges=(
            Bridge("br-phy", (BridgePort("u0"), BridgePort("to-ex", "patch", tag=9, peer="to-phy"))),
            Bridge("br-ex", (BridgePort("to-phy", "patch", peer="to-ex"),)),
        ),
        external_ids={"ovn-remote": "ssl:[2001:db8::1]:6642", "ovn-encap-ip": "192.0.7.2"},
        other_config={"vlan-limit": "1"},
    ),
    interfaces=(
        Interface("u0", sealed=True),
        Interface("vlan7", kind="vlan", vlan=7, bridge="br-phy", addresses=("192.0.7.2/24", "2001:db8:7::2/64")),
    ),
)


class OpenVSwitchDaemons:
    """Both daemons, with their files in a directory of the test."""

    def __init__(self, netns: Netns, directory: Path) -> None:
        self.directory = directory
        self.socket = directory / "db.sock"
        self._netns = netns
        self._environment = dict(os.environ, OVS_RUNDIR=str(directory), OVS_LOGDIR=str(directory))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        subprocess.run(["ovsdb-tool", "create", directory / "conf.db", SCHEMA], check=True, capture_output=True)

    def start_database(self) -> None:
        self.socket.unlink(missing_ok=True)
        self._start("ovsdb-server", f"--remote=punix:{self.socket}", str(self.directory / "conf.db"))
        until(lambda: self.socket.exists() and self.vsctl("--no-wait", "init") is not None, "ovsdb-server answers")

    def start_switch(self, *options: str) -> None:
        self._start("ovs-vswitchd", f"unix:{self.socket}", *options)

    def _start(self, program: str, *arguments: str) -> None:
        command = ["ip", "netns", "exec", self._netns.name, program, *arguments, "--pidfile", "-vconsole:off"]
        self._processes[program] = subprocess.Popen(command, env=self._environment, cwd=self.directory)

    def kill(self, program: str) -> None:
        process = self._processes.pop(program, None)
        if process is not None:
            process.kill()
            process.wait()

    def vsctl(self, *arguments: str) -> str | None:
        command = ["ovs-vsctl", f"--db=unix:{self.socket}", "--timeout=10", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=self._environment)
        return done.stdout.strip() if done.returncode == 0 else None

    def asked(self, *words: str) -> str:
        """What ovs-vswitchd answers, nothing where it does not."""
        command = ["ovs-appctl", "--timeout=10", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=self._environment).stdout

    def say(self, *arguments: str) -> str:
        answer = self.vsctl(*arguments)
        assert answer is not None, arguments
        return answer

    def show(self) -> str:
        return self.say("--columns=name,tag,trunks,interfaces,external_ids", "list", "Port") + self.say(
            "--columns=name,ports,external_ids,datapath_type,fail_mode", "list", "Bridge"
        )


@pytest.fixture
def rack(new_netns: Callable[[], Netns]) -> tuple[Netns, Netns]:
    """A host with one trunk, and the far end with a VLAN as another Open vSwitch would see it."""
    host, far = new_netns(), new_netns()
    cable(host, "u0", far, "t0")
    return host, far


@pytest.fixture
def switch(rack: tuple[Netns, Netns], tmp_path: Path) -> Iterator[OpenVSwitchDaemons]:
    daemons = OpenVSwitchDaemons(rack[0], tmp_path)
    try:
        daemons.start_database()
        daemons.start_switch()
        yield daemons
    finally:
        daemons.kill("ovs-vswitchd")
        daemons.kill("ovsdb-server")


@pytest.fixture
def agent(rack: tuple[Netns, Netns], switch: OpenVSwitchDaemons, agent_of: Callable[[Netns], Agent]) -> Agent:
    agent = agent_of(rack[0])
    agent.options = ["--ovsdb", str(switch.socket)]
    return agent


def test_bridges_ports_and_keys_stand_and_a_second_time_changes_nothing(
    agent: Agent, switch: OpenVSwitchDaemons
) -> None:
    agent.once(TARGET)
    assert set(switch.say("list-ports", "br-phy").split()) == {"u0", "to-ex", "vlan7"}
    assert switch.say("list-ports", "br-ex") == "to-phy"
    assert switch.say("get", "port", "vlan7", "tag") == "7"
    assert switch.say("get", "port", "to-ex", "tag") == "9"
    assert switch.say("get", "interface", "to-ex", "options:peer") == "to-phy"
    assert switch.say("get", "open", ".", "external_ids:ovn-encap-ip") == '"192.0.7.2"'
    assert agent.netns.addresses("vlan7") == {"192.0.7.2/24", "2001:db8:7::2/64"}
    before = (switch.show(), agent.netns.dump())
    assert agent.once(TARGET) == ""
    assert (switch.show(), agent.netns.dump()) == before


def test_what_is_not_wanted_goes_and_foreign_bridges_ports_and_keys_stay(
    agent: Agent, switch: OpenVSwitchDaemons
) -> None:
    switch.say("add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=netdev")
    switch.say("add-port", "br-int", "ovn-other", "--", "set", "interface", "ovn-other", "type=internal")
    switch.say("set", "open", ".", "external_ids:system-id=me", "other_config:dpdk-init=false")
    foreign = switch.show(), switch.say("get", "open", ".", "external_ids", "other_config")
    agent.once(TARGET)
    assert "to-phy" in switch.show()
    agent.once(HostTarget(host="h"))
    assert (switch.show(), switch.say("get", "open", ".", "external_ids", "other_config")) == foreign


def test_packets_of_both_families_pass_the_tagged_internal_port(agent: Agent, new_netns: Callable[[], Netns]) -> None:
    neighbour = new_netns()
    cable(agent.netns, "a7", neighbour, "nic")
    neighbour.run("ethtool", "-K", "nic", "tx", "off", ok=True)
    neighbour.run("ip", "address", "add", "192.0.7.9/24", "dev", "nic")
    neighbour.run("ip", "address", "add", "2001:db8:7::9/64", "dev", "nic", "nodad")
    phy, ex = TARGET.open_vswitch.bridges if TARGET.open_vswitch else ()
    agent.once(
        replace(
            TARGET,
            open_vswitch=OpenVSwitch(
                bridges=(replace(phy, ports=(*phy.ports, BridgePort("a7", tag=7))), ex),
            ),
            interfaces=(*TARGET.interfaces, Interface("a7", sealed=True)),
        )
    )
    for address in ("192.0.7.2", "2001:db8:7::2"):
        until(lambda address=address: neighbour.succeeds("ping", "-c1", "-W1", address), f"{address} answers")


def test_a_running_agent_heals_the_switch_and_outlives_its_daemons(agent: Agent, switch: OpenVSwitchDaemons) -> None:
    agent.start(TARGET)

    def whole() -> bool:
        ports = (switch.vsctl("list-ports", "br-phy") or "").split()
        tag = switch.vsctl("get", "port", "vlan7", "tag")
        return (
            set(ports) == {"u0", "to-ex", "vlan7"}
            and tag == "7"
            and agent.netns.succeeds("ip", "link", "show", "vlan7")
            and agent.netns.addresses("vlan7") == {"192.0.7.2/24", "2001:db8:7::2/64"}
        )

    until(whole, "applied")
    switch.say("del-port", "vlan7")
    until(whole, "after the port was deleted")
    switch.say("set", "port", "vlan7", "tag=8")
    until(whole, "after the tag was changed")
    switch.say("remove", "open", ".", "external_ids", "ovn-remote")
    until(lambda: switch.vsctl("get", "open", ".", "external_ids:ovn-remote") is not None, "after the key was removed")
    switch.kill("ovs-vswitchd")
    switch.start_switch()
    until(whole, "after ovs-vswitchd was killed")
    switch.kill("ovsdb-server")
    switch.start_database()
    switch.say("--no-wait", "del-br", "br-phy")
    until(whole, "after ovsdb-server was killed and a bridge deleted")


def test_without_a_running_switch_the_rest_is_applied_and_the_reason_told(
    agent: Agent, switch: OpenVSwitchDaemons
) -> None:
    switch.kill("ovs-vswitchd")
    switch.kill("ovsdb-server")
    agent.netns.run("ip", "link", "add", "eth1", "type", "bridge")
    agent.write(replace(TARGET, interfaces=(*TARGET.interfaces, Interface("eth1", addresses=("2001:db8:1::1/64",)))))
    agent.start()
    until(lambda: agent.netns.addresses("eth1") == {"2001:db8:1::1/64"}, "the other interface")
    until(lambda: "bridges: Open_vSwitch:" in agent.log.read_text(), "the reason")
    switch.start_database()
    switch.start_switch()
    until(lambda: "vlan7" in (switch.vsctl("list-ports", "br-phy") or ""), "the bridge, once the switch runs", 40)


#: What Open vSwitch shows of TARGET's routes on the interface from which tunnels start.
GIVEN = {
    "User: 192.0.7.0/24 dev vlan7 SRC 192.0.7.2",
    "User: 198.51.100.0/24 dev vlan7 GW 192.0.7.1 SRC 192.0.7.2",
    "User: 2001:db8:7::/64 dev vlan7 SRC 2001:db8:7::2",
    "User: 2001:db8:8::/64 dev vlan7 GW 2001:db8:7::1 SRC 2001:db8:7::2",
}
ROUTED = replace(
    TARGET,
    interfaces=(
        *TARGET.interfaces,
        Interface("vlan8", kind="vlan", vlan=8, bridge="br-phy", addresses=("192.0.8.2/24",)),
    ),
    routes=(
        Route("198.51.100.0/24", via="192.0.7.1", device="vlan7"),
        Route("2001:db8:8::/64", via="2001:db8:7::1", device="vlan7"),
        Route("203.0.113.0/24", via="192.0.8.1", device="vlan8"),
    ),
)


@pytest.mark.skipif(kernel_datapath(), reason="the kernel finds its tunnels' ends itself")
def test_open_vswitch_is_given_the_routes_of_its_tunnels(agent: Agent, switch: OpenVSwitchDaemons) -> None:
    def given() -> set[str]:
        return {line for line in switch.asked("ovs/route/show").splitlines() if line.startswith(("User", "Cached"))}

    def restarted() -> None:
        switch.kill("ovs-vswitchd")
        switch.start_switch("--disable-system-route")

    restarted()
    agent.start(ROUTED)
    until(lambda: given() == GIVEN, "given")
    restarted()
    until(lambda: given() == GIVEN, "given again to another process")
    tunnel = ("type=vxlan", "options:remote_ip=192.0.7.9", "options:key=flow")
    switch.say("add-port", "br-ex", "vxlan0", "--", "set", "interface", "vxlan0", *tunnel)

    def heard() -> bool:
        ends = switch.asked("tnl/ports/show", "-v")
        return given() == GIVEN and "ipv4(dst=192.0.7.2," in ends and "ipv6(dst=2001:db8:7::2," in ends

    until(heard, "a tunnel's packets are known")
    switch.say("del-br", "br-phy")
    until(lambda: "vlan7" in (switch.vsctl("list-ports", "br-phy") or ""), "the interface was made anew")
    until(heard, "a tunnel's packets are known by it")
    moved = {line.replace("192.0.7.2", "192.0.7.3") for line in GIVEN}
    vlan7 = Interface("vlan7", kind="vlan", vlan=7, bridge="br-phy", addresses=("192.0.7.3/24", "2001:db8:7::2/64"))
    settings = OpenVSwitch(ROUTED.open_vswitch.bridges, {"ovn-encap-ip": "192.0.7.3"}) if ROUTED.open_vswitch else None
    changed = replace(ROUTED, interfaces=(TARGET.interfaces[0], vlan7), routes=ROUTED.routes[:2], open_vswitch=settings)
    agent.write(changed)
    until(lambda: given() == moved, "given anew under another address")
    agent.write(replace(changed, routes=()))
    until(lambda: given() == {line for line in moved if "GW" not in line}, "what is not wanted is taken")


@pytest.mark.skipif(kernel_datapath(), reason="the kernel finds its tunnels' ends itself")
def test_a_switch_that_copies_the_kernels_routes_is_given_none(agent: Agent, switch: OpenVSwitchDaemons) -> None:
    agent.once(ROUTED)
    until(lambda: "Cached: 198.51.100.0/24 dev vlan7" in switch.asked("ovs/route/show"), "copied")
    assert "User:" not in switch.asked("ovs/route/show")
