"""What stand-ins for backends answer to datagrams."""

import dns.message
import pytest

from seapoint.lab.apis import dns_answer


@pytest.mark.parametrize("kind", ["TXT", "A", "AAAA"])
def test_a_query_is_answered_with_who_asked(kind: str) -> None:
    query = dns.message.make_query("whoami.example", kind, use_edns=False)
    answer = dns.message.from_wire(dns_answer(query.to_wire(), b"2001:db8::1 backend"))
    assert query.is_response(answer)
    assert [one.to_text() for one in answer.answer] == ['whoami.example. 0 IN TXT "2001:db8::1 backend"']


def test_options_of_a_query_are_not_answered() -> None:
    query = dns.message.make_query("whoami.example", "TXT", use_edns=True)
    assert query.is_response(dns.message.from_wire(dns_answer(query.to_wire(), b"192.0.2.1 backend")))


@pytest.mark.parametrize("datagram", [b"", b"hello", bytes(12), bytes(40), b"\xff" * 40])
def test_what_is_no_query_has_no_dns_answer(datagram: bytes) -> None:
    assert dns_answer(datagram, b"192.0.2.1 backend") == b""
