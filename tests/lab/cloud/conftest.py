"""The example's cloud, which stands while the tests of this directory run, and for them alone."""

from collections.abc import Iterator

import pytest

from lab.standing import EXAMPLE, Standing, held, standing


@pytest.fixture(scope="package")
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
    assert held(shared_cloud) ^ before == set(), "the test has left something behind, or taken it away"
