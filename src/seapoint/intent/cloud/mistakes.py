"""What is wrong in a cloud file, where, and how to mend it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from seapoint.intent.cloud.document import Path, Position


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong. An error forbids the file; a warning does not.

    ``unless``: places whose own errors would explain this one, which then is a consequence and not told.
    ``at_key``: the key itself is wrong, not what stands behind it.
    """

    path: Path
    message: str
    cure: str
    severity: Literal["error", "warning"] = "error"
    unless: tuple[Path, ...] = ()
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class Located:
    """A mistake at its place in a file."""

    file: str
    position: Position
    mistake: Mistake

    def __str__(self) -> str:
        place = f"{self.file}:{self.position.line}:{self.position.column}"
        return f"{place}: {self.mistake.severity}: {self.mistake.message}\n    {self.mistake.cure}"


@dataclass(slots=True)
class Mistakes:
    """Collects mistakes while a file is read, so that all of them are told at once."""

    found: list[Mistake] = field(default_factory=list)

    def error(self, path: Path, message: str, cure: str, *unless: Path) -> None:
        """Note an error, which is none of its own where one of the places in ``unless`` is wrong."""
        self.found.append(Mistake(path, message, cure, unless=unless))

    def warning(self, path: Path, message: str, cure: str, *unless: Path) -> None:
        """Note a warning, likewise."""
        self.found.append(Mistake(path, message, cure, "warning", unless))

    def causes(self) -> list[Mistake]:
        """What is wrong by itself, each once: an error explains others, and those explain others again."""
        explaining = [one for one in self.found if one.severity == "error" and not one.unless]
        rest = [one for one in self.found if one.unless]
        while explained := [one for one in rest if any(_stands_in(other, one.unless) for other in explaining)]:
            explaining += explained
            rest = [one for one in rest if one not in explained]
        return [one for one in dict.fromkeys(self.found) if not one.unless or one in rest]


def _stands_in(mistake: Mistake, places: tuple[Path, ...]) -> bool:
    return any(mistake.path[: len(place)] == place for place in places)


def nearest(name: str, known: Collection[str]) -> str:
    """A cure for a wrong name: the nearest known one, or all of them."""
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]!r}?"
    return "Known here: " + ", ".join(sorted(known)) + "." if known else "Nothing is known here."
