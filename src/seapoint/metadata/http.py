"""As much of HTTP/1.1 as instances' questions need (RFC 9112), within limits: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

LARGEST_HEAD = 8192  # octets of a request line and its headers
_METHODS = ("GET", "HEAD")


class RefusedError(Exception):
    """A question that is not passed on; ``status`` is the answer's."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """A question without a body; ``path`` begins with a slash."""

    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Response:
    """An answer with its whole body."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def parse_request(head: bytes) -> Request:
    """The request whose head this is, up to the empty line; raises RefusedError.

    Of the headers only those are looked at that announce a body. What an instance says of itself (X-Forwarded-For,
    X-Instance-ID ...) goes no further.
    """
    lines = head.split(b"\r\n")
    words = lines[0].split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
        raise RefusedError(HTTPStatus.BAD_REQUEST)
    method, path = (word.decode("latin-1") for word in words[:2])
    if method not in _METHODS:
        raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED)
    if not path.startswith("/") or not (path.isascii() and path.isprintable()):
        raise RefusedError(HTTPStatus.BAD_REQUEST)
    names = {line.partition(b":")[0].strip().lower() for line in lines[1:]}
    if b"transfer-encoding" in names or b"content-length" in names:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return Request(method, path)


def rendered(response: Response, method: str = "GET") -> bytes:
    """The answer on the wire. The connection ends with it: instances ask seldom."""
    phrase = HTTPStatus(response.status).phrase if response.status in {*HTTPStatus} else ""
    headers = {**response.headers, "Content-Length": str(len(response.body)), "Connection": "close"}
    lines = [f"HTTP/1.1 {response.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + (b"" if method == "HEAD" else response.body)
