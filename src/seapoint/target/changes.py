"""The difference between what an engine holds and what it should hold, as data that engines apply."""

from collections.abc import Hashable, Mapping
from typing import Any, Literal, NamedTuple

#: What names an item inside one engine: a row's UUID, a link, a host's name, a record set's name and type.
Key = Hashable
#: Everything that an engine holds or should hold of ours.
Items = Mapping[Key, Any]


class Scope(NamedTuple):
    """The unit of compilation: one network, one port, one router, one host, one zone ..."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


class Change(NamedTuple):
    """One item to be written or taken away; ``before`` is what the plan expects to find."""

    action: Literal["create", "update", "delete"]
    key: Key
    before: Any
    after: Any


class Finding(NamedTuple):
    """What somebody should know before or after a change."""

    check: str
    severity: Literal["error", "warning", "info"]
    subject: str
    message: str
