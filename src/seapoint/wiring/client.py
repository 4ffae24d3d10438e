"""Asks a running server, as the command line does: the operator's API and the Networking API over HTTP."""

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from seapoint.base.errors import ConflictError, EngineError, InputError, SeapointError, UnreachableError

ANSWER_SECONDS = 60.0
_FORBIDDEN, _CONFLICT = (401, 403), 409
_CLIENTS_FAULT = range(400, 500)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token goes to the server that was named and to nobody else."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none: the redirect itself is the answer, an error."""


#: Through no proxy: a server is reached over the management network, whatever the environment says of the web.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


@dataclass(frozen=True, slots=True)
class Client:
    """A server's address, such as http://127.0.0.1:9696, and the administrator's token."""

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raises InputError for an address that is none."""
        try:
            parts = urlsplit(self.url)
            right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:  # brackets or a port that are none
            right = False
        if not right:
            raise InputError(f"{self.url!r} is no server's address: write http://HOST:PORT, IPv6 in brackets")

    def get(self, path: str) -> Any:
        """What stands at a path."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request: its JSON answer.

        Raises InputError where the server refuses, ConflictError where somebody else was quicker, SeapointError where
        it does not take the token, UnreachableError where no answer came (what was asked may be done or not),
        EngineError where it fails.
        """
        try:
            request = urllib.request.Request(  # noqa: S310 - the scheme was looked at above
                f"{self.url}{path}",
                method=method,
                data=None if body is None else json.dumps(body).encode(),
                headers={"X-Auth-Token": self.token, "Content-Type": "application/json", "Accept": "application/json"},
            )
            with _OPENER.open(request, timeout=ANSWER_SECONDS) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(self.url, error.code, error.read()) from error
        except (OSError, http.client.HTTPException) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            raise UnreachableError(f"the server at {self.url} does not answer: {reason}") from error
        try:
            return json.loads(text) if text else None
        except ValueError as error:
            raise EngineError(f"what answers at {self.url} is no Seapoint server") from error


def _refusal(url: str, status: int, body: bytes) -> Exception:
    if status in _FORBIDDEN:
        return SeapointError(f"the server at {url} does not take this token (HTTP status {status})")
    try:
        message = str(json.loads(body)["NeutronError"]["message"])
    except (ValueError, KeyError, TypeError):
        message = body.decode(errors="replace") or f"HTTP status {status}"
    if status == _CONFLICT:
        return ConflictError(message)
    return InputError(message) if status in _CLIENTS_FAULT else EngineError(f"the server failed: {message}")
