"""The endpoint of hypervisors' metadata proxies, on the listener of agents: only a host's certificate is answered.

``GET /agent/v1/metadata?network=ID&address=A&path=P``: what the instance that has the address in the network is told at
a path. An instance that is bound to another host than the one that asks is answered 404, as one that does not exist:
no host, and so no tenant who broke into it, reads what is not its own.
"""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from seapoint.api.agents import certified_host, refusal
from seapoint.compile.metadata.answers import Answer, answer
from seapoint.compile.metadata.asker import asking_port
from seapoint.compile.metadata.instance import instance_of
from seapoint.intent.port import Port
from seapoint.intent.snapshot import Intent

#: The user data of an instance by its id; None: it has none.
UserData = Callable[[str], Awaitable[bytes | None]]
#: What Nova answers a port that asks from an address at a path.
Nova = Callable[[Port, str, str], Awaitable[web.Response]]


def metadata_routes(snapshot: Callable[[], Intent], user_data: UserData, nova: Nova | None) -> Sequence[web.RouteDef]:
    """The route, over the newest intent; with ``nova`` every question is passed on to it."""

    async def metadata(request: web.Request) -> web.StreamResponse:
        host, intent = certified_host(request), snapshot()
        try:
            network, address, path = (request.query[name] for name in ("network", "address", "path"))
            port = asking_port(intent, network, address, host)
        except (KeyError, ValueError):
            return refusal(400, "a question has a network, an address and a path")
        if port is None:
            return refusal(404, f"no instance of {host} has {address} in network {network}")
        if nova is not None:
            return await nova(port, address, path)
        found = answer(instance_of(intent, port, await user_data(port.device_id)), path)
        return refusal(404, f"there is no {path}") if found is None else _response(found)

    return [web.get("/agent/v1/metadata", metadata)]


def _response(found: Answer) -> web.Response:
    return web.Response(body=found.body, headers={"Content-Type": found.type})
