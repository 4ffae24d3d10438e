"""The agent's line to the server: HTTPS with both sides' certificates. Paths and bodies: ``seapoint.api.agents``."""

import http.client
import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from seapoint.base.errors import EngineError, InputError, UnreachableError
from seapoint.target.host import HostTarget
from seapoint.target.report import HostReport

CONNECT_SECONDS = 5.0

#: Seconds beyond the poll's own after which a silent server counts as gone.
GRACE = 10.0


class ServerLine:
    """One connection, made anew whenever it broke, and so with renewed certificates. For one thread."""

    def __init__(self, url: str, ca: Path, certificate: Path, key: Path) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.hostname is None:
            raise InputError(f"{url}: write https://HOST:PORT")
        self._host, self._port, self._base = parts.hostname, parts.port or 443, parts.path.rstrip("/")
        self._files = (ca, certificate, key)
        self._connection: http.client.HTTPSConnection | None = None

    def poll(self, digest: str, seconds: float) -> HostTarget | None:
        """The target that is not the one of this digest; None: there is none yet.

        Raises UnreachableError, or EngineError where the server refuses or speaks nonsense.
        """
        query = urlencode({"since": digest, "wait": f"{seconds:g}"})
        answer = self._ask("GET", f"/agent/v1/target?{query}", None, seconds + GRACE)
        if answer is None:
            return None
        try:
            target = HostTarget.from_json(answer["target"])
        except (KeyError, TypeError, ValueError) as error:
            raise EngineError(f"the server's target is not understood: {error!r}") from error
        if target.digest() != answer.get("digest"):
            raise EngineError("the server's target does not have the digest that it was sent with")
        return target

    def report(self, report: HostReport) -> None:
        """Tell the server; raises as ``poll``."""
        self._ask("POST", "/agent/v1/report", json.dumps(report.to_json()), GRACE)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, method: str, path: str, body: str | None, patience: float) -> dict[str, Any] | None:
        try:
            connection = self._connected()
            assert connection.sock is not None
            connection.sock.settimeout(patience)
            connection.request(method, self._base + path, body, {"Content-Type": "application/json"})
            with connection.getresponse() as response:
                text, status = response.read(), response.status
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise UnreachableError(f"the server {self._host} port {self._port} does not answer: {error}") from error
        if status in {204, 304}:
            return None
        if status != 200:
            raise EngineError(f"the server refuses ({status}): {text[:300].decode(errors='replace')}")
        try:
            answer = json.loads(text)
        except ValueError as error:
            raise EngineError("the server's answer is no JSON") from error
        return answer if isinstance(answer, dict) else None

    def _connected(self) -> http.client.HTTPSConnection:
        if self._connection is None:
            ca, certificate, key = self._files
            context = ssl.create_default_context(cafile=str(ca))
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            context.load_cert_chain(certificate, key)
            self._connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=CONNECT_SECONDS, context=context
            )
        if self._connection.sock is None:
            self._connection.timeout = CONNECT_SECONDS
            self._connection.connect()
        return self._connection
