"""Fixtures of tests that build a lab: each has its own, and nothing of it may be left."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from seapoint.lab import state, up
from seapoint.lab.state import Lab


class ByCloud(LoadScopeScheduling):
    """Tests that share a cloud, those of a directory, go to one worker, so that it stands once; others go by file."""

    def _split_scope(self, nodeid: str) -> str:
        path = Path(nodeid.partition("::")[0])
        return str(path if path.parent.name == "lab" else path.parent)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByCloud:
    return ByCloud(config, log)


@pytest.fixture
def lab() -> Iterator[Lab]:
    assert os.geteuid() == 0, "tests marked root build namespaces: run them as root"
    own = Lab(Path(f"/run/seapoint-test-{uuid.uuid4().hex[:8]}"))
    yield own
    up.down(own)
    assert state.processes(own) == []
    assert not own.root.exists()
