"""YAML texts: what is read as what, where it stands, and what is refused."""

from typing import Any

import pytest

from seapoint.intent.cloud.document import DocumentError, Position, parse
from seapoint.intent.cloud.read import read_cloud
from unit.cloud.edits import HERE

#: Broken text with the place that must be told, message, cure.
BROKEN = [
    ("a: 1\n▸a: 2\n", "the key 'a' stands twice, first in line 1", "Keep one of them, or join what they hold."),
    ("{a: 1, b: 2, ▸a: 3}", "the key 'a' stands twice, first in line 1", "Keep one of them, or join what they hold."),
    ("a: [1, 2\nb▸: 3\n", "not YAML: expected ',' or ']', but got ':'", "Mend the YAML here."),
    ("a: 1\n▸\tb: 2\n", "not YAML: found character '\\t' that cannot start any token", "Mend the YAML here."),
    ("a: 'open\n▸", "not YAML: found unexpected end of stream", "Mend the YAML here."),
    ("a: 1\nb: ▸\x00\n", "not YAML: the character #x0000", "Mend the YAML here."),
    ("a: 1\n▸---\nb: 2\n", "not YAML: but found another document", "Mend the YAML here."),
    ("a: ▸*x\n", "not YAML: found undefined alias 'x'", "Mend the YAML here."),
    ("? ▸[1, 2]\n: 3\n", "a key is plain text, not a list or mapping", "Write `key: value`."),
    (
        "a: ▸&x {b: 1}\nc: *x\n",
        "this is used again by an alias (*name), which a cloud file has not",
        "Write the value out, or name it under `groups`.",
    ),
    (
        "a: ▸&x [*x]\n",
        "this is used again by an alias (*name), which a cloud file has not",
        "Write the value out, or name it under `groups`.",
    ),
]


@pytest.mark.parametrize(("text", "message", "cure"), BROKEN)
def test_what_is_no_cloud_file_at_all_is_told_at_its_place(text: str, message: str, cure: str) -> None:
    before = text[: text.index(HERE)]
    place = Position(before.count("\n") + 1, len(before) - before.rfind("\n"))
    with pytest.raises(DocumentError) as caught:
        parse(text.replace(HERE, ""))
    assert (caught.value.position, str(caught.value), caught.value.cure) == (place, message, cure)


@pytest.mark.parametrize("text", ["", "5", "[cloud]", "# nothing\n", "null"])
def test_a_file_that_is_no_mapping_is_told_how_to_begin(text: str) -> None:
    (one,) = read_cloud(text).mistakes
    assert one.mistake.message == "a cloud file is a mapping of keys"
    assert one.mistake.cure == "Begin with `cloud: NAME`."


def test_brackets_too_deep_are_refused() -> None:
    (one,) = read_cloud("[" * 5000).mistakes
    assert one.mistake.message == "not read: brackets within brackets, too deep"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10),
        ("-3", -3),
        ("010", "010"),
        ("1:30", "1:30"),
        ("10.0", "10.0"),
        ("1e3", "1e3"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("'10'", "10"),
        ('"true"', "true"),
        ("2026-01-01", "2026-01-01"),
        ("::1", "::1"),
        ("172.16.0.0/12", "172.16.0.0/12"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_only_the_plainest_words_and_numbers_are_more_than_text(text: str, value: Any) -> None:
    read = parse(f"key: {text}").data["key"]
    assert read == value
    assert type(read) is type(value)


def test_positions_of_keys_values_and_items() -> None:
    document = parse("a:\n  - {b: 1, c: [x,\n      y]}\nd: e\n")
    assert document.where(("a",)) == Position(1, 1)
    assert document.where(("a", 0)) == Position(2, 5)
    assert document.where(("a", 0, "b")) == Position(2, 9)
    assert document.where_key(("a", 0, "b")) == Position(2, 6)
    assert document.where(("a", 0, "c", 1)) == Position(3, 7)
    assert document.where(("d",)) == Position(4, 4)
    assert document.where(("d", "not", "written")) == Position(4, 4)
    assert document.keys(("a", 0)) == {"b", "c"}
