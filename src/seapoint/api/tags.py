"""Tags: words that people hang on any resource.

Source: OpenStack Networking API v2.0, "Standard attributes tag extension".
"""

import dataclasses
from collections.abc import Callable
from typing import Any

from aiohttp import web

from seapoint.api.answers import answer, body_of
from seapoint.api.handlers import found, written
from seapoint.base.errors import TenantError
from seapoint.intent.attributes import Standard
from seapoint.intent.draft import Draft
from seapoint.intent.formats import Json, texts
from seapoint.intent.resource import Resource
from seapoint.store.store import Store


def routes(store: Store, resource: Resource[Any]) -> list[web.RouteDef]:
    """The URLs of one resource's tags."""

    async def show(request: web.Request) -> web.Response:
        return answer({"tags": list(found(store, resource, request).tags)})

    async def show_one(request: web.Request) -> web.Response:
        _check_there(request.match_info["tag"], found(store, resource, request).tags)
        return web.Response(status=204)

    async def replace(request: web.Request) -> web.Response:
        given = (await body_of(request)).get("tags")
        return answer({"tags": list(await tagged(request, lambda _: _parsed(given)))})

    async def add(request: web.Request) -> web.Response:
        word = request.match_info["tag"]
        await tagged(request, lambda old: old if word in old else _parsed([*old, word]))
        return web.Response(status=201)

    async def remove(request: web.Request) -> web.Response:
        await tagged(request, lambda _: ())
        return web.Response(status=204)

    async def remove_one(request: web.Request) -> web.Response:
        await tagged(request, lambda old: _without(request.match_info["tag"], old))
        return web.Response(status=204)

    async def tagged(request: web.Request, of: Callable[[tuple[str, ...]], tuple[str, ...]]) -> tuple[str, ...]:
        def change(draft: Draft) -> tuple[str, ...]:
            value: Standard = draft.need(resource.value, request.match_info["id"])
            return draft.put(dataclasses.replace(value, tags=of(value.tags))).tags

        return (await written(store, request, change)).result

    base = f"/v2.0/{resource.path}/{{id}}/tags"
    return [
        web.get(base, show),
        web.put(base, replace),
        web.delete(base, remove),
        web.get(f"{base}/{{tag}}", show_one),
        web.put(f"{base}/{{tag}}", add),
        web.delete(f"{base}/{{tag}}", remove_one),
    ]


def _parsed(given: Json) -> tuple[str, ...]:
    try:
        return texts(255).parse(given)
    except ValueError as error:
        raise TenantError("HTTPBadRequest", f"Invalid input for tags. Reason: {error}.") from None


def _check_there(word: str, tags: tuple[str, ...]) -> None:
    if word not in tags:
        raise TenantError("TagNotFound", f"Tag {word} could not be found.", 404)


def _without(word: str, tags: tuple[str, ...]) -> tuple[str, ...]:
    _check_there(word, tags)
    return tuple(it for it in tags if it != word)
