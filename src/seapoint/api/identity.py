"""Who asks. One administrator's token today; Keystone's place is here."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from seapoint.base.errors import SeapointError

UNAUTHORIZED = {
    "error": {
        "code": 401,
        "title": "Unauthorized",
        "message": "The request you have made requires authentication.",
    }
}


class UnauthorizedError(SeapointError):
    """The request carries no token, or an unknown one."""


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, for the request's whole way."""

    project_id: str  # owner of what is made without naming one; empty: the cloud's default project
    is_admin: bool
    actor: str  # for the change log


Authenticate = Callable[[Mapping[str, str]], Context]


def administrator_token(token: str) -> Authenticate:
    """Accept one token, as administrator; ``X-Project-Id`` may name the project to act for."""
    if not token:
        raise ValueError("an empty administrator token would let everybody in")
    expected = token.encode()

    def authenticate(headers: Mapping[str, str]) -> Context:
        given = headers.get("X-Auth-Token", "").encode(errors="replace")
        if not hmac.compare_digest(given, expected):
            raise UnauthorizedError("no valid X-Auth-Token")
        return Context(headers.get("X-Project-Id", ""), is_admin=True, actor="admin")

    return authenticate
