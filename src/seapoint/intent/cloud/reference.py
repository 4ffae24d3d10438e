"""The reference of the cloud file's keys, made from the shape's own descriptions: Markdown."""

from collections.abc import Iterator
from typing import Any

from seapoint.intent.cloud.shape.cloud import CloudShape

INTRODUCTION = """\
# The keys of a cloud file

Made from `seapoint.intent.cloud.shape` by `make reference`; change the descriptions there. How to write a file from
nothing is in [write-a-cloud-file](../howto/write-a-cloud-file.md).

A text in capitals stands for a name of your own. A key in bold must be written.
"""


def reference() -> str:
    """The whole page: the file's own keys, then the keys of every part, in the order of the file."""
    schema = CloudShape.model_json_schema(by_alias=True)
    parts: dict[str, Any] = schema["$defs"]
    order: list[str] = []
    _collect(schema, parts, order)
    sections = [_section("The file", schema, parts)]
    sections += [_section(_title(name), parts[name], parts) for name in order]
    return "\n".join([INTRODUCTION, *sections])


def _collect(part: dict[str, Any], parts: dict[str, Any], order: list[str]) -> None:
    for described in part.get("properties", {}).values():
        for name in _references(described):
            if name not in order:
                order.append(name)
                _collect(parts[name], parts, order)


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield str(schema["$ref"]).rsplit("/", 1)[-1]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _title(name: str) -> str:
    return name.removesuffix("Shape")


def _section(title: str, part: dict[str, Any], parts: dict[str, Any]) -> str:
    required = part.get("required", [])
    rows = [
        f"| {f'**`{key}`**' if key in required else f'`{key}`'} | {_kind(described, parts)} | {_default(described)} "
        f"| {described.get('description') or _about(described, parts)} |"
        for key, described in part["properties"].items()
    ]
    head = ["| key | value | default | |", "| --- | --- | --- | --- |"]
    return "\n".join([f"## {title}", "", part["description"].strip(), "", *head, *rows, ""])


def _about(described: dict[str, Any], parts: dict[str, Any]) -> str:
    """What is said of the part behind a key that says nothing itself."""
    name = next(_references(described), None)
    return str(parts[name]["description"]) if name else ""


def _default(described: dict[str, Any]) -> str:
    default = described.get("default")
    if default is None or default == "" or isinstance(default, dict | list):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    unit = "ms" if described.get("pattern") == "^[0-9]+ms$" else ""
    return f"`{default}{unit}`"


def _kind(schema: dict[str, Any], parts: dict[str, Any]) -> str:
    """What may be written, in a few words."""
    if "$ref" in schema:
        title = _title(str(schema["$ref"]).rsplit("/", 1)[-1])
        return f"[{title}](#{title.lower()})"
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        kinds = dict.fromkeys(_kind(one, parts) for one in choices if one.get("type") != "null")
        return " or ".join(kinds)
    if "prefixItems" in schema:
        return f"list of {len(schema['prefixItems'])}: {_kind(schema['prefixItems'][0], parts)}"
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'], parts)}"
    if schema.get("type") == "object":
        return f"NAME: {_kind(schema['additionalProperties'], parts)}"
    return _scalar(schema)


def _scalar(schema: dict[str, Any]) -> str:
    patterns = {"^[0-9]+ms$": "milliseconds, `300ms`", "^[0-9]+-[0-9]+$": "range, `1-10`"}
    if "examples" in schema:
        return f"text, `{schema['examples'][0]}`"
    if schema.get("pattern") in patterns:
        return patterns[schema["pattern"]]
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    return {"integer": "number", "string": "text", "boolean": "true or false"}[schema["type"]]
