"""What all rooms of tests share."""

import os

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that needs root fails without it: a skip would look like a pass."""
    if item.get_closest_marker("root") and os.geteuid() != 0:
        pytest.fail("needs root: sudo make test (make check leaves it out)", pytrace=False)
