"""Intent: every tenant resource at one revision, immutable, with the look-ups that compile and checks need."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from seapoint.intent.attributes import Standard, attributes
from seapoint.intent.frozenmap import FrozenMap

R = TypeVar("R", bound=Standard)
Claim = tuple[str, str]  # (a space of names, a name that only one object may hold in it)
_Index = FrozenMap[str, FrozenMap[str, Any]]

_NOTHING: FrozenMap[str, Any] = FrozenMap()
_NO_INDEX: _Index = FrozenMap()


@dataclass(frozen=True, slots=True)
class Change:
    """One object before and after; None where it does not exist."""

    before: Standard | None
    after: Standard | None

    @property
    def value(self) -> Standard:
        """The object as it is now, or as it was last."""
        value = self.after or self.before
        assert value is not None, "a change of nothing"
        return value

    @property
    def kind(self) -> str:
        """What it is, as the API's bodies call one of it: ``port``."""
        return self.value.KIND

    @property
    def id(self) -> str:
        """The object's UUID."""
        return self.value.id


@dataclass(frozen=True, slots=True)
class Intent:
    """All resources at one revision.

    ``intent.of(Port)[id]``, ``intent.of(Port).values()``: by id; ``intent.find(Port, network_id=...)``: by an attribute
    declared with ``index=True`` (lists are found under each member, fixed_ips under each subnet_id).
    """

    revision: int = 0
    _tables: Mapping[type, FrozenMap[str, Any]] = field(default_factory=dict)
    _indexes: Mapping[tuple[type, str], _Index] = field(default_factory=dict)
    _claims: FrozenMap[Claim, str] = field(default_factory=FrozenMap)

    @classmethod
    def empty(cls) -> Self:
        """A cloud in which nobody asked for anything."""
        return cls()

    @classmethod
    def of_values(cls, values: Iterable[Standard], revision: int = 0) -> Self:
        """A snapshot that holds exactly these objects."""
        return cls.empty().with_changes([Change(None, value) for value in values], revision)

    def types(self) -> Iterable[type[Standard]]:
        """The types of which there have been objects."""
        return self._tables.keys()

    def of(self, kind: type[R]) -> FrozenMap[str, R]:
        """Every object of a type, by id."""
        return self._tables.get(kind, _NOTHING)

    def get(self, kind: type[R], identifier: str | None) -> R | None:
        """One object, or None."""
        return None if identifier is None else self.of(kind).get(identifier)

    def find(self, kind: type[R], **wanted: str) -> tuple[R, ...]:
        """The objects of a type whose one indexed attribute holds a value; KeyError when it has no index."""
        ((name, key),) = wanted.items()
        index = self._indexes.get((kind, name))
        if index is None:
            if not _has_index(kind, name):
                raise KeyError(f"{kind.__name__}.{name} has no index")
            return ()
        return tuple(index.get(key, _NOTHING).values())

    def owner(self, claim: Claim) -> str | None:
        """The id of the object that holds a claim (an address in a subnet, a MAC in a network ...), or None."""
        return self._claims.get(claim)

    def with_changes(self, changes: Iterable[Change], revision: int | None = None) -> Self:
        """The snapshot after these changes; what they don't touch is shared with this one."""
        by_type: dict[type, list[Change]] = {}
        for change in changes:
            by_type.setdefault(type(change.value), []).append(change)
        tables = dict(self._tables)
        indexes = dict(self._indexes)
        freed: list[Claim] = []
        claimed: dict[Claim, str] = {}
        for kind, group in by_type.items():
            put = {change.after.id: change.after for change in group if change.after is not None}
            drop = [change.id for change in group if change.after is None]
            table = tables.get(kind, _NOTHING)
            tables[kind] = table.changed(put, drop) if table else FrozenMap(put)
            for row in attributes(kind):
                if row.index:
                    index = indexes.get((kind, row.name), _NO_INDEX)
                    indexes[kind, row.name] = _reindexed(index, row.name, row.format.keys, group)
            for change in group:
                if change.before is not None:
                    freed.extend(change.before.claims())
                if change.after is not None:
                    for claim in change.after.claims():
                        claimed[claim] = change.after.id
        claims = self._claims.changed(claimed, freed) if self._claims else FrozenMap(claimed)
        return type(self)(self.revision if revision is None else revision, tables, indexes, claims)


def _has_index(kind: type, name: str) -> bool:
    return any(row.index and row.name == name for row in attributes(kind))


def _reindexed(index: _Index, name: str, keys: Callable[[Any], tuple[str, ...]], changes: list[Change]) -> _Index:
    put: dict[str, dict[str, Any]] = {}
    drop: dict[str, list[str]] = {}
    for change in changes:
        before, after = change.before, change.after
        if before is not None:
            for key in keys(getattr(before, name)):
                drop.setdefault(key, []).append(before.id)
        if after is not None:
            for key in keys(getattr(after, name)):
                put.setdefault(key, {})[after.id] = after
    if not index:
        return FrozenMap({key: FrozenMap(members) for key, members in put.items()})
    changed = {
        key: index.get(key, _NOTHING).changed(put.get(key, {}), drop.get(key, ())) for key in put.keys() | drop.keys()
    }
    return index.changed(changed, [key for key, members in changed.items() if not members])
