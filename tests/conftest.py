"""What all rooms of tests share."""

import os
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write what golden tests now get as expected")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that needs root fails without it: a skip would look like a pass."""
    if item.get_closest_marker("root") and os.geteuid() != 0:
        pytest.fail("needs root: sudo make test (make check leaves it out)", pytrace=False)


class Golden:
    """Expected files in a directory: compared whole, so that a missing and a surplus file are told too."""

    def __init__(self, update: bool) -> None:
        self.update = update

    def compare(self, directory: Path, files: dict[str, str]) -> None:
        """Files by their path below the directory."""
        if self.update:
            self._write(directory, files)
        found = {str(path.relative_to(directory)): path.read_text() for path in _below(directory)}
        assert sorted(files) == sorted(found), "other files than expected: see --update-golden"
        for name, text in files.items():
            assert text == found[name], f"{directory / name} differs: see --update-golden"

    def _write(self, directory: Path, files: dict[str, str]) -> None:
        for path in _below(directory):
            if str(path.relative_to(directory)) not in files:
                path.unlink()
        for name, text in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def _below(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(request.config.getoption("--update-golden"))
