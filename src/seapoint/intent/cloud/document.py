"""A YAML text as plain data that knows where each value stands."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.reader import ReaderError

Path = tuple[str | int, ...]

#: More digits are no number that a network has; Python refuses to convert thousands of them.
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Position:
    """Line and column, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a text and the position of every key and value in it.

    ``positions``: of a scalar its own, of a mapping or list its key's.
    """

    data: Any
    positions: Mapping[Path, Position]
    key_positions: Mapping[Path, Position]

    def where(self, path: Path) -> Position:
        """Position of a value, or of the nearest thing around it that was written."""
        while path not in self.positions and path:
            path = path[:-1]
        return self.positions.get(path, Position(1, 1))

    def where_key(self, path: Path) -> Position:
        """Position of the key before a value."""
        return self.key_positions.get(path) or self.where(path)

    def keys(self, path: Path) -> frozenset[str]:
        """The keys written in one mapping, whatever became of them."""
        return frozenset(str(place[-1]) for place in self.positions if place[:-1] == path and place)


class DocumentError(Exception):
    """The text is no YAML, or says what a cloud file cannot say; carries position and cure."""

    def __init__(self, position: Position, message: str, cure: str = "Mend the YAML here.") -> None:
        super().__init__(message)
        self.position = position
        self.cure = cure


def parse(text: str) -> Document:
    """Read one YAML document. Raises DocumentError.

    Only ``true``, ``false``, ``null`` and decimal integers are more than text: an address such as 10.0 or 1:30 must not
    become a number by YAML 1.1's rules. Aliases are refused: a place of the file would stand for several values, and a
    few lines could stand for millions.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
        raise DocumentError(position, f"not YAML: {error.problem or error.context}") from error
    except ReaderError as error:
        before = text[: error.position]
        position = Position(before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1)
        raise DocumentError(position, f"not YAML: the character #x{ord(text[error.position]):04x}") from error
    except RecursionError as error:
        raise DocumentError(Position(1, 1), "not read: brackets within brackets, too deep") from error
    walk = _Walk()
    data = None if root is None else walk.value(root, ())
    return Document(data, walk.positions, walk.key_positions)


def _position(node: yaml.Node) -> Position:
    return Position(node.start_mark.line + 1, node.start_mark.column + 1)


class _Walk:
    """Goes through the nodes of a text once, collecting positions."""

    def __init__(self) -> None:
        self.positions: dict[Path, Position] = {}
        self.key_positions: dict[Path, Position] = {}
        self._visited: set[int] = set()

    def value(self, node: yaml.Node, path: Path) -> Any:
        """The data of a node."""
        if id(node) in self._visited:
            cure = "Write the value out, or name it under `groups`."
            raise DocumentError(
                _position(node), "this is used again by an alias (*name), which a cloud file has not", cure
            )
        self._visited.add(id(node))
        self.positions.setdefault(path, _position(node))
        if isinstance(node, yaml.MappingNode):
            return dict(self._entries(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        text = str(node.value)
        if isinstance(node, yaml.ScalarNode) and node.style is not None:
            return text
        if _INTEGER.fullmatch(text):
            return int(text)
        return _WORDS.get(text, text)

    def _entries(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        seen: dict[str, Position] = {}
        for key_node, value_node in node.value:
            here = _position(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                raise DocumentError(here, "a key is plain text, not a list or mapping", "Write `key: value`.")
            key = str(key_node.value)
            if key in seen:
                cure = "Keep one of them, or join what they hold."
                raise DocumentError(here, f"the key {key!r} stands twice, first in line {seen[key].line}", cure)
            seen[key] = here
            place = (*path, key)
            self.key_positions[place] = here
            self.positions[place] = here if isinstance(value_node, yaml.CollectionNode) else _position(value_node)
            yield key, self.value(value_node, place)
