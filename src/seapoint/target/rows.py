"""Rows of OVSDB databases as data, with identities that are computed, and their form on the wire (RFC 7047).

A client may choose the UUID of a row that it inserts (ovsdb-server(7): operation ``insert``, member ``uuid``; Open
vSwitch 2.17 upward), so a row's UUID is a function of its table and name, and references need no look-up.

Membership in a parent's set column is an item of its own: one port more on a switch with 50,000 ports is one link
more, not a new value of a column with 50,000 members.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from hashlib import sha1
from typing import Any, NamedTuple
from uuid import UUID

_NAMESPACE = UUID("6f0b7a52-2c4e-5d0b-9c57-5ea9017a0001").bytes

#: The key in ``external_ids`` that alone makes a row ours; its value is the scope that the row was compiled from.
OWNER = "seapoint:owner"


class Uuid(str):
    """A reference to a row: 36 characters, lower case. A type of its own, so that it is never taken for text."""

    __slots__ = ()


Atom = str | int | float | bool | Uuid
#: ``None`` is an optional column's empty value.
Value = Atom | AbstractSet[Any] | Mapping[Any, Any] | None
Json = Any


class Row(NamedTuple):
    """A row of ours: every column that we own in its table, and no other."""

    table: str
    uuid: Uuid
    columns: Mapping[str, Any]  # each a Value


class Link(NamedTuple):
    """That a set column of a parent row has a certain child; a link is its own key.

    It belongs to whom its child belongs.
    """

    table: str
    parent: Uuid
    column: str
    child: Uuid


class Setting(NamedTuple):
    """The key of one entry in a map column of a table that has one row only, such as ``NB_Global.options``."""

    table: str
    column: str
    key: str


class Table(NamedTuple):
    """What we own in a table: columns that each row of ours states, set columns whose members are links.

    Rows of a table that is no root live only while a parent refers to them (RFC 7047, section 3.2, ``isRoot``).
    """

    name: str
    columns: tuple[str, ...]
    links: tuple[str, ...] = ()


@lru_cache(maxsize=65536)
def row_uuid(table: str, name: str) -> Uuid:
    """The UUID of our row: version 5 (RFC 9562, section 5.5) of its table and name."""
    digest = bytearray(sha1(_NAMESPACE + f"{table}/{name}".encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return Uuid(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")


def encode(value: Value) -> Json:
    """A value as JSON (RFC 7047, section 5.1); sets and maps sorted, so that equal values give equal text."""
    if isinstance(value, Uuid):
        return ["uuid", str(value)]
    if value is None:
        return ["set", []]
    if isinstance(value, Mapping):
        return ["map", [[encode(key), encode(value[key])] for key in sorted(value)]]
    if isinstance(value, AbstractSet):
        return ["set", [encode(member) for member in sorted(value)]]
    return value


class ColumnType(NamedTuple):
    """The type of a column, as far as reading needs it."""

    kind: str  # scalar, optional, set or map
    key: str  # string, integer, real, boolean or uuid
    value: str = ""  # likewise, of a map

    @property
    def default(self) -> Value:
        """What a row holds that was inserted without the column (RFC 7047, section 5.2.1)."""
        if self.kind == "scalar":
            return _DEFAULTS[self.key]
        return {"optional": None, "set": frozenset(), "map": {}}[self.kind]


_DEFAULTS: Mapping[str, Atom] = {
    "string": "",
    "integer": 0,
    "real": 0.0,
    "boolean": False,
    "uuid": Uuid("00000000-0000-0000-0000-000000000000"),
}


def column_type(schema: Json) -> ColumnType:
    """The type that a database schema gives a column (RFC 7047, section 3.2, ``<type>``)."""
    if isinstance(schema, str):
        return ColumnType("scalar", schema)
    key, value = (base["type"] if isinstance(base, dict) else base for base in (schema["key"], schema.get("value", "")))
    lowest, highest = schema.get("min", 1), schema.get("max", 1)
    if value:
        return ColumnType("map", key, value)
    if highest != 1:
        return ColumnType("set", key)
    return ColumnType("scalar" if lowest == 1 else "optional", key)


def decoder(column: ColumnType) -> Callable[[Json], Value]:
    """The reader of a column's JSON: a set is always a set, an optional column its value or None."""
    atom = _uuid if column.key == "uuid" else None
    if column.kind == "map":
        if column.key == "uuid" or column.value == "uuid":
            return lambda json: {_atom(key): _atom(value) for key, value in json[1]}
        return lambda json: dict(json[1])
    if column.kind == "set":
        return lambda json: frozenset(_members(json) if atom is None else map(_atom, _members(json)))
    if column.kind == "optional":
        return lambda json: next(map(_atom, _members(json)), None)
    return atom or (lambda json: json)


def _uuid(json: Json) -> Uuid:
    return Uuid(json[1])


def _atom(json: Json) -> Atom:
    return Uuid(json[1]) if isinstance(json, list) else json


def _members(json: Json) -> list[Json]:
    """A set of exactly one member may come bare (RFC 7047, section 5.1, ``<set>``)."""
    return json[1] if isinstance(json, list) and json[0] == "set" else [json]
