"""The server's settings file and the administrator's token."""

from pathlib import Path

import pytest

from seapoint.base.errors import InputError
from seapoint.settings import ServerSettings, read, read_token


def refused(path: Path) -> str:
    with pytest.raises(InputError) as told:
        read(path)
    return str(told.value)


def written(directory: Path, text: str) -> Path:
    path = directory / "server.toml"
    path.write_text(text)
    return path


def test_an_empty_file_gives_what_is_safe(tmp_path: Path) -> None:
    settings = read(written(tmp_path, ""))
    assert settings == ServerSettings()
    assert (settings.api_address, settings.agents_address) == ("127.0.0.1", "")
    assert settings.database_url() == "sqlite:////var/lib/seapoint/seapoint.db"


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_what_is_written_is_read(tmp_path: Path, address: str) -> None:
    text = f'state = "{tmp_path}"\napi_address = "{address}"\napi_port = 1\nagents_address = "{address}"\naudit = 5\n'
    settings = read(written(tmp_path, text))
    assert (settings.state, settings.api_address, settings.api_port) == (tmp_path, address, 1)
    assert (settings.agents_address, settings.audit) == (address, 5)
    assert settings.database_url() == f"sqlite:///{tmp_path}/seapoint.db"
    assert read(written(tmp_path, 'database = "postgresql://db/x"')).database_url() == "postgresql://db/x"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("api_prot = 1", ("unknown key 'api_prot'", "api_port")),
        ('api_port = "9696"', ("api_port must be of type int, not str",)),
        ("api_port = true", ("api_port must be of type int, not bool",)),
        ("api_port = 0", ("api_port must be a port from 1 to 65535",)),
        ("agents_port = 65536", ("agents_port must be a port",)),
        ("agents_port = -1", ("agents_port must be a port",)),
        ('api_address = ""', ("api_address must be an address",)),
        ('api_address = "control.example"', ("api_address must be an address", "127.0.0.1 or ::1")),
        ('agents_address = "[2001:db8::1]"', ("agents_address must be an address",)),
        ('api_tls_addresses = "192.0.2.1"', ("api_tls_addresses must be a list of addresses",)),
        ('api_tls_addresses = ["control.example"]', ("api_tls_addresses must be a list of addresses",)),
        ("api_address = 4", ("api_address must be of type str, not int",)),
        ("audit = 0", ("audit must be a number of seconds above 0",)),
        ("audit = -1.5", ("audit must be a number of seconds above 0",)),
        ("audit = nan", ("audit must be a number of seconds above 0",)),
        ("audit = inf", ("audit must be a number of seconds above 0",)),
        ("audit = false", ("audit must be of type float, not bool",)),
        ('state = ""', ("state must be a path",)),
        ("state = 4", ("state must be of type str, not int",)),
        ("state", ("cannot be read", "end of document")),
        ("[state]\na = 1", ("state must be of type str, not dict",)),
    ],
)
def test_what_is_wrong_is_told_with_file_and_key(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    path = written(tmp_path, text)
    told = refused(path)
    assert told.startswith(str(path))
    assert [word for word in words if word not in told] == []
    assert "\n" not in told


def test_a_value_that_may_hold_a_password_is_not_told(tmp_path: Path) -> None:
    assert "secret" not in refused(written(tmp_path, 'database = ["postgresql://u:secret@db/x"]'))


def test_no_file_and_no_text(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none.toml")
    assert "cannot be read" in refused(tmp_path)
    (tmp_path / "server.toml").write_bytes(b"state = '\xff'")
    assert "cannot be read" in refused(tmp_path / "server.toml")


def test_the_token_is_one_word(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("a-long.one_\n")
    assert read_token(path) == "a-long.one_"


@pytest.mark.parametrize(
    ("contents", "word"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"hidden\nword", "one word"),
        (b"hidden word", "one word"),
        (b"hidden\x00", "one word"),
        ("hiddené".encode(), "one word"),
        (b"hidden\xff", "is no text"),
    ],
)
def test_a_token_that_cannot_be_one_is_refused_and_not_told(tmp_path: Path, contents: bytes, word: str) -> None:
    path = tmp_path / "token"
    path.write_bytes(contents)
    with pytest.raises(InputError, match=word) as told:
        read_token(path)
    assert str(path) in str(told.value)
    assert "hidden" not in str(told.value)


def test_no_token_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read from .*token: No such file"):
        read_token(tmp_path / "token")
