"""The web application: every URL of the API, and those that others add."""

import asyncio
from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from seapoint.api import discovery, handlers, router_actions, tags
from seapoint.api.answers import answer, middleware
from seapoint.api.identity import Authenticate
from seapoint.intent.resources import RESOURCES
from seapoint.store.store import Store

LARGEST_BODY = 16 * 2**20  # octets: a bulk request for some ten thousand ports


def make_app(store: Store, authenticate: Authenticate, extra_routes: Sequence[web.RouteDef] = ()) -> web.Application:
    """The OpenStack Networking API v2.0 on a store.

    ``extra_routes`` are served by the same application: they find who asks in ``request[answers.CONTEXT]``.
    """
    app = web.Application(middlewares=[middleware(authenticate), _fresh(store)], client_max_size=LARGEST_BODY)
    app.add_routes(_discovery(store))
    for resource in RESOURCES:
        app.add_routes(handlers.routes(store, resource))
        app.add_routes(tags.routes(store, resource))
    app.add_routes(router_actions.routes(store))
    app.add_routes(extra_routes)
    return app


def _fresh(store: Store) -> Middleware:
    """Let a request see all that any server of the database has answered before."""

    @web.middleware
    async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
        if store.shared:
            await asyncio.to_thread(store.catch_up)
        return await handler(request)

    return around


def _discovery(store: Store) -> list[web.RouteDef]:
    async def versions(request: web.Request) -> web.Response:
        return answer(discovery.versions(_base(request)))

    async def version_2(request: web.Request) -> web.Response:
        return answer(discovery.version_2(_base(request), RESOURCES))

    async def extensions(_: web.Request) -> web.Response:
        return answer(discovery.extensions())

    async def extension(request: web.Request) -> web.Response:
        return answer(discovery.extension(request.match_info["alias"]))

    async def quotas(_: web.Request) -> web.Response:
        return answer(discovery.quotas(RESOURCES, store.rules))

    async def openapi(_: web.Request) -> web.Response:
        return answer(discovery.openapi(RESOURCES))

    async def healthcheck(_: web.Request) -> web.Response:
        return answer({"revision": store.snapshot().revision})

    return [
        web.get("/", versions),
        web.get("/healthcheck", healthcheck),
        web.get("/v2.0", version_2),
        web.get("/v2.0/", version_2),
        web.get("/v2.0/extensions", extensions),
        web.get("/v2.0/extensions/{alias}", extension),
        web.get("/v2.0/quotas/{project_id}", quotas),
        web.get("/v2.0/openapi.json", openapi),
    ]


def _base(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"
