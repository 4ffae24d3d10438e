"""The proxy's line to the server: a question with the host's own certificate. Paths: ``seapoint.api.metadata``."""

import asyncio
import http.client
import io
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from seapoint.base.errors import InputError
from seapoint.metadata.http import Response

LARGEST_ANSWER = 1 << 20  # octets: user data are 64 KiB at most
#: Headers of the server's answer that an instance is told.
_TOLD = ("Content-Type",)


@dataclass(frozen=True, slots=True)
class ServerLine:
    """Where the server is, and this host's certificate; each question is a connection of its own."""

    host: str
    port: int
    ca: Path
    certificate: Path
    key: Path

    async def ask(self, path: str, network: str, address: str) -> Response:
        """What the server answers an address of a network. Raises OSError, also for nonsense."""
        reader, writer = await asyncio.open_connection(
            self.host, self.port, ssl=self._tls(), server_hostname=self.host, limit=LARGEST_ANSWER
        )
        query = urlencode({"network": network, "address": address, "path": path})
        name = f"[{self.host}]" if ":" in self.host else self.host
        try:
            writer.write(f"GET /agent/v1/metadata?{query} HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
            text = await reader.read(LARGEST_ANSWER + 1)
            while not reader.at_eof() and len(text) <= LARGEST_ANSWER:
                text += await reader.read(LARGEST_ANSWER + 1 - len(text))
        finally:
            writer.close()
        if len(text) > LARGEST_ANSWER:
            raise OSError(f"the server's answer is larger than {LARGEST_ANSWER} octets")
        return _parsed(text)

    def _tls(self) -> ssl.SSLContext:
        """Read anew for each question: certificates are renewed."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.certificate, self.key)
        return context


def server_line(url: str, ca: Path, certificate: Path, key: Path) -> ServerLine:
    """Raises InputError for an address that is none."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname is None:
        raise InputError(f"{url}: write https://HOST:PORT")
    return ServerLine(parts.hostname, parts.port or 443, ca, certificate, key)


class _Text(io.BytesIO):
    """Bytes as http.client reads them from a socket."""

    def makefile(self, *_: object) -> "_Text":
        return self


def _parsed(text: bytes) -> Response:
    response = http.client.HTTPResponse(_Text(text))  # type: ignore[arg-type]  # it needs nothing but makefile()
    try:
        response.begin()
        body = response.read()
    except http.client.HTTPException as error:
        raise OSError(f"the server's answer is not understood: {error!r}") from error
    headers = {name: value for name in _TOLD if (value := response.headers.get(name)) is not None}
    return Response(response.status, body, headers)
