"""Section "units": daemons that must run, and take up their changed files."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from seapoint.agent.context import Context, part
from seapoint.agent.files import hidden
from seapoint.agent.haproxy import reload_haproxy
from seapoint.agent.programs import run_program
from seapoint.agent.units import Units, UnitStatus
from seapoint.base.errors import EngineError
from seapoint.target.host import File, Unit
from seapoint.target.report import Part

_T = TypeVar("_T")


def hold_units(context: Context) -> list[Part]:
    """Start what does not run, reload or restart what has pending changes, stop what we started and is not wanted.

    All of it is begun here and ends later: a part is not well before its end was seen, by a pass that the end wakes.
    """
    assert context.target is not None
    wanted = context.target.units
    stale = sorted(context.memory.started - {unit.name for unit in wanted})
    parts: list[Part] = []
    for name in dict.fromkeys([*(unit.name for unit in wanted), *stale, *context.work.units()]):
        with part(parts, f"unit {name}"):
            _finish(context, name)
    failed = {one.part for one in parts}
    try:
        status = context.units.status([*(unit.name for unit in wanted), *stale])
    except EngineError as error:
        return [*parts, Part("units", ok=False, reason=str(error))]
    for unit in wanted:
        name = f"unit {unit.name}"
        if name not in failed:
            with part(parts, name):
                _begin(context, unit, status[unit.name])
                parts.append(Part(name))
    for name in stale:
        if f"unit {name}" not in failed:
            with part(parts, f"unit {name}"):
                _retire(context, name, status[name])
    return parts


def start_units(context: Context, units: Iterable[Unit]) -> list[Part]:
    """Start those that do not run and wait for them, before a section that is nothing without them."""
    parts: list[Part] = []
    for unit in units:
        with part(parts, f"unit {unit.name}"):
            if context.units.status([unit.name])[unit.name].state in {"inactive", "failed"}:
                _own(context, unit.name)
                context.units.start(unit.name)
                context.remember(context.memory.settled(unit.name))
                context.tell(f"start {unit.name}")
    return parts


def _begin(context: Context, unit: Unit, status: UnitStatus) -> None:
    """Begin what the unit needs; raises EngineError while it is not well."""
    under_way = context.work.under_way(unit.name)
    if under_way is not None:
        raise EngineError(f"{under_way} is under way")
    if status.state == "activating":
        raise EngineError("it is starting")
    if status.state == "active" and unit.running and unit.name not in context.memory.pending:
        _look(context, unit)
    if status.state != "active":
        _own(context, unit.name)
        if unit.after_start:
            _redo(context, unit)
        what, action = "start", _started(unit, context.units.start, unit.before_start)
    elif unit.name not in context.memory.pending:
        return
    elif context.memory.pending[unit.name] == "restart":
        what, action = "restart", _started(unit, context.units.restart)
    elif unit.reload_command:
        what, action = "reload", _of(run_program, unit.reload_command)
    elif unit.master:
        what, action = "reload", _judged(context.units, unit)
    else:
        what, action = "reload", _of(context.units.reload, unit.name)
    context.looks.forget(unit.name)
    context.work.begin(unit.name, what, _discreet(action, context.target.files if context.target else ()))
    raise EngineError(f"{what} is under way")


def _look(context: Context, unit: Unit) -> None:
    """Have a unit that no longer runs with what it was given take up its files again."""
    seen, known = context.looks.seen(unit.name, unit.running), context.memory.running.get(unit.name)
    if seen and known == "":
        context.remember(replace(context.memory, running={**context.memory.running, unit.name: seen}))
    elif seen and seen != known:
        context.tell(f"{unit.name} does not run with what it was given: by another's hand, or since it died")
        _redo(context, unit)


def _finish(context: Context, name: str) -> None:
    """See the end of what was begun; raises EngineError where it failed."""
    ended = context.work.end(name)
    if ended is None:
        return
    what, counts = ended
    context.tell(f"{what} {name}")
    if what == "stop":
        context.remember(context.memory.stopped(name))
    elif counts:
        context.remember(context.memory.settled(name))


def _retire(context: Context, name: str, status: UnitStatus) -> None:
    if context.work.under_way(name) is None and name in context.memory.started:
        if status.state == "inactive":
            context.remember(context.memory.stopped(name))
            return
        context.work.begin(name, "stop", _of(context.units.stop, name))
    if context.work.under_way(name) is not None:
        raise EngineError("stop is under way")


def _own(context: Context, name: str) -> None:
    """Remember that we start it, before we do: a crash in between must not leave a daemon that nobody stops."""
    context.remember(replace(context.memory, started=context.memory.started | {name}))


def _redo(context: Context, unit: Unit) -> None:
    """Have a unit of which only the start succeeds take up its files again."""
    pending = {unit.name: unit.on_change, **context.memory.pending}
    context.remember(replace(context.memory, pending=pending))


def _started(unit: Unit, start: Callable[[str], None], before: tuple[str, ...] = ()) -> Callable[[], None]:
    def act() -> None:
        if before:
            run_program(before)
        start(unit.name)
        if unit.after_start:
            run_program(unit.after_start)

    return act


def _judged(units: Units, unit: Unit) -> Callable[[], None]:
    def act() -> None:
        reload_haproxy(units, unit.name, Path(unit.master))

    return act


def _discreet(action: Callable[[], None], files: tuple[File, ...]) -> Callable[[], None]:
    """Do it; what a program says of its failure is told without the files' secrets."""

    def act() -> None:
        try:
            action()
        except EngineError as error:
            raise EngineError(hidden(str(error), files)) from None

    return act


def _of(action: Callable[[_T], object], argument: _T) -> Callable[[], None]:
    def act() -> None:
        action(argument)

    return act
