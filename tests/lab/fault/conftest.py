"""A cloud of the same kind, in which the tests of this directory break things; it stands while they run."""

from collections.abc import Iterator

import pytest

from lab.standing import EXAMPLE, Standing, held, standing


@pytest.fixture(scope="package")
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
    assert held(faulty_cloud) ^ before == set(), "the test has left something behind, or taken it away"
