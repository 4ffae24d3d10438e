"""The lock holds what pyproject.toml asks for, with hashes, and names no place to fetch it from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
LOCKED = {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", LOCK, re.MULTILINE)}


def wanted() -> list[str]:
    """Everything that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["dev"],
        *project["build-system"]["requires"],
    ]


@pytest.mark.parametrize("line", wanted())
def test_the_lock_holds_a_version_that_pyproject_accepts(line: str) -> None:
    requirement = Requirement(line)
    locked = LOCKED.get(canonicalize_name(requirement.name))
    assert locked is not None, "make lock"
    assert requirement.specifier.contains(locked), "make lock"


def test_every_locked_package_has_hashes() -> None:
    entries = re.split(r"^(?=[\w.-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) == len(LOCKED)
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_names_no_place_to_fetch_from() -> None:
    assert re.findall(r"https?://|file://|--index|--find-links|--trusted", LOCK) == []
