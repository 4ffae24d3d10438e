"""The switch of a rack: an Open vSwitch bridge in a host of its own that only forwards frames by VLAN.

A userspace datapath, so that tagged VLANs work on a kernel without 802.1Q. Its routed side (the switch's VRFs)
stands in hosts of their own, cabled to access ports here.
"""

import json
from collections.abc import Collection, Iterable, Mapping

from seapoint.base.errors import EngineError
from seapoint.lab import control
from seapoint.lab.host import Host, run
from seapoint.lab.topology import SwitchPort
from seapoint.lab.units import OPENVSWITCH

BRIDGE = "fabric"
#: A switch of hardware learns from each frame. Open vSwitch learns from a known flow's frames when it next looks at its
#: flows, by default up to half a second late. Milliseconds; ovs-vswitchd.conf.db(5), max-revalidator.
LEARNS_WITHIN = 100
TRIES = 20  # of which one is enough, unless the machine is very busy


def configure(host: Host, ports: Mapping[str, SwitchPort], fresh: Collection[str] = ()) -> None:
    """Make the bridge have exactly these ports; what already fits is not touched.

    ``fresh`` are NICs plugged in since; their ports are made anew, see ``reattach``.
    """
    standing = _ports(host)
    stale = (standing - ports.keys()) | (standing & set(fresh))
    if stale:
        run(host, ["ovs-vsctl", *_joined(["del-port", BRIDGE, nic] for nic in sorted(stale))])
    commands = [
        ["set", "Open_vSwitch", ".", f"other_config:max-revalidator={LEARNS_WITHIN}"],
        ["--may-exist", "add-br", BRIDGE],
        ["set", "bridge", BRIDGE, "datapath_type=netdev", "fail_mode=standalone"],
    ]
    for nic, port in ports.items():
        commands += [["--may-exist", "add-port", BRIDGE, nic], ["set", "port", nic, *_columns(port)]]
    run(host, ["ovs-vsctl", *_joined(commands)])


def reattach(host: Host, nics: Iterable[str]) -> None:
    """Let a host's own Open vSwitch take NICs that were plugged in anew; its rows stay as they are.

    A userspace datapath goes on reading a NIC that is gone, not its successor of the same name, until the interface's
    type has changed. (The kernel's datapath needs no such help, and real NICs do not come and go.) The host's agent
    puts the type back at once, and Open vSwitch may read both changes as none: so it is done again until it was seen.
    Raises EngineError when it never is.
    """
    if control.request(host, "status", OPENVSWITCH.name)["state"] != "active":
        return
    for nic in nics:
        bridge = run(host, ["ovs-vsctl", "iface-to-br", nic], check=False)
        if bridge.returncode != 0:
            continue
        if "netdev" not in run(host, ["ovs-vsctl", "get", "bridge", bridge.stdout.strip(), "datapath_type"]).stdout:
            continue
        for _ in range(TRIES):
            for kind in ("internal", '""'):
                run(host, ["ovs-vsctl", "set", "interface", nic, f"type={kind}"])
            if _reads(host, nic):
                break
        else:
            raise EngineError(f"{host.name}: its Open vSwitch does not read {nic}, which was plugged in anew")


def _reads(host: Host, nic: str) -> bool:
    """Whether a process has a packet socket on the NIC that has this name now. Source: packet(7)."""
    (link,) = json.loads(run(host, ["ip", "-json", "link", "show", "dev", nic]).stdout)
    sockets = run(host, ["cat", "/proc/net/packet"]).stdout.splitlines()[1:]
    return any(int(one.split()[4]) == link["ifindex"] for one in sockets)


def _columns(port: SwitchPort) -> list[str]:
    """VLAN columns of a Port row. Source: ovs-vswitchd.conf.db(5), Port: vlan_mode, tag, trunks."""
    if port.tag is not None:
        return ["vlan_mode=access", f"tag={port.tag}", "trunks=[]"]
    return ["vlan_mode=trunk", "tag=[]", f"trunks=[{','.join(map(str, port.trunks))}]"]


def _ports(host: Host) -> set[str]:
    listed = run(host, ["ovs-vsctl", "list-ports", BRIDGE], check=False)  # fails while there is no bridge
    return set(listed.stdout.split()) if listed.returncode == 0 else set()


def _joined(commands: Iterable[list[str]]) -> list[str]:
    return [word for command in commands for word in ("--", *command)]
