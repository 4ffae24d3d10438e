"""A test that needs root fails without it: never a silent skip."""

import os
import subprocess
import sys
from pathlib import Path

CONFTEST = Path(__file__).parents[2] / "conftest.py"
PROGRAM = """
import os, sys
import pytest
os.geteuid = lambda: 1000
sys.exit(pytest.main(sys.argv[1:]))
"""


def run(tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Pytest as a person without root, on a test that needs it and one that does not."""
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = root: needs root\n", encoding="utf-8")
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\n@pytest.mark.root\ndef test_needs_root():\n    pass\n\ndef test_plain():\n    pass\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), "-p", "no:cacheprovider", *options]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)


def test_without_root_it_fails_and_says_why(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 1
    assert "needs root: sudo make test" in done.stdout
    assert "1 passed" in done.stdout


def test_it_can_be_left_out(tmp_path: Path) -> None:
    done = run(tmp_path, "-m", "not root")
    assert done.returncode == 0
    assert "1 passed, 1 deselected" in done.stdout
