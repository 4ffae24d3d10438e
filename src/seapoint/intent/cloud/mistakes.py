"""What is wrong in a cloud file, where, and how to mend it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

from seapoint.intent.cloud.document import Path, Position


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong. An error forbids the file; a warning does not."""

    path: Path
    message: str
    cure: str
    severity: Literal["error", "warning"] = "error"


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

    def error(self, path: Path, message: str, cure: str) -> None:
        """Note an error."""
        self.found.append(Mistake(path, message, cure))

    def warning(self, path: Path, message: str, cure: str) -> None:
        """Note a warning."""
        self.found.append(Mistake(path, message, cure, "warning"))


def nearest(name: str, known: Collection[str]) -> str:
    """A cure for a wrong name: the nearest known one, or all of them."""
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"Did you mean {close[0]!r}?"
    return "Known here: " + ", ".join(sorted(known)) + "." if known else "Nothing is known here."
