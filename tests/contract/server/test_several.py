"""Two servers on one PostgreSQL: one runs the loop, the other answers tenants and operators just as well."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from databases import Postgres, postgres
from seapoint.base.errors import EngineError

from .conftest import BASE, Server, until

pytestmark = pytest.mark.root
CIDRS = {4: ["172.16.8.0/24"], 6: ["2001:db8:a:8::/64"], 46: ["172.16.8.0/24", "2001:db8:a:8::/64"]}


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture
def servers(database: Postgres, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    url = database.new_url()
    made = []
    for name in ("loop", "other"):
        (tmp_path / name).mkdir()
        made.append(Server(tmp_path / name, more=f'database = "{url}"\n'))
    loop, other = made
    other.more += f'loop_server = "{loop.client.url}"\n'
    for server in made:
        server.start()
    yield loop, other
    for server in made:
        if server.process is not None:
            server.process.kill()
            server.process.wait()


def make(server: Server, kind: str, **values: Any) -> Any:
    return server.client.ask("POST", f"/v2.0/{kind}s", {kind: values})[kind]


def apply(server: Server) -> None:
    base = server.client.get("/seapoint/v1/cloud")["revision"]
    server.client.ask("PUT", "/seapoint/v1/cloud", {"text": BASE, "base_revision": base})


def network_of(server: Server, family: int) -> str:
    network: str = make(server, "network")["id"]
    for cidr in CIDRS[family]:
        make(server, "subnet", network_id=network, ip_version=6 if ":" in cidr else 4, cidr=cidr)
    return network


def addresses(port: Any) -> set[str]:
    return {fixed["ip_address"] for fixed in port["fixed_ips"]}


def test_each_reads_at_once_what_the_other_has_written(servers: tuple[Server, Server]) -> None:
    loop, other = servers
    network = network_of(loop, 46)
    for number in range(20):
        writer, reader = servers if number % 2 else (other, loop)
        port = make(writer, "port", network_id=network, name=str(number))
        assert reader.client.get(f"/v2.0/ports/{port['id']}")["port"] == port
        writer.client.ask("PUT", f"/v2.0/ports/{port['id']}", {"port": {"name": "again"}})
        assert reader.client.get(f"/v2.0/ports/{port['id']}")["port"]["name"] == "again"
        writer.client.ask("DELETE", f"/v2.0/ports/{port['id']}")
        assert port["id"] not in {one["id"] for one in reader.client.get("/v2.0/ports")["ports"]}


def test_the_loop_carries_out_what_another_server_was_told(servers: tuple[Server, Server]) -> None:
    loop, other = servers
    apply(other)
    hosts = {"edge1", "edge2", "gw1", "hv1", "ctl1"}
    until(lambda: set(loop.client.get("/seapoint/v1/status")["hosts"]) == hosts, "hosts have their targets")
    # the file's rules hold at both: the overlay's type is the cloud's
    assert make(loop, "network")["provider:network_type"] == "geneve"
    assert make(other, "network")["provider:network_type"] == "geneve"
    assert other.client.get("/seapoint/v1/history") == loop.client.get("/seapoint/v1/history")
    revision = other.client.get("/seapoint/v1/intent")["revision"]
    until(
        lambda: loop.client.get("/seapoint/v1/status")["domains"]["hosts"]["revision"] == revision,
        "the loop is at the newest revision",
    )


def test_what_only_the_loop_s_server_knows_is_asked_there(servers: tuple[Server, Server]) -> None:
    loop, other = servers
    apply(loop)
    for ask in (
        lambda: other.client.get("/seapoint/v1/status"),
        lambda: other.client.ask("POST", "/seapoint/v1/approve", {"domain": "ovn"}),
    ):
        with pytest.raises(EngineError, match=f"ask {loop.client.url}"):
            ask()


@pytest.mark.parametrize("family", [4, 6, 46])
def test_no_address_twice_though_one_is_killed(servers: tuple[Server, Server], family: int) -> None:
    """Both make ports at once, and one dies in the middle: what either has answered is there, once."""
    loop, other = servers
    network = network_of(loop, family)
    answered: list[Any] = []

    def write(number: int) -> None:
        server = servers[number % 2]
        try:
            answered.append(make(server, "port", network_id=network, name=str(number)))
        except EngineError:
            return  # not answered: it may be there, whole, or not
        if len(answered) == 40 and other.process is not None:
            other.process.send_signal(signal.SIGKILL)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(120)))
    assert len(answered) >= 60, "who lives goes on"
    assert other.process is not None
    other.process.wait()
    other.start()
    ports = {port["id"]: port for port in loop.client.get(f"/v2.0/ports?network_id={network}")["ports"]}
    assert {port["id"]: port for port in other.client.get(f"/v2.0/ports?network_id={network}")["ports"]} == ports
    for port in answered:
        assert addresses(ports[port["id"]]) == addresses(port)
        assert len(addresses(port)) == len(CIDRS[family])
    given = [address for port in ports.values() for address in addresses(port)]
    assert len(given) == len(set(given))


def test_a_server_waits_for_its_database_and_outlives_it(database: Postgres, tmp_path: Path) -> None:
    server = Server(tmp_path, more=f'database = "{database.new_url()}"\n')
    server.start()
    network = network_of(server, 46)
    database.stop()
    with pytest.raises(EngineError, match="database"):
        server.client.get("/v2.0/networks")
    with pytest.raises(EngineError, match="database"):
        make(server, "port", network_id=network)
    assert server.end() == 0
    with ThreadPoolExecutor(1) as thread:
        starting = thread.submit(server.start)
        until(lambda: "waiting for the database" in server.log, "it waits")
        database.start()
        starting.result()
    assert addresses(make(server, "port", network_id=network)) == {"172.16.8.2", "2001:db8:a:8::2"}
    assert server.end() == 0
    assert "Traceback" not in server.log


def test_a_server_without_the_loop_needs_a_shared_database_and_no_agents(server: Server) -> None:
    server.more = 'loop_server = "http://192.0.2.1:9696"\n'
    assert "must be a PostgreSQL" in server.refused()
    server.more += 'database = "postgresql://a@[2001:db8::1]/a"\nagents_address = "::1"\n'
    assert "leave agents_address or loop_server out" in server.refused()
