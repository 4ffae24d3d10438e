"""The client: messages out of a stream, remotes of every kind, and what it does with a server that is not right."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seapoint.base.errors import EngineError, InputError, UnreachableError
from seapoint.engines.ovsdb.client import OvsdbClient
from seapoint.engines.ovsdb.connection import Connection
from seapoint.engines.ovsdb.framing import Framer
from seapoint.engines.ovsdb.remotes import Remote, Tls, parse_remotes
from seapoint.engines.pki import ensure_certificate, open_authority
from seapoint.target.rows import Uuid, column_type, decoder, encode

from .conftest import SECONDS, Database, run

WANTED = {"Logical_Switch": ("name", "ports", "other_config"), "Logical_Switch_Port": ("name", "tag", "up")}
texts = st.text(st.characters(codec="utf-8"), max_size=8)
values = st.recursive(
    texts | st.integers(-9, 9) | st.booleans(), lambda of: st.lists(of) | st.dictionaries(texts, of), max_leaves=6
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.dictionaries(texts, values), max_size=6), st.data())
def test_however_a_stream_is_cut_the_messages_are_the_same(messages: list[object], data: st.DataObject) -> None:
    stream = "".join(json.dumps(message, ensure_ascii=False) for message in messages).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    framer = Framer()
    found: list[object] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        more = end < len(stream) and data.draw(st.booleans())
        found += framer.feed(stream[start:end], more)
    found += framer.feed(b"", more=False)
    assert found == messages


def test_what_is_no_message_is_said() -> None:
    with pytest.raises(EngineError, match="HTTP"):
        Framer().feed(b"HTTP/1.1 400 Bad Request{}", more=False)


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ("string", "a", "a"),
        ({"key": "integer", "min": 0, "max": 1}, ["set", []], None),
        ({"key": "integer", "min": 0, "max": 1}, 7, 7),
        ({"key": "string", "min": 0, "max": "unlimited"}, "one", frozenset({"one"})),
        ({"key": "string", "min": 0, "max": "unlimited"}, ["set", ["b", "a"]], frozenset({"a", "b"})),
        ({"key": "string", "value": "string", "min": 0, "max": "unlimited"}, ["map", [["k", "v"]]], {"k": "v"}),
        ({"key": {"type": "uuid", "refTable": "T"}, "min": 0, "max": 1}, ["uuid", "u-1"], Uuid("u-1")),
        (
            {"key": {"type": "uuid", "refTable": "T"}, "min": 0, "max": "unlimited"},
            ["set", [["uuid", "u-2"], ["uuid", "u-1"]]],
            frozenset({Uuid("u-1"), Uuid("u-2")}),
        ),
    ],
)
def test_values_are_read_by_their_type_and_written_again(schema: object, text: object, value: object) -> None:
    read = decoder(column_type(schema))
    assert read(text) == value
    assert read(encode(read(text))) == value


@pytest.mark.parametrize(
    ("text", "remotes"),
    [
        ("unix:/run/ovn/ovnnb_db.sock", [Remote("unix", "/run/ovn/ovnnb_db.sock")]),
        ("tcp:192.0.2.1:6641", [Remote("tcp", "192.0.2.1", 6641)]),
        ("ssl:[2001:db8::1]:6641,ssl:a:1", [Remote("ssl", "2001:db8::1", 6641), Remote("ssl", "a", 1)]),
    ],
)
def test_remotes_are_written_as_ovsdb_writes_them(text: str, remotes: list[Remote]) -> None:
    assert list(parse_remotes(text)) == remotes
    assert ",".join(map(str, remotes)) == text


@pytest.mark.parametrize("text", ["", "http:a:1", "tcp:a", "tcp:a:b", "ssl::1", "tcp:a:70000"])
def test_a_wrong_remote_is_refused_with_the_right_forms(text: str) -> None:
    with pytest.raises(InputError, match="unix:PATH"):
        parse_remotes(text)


def says(client: OvsdbClient, reason: str) -> bool:
    """Whether the client comes to tell why it is not connected."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            client.wait_connected(0.1)
        except UnreachableError as error:
            if re.search(reason, str(error)):
                return True
    return False


def test_ssl_needs_certificates() -> None:
    with pytest.raises(InputError, match="certificate"):
        OvsdbClient(parse_remotes("ssl:192.0.2.1:1"), "OVN_Northbound", WANTED)


def free_port(family: socket.AddressFamily, host: str) -> int:
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def north(serve: Callable[[str], Database]) -> Database:
    database = serve("ovn-nb")
    database.wait()
    return database


def follows(client: OvsdbClient, database: Database) -> bool:
    """Whether the client sees what others write and others see what it writes."""
    client.start()
    try:
        client.wait_connected(SECONDS)
        client.transact([{"op": "insert", "table": "Logical_Switch", "row": {"name": "x" * 100_000}}])
        run("ovn-nbctl", f"--db={database.remote}", "ls-add", "theirs")
        names = {row["name"] for row in client.tables["Logical_Switch"].values()}
        return "x" * 100_000 in names and client.wait_for(
            lambda: "theirs" in {row["name"] for row in client.tables["Logical_Switch"].values()}, SECONDS
        )
    finally:
        client.close()


@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")], ids=["IPv4", "IPv6"]
)
@pytest.mark.parametrize("method", ["tcp", "ssl"])
def test_over_tcp_and_tls(
    north: Database, tmp_path: Path, family: socket.AddressFamily, host: str, method: str
) -> None:
    remote = Remote(method, host, free_port(family, host))
    authority = open_authority(tmp_path / "ca", "lab")
    server = ensure_certificate(authority, tmp_path / "server", "server", [host])
    agent = ensure_certificate(authority, tmp_path / "agent", "agent", [])
    bracketed = f"[{host}]" if ":" in host else host
    north.kill()
    north.options = [
        f"--private-key={server.key}",
        f"--certificate={server.certificate}",
        f"--ca-cert={server.ca}",
        f"--remote=p{method}:{remote.port}:{bracketed}",
    ]
    north.start()
    north.wait()
    tls = Tls(str(agent.certificate), str(agent.key), str(agent.ca))
    assert follows(OvsdbClient([remote], "OVN_Northbound", WANTED, tls=tls), north)


def test_a_server_with_another_s_certificate_is_not_believed(north: Database, tmp_path: Path) -> None:
    remote = Remote("ssl", "127.0.0.1", free_port(socket.AF_INET, "127.0.0.1"))
    authority = open_authority(tmp_path / "ca", "lab")
    other = ensure_certificate(authority, tmp_path / "other", "other", ["192.0.2.9"])
    north.kill()
    north.options = [
        f"--private-key={other.key}",
        f"--certificate={other.certificate}",
        f"--ca-cert={other.ca}",
        f"--remote=pssl:{remote.port}:127.0.0.1",
    ]
    north.start()
    north.wait()
    tls = Tls(str(other.certificate), str(other.key), str(other.ca))
    client = OvsdbClient([remote], "OVN_Northbound", WANTED, tls=tls)
    client.start()
    try:
        assert says(client, "certificate verify failed")
    finally:
        client.close()


def test_the_first_remote_that_serves_the_database_is_taken(north: Database, directory: Path) -> None:
    nobody = Remote("unix", str(directory / "nobody.sock"))
    assert follows(OvsdbClient([nobody, *parse_remotes(north.remote)], "OVN_Northbound", WANTED), north)


@pytest.mark.parametrize(
    ("database", "wanted", "reason"),
    [
        ("OVN_Southbound", WANTED, "no database OVN_Southbound"),
        ("OVN_Northbound", {"Logical_Switch": ("colour",)}, r"no column Logical_Switch\.colour"),
    ],
)
def test_what_the_server_lacks_is_named(
    north: Database, database: str, wanted: dict[str, tuple[str, ...]], reason: str
) -> None:
    client = OvsdbClient(parse_remotes(north.remote), database, wanted)
    client.start()
    try:
        assert says(client, reason)
        with pytest.raises(UnreachableError, match=reason):
            client.transact([])
    finally:
        client.close()


@pytest.fixture
def silent_server(directory: Path) -> Iterator[Remote]:
    """Takes connections and says nothing."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(directory / "silent.sock"))
        listener.listen()
        yield Remote("unix", str(directory / "silent.sock"))


def test_a_silent_server_is_left_for_another(north: Database, silent_server: Remote) -> None:
    remotes = [silent_server, *parse_remotes(north.remote)]
    assert follows(OvsdbClient(remotes, "OVN_Northbound", WANTED, probe_seconds=0.3), north)


def test_a_quiet_server_is_asked_whether_it_lives(north: Database) -> None:
    client = OvsdbClient(parse_remotes(north.remote), "OVN_Northbound", WANTED, probe_seconds=0.1)
    lost: list[object] = []
    client.start()
    try:
        client.wait_connected(SECONDS)
        client.watch(lost.append)
        assert not client.wait_for(lambda: bool(lost), 1), "it answers each time, so nothing is read again"
    finally:
        client.close()


def test_a_transaction_under_way_when_the_server_dies_is_not_known(
    north: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = {
        "op": "wait",
        "table": "Logical_Switch",
        "where": [],
        "columns": ["name"],
        "until": "==",
        "rows": [{"name": "never"}],
    }
    sent = Event()
    send = Connection.send

    def tell(connection: Connection, message: dict[str, object]) -> None:
        send(connection, message)
        if message.get("method") == "transact" and message["params"] == ["OVN_Northbound", waiting]:
            sent.set()

    monkeypatch.setattr(Connection, "send", tell)
    client = OvsdbClient(parse_remotes(north.remote), "OVN_Northbound", WANTED)
    client.start()
    try:
        client.wait_connected(SECONDS)
        asked: list[Exception] = []

        def ask() -> None:
            try:
                client.transact([waiting])
            except UnreachableError as error:
                asked.append(error)

        asking = Thread(target=ask)
        asking.start()
        assert sent.wait(SECONDS)
        north.kill()
        asking.join(SECONDS)
        assert [str(error) for error in asked] == ["OVN_Northbound: connection lost while transact was under way"]
        assert not client.connected
    finally:
        client.close()


def test_it_needs_the_standard_library_only_and_no_tls_before_it_is_asked_for() -> None:
    code = (
        "import sys; sys.modules['orjson'] = None; import seapoint.engines.ovsdb.engine; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'ssl', 'sqlalchemy', 'pydantic', 'aiohttp'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
