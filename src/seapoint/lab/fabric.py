"""The switch of a rack: an Open vSwitch bridge in a host of its own that only forwards frames by VLAN.

A userspace datapath, so that tagged VLANs work on a kernel without 802.1Q. Its routed side (the switch's VRFs)
stands in hosts of their own, cabled to access ports here.
"""

from collections.abc import Iterable, Mapping

from seapoint.lab.host import Host, run
from seapoint.lab.topology import SwitchPort

BRIDGE = "fabric"


def configure(host: Host, ports: Mapping[str, SwitchPort]) -> None:
    """Make the bridge have exactly these ports, in one transaction; what already fits is not touched."""
    gone = _ports(host) - ports.keys()
    commands = [
        ["--may-exist", "add-br", BRIDGE],
        ["set", "bridge", BRIDGE, "datapath_type=netdev", "fail_mode=standalone"],
        *(["del-port", BRIDGE, nic] for nic in sorted(gone)),
    ]
    for nic, port in ports.items():
        commands += [["--may-exist", "add-port", BRIDGE, nic], ["set", "port", nic, *_columns(port)]]
    run(host, ["ovs-vsctl", *_joined(commands)])


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
