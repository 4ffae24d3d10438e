"""The operator's API under /seapoint/v1: the cloud file, its history, and how far the cloud is."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from aiohttp import web

from seapoint.api.answers import CONTEXT, REQUEST_ID, answer, body_of
from seapoint.base.errors import InputError, TenantError
from seapoint.store.log import Origin

MOST_HISTORY = 1000


class Operations(Protocol):
    """What an operator does; every method may block and raises the errors of ``base.errors``."""

    def status(self) -> dict[str, Any]:
        """How far everything is."""

    def cloud(self) -> dict[str, Any]:
        """The cloud file in force, with its revision."""

    def intent(self) -> dict[str, Any]:
        """All that tenants asked for, at one revision."""

    def plan(self, text: str) -> dict[str, Any]:
        """What a new cloud file would change."""

    def apply(self, text: str, base_revision: int, origin: Origin) -> dict[str, Any]:
        """Store a new cloud file, if the one in force is that of ``base_revision``."""

    def history(self, limit: int, cloud_file: bool) -> list[dict[str, Any]]:
        """The newest change sets, newest first; ``cloud_file``: those of the cloud file only."""

    def rollback(self, change_set: str, origin: Origin) -> dict[str, Any]:
        """Restore what a change set touched."""

    def approve(self, domain: str) -> dict[str, Any]:
        """Let an engine's next audit delete the large share that it has held back."""

    def drain(self, vip: str, host: str, origin: Origin) -> dict[str, Any]:
        """Have an owner of a VIP be left in peace; an empty VIP: the whole host."""

    def undrain(self, vip: str, host: str, origin: Origin) -> dict[str, Any]:
        """End that."""


def operator_routes(operations: Operations) -> Sequence[web.RouteDef]:
    """The routes; each asks for an administrator."""

    async def status(_: web.Request) -> Any:
        return await asyncio.to_thread(operations.status)

    async def cloud(_: web.Request) -> Any:
        return await asyncio.to_thread(operations.cloud)

    async def intent(_: web.Request) -> Any:
        return await asyncio.to_thread(operations.intent)

    async def plan(request: web.Request) -> Any:
        body = await body_of(request)
        return await asyncio.to_thread(operations.plan, _text(body, "text"))

    async def apply(request: web.Request) -> Any:
        body = await body_of(request)
        base = body.get("base_revision", 0)
        if not isinstance(base, int) or isinstance(base, bool):
            raise InputError("base_revision is the revision of the cloud file that the new one was made from")
        return await asyncio.to_thread(operations.apply, _text(body, "text"), base, _origin(request))

    async def history(request: web.Request) -> Any:
        limit, cloud_file = request.query.get("limit", "50"), request.query.get("cloud_file", "false")
        if not re.fullmatch("[0-9]{1,4}", limit) or not 0 < int(limit) <= MOST_HISTORY:
            raise InputError(f"limit is a number from 1 to {MOST_HISTORY}")
        if cloud_file not in ("true", "false"):
            raise InputError("cloud_file is true or false")
        return await asyncio.to_thread(operations.history, int(limit), cloud_file == "true")

    async def rollback(request: web.Request) -> Any:
        body = await body_of(request)
        return await asyncio.to_thread(operations.rollback, _text(body, "change_set"), _origin(request))

    async def approve(request: web.Request) -> Any:
        body = await body_of(request)
        return await asyncio.to_thread(operations.approve, _text(body, "domain"))

    async def drain(request: web.Request) -> Any:
        body = await body_of(request)
        return await asyncio.to_thread(operations.drain, _vip(body), _text(body, "host"), _origin(request))

    async def undrain(request: web.Request) -> Any:
        body = await body_of(request)
        return await asyncio.to_thread(operations.undrain, _vip(body), _text(body, "host"), _origin(request))

    return [
        web.get("/seapoint/v1/status", _for_administrators(status)),
        web.get("/seapoint/v1/cloud", _for_administrators(cloud)),
        web.get("/seapoint/v1/intent", _for_administrators(intent)),
        web.put("/seapoint/v1/cloud", _for_administrators(apply)),
        web.post("/seapoint/v1/plan", _for_administrators(plan)),
        web.get("/seapoint/v1/history", _for_administrators(history)),
        web.post("/seapoint/v1/rollback", _for_administrators(rollback)),
        web.post("/seapoint/v1/approve", _for_administrators(approve)),
        web.post("/seapoint/v1/drain", _for_administrators(drain)),
        web.post("/seapoint/v1/undrain", _for_administrators(undrain)),
    ]


def _for_administrators(handler: Callable[[web.Request], Any]) -> Callable[[web.Request], Any]:
    async def guarded(request: web.Request) -> web.Response:
        if not request[CONTEXT].is_admin:
            raise TenantError("Forbidden", "This is the operator's.", 403)
        return answer(await handler(request))

    return guarded


def _origin(request: web.Request) -> Origin:
    return Origin(actor=request[CONTEXT].actor, request_id=request[REQUEST_ID])


def _vip(body: dict[str, Any]) -> str:
    """The VIP that a request names; empty: it names none, and means the whole host."""
    return _text(body, "vip") if "vip" in body else ""


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise InputError(f"the request needs {key!r}, a text")
    return value
