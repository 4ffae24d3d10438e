"""What routers answer beside the common requests: interfaces and extra routes, added and removed."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from seapoint.api.answers import answer, body_of
from seapoint.api.handlers import check_revision, viewer, written
from seapoint.base.errors import TenantError
from seapoint.intent.draft import Draft
from seapoint.intent.formats import Json, records
from seapoint.intent.requests import router_interface
from seapoint.intent.requests.router import ROUTER, check_routes
from seapoint.intent.router import Router
from seapoint.intent.subnet import ROUTE, Route
from seapoint.store.store import Store

Interface = Callable[[Draft, str, Json], Mapping[str, Json]]
Combine = Callable[[tuple[Route, ...], tuple[Route, ...]], tuple[Route, ...]]


def routes(store: Store) -> list[web.RouteDef]:
    """The URLs below one router."""
    base = "/v2.0/routers/{id}"
    return [
        web.put(f"{base}/add_router_interface", _interface(store, router_interface.add)),
        web.put(f"{base}/remove_router_interface", _interface(store, router_interface.remove)),
        web.put(f"{base}/add_extraroutes", _extra_routes(store, _with)),
        web.put(f"{base}/remove_extraroutes", _extra_routes(store, _without)),
    ]


def _interface(store: Store, action: Interface) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        body = await body_of(request)
        done = await written(store, request, lambda draft: action(draft, request.match_info["id"], body))
        return answer(dict(done.result))

    return handle


def _extra_routes(store: Store, combine: Combine) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        body = (await body_of(request)).get("router")
        named = _parsed(body.get("routes") if isinstance(body, dict) else None)

        def change(draft: Draft) -> Router:
            router = draft.need(Router, request.match_info["id"])
            check_revision(request, router)
            router = draft.put(dataclasses.replace(router, routes=combine(router.routes, named)))
            check_routes(draft, router)
            return router

        done = await written(store, request, change)
        return answer({"router": viewer(store, store.snapshot(), ROUTER)(done.result)})

    return handle


def _parsed(given: Json) -> tuple[Route, ...]:
    try:
        return records(ROUTE).parse(given)
    except ValueError as error:
        raise TenantError("HTTPBadRequest", f"Invalid input for routes. Reason: {error}.") from None


def _with(old: tuple[Route, ...], named: tuple[Route, ...]) -> tuple[Route, ...]:
    return (*old, *(route for route in named if route not in old))


def _without(old: tuple[Route, ...], named: tuple[Route, ...]) -> tuple[Route, ...]:
    return tuple(route for route in old if route not in named)
