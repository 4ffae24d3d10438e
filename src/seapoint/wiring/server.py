"""The server's process: store, loop, engines, the API for tenants and operators, the endpoint for agents."""

import asyncio
import logging
import os
import signal
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

from aiohttp import web

from seapoint.api.agents import make_agents_app
from seapoint.api.app import make_app
from seapoint.api.identity import administrator_token
from seapoint.api.operator import operator_routes
from seapoint.base.addresses import Address, parse_address
from seapoint.change.domain import Engine
from seapoint.change.loop import Loop
from seapoint.compile.ovn.tables import NORTHBOUND, SETTINGS
from seapoint.engines.dns import DnsServer
from seapoint.engines.hosts import HostTargets
from seapoint.engines.ovsdb.client import OvsdbClient
from seapoint.engines.ovsdb.engine import OvsdbEngine, columns_of
from seapoint.engines.ovsdb.listener import LISTENERS as LISTENER_COLUMNS
from seapoint.engines.ovsdb.listener import SouthboundListeners
from seapoint.engines.ovsdb.remotes import parse_remotes
from seapoint.engines.ovsdb.southbound import SOUTHBOUND, Southbound
from seapoint.engines.tsig import read_key
from seapoint.settings import ServerSettings, read_token
from seapoint.store.store import Store
from seapoint.wiring.database import open_store
from seapoint.wiring.domains import DNS, HOSTS, LISTENERS, OVN
from seapoint.wiring.listening import agents_listener, api_listeners, balanced_listeners
from seapoint.wiring.metadata import metadata_of
from seapoint.wiring.operations import Clouds, ServerOperations

#: Seconds that requests under way are given when the server ends; agents, whose polls would wait on, ask again.
LAST_ANSWERS = 2.0

_log = logging.getLogger("seapoint.server")


def run_server(settings: ServerSettings) -> int:
    """Serve until SIGTERM or SIGINT. Raises InputError for settings that cannot be used; then nothing was begun."""
    os.umask(0o077)  # the database and its journals are nobody else's to read
    token = read_token(settings.token_file)
    with ExitStack() as stack:
        agents_at = agents_listener(settings)
        listeners = api_listeners(settings)
        balanced, tls = balanced_listeners(settings)
        for listener in (*listeners, *balanced, *([agents_at[0]] if agents_at else ())):
            stack.callback(listener.close)
        store = open_store(settings)
        stack.callback(store.close)
        clouds = Clouds(store)
        hosts = HostTargets()
        loop = None if settings.loop_server else _loop(settings, store, clouds, hosts, stack)
        operations = ServerOperations(store, clouds, hosts, loop, settings.loop_server)
        api = make_app(store, administrator_token(token), operator_routes(operations))
        agents = make_agents_app(hosts, metadata_of(settings, store))
        if loop is not None:
            store.watch(lambda _revision: loop.wake())
            loop.start()
        api_at = [*((one, None) for one in listeners), *((one, tls) for one in balanced)]
        asyncio.run(_serve(api, api_at, agents, agents_at))
    return 0


def _loop(settings: ServerSettings, store: Store, clouds: Clouds, hosts: HostTargets, stack: ExitStack) -> Loop:
    northbound = OvsdbClient(parse_remotes(settings.ovn_northbound), "OVN_Northbound", columns_of(NORTHBOUND, SETTINGS))
    southbound = OvsdbClient(
        parse_remotes(settings.ovn_southbound), "OVN_Southbound", {**SOUTHBOUND, **LISTENER_COLUMNS}
    )
    engines = Engines(
        {
            HOSTS: hosts,
            LISTENERS: SouthboundListeners(southbound),
            OVN: OvsdbEngine(northbound, NORTHBOUND, SETTINGS),
        },
        lambda address: name_server(address, settings.dns_key, clouds, stack),
    )
    loop = Loop(store, clouds.domains, engines, {"port": Southbound(southbound)}, audit_seconds=settings.audit)
    stack.callback(loop.stop)  # after its clients were closed: a pass that waits for an answer ends at once
    for client in (northbound, southbound):
        client.start()
        stack.callback(client.close)
    return loop


class Engines(dict[str, Engine]):
    """Engines by their domains' names: those that always are, and a name server's as soon as a cloud file names it."""

    def __init__(self, always: Mapping[str, Engine], name_server: Callable[[Address], Engine]) -> None:
        super().__init__(always)
        self._name_server = name_server

    def __missing__(self, name: str) -> Engine:
        self[name] = self._name_server(parse_address(name.removeprefix(DNS)))
        return self[name]


def name_server(address: Address, key: Path, clouds: Clouds, stack: ExitStack) -> DnsServer:
    """The engine of a name server, with the zones of the cloud file in force and the key as it is when it is used."""

    def zones() -> tuple[str, ...]:
        cloud = clouds.newest().cloud
        return tuple(zone.name for zone in cloud.dns.zones) if cloud and cloud.dns else ()

    server = DnsServer(address, lambda: read_key(key), zones)
    server.start()
    stack.callback(server.close)
    return server


async def _serve(
    api: web.Application,
    api_at: list[tuple[socket.socket, ssl.SSLContext | None]],
    agents: web.Application,
    agents_at: tuple[socket.socket, ssl.SSLContext] | None,
) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        runner = await _runner(api, stack)
        for listener, tls in api_at:
            await web.SockSite(runner, listener, ssl_context=tls).start()
        if agents_at:
            listener, tls = agents_at
            await web.SockSite(await _runner(agents, stack), listener, ssl_context=tls).start()
        _log.info("serving")
        await stopped.wait()


async def _runner(app: web.Application, stack: AsyncExitStack) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=LAST_ANSWERS)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    return runner
