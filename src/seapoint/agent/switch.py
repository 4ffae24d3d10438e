"""The host's own Open vSwitch, through its database's socket."""

from collections.abc import Callable
from pathlib import Path

from seapoint.agent.switch_plan import COLUMNS, SwitchDifference, WantedSwitch, plan_switch
from seapoint.base.errors import EngineError
from seapoint.engines.ovsdb.client import OvsdbClient
from seapoint.engines.ovsdb.remotes import Remote

#: Units that serve Open vSwitch's database, on Debian and on RHEL: started before it is asked.
SWITCH_UNITS = frozenset({"openvswitch-switch.service", "openvswitch.service"})

#: Seconds to wait for the first connection, and for ovs-vswitchd to carry out a change. What takes longer is told as
#: not done, and its end wakes the agent.
PATIENCE = 1.0

KERNEL_DATAPATH = "ovs_datapath"


def kernel_datapath() -> bool:
    """Whether this kernel has Open vSwitch's datapath; asking for its netlink family loads the module."""
    from pyroute2.netlink.exceptions import NetlinkError
    from pyroute2.netlink.generic import GenericNetlinkSocket, ctrlmsg

    with GenericNetlinkSocket() as line:
        try:
            line.bind(KERNEL_DATAPATH, ctrlmsg)
        except NetlinkError:
            return False
        return True


class Switch:
    """A connection to the local database that survives restarts of its server.

    ``on_change`` is called from another thread.
    """

    def __init__(self, socket: Path, on_change: Callable[[], None]) -> None:
        self._client = OvsdbClient([Remote("unix", str(socket))], "Open_vSwitch", COLUMNS)
        self._client.watch(lambda _changes: on_change())
        self._client.start()
        self._was_connected = False

    def close(self) -> None:
        self._client.close()

    def reconcile(self, wanted: WantedSwitch, patience: float = PATIENCE) -> SwitchDifference:
        """Write what differs, in one transaction, and wait until ovs-vswitchd has carried it out.

        Raises EngineError where the database or ovs-vswitchd does not answer.
        """
        client = self._client
        # the first connection is made while we wait; later, to be cut off is a state like any other
        client.wait_connected(0.0 if self._was_connected else patience)
        self._was_connected = True
        with client.lock:
            if not client.tables["Open_vSwitch"]:
                raise EngineError("Open vSwitch's database has no root row: it was never initialized")
            difference = plan_switch(client.tables, wanted)
        if difference.operations:
            ((root, _),) = client.tables["Open_vSwitch"].items()
            number = {
                "op": "mutate",
                "table": "Open_vSwitch",
                "where": [["_uuid", "==", ["uuid", str(root)]]],
                "mutations": [["next_cfg", "+=", 1]],
            }
            client.transact([*difference.operations, number])

        def carried_out() -> bool:
            rows = client.tables["Open_vSwitch"].values()
            return all(int(str(row["cur_cfg"])) >= int(str(row["next_cfg"])) for row in rows)

        if not client.wait_for(carried_out, patience):
            raise EngineError("ovs-vswitchd has not carried out the last change: does it run?")
        return difference
