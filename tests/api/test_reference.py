"""The reference in docs/ is what the attribute rows say; ``pytest --update-golden`` writes it anew."""

from pathlib import Path

import pytest

from seapoint.api.reference import reference
from seapoint.intent.resources import RESOURCES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "networking-api.md"


def test_the_reference_is_up_to_date(request: pytest.FixtureRequest) -> None:
    text = reference(RESOURCES)
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text)
    assert PAGE.read_text() == text
