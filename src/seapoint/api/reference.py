"""The API's reference in Markdown, derived from the attribute rows: ``docs/reference/networking-api.md``."""

from collections.abc import Iterable, Iterator
from typing import Any

from seapoint.api.discovery import DESCRIPTIONS, EXTENSIONS
from seapoint.intent.attributes import Attribute, attributes
from seapoint.intent.formats import Json
from seapoint.intent.resource import Resource

HEAD = """# Networking API: reference

Made from the attribute rows in `src/seapoint/intent/`; do not edit by hand. What each request means is told by
OpenStack's own [API reference](https://docs.openstack.org/api-ref/network/v2/).

C: a create request may carry it (**C**: must). U: an update may carry it. F: lists may be filtered by it.
"""


def reference(resources: Iterable[Resource[Any]]) -> str:
    """The whole document."""
    return "\n".join([HEAD, *_extensions(), *(line for resource in resources for line in _section(resource))])


def _extensions() -> Iterator[str]:
    yield "## Extensions\n"
    yield ", ".join(f"`{alias}`" for alias in EXTENSIONS) + ".\n"
    for alias, description in DESCRIPTIONS.items():
        yield f"`{alias}`: {description}\n"


def _section(resource: Resource[Any]) -> Iterator[str]:
    yield f"## /v2.0/{resource.path}\n"
    yield f"{resource.value.__doc__}\n"
    yield "| attribute | form | | default | |"
    yield "|---|---|---|---|---|"
    for row in attributes(resource.value):
        told = row.create and not row.required and row.default not in ("", None, ())
        default = f"`{row.default}`" if told else ""
        yield f"| `{row.wire}` | {_form(row.format.schema)} | {_marks(row)} | {default} | {row.doc} |"
    yield ""


def _marks(row: Attribute) -> str:
    create = "**C**" if row.required else "C"
    marks = [(row.create, create), (row.update, "U"), (row.filter and row.visible, "F")]
    return " ".join(mark for holds, mark in marks if holds)


def _form(schema: Json) -> str:
    """A JSON Schema in some words."""
    if "anyOf" in schema:
        return " or ".join(_form(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema["type"] == "array":
        return f"list of: {_form(schema['items'])}"
    if schema["type"] == "object" and "properties" in schema:
        return "{" + ", ".join(schema["properties"]) + "}"
    if schema["type"] == "integer":
        return f"{schema['minimum']} to {schema['maximum']}"
    return str(schema.get("format", schema["type"]))
