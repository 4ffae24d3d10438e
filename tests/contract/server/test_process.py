"""The server's process: begins, ends, begins again, and says in one sentence why it cannot."""

import os
import signal
import socket
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seapoint.base.errors import SeapointError, UnreachableError
from seapoint.engines.pki import CertificateFiles, ensure_certificate, open_authority
from seapoint.wiring.client import Client

from .conftest import BASE, SECONDS, TOKEN, Server, free_port, until


def apply(server: Server, text: str = BASE) -> Any:
    base = server.client.get("/seapoint/v1/cloud")["revision"]
    return server.client.ask("PUT", "/seapoint/v1/cloud", {"text": text, "base_revision": base})


def contents(server: Server) -> Any:
    """All that must survive."""
    client = server.client
    intent = client.get("/seapoint/v1/intent")
    objects = sorted(intent["objects"])
    return client.get("/seapoint/v1/cloud"), intent["revision"], objects, client.get("/seapoint/v1/history")


def make(server: Server, kind: str, **values: Any) -> Any:
    return server.client.ask("POST", f"/v2.0/{kind}s", {kind: values})[kind]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_without_ovn_it_answers_and_says_what_is_down(server: Server, address: str) -> None:
    server.address, server.port = address, free_port(address)
    server.start()
    apply(server)
    told = until(lambda: _looked_at(server), "every domain was looked at")
    assert {name: one["state"] for name, one in told.items()} == {
        "hosts": "ACTIVE",
        "ovn-listeners": "DOWN",
        "ovn": "DOWN",
    }
    for name, socket_name in (("ovn", "nb.sock"), ("ovn-listeners", "sb.sock")):
        assert socket_name in told[name]["reason"]
        assert "No such file" in told[name]["reason"]
    network = make(server, "network")
    for version, cidr in ((4, "172.16.8.0/24"), (6, "2001:db8:a:8::/64")):
        make(server, "subnet", network_id=network["id"], ip_version=version, cidr=cidr)
    assert len(make(server, "port", network_id=network["id"])["fixed_ips"]) == 2
    assert server.end() == 0
    assert TOKEN not in server.log
    assert "Traceback" not in server.log


def _looked_at(server: Server) -> Any:
    told = server.client.get("/seapoint/v1/status")["domains"]
    return told if all(one["reason"] != "not looked at yet" for one in told.values()) else None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_restart_keeps_everything(server: Server, number: int) -> None:
    server.start()
    apply(server)
    network = make(server, "network", name="dual")
    for version, cidr in ((4, "172.16.8.0/24"), (6, "2001:db8:a:8::/64")):
        make(server, "subnet", network_id=network["id"], ip_version=version, cidr=cidr)
    port = make(server, "port", network_id=network["id"])
    before = contents(server)
    assert server.end(number) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    server.start()
    assert contents(server) == before
    assert server.client.get(f"/v2.0/ports/{port['id']}")["port"]["fixed_ips"] == port["fixed_ips"]
    told = until(lambda: _published(server), "hosts have their targets again")
    assert told == {"edge1", "edge2", "gw1", "hv1", "ctl1"}
    # the file's rules hold again before the first request: the overlay's type is the cloud's
    assert make(server, "network")["provider:network_type"] == "geneve"


def _published(server: Server) -> set[str]:
    return set(server.client.get("/seapoint/v1/status")["hosts"])


def test_its_files_are_nobody_else_s(server: Server) -> None:
    server.start()
    apply(server)
    state = server.directory / "state"
    for path in (state, *state.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_sigterm_ends_it_while_an_engine_is_silent(server: Server, tmp_path: Path) -> None:
    """A database that takes connections and answers nothing must not hold it."""
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "nb.sock"))
        silent.listen()
        server.start()
        apply(server)
        assert server.end() == 0


def test_sigterm_ends_it_while_agents_poll(server: Server, tmp_path: Path) -> None:
    files = serving_agents(server, tmp_path)
    port = free_port()
    server.more += f"agents_port = {port}\n"
    server.start()
    url = f"https://127.0.0.1:{port}/agent/v1/target?wait=60"
    certificate = ("--cacert", str(files.ca), "--cert", str(files.certificate), "--key", str(files.key))
    with subprocess.Popen(["curl", "-sv", *certificate, url], stderr=subprocess.PIPE, text=True) as poll:
        assert poll.stderr is not None
        until(lambda: "GET /agent/v1/target" in poll.stderr.readline(), "the agent asks")
        assert server.end() == 0
        poll.communicate(timeout=SECONDS)
    assert "Traceback" not in server.log


def serving_agents(server: Server, directory: Path) -> CertificateFiles:
    files = ensure_certificate(
        open_authority(directory / "ca", "test"), directory / "tls", "host1", ["127.0.0.1", "::1"]
    )
    server.more = (
        'agents_address = "127.0.0.1"\n'
        f'tls_ca = "{files.ca}"\ntls_cert = "{files.certificate}"\ntls_key = "{files.key}"\n'
    )
    return files


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_socket_that_is_handed_over(server: Server, family: socket.AddressFamily, address: str) -> None:
    with socket.create_server((address, 0), family=family) as listener:
        own = free_port()
        server.address, server.port = address, own
        server.environment = {"LISTEN_FDS": "1"}
        settings = server.settings()
        server.port = listener.getsockname()[1]
        server.settings = lambda: settings  # type: ignore[method-assign] # its own port stays what the file says
        server.start(listener)
        assert server.client.get("/seapoint/v1/status")["revision"] == 0
        with pytest.raises(UnreachableError):
            Client(f"http://127.0.0.1:{own}", TOKEN).get("/healthcheck")
        assert server.end() == 0


@pytest.mark.parametrize("count", ["two", "1"])
def test_sockets_that_are_none(server: Server, count: str) -> None:
    # descriptor 3 of a fresh process is closed, or no socket
    line = _refused_with(server, LISTEN_FDS=count)
    assert f"LISTEN_FDS={count}" in line


def _refused_with(server: Server, **environment: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        return server.refused()


def test_sockets_for_another_process_are_not_ours(server: Server) -> None:
    server.environment = {"LISTEN_FDS": "1", "LISTEN_PID": "1"}
    server.start()
    assert server.client.get("/seapoint/v1/status")["revision"] == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_taken_port(server: Server, address: str) -> None:
    server.address, server.port = address, free_port(address)
    server.start()
    before = contents(server)
    line = server.refused()
    assert line == f"cannot listen on {address} port {server.port}: Address already in use"
    assert contents(server) == before


def test_a_taken_port_of_agents(server: Server, tmp_path: Path) -> None:
    serving_agents(server, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server.more += f"agents_port = {port}\n"
        assert server.refused() == f"cannot listen on 127.0.0.1 port {port}: Address already in use"
    assert not (tmp_path / "state").exists(), "nothing was begun"


def no_token(server: Server) -> str:
    (server.directory / "token").unlink()
    return "cannot be read"


def empty_token(server: Server) -> str:
    (server.directory / "token").write_text("\n")
    return "is empty"


def unknown_key(server: Server) -> str:
    server.more = "agent_port = 1\n"
    return "unknown key 'agent_port'"


def foreign_address(server: Server) -> str:
    server.address = "192.0.2.1"
    return "Cannot assign requested address"


def foreign_address_6(server: Server) -> str:
    server.address = "2001:db8::1"
    return "Cannot assign requested address"


def no_certificates(server: Server) -> str:
    serving_agents(server, server.directory)
    (server.directory / "tls" / "host1.key").unlink()
    return "host1.key"


def certificate_of_another_key(server: Server) -> str:
    files = serving_agents(server, server.directory)
    other = ensure_certificate(open_authority(server.directory / "ca", "test"), server.directory / "tls", "host2")
    files.key.write_bytes(other.key.read_bytes())
    return "these are not"


def certificate_that_is_none(server: Server) -> str:
    serving_agents(server, server.directory).certificate.write_text("nothing\n")
    return "these are not"


def authority_that_is_none(server: Server) -> str:
    serving_agents(server, server.directory).ca.write_text("nothing\n")
    return "these are not"


def remote_that_is_none(server: Server) -> str:
    path = server.directory / "server.toml"
    server.settings()
    text = path.read_text().replace("unix:", "udp:")
    path.write_text(text)
    server.settings = lambda: path  # type: ignore[method-assign] # as it was edited
    return "is no OVSDB remote"


def database_that_is_none(server: Server) -> str:
    (server.directory / "state").mkdir()
    (server.directory / "state" / "seapoint.db").write_text("this is no database" * 100)
    return "cannot be used: file is not a database"


def url_that_is_none(server: Server) -> str:
    server.more = f'database = "{TOKEN}"\n'
    return "the database of the settings cannot be used"


def driver_that_is_not_there(server: Server) -> str:
    server.more = f'database = "oracle://u:{TOKEN}@db/x"\n'
    return "the database of the settings cannot be used"


def state_that_is_a_file(server: Server) -> str:
    (server.directory / "state").write_text("")
    return "cannot be used"


@pytest.mark.parametrize(
    "break_",
    [
        no_token,
        empty_token,
        unknown_key,
        foreign_address,
        foreign_address_6,
        no_certificates,
        certificate_of_another_key,
        certificate_that_is_none,
        authority_that_is_none,
        remote_that_is_none,
        database_that_is_none,
        url_that_is_none,
        driver_that_is_not_there,
        state_that_is_a_file,
    ],
)
def test_what_it_cannot_use_is_one_sentence(server: Server, break_: Callable[[Server], str]) -> None:
    words = break_(server)
    assert words in server.refused()


def test_a_wrong_token_and_a_wrong_server_are_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.start()
    with pytest.raises(SeapointError, match="does not take this token") as told:
        Client(server.client.url, "another").get("/seapoint/v1/status")
    assert "another" not in str(told.value)
    assert TOKEN not in repr(server.client)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://192.0.2.1:1")
    assert server.client.get("/seapoint/v1/status")["revision"] == 0, "no proxy is asked"


def test_a_database_of_a_newer_version(server: Server) -> None:
    server.start()
    assert server.end() == 0
    database = server.directory / "state" / "seapoint.db"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    line = server.refused()
    assert "9999" in line
    assert os.fspath(server.directory / "state") in line
