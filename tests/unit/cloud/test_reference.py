"""The JSON Schema and the reference are those of the shape, and the schema says the same as the reader."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from seapoint.intent.cloud.document import parse
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.cloud.reference import reference
from seapoint.intent.cloud.shape.cloud import CloudShape
from unit.cloud.edits import BASE, edited

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "docs" / "reference"
EXAMPLES = sorted((ROOT / "examples" / "codfw1dev").glob("cloud*.yaml"))


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The schema that editors are given."""
    held: dict[str, Any] = json.loads((REFERENCE / "cloud.schema.json").read_text(encoding="utf-8"))
    return held


def test_the_schema_is_up_to_date(schema: dict[str, Any]) -> None:
    assert schema == CloudShape.model_json_schema(by_alias=True), "make reference"


def test_the_reference_is_up_to_date() -> None:
    assert (REFERENCE / "cloud-file.md").read_text(encoding="utf-8") == reference(), "make reference"


def test_the_schema_is_one(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("text", [BASE, *(file.read_text(encoding="utf-8") for file in EXAMPLES)])
def test_right_files_validate(schema: dict[str, Any], text: str) -> None:
    # parse() reads scalars as the core schema of YAML 1.2 does, where these files are concerned: editors do too.
    found = [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(parse(text).data)]
    assert found == []


@pytest.mark.parametrize(
    "edit",
    [
        ("region: small-r", "regoin: small-r"),
        ("asn: 64711", "asn: 0"),
        ("asn: 64711", "asn: true"),
        ("use: private", "use: privat"),
        ("{id: 10,", "{id: 4095,"),
        ("interval: 100ms}\n", "interval: 100}\n"),
        ("1-10", "ten"),
        ("management: 7", "management: [7]"),
        ("management: 7", "management: {ipv5: 7}"),
        ("between: [core1, sw1]", "between: [core1]"),
    ],
)
def test_what_the_schema_refuses_the_reader_refuses_too(schema: dict[str, Any], edit: tuple[str, str]) -> None:
    text, _ = edited(edit)
    assert not jsonschema.Draft202012Validator(schema).is_valid(parse(text).data)
    assert read_cloud(text).cloud is None


def test_every_key_is_explained() -> None:
    unexplained = [line for line in reference().splitlines() if line.startswith("| ") and line.endswith("|  |")]
    assert unexplained == []
