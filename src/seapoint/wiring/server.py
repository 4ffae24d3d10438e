"""The server's process: store, loop, engines, the API for tenants and operators, the endpoint for agents."""

import asyncio
import logging
import os
import signal
import socket
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

from aiohttp import web

from seapoint.api.agents import agents_tls, make_agents_app
from seapoint.api.app import make_app
from seapoint.api.identity import administrator_token
from seapoint.api.operator import operator_routes
from seapoint.base.errors import InputError
from seapoint.change.domain import Engine
from seapoint.change.loop import Loop
from seapoint.compile.ovn.tables import NORTHBOUND, SETTINGS
from seapoint.engines.hosts import HostTargets
from seapoint.engines.ovsdb.client import OvsdbClient
from seapoint.engines.ovsdb.engine import OvsdbEngine, columns_of
from seapoint.engines.ovsdb.listener import LISTENERS as LISTENER_COLUMNS
from seapoint.engines.ovsdb.listener import SouthboundListeners
from seapoint.engines.ovsdb.remotes import parse_remotes
from seapoint.engines.ovsdb.southbound import SOUTHBOUND, Southbound
from seapoint.engines.pki import CertificateFiles
from seapoint.intent.rules import CloudRules
from seapoint.settings import ServerSettings
from seapoint.store.store import Store
from seapoint.wiring.domains import HOSTS, LISTENERS, OVN
from seapoint.wiring.operations import Clouds, ServerOperations

#: The first descriptor that a service manager hands over; sd_listen_fds(3).
FIRST_LISTENER = 3

_log = logging.getLogger("seapoint.server")


def run_server(settings: ServerSettings) -> int:
    """Serve until SIGTERM or SIGINT. Raises InputError for settings that cannot be used."""
    token = _token(settings.token_file)
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as stack:
        store = Store(settings.database_url(), CloudRules(), on_commit=lambda _revision: loop.wake())
        stack.callback(store.close)
        clouds = Clouds(store)
        cloud_rules = clouds.rules()
        if cloud_rules is not None:
            store.rules = cloud_rules
        hosts = HostTargets()
        loop = _loop(settings, store, clouds, hosts, stack)
        operations = ServerOperations(store, clouds, hosts, loop)
        api = make_app(store, administrator_token(token), operator_routes(operations))
        loop.start()
        stack.callback(loop.stop)
        asyncio.run(_serve(settings, api, hosts))
    return 0


def _loop(settings: ServerSettings, store: Store, clouds: Clouds, hosts: HostTargets, stack: ExitStack) -> Loop:
    northbound = OvsdbClient(parse_remotes(settings.ovn_northbound), "OVN_Northbound", columns_of(NORTHBOUND, SETTINGS))
    southbound = OvsdbClient(
        parse_remotes(settings.ovn_southbound), "OVN_Southbound", {**SOUTHBOUND, **LISTENER_COLUMNS}
    )
    engines: dict[str, Engine] = {
        HOSTS: hosts,
        LISTENERS: SouthboundListeners(southbound),
        OVN: OvsdbEngine(northbound, NORTHBOUND, SETTINGS),
    }
    loop = Loop(store, clouds.domains, engines, {"port": Southbound(southbound)}, audit_seconds=settings.audit)
    for client in (northbound, southbound):
        client.start()
        stack.callback(client.close)
    return loop


async def _serve(settings: ServerSettings, api: web.Application, hosts: HostTargets) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        runner = await _runner(api, stack)
        handed = _handed_over()
        if handed:
            for listener in handed:
                await web.SockSite(runner, listener).start()
        else:
            await _site(runner, settings.api_address, settings.api_port)
        if settings.agents_address:
            files = CertificateFiles(settings.tls_ca, settings.tls_cert, settings.tls_key)
            try:
                tls = agents_tls(files)
            except OSError as error:
                raise InputError(f"the certificate files {files} cannot be used: {error}") from error
            agents = await _runner(make_agents_app(hosts), stack)
            await web.TCPSite(
                agents, settings.agents_address, settings.agents_port, ssl_context=tls, reuse_address=True
            ).start()
        _log.info("serving")
        await stopped.wait()


async def _runner(app: web.Application, stack: AsyncExitStack) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    return runner


async def _site(runner: web.AppRunner, address: str, port: int) -> None:
    try:
        await web.TCPSite(runner, address, port, reuse_address=True).start()
    except OSError as error:
        raise InputError(f"cannot listen on {address} port {port}: {error.strerror}") from error


def _handed_over() -> list[socket.socket]:
    """Sockets from the service manager; sd_listen_fds(3)."""
    if os.environ.get("LISTEN_PID") not in (None, str(os.getpid())):
        return []
    count = int(os.environ.get("LISTEN_FDS", "0"))
    return [socket.socket(fileno=FIRST_LISTENER + place) for place in range(count)]


def _token(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the administrator's token cannot be read from {path}: {error}") from error
    if not token:
        raise InputError(f"{path} is empty: write a long random token into it")
    return token
