"""Asks a running server, as the command line does: the operator's API and the Networking API over HTTP."""

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from seapoint.base.errors import ConflictError, EngineError, InputError

ANSWER_SECONDS = 60.0
_CONFLICT = 409
_CLIENTS_FAULT = range(400, 500)


@dataclass(frozen=True, slots=True)
class Client:
    """A server's address, such as http://127.0.0.1:9696, and the administrator's token."""

    url: str
    token: str

    def get(self, path: str) -> Any:
        """What stands at a path."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request: its JSON answer.

        Raises InputError where the server refuses, ConflictError where somebody else was quicker, EngineError where it
        does not answer.
        """
        request = urllib.request.Request(  # noqa: S310 - the scheme is http or https by the operator's own settings
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Auth-Token": self.token, "Content-Type": "application/json", "Accept": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - as above
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.code, error.read()) from error
        except (OSError, http.client.HTTPException) as error:
            raise EngineError(f"the server at {self.url} does not answer: {error}") from error
        return json.loads(text) if text else None


def _refusal(status: int, body: bytes) -> Exception:
    try:
        data = json.loads(body)
        message = str(data.get("error") or data["NeutronError"]["message"])
    except (ValueError, KeyError, TypeError, AttributeError):
        message = body.decode(errors="replace") or f"HTTP status {status}"
    if status == _CONFLICT:
        return ConflictError(message)
    return InputError(message) if status in _CLIENTS_FAULT else EngineError(f"the server failed: {message}")
