"""Who reads whom: helpers for telling which scopes an object's change makes dirty."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from seapoint.compile.ovn.cloud import OvnCloud
from seapoint.intent.attributes import Standard
from seapoint.intent.port import Port
from seapoint.intent.router import Router
from seapoint.intent.snapshot import Change, Intent
from seapoint.target.changes import Key, Scope


class Noun(NamedTuple):
    """A type of intent's objects, each a scope.

    ``compile``: the scope's items by the object's id; none when the object is gone; CompileError when it cannot be.
    ``readers``: the other scopes that read an object, given its change and an intent that holds the object.
    """

    type: type[Standard]
    compile: Callable[[str, Intent, OvnCloud], dict[Key, Any]]
    readers: Callable[[Change, Any, Intent], Iterable[Scope]]


def differ(change: Change, *names: str) -> bool:
    """Whether an object came, went, or changed in one of these attributes."""
    if change.before is None or change.after is None:
        return True
    return any(getattr(change.before, name) != getattr(change.after, name) for name in names)


def scopes_of(values: Iterable[Standard]) -> Iterator[Scope]:
    """The objects' own scopes."""
    return (Scope(value.KIND, value.id) for value in values)


def routers_of(ports: Iterable[Port]) -> Iterator[Scope]:
    """The routers whose legs are among these ports."""
    return (Scope(Router.KIND, port.device_id) for port in ports if port.is_router_interface or port.is_router_gateway)
