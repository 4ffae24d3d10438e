"""What makes a kind of object a resource of the API: its value, and what creating, changing and deleting it means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from seapoint.intent.attributes import Standard
from seapoint.intent.draft import Draft
from seapoint.intent.formats import Json
from seapoint.intent.rules import CloudRules
from seapoint.intent.snapshot import Intent

R = TypeVar("R", bound=Standard)
Given = Mapping[str, Json]  # what a request carries, by the names of the fields, as JSON


def just_put(draft: Draft, value: R, given: Given) -> R:  # noqa: ARG001 - the signature of all
    """Create with no more ado than the attribute rows say."""
    return draft.put(value)


def just_change(draft: Draft, before: R, after: R, given: Given) -> R:  # noqa: ARG001 - the signature of all
    """Update with no more ado than the attribute rows say."""
    return draft.put(after)


def just_delete(draft: Draft, value: Standard) -> None:
    """Delete unless another object refers to it."""
    draft.delete(value)


def nothing_more(intent: Intent, value: Any, state: str, rules: CloudRules) -> Mapping[str, Json]:  # noqa: ARG001 - the signature of all
    """Answers carry the attributes alone."""
    return {}


@dataclass(frozen=True, slots=True)
class Resource(Generic[R]):
    """One row of the list of resources; URLs, table, filters, quota, OpenAPI and reference follow from it."""

    value: type[R]
    create: Callable[[Draft, R, Given], R] = just_put
    update: Callable[[Draft, R, R, Given], R] = just_change
    delete: Callable[[Draft, R], None] = just_delete
    #: (intent, value, state of the engines, what the cloud file decides)
    extras: Callable[[Intent, R, str, CloudRules], Mapping[str, Json]] = nothing_more
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
