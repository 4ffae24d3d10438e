"""Real recursors with a real name server beside them: what those inside are answered. Strangers: see tests/lab."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode
import pytest

from contract.dns.conftest import Server, free_port, until
from seapoint.base.addresses import host_network
from seapoint.base.errors import EngineError
from seapoint.change.diff import diff
from seapoint.render.unbound import STATE, unbound_conf
from seapoint.target.changes import Items
from seapoint.target.dns import RecordKey, RecordSet
from seapoint.target.knot import Reader, ServedZone
from seapoint.target.unbound import Unbound

PUBLIC, INSIDE = "public.example", "inside.example"
REVERSE = "16.172.in-addr.arpa"
ALIAS = RecordKey(INSIDE, f"32.6.57.15.185.rpz-ip.{INSIDE}", "A")
TARGET: Items = {
    RecordKey(PUBLIC, f"shop.{PUBLIC}", "A"): RecordSet(60, ("185.15.57.6",)),
    RecordKey(PUBLIC, f"both.{PUBLIC}", "A"): RecordSet(60, ("192.0.2.7",)),
    RecordKey(PUBLIC, f"both.{PUBLIC}", "AAAA"): RecordSet(60, ("2001:db8::7",)),
    RecordKey(REVERSE, f"5.1.{REVERSE}", "PTR"): RecordSet(60, (f"both.{PUBLIC}.",)),
    ALIAS: RecordSet(60, ("172.16.1.5",)),
}


@dataclass
class Recursor:
    """One unbound with the configuration that we render, but for paths, ports, the user, and that it asks itself."""

    server: Server
    port: int
    directory: Path

    @property
    def config(self) -> Path:
        return self.directory / "unbound.conf"

    def write(self) -> None:
        here = (self.server.address,)
        mine = (host_network(self.server.address),)
        text = unbound_conf(Unbound(here, mine, here, (PUBLIC, REVERSE), here, INSIDE, here, self.port))
        for word in ("stub-addr", "primary"):
            text = text.replace(f"{word}: {here[0]}@{self.port}", f"{word}: {here[0]}@{self.server.port}")
        text = text.replace("username: unbound", 'username: ""\n    do-not-query-localhost: no')
        self.config.write_text(text.replace(STATE, str(self.directory)))

    def ask(self, name: str, kind: str) -> tuple[str, set[str]]:
        """Status and data; nothing while nobody listens."""
        try:
            answer = dns.query.udp(dns.message.make_query(name, kind), str(self.server.address), 5, self.port)
        except (OSError, dns.exception.DNSException):
            return "", set()
        return dns.rcode.to_text(answer.rcode()), {data.to_text() for one in answer.answer for data in one}


@pytest.fixture
def recursor(server: Server) -> Iterator[Recursor]:
    directory = Path(tempfile.mkdtemp(prefix="seapoint-unbound-"))
    one = Recursor(server, free_port(server.address), directory)
    reader = Reader(INSIDE, (server.address,), (server.address,))
    server.write(*(ServedZone(name) for name in (PUBLIC, REVERSE, INSIDE)), reader=reader, told=one.port)
    server.reload()
    engine = server.engine()
    until(lambda: _brought(engine.observe, engine.transact))
    engine.close()
    one.write()
    subprocess.run(["unbound-checkconf", str(one.config)], check=True, capture_output=True)
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(["unbound", "-d", "-c", str(one.config)], stdout=log, stderr=log)
    try:
        until(lambda: one.ask(f"both.{PUBLIC}", "A")[0] == "NOERROR")
        yield one
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(directory)


def _brought(observe: Callable[[], Items], transact: Callable[[object], None]) -> bool:
    """Whether the server holds the target; its zones come with a reload, which takes its time."""
    held = observe()
    with suppress(EngineError):
        transact(diff(held, TARGET))
    return held == TARGET


def test_both_families_and_the_names_of_private_addresses(recursor: Recursor) -> None:
    assert recursor.ask(f"both.{PUBLIC}", "A") == ("NOERROR", {"192.0.2.7"})
    assert recursor.ask(f"both.{PUBLIC}", "AAAA") == ("NOERROR", {"2001:db8::7"})
    assert recursor.ask(f"5.1.{REVERSE}", "PTR") == ("NOERROR", {f"both.{PUBLIC}."})
    assert recursor.ask(f"nobody.{PUBLIC}", "A") == ("NXDOMAIN", set())


def test_a_floating_ip_is_answered_with_what_it_leads_to_at_every_moment(recursor: Recursor) -> None:
    until(lambda: recursor.ask(f"shop.{PUBLIC}", "A") == ("NOERROR", {"172.16.1.5"}))
    for fixed, answer in (("172.16.9.9", "172.16.9.9"), (None, "185.15.57.6"), ("172.16.1.5", "172.16.1.5")):
        wanted = {key: value for key, value in TARGET.items() if key != ALIAS}
        if fixed:
            wanted[ALIAS] = RecordSet(60, (fixed,))
        engine = recursor.server.engine()
        engine.transact(diff(engine.observe(), wanted))
        engine.close()
        until(lambda answer=answer: recursor.ask(f"shop.{PUBLIC}", "A") == ("NOERROR", {answer}))  # type: ignore[misc]
        assert recursor.ask(f"both.{PUBLIC}", "A") == ("NOERROR", {"192.0.2.7"}), "other addresses are as they are"
