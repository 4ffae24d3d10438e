"""Section "units": daemons that must run, and take up their changed files."""

from collections.abc import Iterable
from dataclasses import replace

from seapoint.agent.context import Context, part
from seapoint.agent.programs import run_program
from seapoint.agent.units import UnitStatus
from seapoint.base.errors import EngineError
from seapoint.target.host import Unit
from seapoint.target.report import Part


def hold_units(context: Context) -> list[Part]:
    """Start what does not run, reload or restart what has pending changes, stop what we started and is not wanted."""
    assert context.target is not None
    wanted = context.target.units
    stale = context.memory.started - {unit.name for unit in wanted}
    parts: list[Part] = []
    try:
        status = context.units.status([*(unit.name for unit in wanted), *sorted(stale)])
    except EngineError as error:
        return [Part("units", ok=False, reason=str(error))]
    for unit in wanted:
        with part(parts, f"unit {unit.name}"):
            _hold(context, unit, status[unit.name])
            parts.append(Part(f"unit {unit.name}"))
    for name in sorted(stale):
        with part(parts, f"unit {name}"):
            if status[name].state != "inactive":
                context.units.stop(name)
                context.tell(f"stop {name}")
            context.remember(
                replace(
                    context.memory, started=context.memory.started - {name}, pending=context.memory.pending - {name}
                )
            )
    return parts


def start_units(context: Context, units: Iterable[Unit]) -> list[Part]:
    """Start those that do not run, before a section that needs them; a part for each that would not start."""
    parts: list[Part] = []
    for unit in units:
        with part(parts, f"unit {unit.name}"):
            if context.units.status([unit.name])[unit.name].state != "active":
                _start(context, unit)
    return parts


def _hold(context: Context, unit: Unit, status: UnitStatus) -> None:
    if status.state == "activating":
        raise EngineError("it is starting")
    if status.state != "active":
        _start(context, unit)
    elif unit.name in context.memory.pending:
        if unit.on_change == "restart":
            context.units.restart(unit.name)
        elif unit.reload_command:
            run_program(unit.reload_command)
        else:
            context.units.reload(unit.name)
        context.remember(replace(context.memory, pending=context.memory.pending - {unit.name}))
        context.tell(f"{unit.on_change} {unit.name}")


def _start(context: Context, unit: Unit) -> None:
    # remembered first: a crash in between must not leave a daemon that nobody stops
    context.remember(replace(context.memory, started=context.memory.started | {unit.name}))
    context.units.start(unit.name)
    context.remember(replace(context.memory, pending=context.memory.pending - {unit.name}))
    context.tell(f"start {unit.name}")
