"""One row per attribute: the declaration from which table, validation, filters, views and reference derive.

A resource is a frozen dataclass whose fields are made by ``attribute(...)``. Nothing else lists attributes.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from seapoint.intent.formats import Format, boolean, integer, text, texts, uuid


@dataclass(frozen=True, slots=True)
class Attribute:
    """What is true of one attribute of one resource."""

    name: str  # of the field in Python
    wire: str  # of the key in JSON and in queries, as Neutron spells it
    format: Format[Any]
    required: bool  # a create request without it is refused
    default: Any
    create: bool  # a create request may carry it
    update: bool  # an update request may carry it
    filter: bool  # a list request may filter and sort by it
    index: bool  # Intent.find() looks it up at once
    refers: str  # the kind of object whose id it holds: it must exist, and cannot go while it is referred to
    visible: bool  # answers carry it
    doc: str


def attribute(
    form: Format[Any],
    *,
    default: Any = dataclasses.MISSING,
    required: bool = False,
    create: bool = True,
    update: bool = True,
    filter: bool = True,  # noqa: A002 - the word of the API reference
    index: bool = False,
    refers: str = "",
    visible: bool = True,
    wire: str = "",
    doc: str = "",
) -> Any:
    """A dataclass field that carries its attribute row."""
    row = Attribute(
        "", wire, form, required, default, create, update, filter, index or bool(refers), refers, visible, doc
    )
    return dataclasses.field(default=default, metadata={"attribute": row})


_rows: dict[type, tuple[Attribute, ...]] = {}  # read once of each class: a class never changes


def attributes(value_type: type) -> tuple[Attribute, ...]:
    """The attribute rows of a resource's value, in the order of their declaration."""
    rows = _rows.get(value_type)
    if rows is None:
        rows = tuple(
            dataclasses.replace(row, name=field.name, wire=row.wire or field.name)
            for field in dataclasses.fields(value_type)
            for row in (field.metadata["attribute"],)
        )
        _rows[value_type] = rows
    return rows


def by_wire(value_type: type) -> Mapping[str, Attribute]:
    """The attribute rows of a resource's value by the names that requests use."""
    rows = {row.wire: row for row in attributes(value_type)}
    rows["tenant_id"] = rows["project_id"]  # the older name of the same attribute
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """What every resource has."""

    KIND: ClassVar[str]  # what the API's bodies call one of it: security_group
    NOUN: ClassVar[str]  # what a sentence calls it: Security group

    id: str = attribute(uuid(), create=False, update=False)
    project_id: str = attribute(text(255), default="", update=False, index=True)
    description: str = attribute(text(255), default="")
    tags: tuple[str, ...] = attribute(texts(255), default=(), create=False, update=False)
    revision_number: int = attribute(integer(), default=0, create=False, update=False)
    created_at: str = attribute(text(32), default="", create=False, update=False)
    updated_at: str = attribute(text(32), default="", create=False, update=False)

    def claims(self) -> tuple[tuple[str, str], ...]:
        """The names that only this object may hold: (space of names, name). The store has them unique in SQL too."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Standard):
    """What every resource has that people name."""

    name: str = attribute(text(255), default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Switchable(Named):
    """What every resource has that can be switched off."""

    admin_state_up: bool = attribute(boolean(), default=True)
