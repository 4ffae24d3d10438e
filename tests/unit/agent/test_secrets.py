"""Secrets of files: put in on the host, from the host's own file, and told nowhere."""

from pathlib import Path

import pytest

from seapoint.agent.files import hidden, put, stands
from seapoint.base.errors import EngineError
from seapoint.target.host import File, HostTarget, secret


@pytest.fixture
def word(tmp_path: Path) -> Path:
    path = tmp_path / "bgp.password"
    path.write_text("s3cret\n")
    return path


def _file(directory: Path, word: Path, check: tuple[str, ...] = ()) -> File:
    text = f"neighbor 192.0.2.1 password {secret(str(word))}\nneighbor 2001:db8::1 password {secret(str(word))}\n"
    return File(str(directory / "conf"), text, 0o640, check=check, secrets=(str(word),))


def test_the_word_stands_in_the_file_and_a_new_word_is_a_difference(tmp_path: Path, word: Path) -> None:
    file = _file(tmp_path, word)
    put(file)
    text = Path(file.path).read_text()
    assert text == "neighbor 192.0.2.1 password s3cret\nneighbor 2001:db8::1 password s3cret\n"
    assert stands(file)
    word.write_text("another\n")
    assert not stands(file)


@pytest.mark.parametrize("text", [None, "", "two words"])
def test_without_a_word_the_old_file_stays_and_the_place_is_told(tmp_path: Path, word: Path, text: str | None) -> None:
    file = _file(tmp_path, word)
    put(file)
    if text is None:
        word.unlink()
    else:
        word.write_text(text)
    with pytest.raises(EngineError, match=f"no secret in {word}"):
        put(file)
    assert "s3cret" in Path(file.path).read_text()


def test_what_a_check_says_is_told_without_the_word(tmp_path: Path, word: Path) -> None:
    file = _file(tmp_path, word, check=("sh", "-c", "cat {}; exit 1"))
    with pytest.raises(EngineError) as error:
        put(file)
    assert "s3cret" not in str(error.value)
    assert secret(str(word)) in str(error.value)
    assert error.value.__cause__ is None
    assert hidden("no s3cret here", [file]) == f"no {secret(str(word))} here"


def test_a_target_travels_with_the_reference_and_not_the_word(tmp_path: Path, word: Path) -> None:
    target = HostTarget("h", files=(_file(tmp_path, word),))
    assert HostTarget.from_json(target.to_json()) == target
    assert "s3cret" not in str(target.to_json())
