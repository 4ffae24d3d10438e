"""How attribute values are written: in JSON, in SQL and in an index.

A format's ``parse`` takes what a request carries and gives the canonical value, or raises ValueError with a clause
that Neutron's "Invalid input for NAME. Reason: ..." can end with. Addresses and prefixes are kept as canonical text.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from ipaddress import ip_address, ip_network
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

T = TypeVar("T")
Json = Any  # what json.loads gives
Column = Literal["text", "integer", "boolean", "json"]

_LABEL = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?")
_MAC = re.compile(r"^[0-9a-f]{2}([:-])[0-9a-f]{2}(\1[0-9a-f]{2}){4}$")


def same(value: Any) -> Any:
    """The value itself."""
    return value


def one_key(value: Any) -> tuple[str, ...]:
    """A scalar is found under its own text; nothing is found under no value."""
    return () if value is None or value == "" else (str(value),)


@dataclass(frozen=True, slots=True)
class Format(Generic[T]):
    """How the values of one attribute are written."""

    parse: Callable[[Json], T]  # what a request carries -> value; raises ValueError
    column: Column
    schema: Mapping[str, Json]  # JSON Schema of the wire form
    show: Callable[[T], Json] = same  # value -> JSON
    load: Callable[[Json], T] = same  # JSON that ``show`` wrote -> value, without checks
    keys: Callable[[T], tuple[str, ...]] = one_key  # under which an index finds the value


def text(longest: int) -> Format[str]:
    """A string of at most ``longest`` characters."""

    def parse(value: Json) -> str:
        if not isinstance(value, str):
            raise ValueError(f"'{value}' is not a valid string")
        if len(value) > longest:
            raise ValueError(f"'{value}' exceeds maximum length of {longest}")
        if "\x00" in value:
            raise ValueError("a string must not hold the character NUL")
        return value

    return Format(parse, "text", {"type": "string", "maxLength": longest})


def host_label() -> Format[str]:
    """A label of a host name (RFC 1123, section 2.1), canonical in lower case, or empty for none."""

    def parse(value: Json) -> str:
        if not isinstance(value, str) or (value and not _LABEL.fullmatch(value)):
            raise ValueError(f"'{value}' is not a valid label of a host name: 1 to 63 letters, digits and hyphens")
        return value.lower()

    return Format(parse, "text", {"type": "string", "maxLength": 63})


def domain() -> Format[str]:
    """A domain name with its final dot (RFC 1035), canonical in lower case, or empty for none."""

    def parse(value: Json) -> str:
        if not isinstance(value, str):
            raise ValueError(f"'{value}' is not a valid domain name")
        name = value.lower()
        labels = name.removesuffix(".").split(".")
        if name and (not name.endswith(".") or len(name) > 254 or not all(map(_LABEL.fullmatch, labels))):
            raise ValueError(f"'{value}' is not a valid domain name that ends with a dot")
        return name

    return Format(parse, "text", {"type": "string", "maxLength": 254})


def name_found_as_label(longest: int) -> Format[str]:
    """A string that an index finds in lower case too, as names in DNS are compared."""
    return replace(text(longest), keys=lambda value: tuple(dict.fromkeys((value, value.lower()))) if value else ())


def texts(longest: int) -> Format[tuple[str, ...]]:
    """A list of different strings; an index finds the value under each of them."""
    return many(text(longest))


def many(form: Format[str], *, merge: bool = False) -> Format[tuple[str, ...]]:
    """A list of different scalars; an index finds the value under each. One given twice is refused or merged."""

    def parse(value: Json) -> tuple[str, ...]:
        if not isinstance(value, list):
            raise ValueError(f"'{value}' is not a list")
        items = tuple(form.parse(item) for item in value)
        different = tuple(dict.fromkeys(items))
        if len(different) != len(items) and not merge:
            raise ValueError(f"Duplicate items in the list: '{', '.join(items)}'")
        return different

    return Format(parse, "json", {"type": "array", "items": form.schema}, list, tuple, keys=same)


def choice(*words: str) -> Format[str]:
    """One of the words given."""

    def parse(value: Json) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError(f"'{value}' is not in {list(words)}")
        return value

    return Format(parse, "text", {"type": "string", "enum": list(words)})


def boolean() -> Format[bool]:
    """A boolean, or one of the words and numbers that Neutron takes for one."""

    def parse(value: Json) -> bool:
        word = str(value).lower()
        if isinstance(value, bool | int | str) and word in ("true", "1"):
            return True
        if isinstance(value, bool | int | str) and word in ("false", "0"):
            return False
        raise ValueError(f"'{value}' cannot be converted to boolean")

    return Format(parse, "boolean", {"type": "boolean"}, load=bool)


def always(value: bool, why: str) -> Format[bool]:
    """A boolean that this cloud has decided; ``why`` says so to those who ask for the other."""
    plain = boolean()

    def parse(given: Json) -> bool:
        if plain.parse(given) is not value:
            raise ValueError(why)
        return value

    return Format(parse, "boolean", {"type": "boolean", "const": value}, load=bool)


def integer(lowest: int = 0, highest: int = 2**31 - 1) -> Format[int]:
    """A whole number within bounds, as number or as digits."""

    def parse(value: Json) -> int:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError(f"'{value}' is not an integer")
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"'{value}' is not an integer") from None
        if not lowest <= number <= highest:
            raise ValueError(f"'{value}' is not in range {lowest} through {highest}")
        return number

    return Format(parse, "integer", {"type": "integer", "minimum": lowest, "maximum": highest})


def uuid() -> Format[str]:
    """An identifier, canonical: 36 characters, lower case."""

    def parse(value: Json) -> str:
        try:
            return str(UUID(value))
        except (ValueError, AttributeError, TypeError):
            raise ValueError(f"'{value}' is not a valid UUID") from None

    return Format(parse, "text", {"type": "string", "format": "uuid"})


def mac() -> Format[str]:
    """A unicast Ethernet address, canonical: lower case with colons."""

    def parse(value: Json) -> str:
        if not isinstance(value, str) or not _MAC.match(value.lower()):
            raise ValueError(f"'{value}' is not a valid MAC address")
        canonical = value.lower().replace("-", ":")
        if int(canonical[:2], 16) & 1 or canonical == "00:00:00:00:00:00":
            raise ValueError(f"'{value}' is not a valid MAC address of one host")
        return canonical

    return Format(parse, "text", {"type": "string"})


def address(version: int | None = None) -> Format[str]:
    """An IP address of either family, or of one, in the canonical text of RFC 5952 for IPv6."""

    def parse(value: Json) -> str:
        try:
            if not isinstance(value, str) or "%" in value:
                raise ValueError  # noqa: TRY301 - one message for all that is no address
            found = ip_address(value)
        except ValueError:
            raise ValueError(f"'{value}' is not a valid IP address") from None
        if version is not None and found.version != version:
            raise ValueError(f"'{value}' is not a valid IPv{version} address")
        return str(found)

    return Format(parse, "text", {"type": "string", "format": "ip"})


def prefix(*, strict: bool = False) -> Format[str]:
    """A prefix of either family as ``address/length``; host bits are cut off, or refused when strict."""

    def parse(value: Json) -> str:
        try:
            if not isinstance(value, str) or "/" not in value or not value.rpartition("/")[2].isdigit():
                raise ValueError  # noqa: TRY301 - one message for all that is no prefix
            found = ip_network(value, strict=False)
        except ValueError:
            raise ValueError(f"'{value}' is not a valid IP subnet") from None
        if strict and str(found.network_address) != str(ip_address(value.partition("/")[0])):
            raise ValueError(f"'{value}' isn't a recognized IP subnet cidr, '{found}' is recommended")
        return str(found)

    return Format(parse, "text", {"type": "string", "format": "cidr"})


def json_object() -> Format[str]:
    """A free JSON object, kept as canonical JSON text so that the value stays immutable."""

    def parse(value: Json) -> str:
        if not isinstance(value, dict):
            raise ValueError(f"'{value}' is not a dictionary")
        return json.dumps(value, sort_keys=True, separators=(",", ":"))

    return Format(parse, "json", {"type": "object"}, show=json.loads, load=_dump)


def _dump(value: Json) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def optional(form: Format[T]) -> Format[T | None]:
    """The format, or null for no value."""

    def parse(value: Json) -> T | None:
        return None if value is None else form.parse(value)

    def show(value: T | None) -> Json:
        return None if value is None else form.show(value)

    def load(value: Json) -> T | None:
        return None if value is None else form.load(value)

    def keys(value: T | None) -> tuple[str, ...]:
        return () if value is None else form.keys(value)

    schema = {"anyOf": [form.schema, {"type": "null"}]}
    scalar = form.show is same and form.load is same
    return Format(parse, form.column, schema, same if scalar else show, same if scalar else load, keys)


def record(value_type: type[T], parts: Mapping[str, Format[Any]], needed: tuple[str, ...] = ()) -> Format[T]:
    """A JSON object with known keys, as a frozen dataclass of ours whose fields have those names."""
    names = tuple(field.name for field in fields(value_type))  # type: ignore[arg-type]  # T is always a dataclass here

    def parse(value: Json) -> T:
        if not isinstance(value, dict):
            raise ValueError(f"'{value}' is not a dictionary")
        if unknown := sorted(set(value) - set(parts)):
            raise ValueError(f"Unexpected keys supplied: {', '.join(map(str, unknown))}")
        if missing := [name for name in needed if value.get(name) is None]:
            raise ValueError(f"Validation of dictionary's keys failed. Expected keys: {missing}")
        return value_type(**{name: parts[name].parse(part) for name, part in value.items()})

    def show(value: T) -> Json:
        return {name: parts[name].show(getattr(value, name)) for name in names}

    def load(value: Json) -> T:
        return value_type(**{name: parts[name].load(part) for name, part in value.items()})

    schema = {
        "type": "object",
        "properties": {name: part.schema for name, part in parts.items()},
        "required": list(needed),
        "additionalProperties": False,
    }
    return Format(parse, "json", schema, show, load)


def records(form: Format[T], key: str | None = None) -> Format[tuple[T, ...]]:
    """A list of different records; an index finds the value under the ``key`` of each."""

    def parse(value: Json) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise ValueError(f"Invalid data format for list: '{value}'")
        items = tuple(form.parse(item) for item in value)
        if len(set(items)) != len(items):
            raise ValueError(f"Duplicate items in the list: '{value}'")
        return items

    def show(value: tuple[T, ...]) -> Json:
        return [form.show(item) for item in value]

    def load(value: Json) -> tuple[T, ...]:
        return tuple(form.load(item) for item in value)

    def keys(value: tuple[T, ...]) -> tuple[str, ...]:
        return () if key is None else tuple(dict.fromkeys(str(getattr(item, key)) for item in value))

    return Format(parse, "json", {"type": "array", "items": form.schema}, show, load, keys)
