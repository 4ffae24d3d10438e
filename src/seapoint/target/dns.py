"""Record sets of DNS zones as data (RFC 1035, RFC 2136). Names are lower case, absolute, without the final dot."""

from typing import Literal, NamedTuple

RecordType = Literal["SOA", "NS", "A", "AAAA", "PTR"]

#: The types that we write; other types of the same name are other people's.
TYPES: tuple[RecordType, ...] = ("SOA", "NS", "A", "AAAA", "PTR")


class RecordKey(NamedTuple):
    """What names a record set: its zone, its name and its type."""

    zone: str
    name: str
    type: RecordType

    def __str__(self) -> str:
        return f"{self.name} {self.type}"


class RecordSet(NamedTuple):
    """``ttl`` in seconds; ``data`` as a zone file writes it, sorted. A SOA's serial is the server's: 0 here."""

    ttl: int
    data: tuple[str, ...]


#: The type for private use (RFC 6895, section 3.1) of the records that mark the sets of their name which are ours.
MARK = 65317
