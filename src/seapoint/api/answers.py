"""From results and errors to HTTP answers: one middleware for request ids, identity and Neutron's error bodies."""

import logging
from uuid import uuid4

import orjson
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from seapoint.api.identity import UNAUTHORIZED, Authenticate, Context, UnauthorizedError
from seapoint.base.errors import ConflictError, EngineError, InputError, TenantError
from seapoint.intent.formats import Json

LOG = logging.getLogger(__name__)
CONTEXT = web.RequestKey("context", Context)
REQUEST_ID = web.RequestKey("request_id", str)
TENANTS_PATH = "/v2.0/"
OPEN_PATHS = ("/", "/healthcheck")  # answered without a token


def answer(body: Json, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")


def neutron_error(kind: str, message: str, status: int) -> web.Response:
    """Source: OpenStack Networking API v2.0, faults."""
    return answer({"NeutronError": {"type": kind, "message": message, "detail": ""}}, status)


def middleware(authenticate: Authenticate) -> Middleware:
    """Give each request its id and its context, and each error its body."""

    @web.middleware
    async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
        request_id = f"req-{uuid4()}"
        request[REQUEST_ID] = request_id
        try:
            if request.path not in OPEN_PATHS:
                request[CONTEXT] = authenticate(request.headers)
                _check_allowed(request.path, request[CONTEXT])
            response = await handler(request)
        except UnauthorizedError:
            response = answer(UNAUTHORIZED, 401)
            response.headers[hdrs.WWW_AUTHENTICATE] = "Keystone uri='/'"
        except TenantError as error:
            response = neutron_error(error.kind, str(error), error.status)
        except InputError as error:
            response = neutron_error("HTTPBadRequest", str(error), 400)
        except ConflictError as error:
            response = neutron_error("Conflict", str(error), 409)
        except EngineError as error:
            LOG.warning("%s: %s %s: %s", request_id, request.method, request.path, error)
            response = neutron_error("ServiceUnavailable", str(error), 503)
        except web.HTTPException as error:
            response = neutron_error(type(error).__name__, error.text or error.reason, error.status)
            if hdrs.ALLOW in error.headers:
                response.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
        except Exception:
            LOG.exception("%s: %s %s failed", request_id, request.method, request.path)
            message = "Request Failed: internal server error while processing your request."
            response = neutron_error("HTTPInternalServerError", message, 500)
        response.headers["X-Openstack-Request-Id"] = request_id
        return response

    return around


def _check_allowed(path: str, context: Context) -> None:
    """No request is bounded to its project yet, so nobody but who may see all is answered."""
    if path.startswith(TENANTS_PATH) and not context.is_admin:
        raise TenantError("PolicyNotAuthorized", "Only the administrator is served.", 403)


async def body_of(request: web.Request) -> dict[str, Json]:
    """The request's JSON object; raises TenantError 400."""
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError as error:
        raise TenantError("HTTPBadRequest", f"The request's body is no JSON: {error}.") from None
    if not isinstance(body, dict):
        raise TenantError("HTTPBadRequest", "The request's body is no JSON object.")
    return body
