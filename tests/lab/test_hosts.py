"""A lab host is like a real one: its own files, its daemons kept by its first process, and its end the end of all."""

import os
import signal
import socket
import subprocess
import sys
from ipaddress import ip_address, ip_interface
from pathlib import Path

import pytest

from lab.waiting import until
from seapoint.base.errors import EngineError, InputError
from seapoint.lab import control, host, state, status, up
from seapoint.lab.boot import start_ticks
from seapoint.lab.state import Lab
from seapoint.lab.topology import Cable, End, HostSpec, LabPlan, Listener
from seapoint.lab.units import UNITS, Daemon, Unit

pytestmark = pytest.mark.root

SWITCH = "openvswitch-switch.service"
VRRP = "global_defs {\n vrrp_version 3\n}\n" + "".join(
    f"""vrrp_instance {name} {{
 state BACKUP
 interface eno1
 virtual_router_id 52
 priority 100
 advert_int 0.1
 virtual_ipaddress {{
{addresses}
 }}
}}
"""
    for name, addresses in (("ipv4", "192.0.2.9/32"), ("ipv6", "fe80::52/64\n2001:db8::9/128"))
)


def alone(
    start: tuple[str, ...] = (),
    files: tuple[tuple[str, str], ...] = (),
    units: tuple[Unit, ...] = UNITS,
    listeners: tuple[Listener, ...] = (),
) -> LabPlan:
    return LabPlan((HostSpec("alone", start=start, files=files, units=units, listeners=listeners),), ())


def gone(pid: int) -> bool:
    try:
        start_ticks(pid)
    except (FileNotFoundError, ProcessLookupError):
        return True
    return False


def test_a_host_has_its_own_files_and_none_of_the_machines_engines(lab: Lab) -> None:
    there = up.up(lab, alone(files=(("/etc/seapoint/agent.conf", "mine\n"),)))["alone"]

    host.write(there, "/etc/frr/frr.conf", "! of this host\n")
    host.write(there, "/run/marker", "x")

    assert host.run(there, ["hostname"]).stdout == "alone\n"
    assert host.run(there, ["cat", "/etc/hostname", "/etc/seapoint/agent.conf"]).stdout == "alone\nmine\n"
    assert host.run(there, ["ls", "/etc/frr"]).stdout == "frr.conf\n"
    assert host.run(there, ["ls", "-A", "/var/lib", "/var/tmp"]).stdout.split() == ["/var/lib:", "/var/tmp:"]
    assert host.run(there, ["ls", "/sys/class/net"]).stdout.split() == ["lo"]
    assert host.run(there, ["ps", "-o", "pid=", "-p", "1"]).stdout.strip() == "1"
    for family in ("-4", "-6"):
        assert host.run(there, ["ping", family, "-c1", "-W1", "localhost"]).returncode == 0
    assert not Path("/run/marker").exists()
    assert not Path("/etc/seapoint/agent.conf").exists()
    assert host.run(there, ["stat", "-c", "%a", "/etc/seapoint"]).stdout == "700\n"
    assert lab.host("alone").parent.stat().st_mode & 0o777 == 0o700


def test_a_killed_daemon_is_started_again_and_its_neighbour_is_not_touched(lab: Lab) -> None:
    there = up.up(lab, alone(start=(SWITCH,)))["alone"]
    before = control.request(there, "status", SWITCH)["daemons"]

    host.run(there, ["kill", "-9", str(before["ovs-vswitchd"]["pid"])])

    def again() -> bool:
        daemon = control.request(there, "status", SWITCH)["daemons"]["ovs-vswitchd"]
        return daemon["state"] == "active" and daemon["restarts"] == 1

    until(again, "ovs-vswitchd runs again")
    after = control.request(there, "status", SWITCH)
    assert after["daemons"]["ovs-vswitchd"]["pid"] != before["ovs-vswitchd"]["pid"]
    assert after["daemons"]["ovsdb-server"] == before["ovsdb-server"]
    assert "killed by SIGKILL" in after["error"]
    host.run(there, ["ovs-vsctl", "add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev"])


def test_frr_comes_back_whole_when_its_watcher_is_killed(lab: Lab) -> None:
    daemons = (("/etc/frr/daemons", "bgpd=yes\nbfdd=yes\n"), ("/etc/frr/frr.conf", "router bgp 65000\n"))
    there = up.up(lab, alone(files=daemons, start=("frr.service",)))["alone"]
    host.write(there, "/etc/frr/frr.conf", "router bgp 65001\n")

    assert control.request(there, "reload", "frr.service")["ok"]
    until(lambda: "router bgp 65001" in host.run(there, ["vtysh", "-c", "show run"]).stdout, "FRR has the new file")
    watcher = control.request(there, "status", "frr.service")["pid"]
    host.run(there, ["kill", "-9", str(watcher)])

    def again() -> bool:
        unit = control.request(there, "status", "frr.service")
        return unit["state"] == "active" and unit["restarts"] == 1

    until(again, "FRR runs again")
    until(lambda: "router bgp 65001" in host.run(there, ["vtysh", "-c", "show run"]).stdout, "bgpd is configured")
    assert host.run(there, ["pgrep", "-c", "-x", "bgpd"]).stdout == "1\n"


def test_a_daemon_that_says_ready_is_waited_for_reloaded_and_stopped(lab: Lab) -> None:
    address = (ip_interface("192.0.2.1/24"), ip_interface("2001:db8::1/64"))
    cable = Cable(End("alone", "eno1", address), End("peer", "eno1"))
    there = up.up(lab, LabPlan((HostSpec("alone"), HostSpec("peer")), (cable,)))["alone"]
    host.write(there, "/etc/keepalived/keepalived.conf", VRRP)

    started = control.request(there, "start", "keepalived.service")
    assert (started["ok"], started["state"]) == (True, "active")
    for moving in ("192.0.2.9/32", "2001:db8::9/128"):
        until(lambda moving=moving: moving in host.run(there, ["ip", "addr"]).stdout, f"{moving} is held")
    host.write(there, "/etc/keepalived/keepalived.conf", VRRP.replace("192.0.2.9", "192.0.2.10"))
    assert control.request(there, "reload", "keepalived.service")["pid"] == started["pid"]
    until(lambda: "192.0.2.10/32" in host.run(there, ["ip", "addr"]).stdout, "the new file holds")
    assert control.request(there, "stop", "keepalived.service")["state"] == "inactive"
    assert host.run(there, ["pgrep", "keepalived"], check=False).stdout == ""
    assert "cannot be reloaded" in control.request(there, "reload", "keepalived.service")["error"]


def test_a_start_that_fails_names_host_daemon_and_the_end_of_its_log(lab: Lab) -> None:
    with pytest.raises(EngineError) as failure:
        up.up(lab, alone(start=("conntrackd.service",)))

    said = str(failure.value)
    assert said.startswith("alone: conntrackd.service/conntrackd: exit status 1")
    assert "can't open config file `/etc/conntrackd/conntrackd.conf'" in said
    assert "can't open config file" in (lab.host("alone") / "log" / "conntrackd.log").read_text()
    there = host.find(lab, "alone")
    assert control.request(there, "status", "conntrackd.service")["state"] == "failed"
    assert "no unit 'nothing.service'" in control.request(there, "start", "nothing.service")["error"]


def test_a_daemon_that_keeps_dying_is_tried_again_until_it_stays(lab: Lab) -> None:
    waiting = ("sh", "-c", "test -e /run/cure && exec sleep 1000; sleep 0.05; exit 3")
    there = up.up(lab, alone(units=(Unit("ill.service", (Daemon("ill", waiting),)),), start=("ill.service",)))["alone"]

    until(lambda: control.request(there, "status", "ill.service")["restarts"] >= 3, "it was tried three times")
    host.write(there, "/run/cure", "")

    def steady() -> bool:
        return host.run(there, ["pgrep", "-x", "sleep", "-a"], check=False).stdout.endswith("sleep 1000\n")

    until(steady, "it stays")
    assert "exit status 3" in control.request(there, "status", "ill.service")["error"]


SERVER = """
import os, socket
listeners = [socket.socket(fileno=3 + number) for number in range(int(os.environ["LISTEN_FDS"]))]
assert os.environ["LISTEN_PID"] == str(os.getpid())
while True:
    for listener in listeners:
        listener.settimeout(0.05)
        try:
            link, _ = listener.accept()
        except TimeoutError:
            continue
        link.sendall(f"{socket.gethostname()} {os.getpid()}".encode())
        link.close()
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def ask(family: int, port: int) -> list[str]:
    address = "127.0.0.1" if family == 4 else "::1"
    with socket.create_connection((address, port), timeout=20) as link:
        return link.makefile().read().split()


def test_a_listener_of_this_machine_is_served_inside_a_host_and_survives_its_daemon(lab: Lab) -> None:
    port = free_port()
    unit = Unit("api.service", (Daemon("api", (sys.executable, "-I", "-S", "-c", SERVER)),))
    listeners = tuple(Listener(unit.name, ip_address(address), port) for address in ("127.0.0.1", "::1"))
    there = up.up(lab, alone(units=(unit,), start=(unit.name,), listeners=listeners))["alone"]

    name, pid = ask(4, port)
    assert name == "alone"
    assert ask(6, port) == [name, pid]
    host.run(there, ["kill", "-9", pid])
    assert ask(4, port)[1] != pid  # it waited in the listener's queue meanwhile

    with pytest.raises(InputError, match=f"127.0.0.1 port {port} of this machine"):
        host.start_all(lab, [HostSpec("second", listeners=listeners)])
    assert list(host.hosts(lab)) == ["alone"]


def test_the_end_of_the_first_process_is_the_end_of_the_host_and_up_starts_it_from_its_disk(lab: Lab) -> None:
    plan = alone(start=(SWITCH,))
    there = up.up(lab, plan)["alone"]
    inside = [pid for pid in _pids() if _same_host(pid, there.pid)]
    assert len(inside) == 3
    host.write(there, "/var/lib/kept", "on disk\n")
    host.write(there, "/etc/openvswitch/kept", "with the engine\n")
    host.write(there, "/run/lost", "")

    os.kill(there.pid, signal.SIGKILL)

    until(lambda: all(map(gone, inside)), "everything in the host has ended")
    assert host.hosts(lab) == {}
    with pytest.raises(InputError, match="no living host 'alone'"):
        host.find(lab, "alone")
    again = up.up(lab, plan)["alone"]
    assert control.request(again, "status", SWITCH)["state"] == "active"
    disk = host.run(again, ["cat", "/var/lib/kept", "/etc/openvswitch/kept", "/etc/hostname"]).stdout
    assert disk == "on disk\nwith the engine\nalone\n"
    assert host.run(again, ["ls", "/run/lost"], check=False).returncode != 0


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _same_host(pid: int, first: int) -> bool:
    try:
        return Path(f"/proc/{pid}/ns/pid").readlink() == Path(f"/proc/{first}/ns/pid").readlink()
    except OSError:
        return False


@pytest.mark.parametrize("destroyed", ["nothing", "records", "mount"])
def test_down_leaves_nothing_whatever_was_destroyed_and_spares_what_is_foreign(lab: Lab, destroyed: str) -> None:
    hosts = up.up(lab, LabPlan((HostSpec("one", start=(SWITCH,)), HostSpec("two"), HostSpec("three")), ()))
    os.kill(hosts["two"].pid, signal.SIGKILL)
    foreign = subprocess.Popen(["sleep", "1000"], cwd=lab.root)
    if destroyed == "records":
        for name in hosts:
            (lab.host(name) / "init.json").unlink()
    if destroyed == "mount":
        subprocess.run(["umount", "-l", lab.root], check=True)
    try:
        up.down(lab)

        assert all(gone(there.pid) for there in hosts.values())
        assert not lab.root.exists()
        assert not state.mounted(lab)
        assert foreign.poll() is None
    finally:
        foreign.kill()
        foreign.wait()
    up.down(lab)  # a second time is no error


def test_a_unit_with_another_environment_file_starts_anew_and_the_host_goes_on(lab: Lab) -> None:
    path, say = "/etc/default/saying", 'echo "$0 $1" >/run/said; exec sleep infinity'
    saying = Unit("saying.service", (Daemon("saying", ("sh", "-c", say, "$WORDS"), environment_file=path),))

    def stands(words: str, start: tuple[str, ...] = ("saying.service",)) -> tuple[host.Host, str]:
        plan = alone(files=((path, f"WORDS='{words}'\n"),), units=(*UNITS, saying), start=start)
        there = up.up(lab, plan)["alone"]
        return there, control.request(there, "status", "saying.service")["state"]

    before, _ = stands("one two")
    until(lambda: host.run(before, ["cat", "/run/said"], check=False).stdout == "one two\n", "the first words")
    pid = control.request(before, "status", "saying.service")["pid"]
    assert stands("one two") == (before, "active")
    assert control.request(before, "status", "saying.service")["pid"] == pid
    assert stands("two three") == (before, "active")
    until(lambda: host.run(before, ["cat", "/run/said"]).stdout == "two three\n", "the other words")
    assert stands("", ()) == (before, "inactive")
    assert stands("four five") == (before, "active")


def test_up_survives_what_a_dirty_predecessor_has_left(lab: Lab) -> None:
    plan = LabPlan((HostSpec("ended"), HostSpec("unrecorded"), HostSpec("fits")), ())
    before = up.up(lab, LabPlan((*plan.hosts, HostSpec("unwanted")), ()))
    os.kill(before["ended"].pid, signal.SIGKILL)
    until(lambda: gone(before["ended"].pid), "the killed host has ended")
    (lab.host("unrecorded") / "spec.json").unlink()
    (lab.host("half-made") / "run").mkdir(parents=True)
    (lab.host("foreign")).mkdir()
    (lab.host("foreign") / "init.json").write_text('{"pid": 1, "start_ticks": 1}')  # somebody else's process now

    after = up.up(lab, plan)

    assert sorted(after) == ["ended", "fits", "unrecorded"]
    assert sorted(path.name for path in (lab.root / "hosts").iterdir()) == sorted(after)
    assert after["fits"].pid == before["fits"].pid
    assert sorted(state.processes(lab)) == sorted(there.pid for there in after.values())


KILLED = """
import os, sys
from pathlib import Path
from seapoint.lab import up
from seapoint.lab.state import Lab
from seapoint.lab.topology import Cable, End, HostSpec, LabPlan, SwitchPort

steps = []
def step(text):
    steps.append(text)
    if len(steps) == int(sys.argv[2]):
        os.kill(os.getpid(), 9)

fabric = HostSpec("fabric", kind="fabric")
host = HostSpec("host", start=("openvswitch-switch.service",))
cable = Cable(End("host", "eno2"), End("fabric", "p1", port=SwitchPort(trunks=(10,))))
up.up(Lab(Path(sys.argv[1])), LabPlan((fabric, host), (cable,)), step)
"""


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_down_leaves_nothing_of_an_up_that_was_killed_at_any_step(lab: Lab, step: int) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, lab.root, str(step)], check=False)
    assert killed.returncode == -signal.SIGKILL
    pids = state.processes(lab)
    assert len(pids) == (0 if step == 1 else 2)

    up.down(lab)

    assert all(map(gone, pids))
    assert not lab.root.exists()


def test_two_labs_know_nothing_of_each_other(lab: Lab) -> None:
    other = Lab(lab.root.with_name(f"{lab.root.name}-other"))
    try:
        up.up(other, alone())
        there = up.up(lab, alone())["alone"]
        up.down(other)
        assert str(other.root) not in host.run(there, ["cat", "/proc/self/mountinfo"]).stdout
        assert host.hosts(lab) == {"alone": there}
    finally:
        up.down(other)


def test_a_directory_with_other_peoples_files_is_refused_and_spared(lab: Lab) -> None:
    lab.root.mkdir()
    foreign = lab.root / "foreign"
    foreign.write_text("mine")

    with pytest.raises(InputError, match="no lab has made"):
        up.up(lab, alone())
    up.down(lab)

    assert foreign.read_text() == "mine"
    foreign.unlink()


def test_up_refuses_what_contradicts_itself_and_touches_nothing(lab: Lab) -> None:
    with pytest.raises(InputError, match="'alone' stands twice"):
        up.up(lab, LabPlan((HostSpec("alone"), HostSpec("alone")), ()))
    assert not lab.root.exists()


def test_status_tells_hosts_units_and_memory(lab: Lab) -> None:
    assert status.status(lab) == []
    up.up(lab, alone(start=(SWITCH,)))

    [found] = status.status(lab)

    assert (found.name, found.processes) == ("alone", 3)
    assert [(unit["unit"], unit["state"]) for unit in found.units] == [(SWITCH, "active")]
    assert found.memory > 1 << 20


def test_two_commands_do_not_change_one_lab_at_once(lab: Lab) -> None:
    with state.locked(lab), pytest.raises(InputError, match="another command"):
        up.up(lab, alone())
