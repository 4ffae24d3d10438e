"""The few requests of the Networking API that Nova makes, over plain HTTP with a token."""

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from seapoint.base.errors import EngineError, InputError

ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Networking:
    """An endpoint of the Networking API v2.0, such as http://127.0.0.1:9696, and a token for it."""

    url: str
    token: str

    def port(self, name: str) -> dict[str, Any]:
        return self._ask("GET", "port", name)

    def network(self, name: str) -> dict[str, Any]:
        return self._ask("GET", "network", name)

    def subnet(self, name: str) -> dict[str, Any]:
        return self._ask("GET", "subnet", name)

    def update_port(self, name: str, values: dict[str, str]) -> dict[str, Any]:
        return self._ask("PUT", "port", name, values)

    def _ask(self, method: str, kind: str, name: str, values: dict[str, str] | None = None) -> dict[str, Any]:
        """One request about one object; InputError when the API refuses, EngineError when it does not answer."""
        request = urllib.request.Request(  # noqa: S310 - the scheme is http or https by the operator's own file
            f"{self.url}/v2.0/{kind}s/{name}",
            method=method,
            data=json.dumps({kind: values}).encode() if values is not None else None,
            headers={"X-Auth-Token": self.token, "Content-Type": "application/json", "Accept": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - as above
                found: dict[str, Any] = json.load(answer)[kind]
        except urllib.error.HTTPError as error:
            with error:
                raise InputError(_refusal(error.read()) or f"{method} {kind} {name}: {error}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise EngineError(f"the Networking API at {self.url} does not answer: {error}") from error
        return found


def _refusal(body: bytes) -> str:
    """The API's own sentence, where it is one."""
    try:
        return str(json.loads(body)["NeutronError"]["message"])
    except (ValueError, KeyError, TypeError):
        return ""
