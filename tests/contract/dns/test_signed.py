"""Signed zones (DNSSEC) on two real name servers, asked through a resolver that validates: what is and what is not.

Each server signs for itself, with one key: signatures of either must fit what the other says of its keys.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from contract.dns.conftest import Server, free_port, serving, until
from seapoint.change.diff import diff
from seapoint.engines.pki import new_private_key
from seapoint.target.changes import Items
from seapoint.target.dns import RecordKey, RecordSet
from seapoint.target.knot import ServedZone

VM, REVERSE, PLAIN = "vm.example", "1.10.in-addr.arpa", "plain.example"
ZONES = (ServedZone(VM, signed=True), ServedZone(REVERSE, signed=True), ServedZone(PLAIN))
TARGET: Items = {
    RecordKey(VM, f"both.one.{VM}", "A"): RecordSet(60, ("10.1.0.7", "10.1.0.8")),
    RecordKey(VM, f"both.one.{VM}", "AAAA"): RecordSet(60, ("2001:db8::7",)),
    RecordKey(REVERSE, f"7.0.{REVERSE}", "PTR"): RecordSet(60, (f"both.one.{VM}.",)),
    RecordKey(PLAIN, f"www.{PLAIN}", "A"): RecordSet(60, ("10.1.0.9",)),
}
LATER: Items = {
    RecordKey(VM, f"later.one.{VM}", "A"): RecordSet(60, ("10.1.0.10",)),
    RecordKey(VM, f"later.one.{VM}", "AAAA"): RecordSet(60, ("2001:db8::10",)),
}


@pytest.fixture
def pair(server: Server) -> Iterator[tuple[Server, Server]]:
    """Two servers with one key, that hold the target."""
    key = new_private_key()
    with serving(server.address) as second:
        for one in (server, second):
            one.write(*ZONES)
            one.sign(key)
            bring(one, TARGET)
        yield server, second


def bring(server: Server, target: Items) -> None:
    engine = server.engine()
    until(lambda: bool(said(server, PLAIN, "SOA").answer))
    engine.transact(diff(engine.observe(), target))
    assert engine.observe() == target
    assert diff(engine.observe(), target) == [], "signatures are no drift"
    engine.close()


def said(server: Server, name: str, kind: str) -> dns.message.Message:
    question = dns.message.make_query(name, kind, want_dnssec=True)
    return dns.query.udp(question, str(server.address), 5, server.port)


def signed(answer: dns.message.Message) -> tuple[dns.rrset.RRset, dns.rrset.RRset]:
    """An answer's set and its signatures."""
    found = {one.rdtype: one for one in answer.answer}
    signatures = found.pop(dns.rdatatype.RRSIG)
    (records,) = found.values()
    return records, signatures


def test_what_either_server_signs_fits_the_keys_that_either_tells(pair: tuple[Server, Server]) -> None:
    for keys_of in pair:
        keys, own = signed(said(keys_of, VM, "DNSKEY"))
        held = {dns.name.from_text(VM): keys}
        dns.dnssec.validate(keys, own, held)
        for asked in pair:
            for kind in ("A", "AAAA"):
                dns.dnssec.validate(*signed(said(asked, f"both.one.{VM}", kind)), held)


def test_a_zone_that_is_not_to_be_signed_is_not(pair: tuple[Server, Server]) -> None:
    assert {one.rdtype for one in said(pair[0], f"www.{PLAIN}", "A").answer} == {dns.rdatatype.A}


def test_a_server_without_the_key_says_what_is_missing(server: Server) -> None:
    server.write(*ZONES)
    ran = subprocess.run(
        ["sh", str(server.directory / "keys.sh"), "start"], check=False, capture_output=True, text=True
    )
    assert ran.returncode == 1
    assert f"a private key in {server.directory}/signing.pem, the same on all name servers" in ran.stderr


class Resolver:
    """A stock resolver that asks both servers and trusts what the zones' parents would be told."""

    def __init__(self, directory: Path, pair: tuple[Server, Server]) -> None:
        self.server, self.port = pair[0], free_port(pair[0].address)
        lines = [
            "server:",
            f'directory: "{directory}"',
            'chroot: ""',
            'username: ""',
            'pidfile: ""',
            "use-syslog: no",
            "do-not-query-localhost: no",
            f"interface: {self.server.address}@{self.port}",
            f"access-control: {self.server.address} allow",
            'local-zone: "10.in-addr.arpa." nodefault',
            "cache-max-ttl: 0",
            "cache-max-negative-ttl: 0",
            *(f'trust-anchor: "{anchor}"' for zone in (VM, REVERSE) for anchor in anchors(self.server, zone)),
        ]
        for zone in (VM, REVERSE, PLAIN):
            servers = (f"stub-addr: {one.address}@{one.port}" for one in pair)
            lines += ["stub-zone:", f'name: "{zone}."', *servers]
        self.config = directory / "unbound.conf"
        self.config.write_text("\n".join(lines) + "\n")

    def ask(self, name: str, kind: str) -> tuple[str, bool, set[str]]:
        """Status, whether it is secure, and data; nothing while nobody listens."""
        question = dns.message.make_query(name, kind, flags=dns.flags.RD | dns.flags.AD)
        try:
            answer = dns.query.udp(question, str(self.server.address), 5, self.port)
        except (OSError, dns.exception.DNSException):
            return "", False, set()
        data = {one.to_text() for found in answer.answer for one in found}
        return dns.rcode.to_text(answer.rcode()), bool(answer.flags & dns.flags.AD), data


def anchors(server: Server, zone: str) -> list[str]:
    """The DS records for the zone's parent."""
    words = ["keymgr", "-c", str(server.directory / "knot.conf"), zone, "ds"]
    told = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    assert told
    return told


@pytest.fixture
def resolver(pair: tuple[Server, Server]) -> Iterator[Resolver]:
    directory = Path(tempfile.mkdtemp(prefix="seapoint-validating-"))
    one = Resolver(directory, pair)
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(["unbound", "-d", "-c", str(one.config)], stdout=log, stderr=log)
    try:
        until(lambda: one.ask(f"www.{PLAIN}", "A")[0] == "NOERROR")
        yield one
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(directory)


def test_a_resolver_that_validates_finds_it_secure_whichever_server_answers(
    resolver: Resolver, pair: tuple[Server, Server]
) -> None:
    assert anchors(pair[0], VM) == anchors(pair[1], VM), "the parent is told one key"
    for target in (TARGET, {**TARGET, **LATER}):
        for server in pair:
            bring(server, target)
        for key, records in target.items():
            assert isinstance(key, RecordKey)
            assert isinstance(records, RecordSet)
            assert resolver.ask(key.name, key.type) == ("NOERROR", key.zone != PLAIN, set(records.data))
    assert resolver.ask(f"nobody.{VM}", "AAAA") == ("NXDOMAIN", True, set()), "that there is none is proved too"
    pair[0].kill()
    until(lambda: resolver.ask(f"both.one.{VM}", "AAAA") == ("NOERROR", True, {"2001:db8::7"}))
