"""Whatever is done to a cloud file, the reader answers with a Reading, and an unread cloud has an error."""

import copy
import json
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from seapoint.intent.cloud.document import parse
from seapoint.intent.cloud.read import Reading, read_cloud
from unit.cloud.edits import BASE

EXAMPLE = (Path(__file__).parents[3] / "examples" / "codfw1dev" / "cloud.yaml").read_text(encoding="utf-8")
TOKENS = st.sampled_from(
    [
        *(
            "",
            " ",
            "\n",
            "\t",
            ":",
            "-",
            "{",
            "}",
            "[",
            "]",
            ",",
            "#",
            "'",
            '"',
            "&a ",
            "*a",
            "!!map ",
            "|",
            "? ",
            "---",
        ),
        *(
            "true",
            "null",
            "0",
            "-1",
            "4294967296",
            "9" * 40,
            "::",
            ":::1/64",
            "::/0",
            "0.0.0.0/0",
            "ffff::/128",
            "/",
            "%",
        ),
        *("255.255.255.255/32", "10.0.0.1/8", "class default", "x", "²", "\x00", "\u2028", "\ud7ff", "\U0001f300"),
    ]
)
DATA = parse(BASE).data
SCALARS = st.sampled_from(
    [
        *(
            None,
            True,
            0,
            -1,
            1,
            64,
            255,
            5000,
            2**70,
            "",
            "x",
            "::1",
            ":1::/64",
            "ffff::/16",
            "10.0.0.0/8",
            "0.0.0.0/32",
        ),
        *("::/128", "class default", "100ms", "5-2", [], {}, [1], {"x": 1}, {"ipv4": 1}, {"ipv6": "::1"}, [[]]),
    ]
)


def sound(reading: Reading) -> None:
    """What is true of every reading."""
    errors = [one for one in reading.mistakes if one.mistake.severity == "error"]
    assert (reading.cloud is None) == bool(errors)
    for one in reading.mistakes:
        assert one.position.line >= 1
        assert one.position.column >= 1
        assert one.mistake.message
        assert one.mistake.cure


@st.composite
def texts(draw: st.DrawFn) -> str:
    """The example with up to four stretches of its text replaced."""
    text = EXAMPLE
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 12))
        text = text[:start] + draw(TOKENS) + text[start + length :]
    return text


@settings(max_examples=40, deadline=None)
@given(texts())
@example("")
@example("\ufeffcloud: x")
def test_a_mutilated_text_is_read_without_a_crash(text: str) -> None:
    sound(read_cloud(text))


@st.composite
def files(draw: st.DrawFn) -> str:
    """The base with up to four of its values taken out, replaced, or taken from elsewhere."""
    data = copy.deepcopy(DATA)
    for _ in range(draw(st.integers(1, 4))):
        places = list(walk(data))
        holder, key = places[draw(st.integers(0, len(places) - 1))]
        other_holder, other_key = places[draw(st.integers(0, len(places) - 1))]
        what = draw(st.sampled_from(["drop", "replace", "copy"]))
        if what == "drop":
            del holder[key]
        elif what == "replace":
            holder[key] = copy.deepcopy(draw(SCALARS))  # a drawn list or mapping may be changed in its turn
        else:
            holder[key] = copy.deepcopy(other_holder[other_key])
        if not isinstance(data, dict) or not data:
            break
    return json.dumps(data)  # which is YAML too


def walk(data: object) -> list[tuple[dict[object, object] | list[object], object]]:
    """Every place of a document, as holder and key."""
    found: list[tuple[dict[object, object] | list[object], object]] = []
    if isinstance(data, dict):
        for key, value in data.items():
            found += [(data, key), *walk(value)]
    if isinstance(data, list):
        for index, value in enumerate(data):
            found += [(data, index), *walk(value)]
    return found


@settings(max_examples=80, deadline=None)
@given(files())
def test_a_file_with_wrong_values_is_read_without_a_crash(text: str) -> None:
    sound(read_cloud(text))
