"""Section "files": files that we own whole."""

from dataclasses import replace

from seapoint.agent.context import Context, part
from seapoint.agent.files import put, remove, stands
from seapoint.agent.memory import UnitChange
from seapoint.target.host import File, Unit
from seapoint.target.report import Part


def hold_files(context: Context) -> list[Part]:
    """Write what differs and remove what we wrote and is not wanted any more.

    The units of a file are noted as pending before it is replaced, so that a crash between the two loses no reload.
    """
    assert context.target is not None
    parts: list[Part] = []
    for file in context.target.files:
        with part(parts, f"file {file.path}"):
            if not stands(file):
                _replace(context, file)
            elif file.path not in context.memory.files:
                context.remember(replace(context.memory, files=context.memory.files | {file.path}))
            parts.append(Part(f"file {file.path}"))
    for path in sorted(context.memory.files - {file.path for file in context.target.files}):
        with part(parts, f"file {path}"):
            remove(path)
            context.remember(replace(context.memory, files=context.memory.files - {path}))
            context.tell(f"remove {path}")
    return parts


def change_of(unit: Unit, path: str) -> UnitChange | None:
    """What a change of the file needs of the unit."""
    if path in unit.restart_files:
        return "restart"
    return unit.on_change if path in unit.files else None


def _replace(context: Context, file: File) -> None:
    assert context.target is not None
    before = context.memory
    concerned = {unit.name: how for unit in context.target.units if (how := change_of(unit, file.path)) is not None}
    # a restart that is pending takes up everything; a reload would not
    pending = {**concerned, **{unit: how for unit, how in before.pending.items() if how == "restart"}}
    context.remember(replace(before, files=before.files | {file.path}, pending={**before.pending, **pending}))
    try:
        put(file)
    except BaseException:
        context.remember(before)
        raise
    for name in concerned:
        context.work.outdate(name)
    context.tell(f"write {file.path}")
