"""A small right cloud file, and edits of it that say where their mistakes must be told."""

from pathlib import Path

from seapoint.intent.cloud.read import Reading, read_cloud

BASE = (Path(__file__).parent / "base.yaml").read_text(encoding="utf-8")
#: Edits of the base (old text, new text), and severity, message and cure of what they make wrong.
Case = tuple[list[tuple[str, str]], list[tuple[str, str, str]]]
#: Stands in an edit right before the line and column that a mistake must name.
HERE = "▸"


def edited(*edits: tuple[str, str], base: str = BASE) -> tuple[str, list[tuple[int, int]]]:
    """The base with each edit made once, and the marked places, in the file's order."""
    text = base
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the base"
        text = text.replace(old, new)
    places = []
    for number, line in enumerate(text.split("\n"), start=1):
        pieces = line.split(HERE)
        column = 1
        for piece in pieces[:-1]:
            column += len(piece)
            places.append((number, column))
    return text.replace(HERE, ""), places


def told(reading: Reading) -> list[tuple[int, int, str, str, str]]:
    """Line, column, severity, message and cure of every mistake."""
    return [
        (one.position.line, one.position.column, one.mistake.severity, one.mistake.message, one.mistake.cure)
        for one in reading.mistakes
    ]


def assert_told(edits: list[tuple[str, str]], expected: list[tuple[str, str, str]], base: str = BASE) -> None:
    """The edited base tells exactly these mistakes, at the marked places; only warnings let it be read."""
    text, places = edited(*edits, base=base)
    assert places, "the case marks no place"
    reading = read_cloud(text)
    assert told(reading) == [(*place, *words) for place, words in zip(places, expected, strict=True)]
    assert (reading.cloud is not None) == all(severity == "warning" for severity, _, _ in expected)
