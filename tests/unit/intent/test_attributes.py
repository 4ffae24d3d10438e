"""Every attribute of every resource: its row is complete, and what is shown can be loaded again."""

from pathlib import Path
from typing import Any

import pytest

from seapoint.intent.attributes import attributes
from seapoint.intent.formats import (
    address,
    always,
    boolean,
    choice,
    integer,
    json_object,
    mac,
    many,
    optional,
    prefix,
    text,
    texts,
    uuid,
)
from seapoint.intent.resources import BY_KIND, RESOURCES

ROWS = [(resource, row) for resource in RESOURCES for row in attributes(resource.value)]


@pytest.mark.parametrize(("resource", "row"), ROWS, ids=lambda it: getattr(it, "kind", None) or it.name)
def test_every_row_is_complete(resource: Any, row: Any) -> None:
    assert row.wire
    assert row.format.column in ("text", "integer", "boolean", "json")
    assert not row.required or row.create
    if row.refers:
        assert row.refers in BY_KIND
        assert row.index
    if not row.required and row.create and row.default is not None and row.default not in ("", 0):
        shown = row.format.show(row.default)
        assert row.format.load(shown) == row.default
        assert row.format.parse(shown) == row.default
    assert resource.value.KIND in BY_KIND


@pytest.mark.parametrize(
    ("form", "given", "expected"),
    [
        (text(3), "abc", "abc"),
        (texts(3), ["a", "b"], ("a", "b")),
        (boolean(), "TRUE", True),
        (boolean(), 0, False),
        (integer(1, 9), "7", 7),
        (choice("a", "b"), "b", "b"),
        (uuid(), "5712E22E-134A-40D3-A75A-1C9B441717AD", "5712e22e-134a-40d3-a75a-1c9b441717ad"),
        (mac(), "FA-16-3E-00-00-01", "fa:16:3e:00:00:01"),
        (address(), "192.0.2.1", "192.0.2.1"),
        (address(), "2001:DB8:0:0::1", "2001:db8::1"),
        (address(6), "2001:db8::1", "2001:db8::1"),
        (prefix(), "192.0.2.5/24", "192.0.2.0/24"),
        (prefix(), "2001:db8::5/64", "2001:db8::/64"),
        (prefix(strict=True), "2001:db8::/64", "2001:db8::/64"),
        (optional(text(3)), None, None),
        (optional(text(3)), "a", "a"),
        (many(address()), ["192.0.2.1", "2001:db8::1"], ("192.0.2.1", "2001:db8::1")),
        (json_object(), {"b": 1, "a": {}}, '{"a":{},"b":1}'),
        (always(False, "no"), False, False),
    ],
)
def test_formats_make_values_canonical(form: Any, given: Any, expected: Any) -> None:
    value = form.parse(given)
    assert value == expected
    assert form.load(form.show(value)) == value


@pytest.mark.parametrize(
    ("form", "given"),
    [
        (text(3), "abcd"),
        (text(3), "a\x00"),
        (text(3), None),
        (texts(3), "abc"),
        (texts(3), ["a", "a"]),
        (texts(3), [1]),
        (boolean(), "yes"),
        (boolean(), None),
        (boolean(), []),
        (integer(1, 9), 0),
        (integer(1, 9), True),
        (integer(1, 9), 1.5),
        (integer(1, 9), "x"),
        (choice("a"), ["a"]),
        (choice("a"), "b"),
        (uuid(), 7),
        (uuid(), "5712e22e"),
        (mac(), "fa:16:3e:00:00"),
        (mac(), "fa:16-3e:00:00:01"),
        (mac(), "00:00:00:00:00:00"),
        (address(), "192.0.2.256"),
        (address(), "192.0.2.0/24"),
        (address(), "::1%lo"),
        (address(), 3221225985),
        (address(4), "2001:db8::1"),
        (address(6), "192.0.2.1"),
        (prefix(), "192.0.2.0"),
        (prefix(), "192.0.2.0/255.255.255.0"),
        (prefix(), "2001:db8::/129"),
        (prefix(strict=True), "192.0.2.1/24"),
        (prefix(strict=True), "2001:db8::1/64"),
        (json_object(), []),
        (always(False, "central"), True),
    ],
)
def test_formats_refuse(form: Any, given: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        form.parse(given)


def test_the_list_of_resources_has_no_file_missing() -> None:
    """A resource that is written but not listed would be served nowhere."""
    requests = Path(__file__).parents[3] / "src" / "seapoint" / "intent" / "requests"
    modules = {resource.create.__module__.rpartition(".")[2] for resource in RESOURCES}
    assert {path.stem for path in requests.glob("*.py")} - {"__init__", "metadata", "router_interface"} <= modules
