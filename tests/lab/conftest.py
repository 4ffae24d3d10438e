"""Fixtures of tests that build a lab: each has its own, and nothing of it may be left."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from seapoint.lab import state, up
from seapoint.lab.state import Lab


@pytest.fixture
def lab() -> Iterator[Lab]:
    assert os.geteuid() == 0, "tests marked root build namespaces: run them as root"
    own = Lab(Path(f"/run/seapoint-test-{uuid.uuid4().hex[:8]}"))
    yield own
    up.down(own)
    assert state.processes(own) == []
    assert not own.root.exists()
