"""What makes a kind of object a resource of the API: its value, and what creating, changing and deleting it means."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from seapoint.intent.attributes import Standard
from seapoint.intent.draft import Draft
from seapoint.intent.formats import Json
from seapoint.intent.snapshot import Change, Intent

R = TypeVar("R", bound=Standard)
Given = Mapping[str, Json]  # what a request carries, by the names of the fields, as JSON


class Scope(NamedTuple):
    """A part of the target that is compiled as one: ``("router", id)``."""

    kind: str
    id: str


def just_put(draft: Draft, value: R, given: Given) -> R:  # noqa: ARG001 - the signature of all
    """Create with no more ado than the attribute rows say."""
    return draft.put(value)


def just_change(draft: Draft, before: R, after: R, given: Given) -> R:  # noqa: ARG001 - the signature of all
    """Update with no more ado than the attribute rows say."""
    return draft.put(after)


def just_delete(draft: Draft, value: Standard) -> None:
    """Delete unless another object refers to it."""
    draft.delete(value)


def nothing_more(intent: Intent, value: Any, state: str) -> Mapping[str, Json]:  # noqa: ARG001 - the signature of all
    """Answers carry the attributes alone."""
    return {}


def itself(intent: Intent, value: Standard) -> Iterable[Scope]:  # noqa: ARG001 - the signature of all
    """The object's own scope."""
    return (Scope(value.KIND, value.id),)


@dataclass(frozen=True, slots=True)
class Resource(Generic[R]):
    """One row of the list of resources; URLs, table, filters, quota, OpenAPI and reference follow from it."""

    value: type[R]
    create: Callable[[Draft, R, Given], R] = just_put
    update: Callable[[Draft, R, R, Given], R] = just_change
    delete: Callable[[Draft, R], None] = just_delete
    extras: Callable[[Intent, R, str], Mapping[str, Json]] = nothing_more  # (intent, value, state of the engines)
    touches: Callable[[Intent, R], Iterable[Scope]] = itself  # which scopes are compiled from it
    extra_filters: tuple[str, ...] = ()  # keys of ``extras`` by which lists may be filtered

    @property
    def kind(self) -> str:
        """One of it in bodies, and its table: ``security_group``."""
        return self.value.KIND

    @property
    def plural(self) -> str:
        """Many of it in bodies: ``security_groups``."""
        return self.kind + "s"

    @property
    def path(self) -> str:
        """Its place below /v2.0/: ``security-groups``."""
        return self.plural.replace("_", "-")


def dirtied(
    by_type: Mapping[type[Standard], Resource[Any]], changes: Iterable[Change], before: Intent, after: Intent
) -> frozenset[Scope]:
    """The scopes that the changes between two snapshots dirty: what the old and the new values are compiled into."""
    scopes: set[Scope] = set()
    for change in changes:
        touches = by_type[type(change.value)].touches
        if change.before is not None:
            scopes.update(touches(before, change.before))
        if change.after is not None:
            scopes.update(touches(after, change.after))
    return frozenset(scopes)
