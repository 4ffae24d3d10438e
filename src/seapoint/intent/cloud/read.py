"""Reads a cloud file: text in, the resolved cloud and every mistake out."""

import copy
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from seapoint.intent.cloud import checks
from seapoint.intent.cloud.document import Document, DocumentError, Path, Position, parse
from seapoint.intent.cloud.mistakes import Located, Mistake, Mistakes, nearest
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.resolve import resolve
from seapoint.intent.cloud.shape.cloud import CloudShape

#: What pydantic finds wrong with a single value, in words that a file's author knows.
WORDS = {
    "bool_parsing": "true or false is needed",
    "bool_type": "true or false is needed",
    "dict_type": "a mapping of keys is needed",
    "greater_than_equal": "the least is {ge}",
    "int_from_float": "a whole number is needed",
    "int_parsing": "a whole number is needed",
    "int_type": "a whole number is needed",
    "less_than_equal": "the most is {le}",
    "model_type": "a mapping of keys is needed",
    "string_too_long": "at most {max_length} characters are possible",
    "string_type": "a text is needed",
    "too_long": "too many items, the most is {max_length}",
    "too_short": "too few items, the least is {min_length}",
    "tuple_type": "a list is needed",
}

#: Which items of which list (by its path in the file) were taken out.
Removed = dict[Path, set[str | int]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says. ``cloud`` is None when any mistake is an error."""

    cloud: Cloud | None
    mistakes: tuple[Located, ...]


def read_cloud(text: str, file: str = "cloud.yaml") -> Reading:
    """Read and check a whole cloud file; every mistake is told at once, in the file's order."""
    try:
        document = parse(text)
    except DocumentError as error:
        mistake = Mistake((), str(error), f"{error.cure} The rest was not read.")
        return Reading(None, (Located(file, error.position, mistake),))
    told = Mistakes()
    shape, removed = _shape(document, told)
    cloud = None
    if shape is not None:
        mistakes = Mistakes()
        cloud = resolve(shape, document, mistakes)
        checks.run(cloud, shape, document, mistakes)
        told.found.extend(_in_the_file(one, removed) for one in mistakes.found)
    located = sorted(
        (Located(file, _position(mistake, document), mistake) for mistake in told.causes()),
        key=lambda one: (one.position.line, one.position.column),
    )
    whole = cloud is not None and all(mistake.severity == "warning" for mistake in told.found)
    return Reading(cloud if whole else None, tuple(located))


def _position(mistake: Mistake, document: Document) -> Position:
    return document.where_key(mistake.path) if mistake.at_key else document.where(mistake.path)


def _in_the_file(mistake: Mistake, removed: Removed) -> Mistake:
    """The mistake with the file's paths instead of those in the data that was left."""
    unless = tuple(_original(place, removed) for place in mistake.unless)
    return replace(mistake, path=_original(mistake.path, removed), unless=unless)


def _shape(document: Document, mistakes: Mistakes) -> tuple[CloudShape | None, Removed]:
    """The file's shape. What is wrong is told and taken out, so that the rest can be read and checked too."""
    removed: Removed = {}
    data = copy.deepcopy(document.data)
    if not isinstance(data, dict):
        mistakes.error((), "a cloud file is a mapping of keys", "Begin with `cloud: NAME`.")
        return None, removed
    told = False
    while True:
        try:
            return CloudShape.model_validate(data), removed
        except ValidationError as errors:
            places: dict[Path, None] = {}
            for detail in errors.errors():
                path = _written_path(data, tuple(detail["loc"]))
                places[path] = None
                if not told:
                    # Later rounds only find what taking out has left behind.
                    mistakes.found.append(_explain(detail, path))
            told = True
            if () in places:
                return None, removed
            for path in sorted(places, key=_last_items_first):
                if not any(path[:length] in places for length in range(len(path))):
                    _take_out(data, path, removed)


def _last_items_first(path: Path) -> list[tuple[int, str]]:
    return [(-step, "") if isinstance(step, int) else (0, step) for step in path]


def _written_path(data: Any, loc: Path) -> Path:
    """The part of pydantic's location that is written in the data (unions add names of their own)."""
    path: Path = ()
    for step in loc:
        inner = _step(data, step)
        if inner is not None:
            data = inner[0]
            path = (*path, step)
    return path


def _take_out(data: Any, path: Path, removed: Removed) -> None:
    """Remove the place of an error; of a list remember which items have gone."""
    holder = data
    for step in path[:-1]:
        inner = _step(holder, step)
        if inner is None:
            return
        holder = inner[0]
    last = path[-1]
    if isinstance(last, str):
        holder.pop(last, None)
    else:
        original = _original(path, removed)
        del holder[last]
        removed.setdefault(original[:-1], set()).add(original[-1])


def _step(data: Any, step: str | int) -> tuple[Any] | None:
    """One step into data, None where there is none."""
    if isinstance(data, dict):
        return (data[step],) if step in data else None
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return (data[step],)
    return None


def _original(path: Path, removed: Removed) -> Path:
    """The path in the file of a place in the data from which list items were taken out."""
    found: Path = ()
    for step in path:
        index = step
        if isinstance(step, int):
            gone = removed.get(found, set())
            index = [place for place in range(step + len(gone) + 1) if place not in gone][step]
        found = (*found, index)
    return found


def _explain(detail: ErrorDetails, path: Path) -> Mistake:
    """One of pydantic's errors in our words."""
    step = detail["loc"][-1]
    kind = detail["type"]
    if kind == "missing" and isinstance(step, str):
        return Mistake(path, f"the key {step!r} is missing", f"Add `{step}:`. {_described((*path, step))}".strip())
    if isinstance(step, int) and kind == "missing":
        return Mistake(path, f"{path[-1]}: item {step + 1} is missing", _described(path))
    if kind == "extra_forbidden":
        return Mistake(path, f"unknown key {step!r}", nearest(str(step), _known_keys(path[:-1])), at_key=True)
    what = f"item {path[-1] + 1} of {path[-2]}" if isinstance(path[-1], int) else str(path[-1])
    message = detail["msg"].removeprefix("Value error, ")
    if kind in WORDS:
        message = WORDS[kind].format_map(detail.get("ctx", {}))
    if kind == "literal_error":
        message, cure = f"{detail['input']!r} is not possible here", f"Write one of {detail['ctx']['expected']}."
        return Mistake(path, f"{what}: {message}", cure)
    return Mistake(path, f"{what}: {message[0].lower()}{message[1:]}", _described(path) or "Mend this value.")


def _model_at(path: Path) -> type[BaseModel] | None:
    """The shape that describes the mapping at a path."""
    model: type[BaseModel] | None = CloudShape
    entries = False
    for step in path:
        if entries:
            entries = False
            continue
        field = _field(model, str(step))
        if model is None or field is None:
            return None
        model, entries = _inner(field)
    return model


def _field(model: type[BaseModel] | None, key: str) -> Any:
    if model is None:
        return None
    for name, field in model.model_fields.items():
        if key in (field.alias, name):
            return field
    return None


def _inner(field: Any) -> tuple[type[BaseModel] | None, bool]:
    """The shape behind a field's annotation, and whether it stands behind names or numbers of entries."""
    pending, entries = [field.annotation], False
    while pending:
        annotation = pending.pop(0)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation, entries
        origin = getattr(annotation, "__origin__", None)
        entries = entries or origin in (dict, tuple, list)
        pending.extend(getattr(annotation, "__args__", ()))
    return None, False


def _known_keys(path: Path) -> list[str]:
    model = _model_at(path)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _described(path: Path) -> str:
    """What the shape says about the key at a path, or about the list that holds it."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    field = _field(_model_at(path[:-1]), str(path[-1])) if path else None
    return str(field.description) if field is not None and field.description else ""
