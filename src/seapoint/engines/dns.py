"""The engine that keeps our record sets on one authoritative server, and touches no other record.

It reads zones by transfer (RFC 5936; after the first time only what has changed, RFC 1995) and writes by UPDATE (RFC
2136), both signed by TSIG (RFC 8945) over TCP. A record set is ours by a mark beside it: a record of a type for private
use (RFC 6895, section 3.1) whose data is the set's type. Each update is guarded by what the server must still hold.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from threading import Event, Thread
from typing import Any

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.tsig
import dns.update
import dns.xfr
import dns.zone

from seapoint.base.addresses import Address
from seapoint.base.errors import ConflictError, EngineError, UnreachableError
from seapoint.engines.tsig import TsigKey
from seapoint.target.changes import Change, Key
from seapoint.target.dns import MARK, TYPES, RecordKey, RecordSet

PORT = 53
_ANSWER_SECONDS = 2.0
_PULSE_SECONDS = 0.5
_BATCH = 100  # changes in one message, which is 64 KiB at most

_IN = dns.rdataclass.IN
_MARK = dns.rdatatype.RdataType.make(MARK)
_NOT_AS_EXPECTED = (dns.rcode.NXRRSET, dns.rcode.YXRRSET, dns.rcode.NXDOMAIN, dns.rcode.YXDOMAIN)


class DnsServer:
    """One authoritative server; ``zones`` gives the names of the zones that it has from us.

    Whether it answers is asked by a thread of its own, so that one which is cut off costs its callers no waiting.
    """

    def __init__(
        self, address: Address, key: Callable[[], TsigKey], zones: Callable[[], Collection[str]], port: int = PORT
    ) -> None:
        self._where = (str(address), port)
        self._key = key
        self._zones = zones
        self._held: dict[str, dns.zone.Zone] = {}
        self._silent = "it was not asked yet"
        self._watchers: list[Callable[[Collection[Key] | None], None]] = []
        self._ended = Event()
        self._pulse = Thread(target=self._watch, name=f"dns {address}", daemon=True)

    def start(self) -> None:
        """Begin to ask whether it answers."""
        self._pulse.start()

    def close(self) -> None:
        """End that."""
        self._ended.set()
        if self._pulse.is_alive():
            self._pulse.join()

    def observe(self, keys: Collection[Key] | None = None) -> dict[Key, RecordSet]:
        """What the server holds of ours: everything, or of these keys. UnreachableError while it does not answer."""
        zones = self._zones() if keys is None else {key.zone for key in _record_keys(keys)}
        for zone in zones:
            self._transfer(zone)
        wanted = self._all(zones) if keys is None else _record_keys(keys)
        return {key: found for key in wanted if (found := self._marked(key)) is not None}

    def transact(self, changes: Sequence[Change]) -> None:
        """Write changes, zone by zone; the changes of one message are done together or not at all.

        Raises EngineError where a record stands that is not ours, or the server refuses; ConflictError where ours are
        not what was expected; UnreachableError. Then some messages may be done: observe again.
        """
        by_zone: dict[str, list[Change]] = {}
        for change in changes:
            by_zone.setdefault(change.key.zone, []).append(change)  # type: ignore[attr-defined]  # our keys: RecordKey
        for zone, some in by_zone.items():
            for start in range(0, len(some), _BATCH):
                self._update(zone, some[start : start + _BATCH])

    def watch(self, notify: Callable[[Collection[Key] | None], None]) -> None:
        """Have ``notify`` called when the server answers again: anything may have changed meanwhile."""
        self._watchers.append(notify)

    def _watch(self) -> None:
        while not self._ended.is_set():
            try:
                question = dns.message.make_query(".", dns.rdatatype.SOA)
                dns.query.tcp(question, self._where[0], _ANSWER_SECONDS, self._where[1])
            except (OSError, EOFError, dns.exception.DNSException) as error:
                self._silent = str(error) or type(error).__name__
            else:
                back, self._silent = self._silent, ""
                for notify in self._watchers if back else ():
                    notify(None)
            self._ended.wait(_PULSE_SECONDS)

    def _transfer(self, name: str) -> None:
        """Bring our copy of a zone up to date; a zone that the server has not is empty."""
        self._check()
        known = name in self._held
        zone = self._held.setdefault(name, dns.zone.Zone(name, relativize=False))
        query, _ = dns.xfr.make_query(zone, **self._signed())
        try:
            dns.query.inbound_xfr(self._where[0], zone, query, self._where[1], _ANSWER_SECONDS)
        except dns.xfr.TransferError as error:
            self._held.pop(name)
            if error.rcode not in (dns.rcode.NOTAUTH, dns.rcode.REFUSED, dns.rcode.SERVFAIL):
                raise EngineError(f"{self._name} gives us no transfer of {name}: {error}") from error
        except dns.tsig.PeerError as error:
            raise EngineError(f"{self._name} does not take our key: {error}") from error
        except (OSError, EOFError, dns.exception.DNSException) as error:
            self._held.pop(name)  # a part of it may be new
            if not known or not isinstance(error, dns.exception.DNSException):
                raise self._lost(error) from error
            self._transfer(name)  # what has changed does not fit our copy: the whole zone then

    def _update(self, zone: str, changes: Sequence[Change]) -> None:
        if zone not in self._held:
            raise EngineError(f"{self._name} does not serve the zone {zone}, or our key may not transfer it")
        message = dns.update.UpdateMessage(zone, **self._signed())
        for change in changes:
            self._write(message, change)
        self._check()
        try:
            answer = dns.query.tcp(message, self._where[0], _ANSWER_SECONDS, self._where[1])
        except dns.tsig.PeerError as error:
            raise EngineError(f"{self._name} does not take our key: {error}") from error
        except (OSError, EOFError, dns.exception.DNSException) as error:
            raise self._lost(error) from error
        if answer.rcode() in _NOT_AS_EXPECTED:
            raise ConflictError(f"{zone} at {self._name} is not what was expected")
        if answer.rcode() != dns.rcode.NOERROR:
            raise EngineError(f"{self._name} refuses the change of {zone}: {dns.rcode.to_text(answer.rcode())}")

    def _write(self, message: dns.update.UpdateMessage, change: Change) -> None:
        """The prerequisite and the operations of one change (RFC 2136, sections 2.4 and 2.5)."""
        key: RecordKey = change.key  # type: ignore[assignment]  # our keys are record keys
        name, kind = f"{key.name}.", dns.rdatatype.from_text(key.type)
        there = self._rdataset(key)
        if self._marked(key) != change.before:
            if self._marked(key) == change.after:
                return  # done already
            raise ConflictError(f"{key.name} {key.type} at {self._name} is not what was expected")
        if there is not None and change.before is None:
            raise EngineError(f"{key.name} {key.type} at {self._name} is not ours: take that record away, or its name")
        if there is None:
            message.absent(name, kind)
        elif key.type != "SOA":  # the server counts its serial by itself
            message.present(name, *there)
        after: RecordSet | None = change.after
        new = None if after is None else _rdataset(key, after, _serial(there))
        if new is None or key.name != key.zone:
            message.delete(name, kind)  # of the apex' own sets this does nothing: one is never without them
        if new is not None:
            message.add(name, new)
        if there is not None and key.type == "NS" and key.name == key.zone:
            for gone in there if new is None else (one for one in there if one not in new):
                message.delete(name, gone)
        mark = _mark(key)
        if after is None:
            message.delete(name, mark)
        elif change.before is None:
            message.add(name, 0, mark)

    def _all(self, zones: Collection[str]) -> Iterator[RecordKey]:
        """The keys of all marked sets."""
        for zone in zones:
            held = self._held.get(zone)
            for name, node in held.nodes.items() if held is not None else ():
                marks = node.get_rdataset(_IN, _MARK)
                for mark in marks or ():
                    kind = mark.data.decode(errors="replace")
                    if kind in TYPES:
                        yield RecordKey(zone, name.to_text(omit_final_dot=True).lower(), kind)

    def _rdataset(self, key: RecordKey) -> dns.rdataset.Rdataset | None:
        zone = self._held.get(key.zone)
        return None if zone is None else zone.get_rdataset(f"{key.name}.", key.type)

    def _marked(self, key: RecordKey) -> RecordSet | None:
        """The set, where it is ours."""
        zone, there = self._held.get(key.zone), self._rdataset(key)
        marks = None if zone is None else zone.get_rdataset(f"{key.name}.", _MARK)
        if there is None or marks is None or _mark(key) not in marks:
            return None
        return RecordSet(there.ttl, tuple(sorted(_text(one) for one in there)))

    def _signed(self) -> dict[str, Any]:
        key = self._key()
        return {"keyring": key.keyring(), "keyname": key.name, "keyalgorithm": key.algorithm}

    @property
    def _name(self) -> str:
        return self._where[0]

    def _check(self) -> None:
        if self._silent:
            raise UnreachableError(f"the name server {self._name} does not answer: {self._silent}")

    def _lost(self, error: Exception) -> UnreachableError:
        self._silent = str(error) or type(error).__name__  # until the pulse hears of it again, and says so
        return UnreachableError(f"the name server {self._name} does not answer: {self._silent}")


def _record_keys(keys: Collection[Key]) -> list[RecordKey]:
    return [key for key in keys if isinstance(key, RecordKey)]


def _mark(key: RecordKey) -> dns.rdata.Rdata:
    return dns.rdata.GenericRdata(_IN, _MARK, key.type.encode())


def _rdataset(key: RecordKey, records: RecordSet, serial: int) -> dns.rdataset.Rdataset:
    texts = [_with_serial(text, serial) if key.type == "SOA" else text for text in records.data]
    return dns.rdataset.from_text(_IN, key.type, records.ttl, *texts)


def _serial(there: dns.rdataset.Rdataset | None) -> int:
    """The one after the server's: a SOA with another is passed over (RFC 2136, section 3.4.2.2)."""
    found = next((one.serial for one in there or () if one.rdtype == dns.rdatatype.SOA), 0)
    return (found + 1) % 2**32


def _with_serial(soa: str, serial: int) -> str:
    names, _, timers = soa.partition(" 0 ")
    return f"{names} {serial} {timers}"


def _text(data: dns.rdata.Rdata) -> str:
    if data.rdtype == dns.rdatatype.SOA:
        data = data.replace(serial=0)
    return data.to_text().lower()
