"""What every resource answers: list, create, show, update, delete."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import web

from seapoint.api.answers import CONTEXT, REQUEST_ID, answer, body_of
from seapoint.api.listing import View, listed, only
from seapoint.base.errors import TenantError
from seapoint.intent import request as requests
from seapoint.intent.attributes import Standard
from seapoint.intent.draft import Draft, not_found
from seapoint.intent.formats import Json
from seapoint.intent.resource import Resource
from seapoint.intent.snapshot import Intent
from seapoint.intent.view import shown
from seapoint.store.log import Origin
from seapoint.store.store import Committed, Store

T = TypeVar("T")
_IF_MATCH = re.compile(r"^revision_number=(\d+)$")


async def written(store: Store, request: web.Request, change: Callable[[Draft], T]) -> Committed[T]:
    """Commit a change as this request's; raises what it raises."""
    context, request_id = request[CONTEXT], request[REQUEST_ID]
    origin = Origin(context.actor, request_id, request.headers.get("X-Change-Set", request_id), context.project_id)
    return await asyncio.wrap_future(store.submit(change, origin))


def viewer(store: Store, intent: Intent, resource: Resource[Any]) -> View:
    """How a value of this resource is shown, with what the engines say of it."""

    def view(value: Standard) -> dict[str, Json]:
        status = store.status(resource.kind, value.id)
        return {**shown(value), **resource.extras(intent, value, status.state if status else "", store.rules)}

    return view


def check_revision(request: web.Request, value: Standard) -> None:
    """Honour ``If-Match: revision_number=N``; raises TenantError 412."""
    condition = request.headers.get("If-Match")
    if condition is None:
        return
    match = _IF_MATCH.match(condition)
    if match is None:
        raise TenantError("HTTPBadRequest", f"Bad format for revision number If-Match header: {condition}")
    if int(match[1]) != value.revision_number:
        message = f"Constrained to {match[1]}, but current revision is {value.revision_number}"
        raise TenantError("RevisionNumberConstraintFailed", message, 412)


def found(store: Store, resource: Resource[Any], request: web.Request) -> Standard:
    """The object that the URL names; raises TenantError 404."""
    identifier = request.match_info["id"]
    value: Standard | None = store.snapshot().get(resource.value, identifier)
    if value is None:
        raise not_found(resource.value.NOUN, identifier)
    return value


def routes(store: Store, resource: Resource[Any]) -> list[web.RouteDef]:
    """The URLs of one resource."""
    value_type, kind, plural = resource.value, resource.kind, resource.plural

    def one(value: Standard) -> dict[str, Json]:
        return {kind: viewer(store, store.snapshot(), resource)(value)}

    async def index(request: web.Request) -> web.Response:
        intent = store.snapshot()
        query = {key: request.query.getall(key) for key in request.query}
        url = str(request.url.with_query(None))
        view = viewer(store, intent, resource)
        return answer(await asyncio.to_thread(listed, intent, resource, query, view, url))

    async def create(request: web.Request) -> web.Response:
        body = await body_of(request)
        if unknown := sorted(set(body) - {kind, plural}):
            raise TenantError("HTTPBadRequest", f"Unable to find '{kind}' in request body, but {unknown}")
        if plural in body:
            bodies = body[plural]
            if not isinstance(bodies, list) or not bodies:
                raise TenantError("HTTPBadRequest", "Resources required")
            many = await written(store, request, lambda draft: [requests.create(draft, resource, it) for it in bodies])
            view = viewer(store, store.snapshot(), resource)
            return answer({plural: [view(value) for value in many.result]}, 201)
        made = await written(store, request, lambda draft: requests.create(draft, resource, body.get(kind)))
        return answer(one(made.result), 201)

    async def show(request: web.Request) -> web.Response:
        view = one(found(store, resource, request))
        return answer({kind: only(view[kind], request.query.getall("fields", []))})

    async def update(request: web.Request) -> web.Response:
        body = await body_of(request)
        identifier = request.match_info["id"]

        def change(draft: Draft) -> Standard:
            check_revision(request, draft.need(value_type, identifier))
            value: Standard = requests.update(draft, resource, identifier, body.get(kind))
            return value

        changed = await written(store, request, change)
        return answer(one(changed.result))

    async def delete(request: web.Request) -> web.Response:
        identifier = request.match_info["id"]

        def change(draft: Draft) -> None:
            check_revision(request, draft.need(value_type, identifier))
            requests.delete(draft, resource, identifier)

        await written(store, request, change)
        return web.Response(status=204)

    base = f"/v2.0/{resource.path}"
    return [
        web.get(base, index),
        web.post(base, create),
        web.get(f"{base}/{{id}}", show),
        web.put(f"{base}/{{id}}", update),
        web.delete(f"{base}/{{id}}", delete),
    ]
