"""Section "files": files that we own whole."""

from dataclasses import replace

from seapoint.agent.context import Context, part
from seapoint.agent.files import put, remove, stands
from seapoint.target.host import File
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


def _replace(context: Context, file: File) -> None:
    assert context.target is not None
    before = context.memory
    concerned = {unit.name for unit in context.target.units if file.path in unit.files}
    context.remember(replace(before, files=before.files | {file.path}, pending=before.pending | concerned))
    try:
        put(file)
    except BaseException:
        context.remember(before)
        raise
    for name in concerned:
        context.work.outdate(name)
    context.tell(f"write {file.path}")
