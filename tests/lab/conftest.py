"""Fixtures of tests that build a lab: each has its own, and nothing of it may be left."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from seapoint.lab import state, up
from seapoint.lab.state import Lab


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a cloud go to one worker (``pytest -n``), so that it stands once; the others make their own."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(here).parts[0]))


@pytest.fixture
def lab() -> Iterator[Lab]:
    assert os.geteuid() == 0, "tests marked root build namespaces: run them as root"
    own = Lab(Path(f"/run/seapoint-test-{uuid.uuid4().hex[:8]}"))
    yield own
    up.down(own)
    assert state.processes(own) == []
    assert not own.root.exists()
