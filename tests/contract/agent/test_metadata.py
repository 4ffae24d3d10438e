"""A hypervisor's proxy asks the server over real mutual TLS: what it hears, and what nobody hears of others."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from ovn_world import changed, uid, world
from seapoint.api.agents import agents_tls, make_agents_app
from seapoint.api.metadata import Nova, metadata_routes
from seapoint.api.nova import LARGEST_ANSWER, nova_at
from seapoint.base.addresses import link_local
from seapoint.engines.hosts import HostTargets
from seapoint.engines.pki import Authority, ensure_certificate, open_authority
from seapoint.intent.port import Port
from seapoint.metadata.http import Response
from seapoint.metadata.server import ServerLine, server_line

VM1 = replace(world().of(Port)[uid("vm1")], device_id="instance-1", project_id="project-1")
BLUE = uid("blue")
ADDRESSES = ("10.0.1.11", "2001:db8:1::11", link_local(VM1.mac_address))
WHO = "/latest/meta-data/instance-id"
SECRET = b"a long and random secret"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return open_authority(tmp_path / "ca", "test")


@pytest.fixture
def told(authority: Authority, tmp_path: Path) -> Callable[..., Response]:
    """What a host is told when it asks in a network for an address; the server listens on loopback of one family."""
    files = ensure_certificate(authority, tmp_path / "server", "seapoint", ["127.0.0.1", "::1"])

    def ask(
        address: str,
        path: str = WHO,
        *,
        host: str = "hv1",
        certified_by: Authority = authority,
        nova: Nova | None = None,
        listen: str = "127.0.0.1",
    ) -> Response:
        shown = ensure_certificate(certified_by, tmp_path / host, host)

        async def once() -> Response:
            routes = metadata_routes(lambda: changed(world(), VM1), _user_data, nova)
            app = make_agents_app(HostTargets(), routes)
            async with _served(app, listen, agents_tls(files)) as port:
                name = f"[{listen}]" if ":" in listen else listen
                line = server_line(f"https://{name}:{port}", files.ca, shown.certificate, shown.key)
                return await line.ask(path, BLUE, address)

        return asyncio.run(once())

    return ask


async def _user_data(instance: str) -> bytes | None:
    return b"#cloud-config\n" if instance == "instance-1" else None


@asynccontextmanager
async def _served(app: web.Application, listen: str, tls: object = None) -> AsyncIterator[int]:
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, listen, 0, ssl_context=tls).start()  # type: ignore[arg-type]
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("listen", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_an_instance_is_told_of_itself(told: Callable[..., Response], address: str, listen: str) -> None:
    said = told(address, listen=listen)
    assert (said.status, said.body) == (200, b"instance-1")
    assert said.headers["Content-Type"].startswith("text/plain")


def test_documents_are_told_as_what_they_are(told: Callable[..., Response]) -> None:
    said = told(ADDRESSES[0], "/openstack/latest/network_data.json")
    assert said.headers["Content-Type"].startswith("application/json")
    assert json.loads(said.body)["networks"][1]["ip_address"] == ADDRESSES[1]
    assert told(ADDRESSES[0], "/openstack/latest/user_data").body == b"#cloud-config\n"
    assert told(ADDRESSES[0], "/nowhere").status == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_host_is_told_of_no_other_host_s_instances(told: Callable[..., Response], address: str) -> None:
    said = told(address, host="hv2")
    assert said.status == 404
    assert b"instance-1" not in said.body


@pytest.mark.parametrize("address", ["", "nonsense", "10.0.1.11/24"])
def test_nonsense_is_refused(told: Callable[..., Response], address: str) -> None:
    assert told(address).status == 400


def test_a_certificate_of_another_authority_is_not_answered(told: Callable[..., Response], tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"(?i)unknown.ca|verify|reset|decrypt|broken pipe|disconnected"):
        told(ADDRESSES[0], certified_by=open_authority(tmp_path / "strange", "test"))


@pytest.mark.parametrize("listen", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_nova_is_asked_as_neutron_s_agent_asks_it(told: Callable[..., Response], address: str, listen: str) -> None:
    seen: list[tuple[str, Mapping[str, str]]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.path_qs, request.headers))
        return web.Response(status=203, body=b"of Nova", headers={"Content-Type": "text/x-nova", "Set-Cookie": "a=b"})

    said = told(address, "/openstack/latest/user_data?a=b", nova=_nova(listen, answer))
    assert (said.status, said.body) == (203, b"of Nova")
    assert dict(said.headers) == {"Content-Type": "text/x-nova"}
    [(path, headers)] = seen
    assert path == "/openstack/latest/user_data?a=b"
    assert headers["X-Instance-ID"] == "instance-1"
    assert headers["X-Tenant-ID"] == "project-1"
    assert headers["X-Forwarded-For"] == "10.0.1.11"
    assert headers["X-Instance-ID-Signature"] == hmac.new(SECRET, b"instance-1", hashlib.sha256).hexdigest()


def test_nova_that_is_away_or_says_too_much_is_told_as_such(told: Callable[..., Response]) -> None:
    async def flood(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * (LARGEST_ANSWER + 1))

    assert told(ADDRESSES[0], nova=nova_at("http://127.0.0.1:1", SECRET)).status == 503
    assert told(ADDRESSES[0], nova=_nova("127.0.0.1", flood)).status == 503


def _nova(listen: str, answer: Callable[[web.Request], Awaitable[web.Response]]) -> Nova:
    """A service in Nova's place, for one question."""

    async def ask(port: Port, address: str, path: str) -> web.Response:
        app = web.Application()
        app.router.add_get("/{path:.*}", answer)
        async with _served(app, listen) as number:
            name = f"[{listen}]" if ":" in listen else listen
            return await nova_at(f"http://{name}:{number}/", SECRET)(port, address, path)

    return ask


def test_a_server_that_is_away_is_an_error_and_no_answer(authority: Authority, tmp_path: Path) -> None:
    files = ensure_certificate(authority, tmp_path / "hv1", "hv1")
    away = ServerLine("127.0.0.1", 1, files.ca, files.certificate, files.key)
    with pytest.raises(OSError, match=r"(?i)connect"):
        asyncio.run(away.ask(WHO, BLUE, ADDRESSES[0]))
