"""The hosts on which a virtual router's way out is: who has it, and what a fault of theirs costs flows through it."""

import time
from collections.abc import Callable

from lab.faults import edge_flowing, new_connections, tell
from lab.flows import Told
from lab.standing import CONTROL, Standing
from lab.waiting import until

GATEWAYS = ("cloudnet2005-dev", "cloudnet2006-dev")


def gateway(cloud: Standing) -> str:
    """The chassis that speaks for the router's external port; empty while none does."""
    command = "ovn-sbctl --bare --columns=chassis find Port_Binding type=chassisredirect"
    chassis = cloud.run(CONTROL, "sh", "-c", command).split()
    return cloud.run(CONTROL, "ovn-sbctl", "--bare", "get", "Chassis", chassis[0], "name").strip() if chassis else ""


def peer(host: str) -> str:
    """The other of the pair."""
    return next(name for name in GATEWAYS if name != host)


def struck(cloud: Standing, what: str, strike: Callable[[], object], then: str) -> Told:
    """Strike; wait until the gateway named has the router and new connections are made; what flowed through it."""
    with edge_flowing(cloud) as told:
        began = time.monotonic()
        strike()
        until(lambda: gateway(cloud) == then, f"{what}: {then} speaks for the router")
        moved = time.monotonic() - began
        new_connections(cloud)
    tell(what, told, f"the southbound says so after {moved:.2f} s")
    return told
