"""Real daemons that cannot have an address: what the agent says of it, what goes on, and that it ends well."""

import sys
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network

import pytest

from contract.agent.inithost import Host, inithost
from namespaces import eventually
from seapoint.base.addresses import Address
from seapoint.lab.units import DNSDIST, HAPROXY, UNBOUND
from seapoint.render.dnsdist import dnsdist_files, dnsdist_units
from seapoint.render.haproxy import haproxy_files, haproxy_units
from seapoint.render.unbound import unbound_files, unbound_units
from seapoint.target.dnsdist import Dnsdist, Pool
from seapoint.target.haproxy import Check, Haproxy, Peer, Proxy, Status
from seapoint.target.host import HostTarget
from seapoint.target.unbound import Unbound

pytestmark = pytest.mark.root

ADDRESSES = (ip_address("192.0.2.1"), ip_address("2001:db8::1"))
FREE, TAKEN = 7053, 7054
#: Somebody else's daemon at an address, over UDP and TCP.
SQUATTER = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
held = [socket.socket(family, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
for one in held:
    # beside connections that were there before
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, one.type == socket.SOCK_STREAM)
    one.bind((sys.argv[1], int(sys.argv[2])))
held[0].listen()
print("held", flush=True)
sys.stdin.read()
"""
CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)"


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with inithost(DNSDIST, HAPROXY, UNBOUND) as one:
        one.inside.address("lo", "192.0.2.1/32", "2001:db8::1/128")
        yield one


def serves(host: Host, address: Address, port: int) -> bool:
    return host.inside.run(sys.executable, "-c", CONNECT, str(address), str(port), check=False).returncode == 0


def haproxy(*ports: int) -> HostTarget:
    """HAProxy that listens at these ports, over both families."""
    proxies = tuple(
        Proxy(
            f"p{port}",
            tuple((address, port) for address in ADDRESSES),
            mode="tcp",
            certificate=None,
            sources=None,
            method="leastconn",
            sticky=0,
            primary=False,
            check=Check(None, 1000, 1, 1),
            client_address="hidden",
            host=None,
            servers=(),
        )
        for port in ports
    )
    data = Haproxy("h", proxies, Status((), (), ()), (Peer("h", ADDRESSES[0], 7000),))
    return HostTarget("h", files=haproxy_files(data), units=haproxy_units())


def dnsdist(*ports: int) -> HostTarget:
    pools = tuple(
        Pool(f"p{port}", tuple((one, port) for one in ADDRESSES), None, "ordered", "x.example", 1000, 1, 1, ())
        for port in ports
    )
    data = Dnsdist(pools, (ADDRESSES[0], 7001), (ip_network("192.0.2.0/24"),))
    return HostTarget("h", files=dnsdist_files(data), units=dnsdist_units())


def unbound(*ports: int) -> HostTarget:
    data = Unbound(ADDRESSES, (ip_network("192.0.2.0/24"),), (), (), (), port=ports[-1])
    return HostTarget("h", files=unbound_files(data), units=unbound_units())


@pytest.mark.parametrize("address", ADDRESSES, ids=str)
@pytest.mark.parametrize(
    ("daemon", "words", "goes_on"),
    [
        (haproxy, "it serves on with its old configuration: .*cannot bind socket (Address already in use)", True),
        (dnsdist, "Address already in use", False),
        (unbound, "address already in use", False),
    ],
    ids=["haproxy", "dnsdist", "unbound"],
)
def test_an_address_that_another_has_is_told_in_the_daemons_words_until_it_is_free(
    host: Host, daemon: Callable[..., HostTarget], words: str, goes_on: bool, address: Address
) -> None:
    host.apply(daemon(FREE))
    assert serves(host, address, FREE)
    squatter = host.inside.start(sys.executable, "-c", SQUATTER, str(address), str(TAKEN))
    assert squatter.stdout is not None
    assert squatter.stdout.readline() == "held\n"
    said = host.apply(daemon(FREE, TAKEN), code=1)
    for word in words.split(".*"):
        assert word in said
    if goes_on:
        assert serves(host, address, FREE), "the old configuration is in force"
    squatter.communicate("", timeout=60)
    host.apply(daemon(FREE, TAKEN))
    assert serves(host, address, TAKEN)
    assert "reload" not in host.apply(daemon(FREE, TAKEN)), "it is done"
    host.apply(HostTarget("h"))
    eventually(lambda: not serves(host, address, TAKEN))
