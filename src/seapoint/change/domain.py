"""A domain: one kind of target, how it is compiled, and what the loop needs of the engine that holds it.

The list of domains is written out by wiring. OVN's rows are one, hosts' targets another; the loop knows no difference.
"""

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from seapoint.base.errors import SeapointError
from seapoint.intent.snapshot import Change as IntentChange
from seapoint.intent.snapshot import Intent
from seapoint.target.changes import Change, Items, Key, Scope


class Engine(Protocol):
    """Holds a target. Methods are called from one thread, except ``watch``'s callback."""

    def observe(self, keys: Collection[Key] | None = None) -> Items:
        """What it holds of ours, everything or of these keys; UnreachableError when that cannot be known."""

    def transact(self, changes: Sequence[Change]) -> None:
        """Do these changes, in an order of its own, guarded by what each expects.

        EngineError: refused, ConflictError: somebody else was there, UnreachableError: not known. After any of them
        some of the changes may be done. Doing a change that is done already is no error.
        """

    def watch(self, notify: Callable[[Collection[Key] | None], None]) -> None:
        """Have ``notify`` called, from any thread, with keys whose items may have changed; None: any of them."""


@dataclass(frozen=True, slots=True)
class Domain:
    """One kind of target of one version of the operator's cloud, which the functions have inside."""

    name: str
    scopes: Callable[[Intent], Iterable[Scope]]
    #: The scopes that an object's change concerns, given the intent before and after all changes of a step.
    dirty: Callable[[IntentChange, Intent, Intent], Collection[Scope]]
    #: A scope's items; raises CompileError, and whatever else it raises marks that scope too.
    compile: Callable[[Scope, Intent], Items]
    #: The scope that an observed (or wanted) item belongs to; None when it does not tell.
    owner: Callable[[Key, Items], Scope | None]


class Compiled(NamedTuple):
    """Scopes' items, and the reasons of those that could not be compiled."""

    items: dict[Scope, Items]
    failed: dict[Scope, str]


def compile_scopes(domain: Domain, scopes: Iterable[Scope], intent: Intent) -> Compiled:
    """Compile scopes, each for itself: one that fails stops no other."""
    items: dict[Scope, Items] = {}
    failed: dict[Scope, str] = {}
    for scope in scopes:
        try:
            items[scope] = domain.compile(scope, intent)
        except SeapointError as error:
            failed[scope] = str(error)
        except Exception as error:  # noqa: BLE001 - the loop's edge: a fault of ours costs one scope, not the cloud
            failed[scope] = f"fault in compiling {scope}: {error!r}"
    return Compiled(items, failed)


def compile_all(domain: Domain, intent: Intent) -> Compiled:
    """Compile every scope: the oracle of all scoped compilation."""
    with _uncollected():
        return compile_scopes(domain, domain.scopes(intent), intent)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: a target has none, and walking it again and again doubles the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def merged(compiled: Compiled) -> dict[Key, Any]:
    """All items of all scopes."""
    return {key: item for items in compiled.items.values() for key, item in items.items()}
