"""Between values and SQL rows or logged JSON; what was written is trusted when it is read."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING
from typing import Any, TypeVar

import orjson

from seapoint.intent.attributes import Standard, attributes
from seapoint.intent.formats import Json
from seapoint.intent.resources import BY_KIND

R = TypeVar("R", bound=Standard)

_SHORT = 80  # characters of JSON that are likely to come again: [], one security group


def to_row(value: Standard) -> dict[str, Any]:
    """The columns of a value."""
    row: dict[str, Any] = {}
    for attribute in attributes(type(value)):
        item = getattr(value, attribute.name)
        if attribute.format.column == "json" and item is not None:
            item = orjson.dumps(attribute.format.show(item)).decode()
        row[attribute.name] = item
    return row


def from_rows(value_type: type[R], rows: Iterable[Sequence[Any]]) -> list[R]:
    """The values of rows whose columns stand in the order of the attribute rows.

    Equal texts and equal small lists are shared: 50,000 ports name few networks, projects and groups.
    """
    shown = attributes(value_type)
    names = [row.name for row in shown]
    structured = [(place, row.format.load) for place, row in enumerate(shown) if row.format.column == "json"]
    repeated = [place for place, row in enumerate(shown) if row.format.column == "text" and row.name != "id"]
    defaults = [(place, row.default) for place, row in enumerate(shown) if row.default not in (None, MISSING)]
    texts: dict[Any, Any] = {}
    known: list[dict[str, Any]] = [{} for _ in shown]
    values = []
    for row in rows:
        cells = list(row)
        for place in repeated:
            cells[place] = texts.setdefault(cells[place], cells[place])
        for place, load in structured:
            cells[place] = _loaded(cells[place], load, known[place])
        for place, default in defaults:
            if cells[place] is None:  # the column is newer than the row
                cells[place] = default
        values.append(value_type(**dict(zip(names, cells, strict=True))))
    return values


def _loaded(text: str | None, load: Callable[[Any], Any], known: dict[str, Any]) -> Json:
    if text is None:
        return None
    found = known.get(text)
    if found is None:
        found = load(orjson.loads(text))
        if len(text) <= _SHORT:
            known[text] = found
    return found


def to_json(value: Standard | None) -> str | None:
    """A whole value as the log keeps it."""
    if value is None:
        return None
    shown = {row.name: row.format.show(getattr(value, row.name)) for row in attributes(type(value))}
    return orjson.dumps(shown).decode()


def from_json(kind: str, text: str | None) -> Standard | None:
    """A whole value as the log kept it; an attribute that is newer than the entry has its default."""
    if text is None:
        return None
    value_type: type[Standard] = BY_KIND[kind].value
    parts = orjson.loads(text)
    return value_type(
        **{row.name: row.format.load(parts[row.name]) for row in attributes(value_type) if row.name in parts}
    )
