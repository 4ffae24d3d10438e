"""What instances may ask, and what is answered on the wire."""

import pytest

from seapoint.metadata.http import RefusedError, Request, Response, parse_request, rendered

HOST = "Host: 169.254.169.254\r\n"


def head(line: str, headers: str = HOST) -> bytes:
    return f"{line}\r\n{headers}\r\n".encode("latin-1")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_of_a_question_method_and_path_are_heard(method: str) -> None:
    forged = f"{HOST}X-Forwarded-For: 192.0.2.9\r\nX-Instance-ID: other\r\n"
    assert parse_request(head(f"{method} /latest/?a=b HTTP/1.1", forged)) == Request(method, "/latest/?a=b")


@pytest.mark.parametrize(
    ("line", "headers", "status"),
    [
        ("PUT /latest/api/token HTTP/1.1", HOST, 405),
        ("POST / HTTP/1.1", HOST, 405),
        ("GET / HTTP/1.1", "Content-Length: 5\r\n", 413),
        ("GET / HTTP/1.1", "transfer-encoding: chunked\r\n", 413),
        ("GET http://other/ HTTP/1.1", HOST, 400),
        ("GET /a b HTTP/1.1", HOST, 400),
        ("GET /\x01 HTTP/1.1", HOST, 400),
        ("GET /\xe9 HTTP/1.1", HOST, 400),
        ("GET /", HOST, 400),
        ("GET / SMTP/1.0", HOST, 400),
        ("", "", 400),
    ],
)
def test_what_is_not_passed_on(line: str, headers: str, status: int) -> None:
    with pytest.raises(RefusedError) as refused:
        parse_request(head(line, headers))
    assert refused.value.status == status


def test_an_answer_tells_its_length_and_ends_the_connection() -> None:
    text = rendered(Response(200, b"mine", {"Content-Type": "text/plain"}))
    assert text.startswith(b"HTTP/1.1 200 OK\r\n")
    assert text.endswith(b"\r\n\r\nmine")
    for line in (b"Content-Type: text/plain", b"Content-Length: 4", b"Connection: close"):
        assert line in text.split(b"\r\n")


def test_the_answer_to_head_has_no_body_but_its_length() -> None:
    text = rendered(Response(404, b"nothing"), "HEAD")
    assert text.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert text.endswith(b"Content-Length: 7\r\nConnection: close\r\n\r\n")
