"""Agents and server over real mutual TLS: who may ask what, and what a host does while the server is gone."""

import asyncio
import gc
import http.client
import json
import ssl
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from aiohttp import web

from contract.agent.harness import until
from seapoint.agent.client import ServerLine
from seapoint.api.agents import agents_tls, make_agents_app
from seapoint.base.errors import EngineError, UnreachableError
from seapoint.engines.hosts import HostTargets
from seapoint.engines.pki import Authority, CertificateFiles, ensure_certificate, open_authority
from seapoint.target.host import File, HostTarget, Interface
from seapoint.target.report import HostReport

FIRST = HostTarget(host="host1", sysctls={"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"})


class Server:
    """The agents' endpoint in a thread of its own, on one address."""

    def __init__(self, files: CertificateFiles, address: str) -> None:
        self.registry = HostTargets()
        self.address = address
        self.port = 0
        self._files = files
        self._loop: asyncio.AbstractEventLoop | None = None
        self._runner: web.AppRunner | None = None
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"https://{host}:{self.port}"

    def start(self) -> None:
        loop = asyncio.new_event_loop()
        runner = web.AppRunner(make_agents_app(self.registry), shutdown_timeout=0.1)
        loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, self.address, self.port, ssl_context=agents_tls(self._files), reuse_address=True)
        loop.run_until_complete(site.start())
        self.port = runner.addresses[0][1]
        self._loop, self._runner, self._thread = loop, runner, Thread(target=loop.run_forever)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            loop, runner = self._loop, self._runner
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join()
            loop.close()
            self._thread = self._loop = self._runner = None
            # TLS connections that are cut short leave transports behind, which complain when they are collected
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)
                del loop, runner
                gc.collect()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return open_authority(tmp_path / "ca", "test")


@pytest.fixture(params=["127.0.0.1", "::1"])
def server(request: pytest.FixtureRequest, authority: Authority, tmp_path: Path) -> Iterator[Server]:
    files = ensure_certificate(authority, tmp_path / "server", "seapoint", ["127.0.0.1", "::1"])
    server = Server(files, request.param)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def files(authority: Authority, tmp_path: Path) -> CertificateFiles:
    return ensure_certificate(authority, tmp_path / "host1", "host1")


Connect = Callable[[CertificateFiles], ServerLine]


@pytest.fixture
def line(server: Server) -> Iterator[Connect]:
    """Lines to the server, by what the client shows."""
    made = []

    def connect(files: CertificateFiles) -> ServerLine:
        made.append(ServerLine(server.url, files.ca, files.certificate, files.key))
        return made[-1]

    yield connect
    for one in made:
        one.close()


def report(host: str, digest: str = "") -> HostReport:
    return HostReport(host, digest, True, (), {}, (), 0.0)


def test_a_host_reads_its_own_target_only(
    server: Server, line: Connect, files: CertificateFiles, authority: Authority, tmp_path: Path
) -> None:
    server.registry.publish("host1", FIRST)
    held = line(files).poll("", 5)
    assert held is not None
    assert held == FIRST
    other = line(ensure_certificate(authority, tmp_path / "host2", "host2"))
    assert other.poll("", 0) is None
    with pytest.raises(EngineError, match="403"):
        other._ask("GET", "/agent/v1/target?host=host1", None, 5)
    with pytest.raises(EngineError, match="403"):
        other.report(report("host1"))
    assert server.registry.report("host1") is None


def test_without_a_certificate_or_with_one_of_another_authority_nobody_is_heard(
    server: Server, line: Connect, files: CertificateFiles, tmp_path: Path
) -> None:
    server.registry.publish("host1", FIRST)
    bare = http.client.HTTPSConnection(
        server.address, server.port, timeout=5, context=ssl.create_default_context(cafile=str(files.ca))
    )
    with closing(bare), pytest.raises(OSError, match=r"(?i)certificate required|reset|closed connection|broken pipe"):
        answer(bare, "GET", "/agent/v1/target")
    strange = ensure_certificate(open_authority(tmp_path / "other", "test"), tmp_path / "strange", "host1")
    with pytest.raises(UnreachableError):
        line(replace(strange, ca=files.ca)).poll("", 1)
    with pytest.raises(UnreachableError, match=r"(?i)verify"):
        line(replace(files, ca=strange.ca)).poll("", 1)


def test_a_question_is_held_until_the_target_changes(server: Server, line: Connect, files: CertificateFiles) -> None:
    server.registry.publish("host1", FIRST)
    assert line(files).poll(FIRST.digest(), 0.1) is None
    second = HostTarget(host="host1", interfaces=(Interface("lo", addresses=("2001:db8::1/128",)),))
    found = []
    asker = Thread(target=lambda: found.append(line(files).poll(FIRST.digest(), 60)))
    asker.start()
    until(lambda: server.registry._listeners.get("host1"), "the question is held")
    server.registry.publish("host1", second)
    asker.join(20)
    assert found == [second]


@pytest.mark.parametrize("body", ["no json", "[]", "{}", '{"host": "host1", "digest": "", "ok": 1, "parts": 7}'])
def test_nonsense_is_refused_with_400(body: str, server: Server, files: CertificateFiles) -> None:
    context = ssl.create_default_context(cafile=str(files.ca))
    context.load_cert_chain(files.certificate, files.key)
    connection = http.client.HTTPSConnection(server.address, server.port, timeout=20, context=context)
    with closing(connection):
        status, text = answer(connection, "POST", "/agent/v1/report", body)
    assert status == 400
    assert "error" in json.loads(text)


def answer(connection: http.client.HTTPSConnection, *request: str) -> tuple[int, bytes]:
    connection.request(*request)
    with connection.getresponse() as response:
        return response.status, response.read()


@pytest.fixture
def shared_agent(server: Server, files: CertificateFiles, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen]]:
    """Starts an agent that is tied to the server; in this machine's namespace, so it may be given harmless targets."""
    running: list[subprocess.Popen] = []

    def start() -> subprocess.Popen:
        where = ["--ca", str(files.ca), "--cert", str(files.certificate), "--key", str(files.key)]
        command = [sys.executable, "-m", "seapoint.agent", "--server", server.url, *where]
        log = (tmp_path / "agent.log").open("ab")
        running.append(subprocess.Popen([*command, "--state", str(tmp_path / "state")], stderr=log))
        log.close()
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def notes(tmp_path: Path, text: str) -> HostTarget:
    return HostTarget(host="host1", files=(File(str(tmp_path / "etc" / "note"), text),))


@pytest.mark.root
def test_published_applied_reported_and_kept_while_the_server_is_dead(
    server: Server, shared_agent: Callable[[], subprocess.Popen], tmp_path: Path
) -> None:
    note = tmp_path / "etc" / "note"
    agent = shared_agent()
    server.registry.publish("host1", notes(tmp_path, "first"))
    assert server.registry.wait_reported(["host1"], 30)["host1"].state == "applied"
    assert note.read_text() == "first"
    said = server.registry.report("host1")
    assert said is not None
    assert said.ok
    assert said.digest == notes(tmp_path, "first").digest()
    assert f"write {note}" in said.changed

    server.stop()
    note.write_text("by hand")
    until(lambda: note.read_text() == "first", "healed without a server")
    agent.kill()
    agent.wait()
    note.unlink()
    shared_agent()
    until(lambda: note.exists() and note.read_text() == "first", "applied from disk after a reboot")

    server.registry = HostTargets()
    server.start()
    server.registry.publish("host1", notes(tmp_path, "second"))
    assert server.registry.wait_reported(["host1"], 60)["host1"].state == "applied"
    assert note.read_text() == "second"


@pytest.mark.root
def test_a_restarted_server_hears_from_a_host_that_has_nothing_to_do(
    server: Server, shared_agent: Callable[[], subprocess.Popen], tmp_path: Path
) -> None:
    shared_agent()
    server.registry.publish("host1", notes(tmp_path, "same"))
    assert server.registry.wait_reported(["host1"], 30)["host1"].state == "applied"
    server.stop()
    server.registry = HostTargets()
    server.start()
    server.registry.publish("host1", notes(tmp_path, "same"))
    assert server.registry.wait_reported(["host1"], 20)["host1"].state == "applied"


@pytest.mark.root
def test_a_part_that_fails_is_reported_and_the_rest_is_applied(
    server: Server, shared_agent: Callable[[], subprocess.Popen], tmp_path: Path
) -> None:
    good = notes(tmp_path, "good")
    refused = File(str(tmp_path / "etc" / "refused"), "x", check=("sh", "-c", "echo line 3 is wrong; exit 1", "{}"))
    shared_agent()
    server.registry.publish("host1", replace(good, files=(refused, *good.files)))
    state = server.registry.wait_reported(["host1"], 30)["host1"]
    assert state.state == "failed"
    assert [part.part for part in state.failures] == [f"file {refused.path}"]
    assert "line 3 is wrong" in state.failures[0].reason
    assert (tmp_path / "etc" / "note").read_text() == "good"
    assert not Path(refused.path).exists()
    server.registry.publish("host1", good)
    assert server.registry.wait_reported(["host1"], 30)["host1"].state == "applied"


def test_usage_errors_name_the_cure(tmp_path: Path) -> None:
    def run(*options: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "seapoint.agent", "--state", str(tmp_path), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stderr

    assert run() == (64, "seapoint agent: the agent needs either --server URL or --target FILE\n")
    assert run("--server", "http://x")[0] == 64
    assert run("--server", "https://x", "--ca", "/nowhere") == (
        64,
        "seapoint agent: --ca /nowhere: there is no such file\n",
    )
    (tmp_path / "bad.json").write_text("{")
    assert run("--target", str(tmp_path / "bad.json"), "--once")[0] == 64
