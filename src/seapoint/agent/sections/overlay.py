"""Section "overlay": the ways of tunnels that the host's own Open vSwitch carries in user space."""

from pathlib import Path

from seapoint.agent.context import Context
from seapoint.agent.programs import run_program
from seapoint.agent.tunnel_routes import (
    PORTS,
    SHOW,
    hears,
    plan_tunnel_routes,
    read_routes,
    tunnel_device,
    wanted_tunnel_routes,
)
from seapoint.base.errors import EngineError
from seapoint.target.report import Part

PATIENCE = 1.0
PART = "tunnel routes"
COPIED, GIVEN = "a copy of the kernel's: each change of a port may cost packets", "given"


def hold_overlay(context: Context) -> list[Part]:
    """Give Open vSwitch the routes of its tunnels, where it takes none from the kernel."""
    target = context.target
    assert target is not None
    device = tunnel_device(target)
    context.tunnel_routes = None
    if device is None or context.datapath() == "system":
        return []
    there = context.ovsdb.parent
    try:
        held = read_routes(_ask(there, SHOW))
        context.tunnel_routes = COPIED if held.copies else GIVEN
        if held.copies:
            return []
        deaf = not hears(_ask(there, PORTS, "-v"), device) and "ref_cnt=" in _ask(there, PORTS)
        for command in plan_tunnel_routes(held.given, wanted_tunnel_routes(target, device), device, deaf=deaf):
            _ask(there, *command)
            context.tell(f"Open vSwitch: {' '.join(command)}")
    except EngineError as error:
        return [Part(PART, ok=False, reason=str(error))]
    return [Part(PART)]


def _ask(directory: Path, *command: str) -> str:
    """What ovs-vswitchd answers by its control socket. Source: ovs-appctl(8), unixctl."""
    try:
        process = (directory / "ovs-vswitchd.pid").read_text().strip()
    except OSError as error:
        raise EngineError(f"ovs-vswitchd: {error.strerror}: {error.filename}: does it run?") from error
    return run_program(("ovs-appctl", f"--target={directory}/ovs-vswitchd.{process}.ctl", *command), patience=PATIENCE)
