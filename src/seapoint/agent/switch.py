"""The host's own Open vSwitch, through its database's socket."""

from collections.abc import Callable
from pathlib import Path

from seapoint.agent.switch_plan import COLUMNS, SwitchDifference, WantedSwitch, plan_switch
from seapoint.base.errors import EngineError
from seapoint.engines.ovsdb.client import OvsdbClient
from seapoint.engines.ovsdb.remotes import Remote

#: Units that serve Open vSwitch's database, on Debian and on RHEL: started before it is asked.
SWITCH_UNITS = frozenset({"openvswitch-switch.service", "openvswitch.service"})

#: Seconds in which the database answers once its daemon runs, and ovs-vswitchd has carried out a change.
PATIENCE = 10.0

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

    def close(self) -> None:
        self._client.close()

    def reconcile(self, wanted: WantedSwitch, patience: float = PATIENCE) -> SwitchDifference:
        """Write what differs, in one transaction, and wait until ovs-vswitchd has carried it out.

        Raises EngineError where the database or ovs-vswitchd does not answer.
        """
        client = self._client
        client.wait_connected(patience)
        if not client.wait_for(lambda: bool(client.tables["Open_vSwitch"]), patience):
            raise EngineError("Open vSwitch's database has no root row: it was never initialized")
        with client.lock:
            difference = plan_switch(client.tables, wanted)
        if not difference.operations:
            return difference
        ((root, _),) = client.tables["Open_vSwitch"].items()
        where = [["_uuid", "==", ["uuid", str(root)]]]
        results = client.transact(
            [
                *difference.operations,
                {"op": "mutate", "table": "Open_vSwitch", "where": where, "mutations": [["next_cfg", "+=", 1]]},
                {"op": "select", "table": "Open_vSwitch", "where": where, "columns": ["next_cfg"]},
            ]
        )
        number = results[-1]["rows"][0]["next_cfg"]

        def carried_out() -> bool:
            return all(int(str(row["cur_cfg"])) >= number for row in client.tables["Open_vSwitch"].values())

        if not client.wait_for(carried_out, patience):
            raise EngineError("ovs-vswitchd has not carried out the change: does it run?")
        return difference
