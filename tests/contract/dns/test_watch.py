"""A name server that hangs up instead of answering is one that does not answer, and is asked again."""

import socket
import struct
import threading
from ipaddress import ip_address

import dns.message
import pytest

from seapoint.engines.dns import DnsServer
from seapoint.engines.tsig import TsigKey

PATIENCE = 30.0


def serve(listener: socket.socket) -> None:
    """Hang up on the first caller, answer the second."""
    listener.accept()[0].close()
    caller, _ = listener.accept()
    with caller, caller.makefile("rb") as asked:
        (length,) = struct.unpack("!H", asked.read(2))
        answer = dns.message.make_response(dns.message.from_wire(asked.read(length))).to_wire()
        caller.sendall(struct.pack("!H", len(answer)) + answer)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_server_that_hangs_up_is_asked_again(address: str) -> None:
    heard = threading.Event()
    with socket.create_server((address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        engine = DnsServer(ip_address(address), lambda: TsigKey("", "", ""), tuple, listener.getsockname()[1])
        engine.watch(lambda _: heard.set())
        engine.start()
        try:
            assert heard.wait(PATIENCE)
        finally:
            engine.close()
        thread.join(PATIENCE)
