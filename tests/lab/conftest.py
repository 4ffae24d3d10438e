"""Fixtures of tests that build a lab: each has its own, and nothing of it may be left."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.standing import EXAMPLE, Standing, standing
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


@pytest.fixture(scope="session")
def shared_cloud() -> Iterator[Standing]:
    with standing("one-rack", EXAMPLE / "cloud.yaml") as cloud:
        cloud.passes()
        yield cloud
        cloud.passes()


@pytest.fixture
def codfw1dev(shared_cloud: Standing) -> Iterator[Standing]:
    """The example's cloud with its five instances, shared: whoever changes it puts it back."""
    before = held(shared_cloud)
    yield shared_cloud
    assert held(shared_cloud) == before, "the test left something behind in the shared cloud"


@pytest.fixture(scope="session")
def faulty_cloud() -> Iterator[Standing]:
    with standing("faults", EXAMPLE / "cloud.yaml") as cloud:
        cloud.passes()  # sessions of BGP and addresses of instances come up after the commands that began them
        yield cloud
        cloud.passes()


@pytest.fixture
def faulty(faulty_cloud: Standing) -> Iterator[Standing]:
    """Another cloud of the same kind, in which things are broken; whoever breaks one has it whole again afterwards."""
    before = held(faulty_cloud)
    yield faulty_cloud
    assert held(faulty_cloud) == before, "the test left something behind in the cloud of faults"


def held(cloud: Standing) -> tuple[str, set[str], set[str]]:
    """What tests must leave as it was: the cloud file, tenants' objects, hosts and instances."""
    intent = cloud.intent()
    objects = {identifier for kind in intent.types() for identifier in intent.of(kind)}
    return cloud.client.get("/seapoint/v1/cloud")["text"], objects, set(cloud.hosts)
