"""A YAML text as plain data that knows where each value stands."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

Path = tuple[str | int, ...]

_INTEGER = re.compile(r"^-?(0|[1-9][0-9]*)$")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Position:
    """Line and column, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a text and the position of every key and value in it."""

    data: Any
    positions: Mapping[Path, Position]

    def where(self, path: Path) -> Position:
        """Position of a value, or of the nearest thing around it that was written."""
        while path not in self.positions and path:
            path = path[:-1]
        return self.positions.get(path, Position(1, 1))

    def keys(self, path: Path) -> frozenset[str]:
        """The keys written in one mapping, whatever became of them."""
        return frozenset(str(place[-1]) for place in self.positions if place[:-1] == path and place)


class DocumentError(Exception):
    """The text is no YAML, or says a key twice; carries the position."""

    def __init__(self, position: Position, message: str) -> None:
        super().__init__(message)
        self.position = position


def parse(text: str) -> Document:
    """Read one YAML document. Raises DocumentError.

    Only ``true``, ``false``, ``null`` and decimal integers are more than text: an address such as 10.0 or 1:30 must not
    become a number by YAML 1.1's rules.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
        raise DocumentError(position, f"not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise DocumentError(Position(1, 1), f"not YAML: {error}") from error
    positions: dict[Path, Position] = {}
    data = None if root is None else _value(root, (), positions)
    return Document(data, positions)


def _position(node: yaml.Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


def _value(node: yaml.Node, path: Path, positions: dict[Path, Position]) -> Any:
    positions.setdefault(path, _position(node))
    if isinstance(node, yaml.MappingNode):
        return dict(_entries(node, path, positions))
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), positions) for index, item in enumerate(node.value)]
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and node.style is not None:
        return text
    if _INTEGER.match(text):
        return int(text)
    return _WORDS.get(text, text)


def _entries(node: yaml.MappingNode, path: Path, positions: dict[Path, Position]) -> Iterator[tuple[str, Any]]:
    seen: dict[str, Position] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        here = _position(key_node)
        if key in seen:
            raise DocumentError(here, f"the key {key!r} stands twice, first in line {seen[key].line}")
        seen[key] = here
        positions[(*path, key)] = here if isinstance(value_node, yaml.CollectionNode) else _position(value_node)
        yield key, _value(value_node, (*path, key), positions)
