"""An engine that holds items in memory: for tests of the loop, and for targets that their readers fetch."""

from collections.abc import Callable, Collection, Sequence
from threading import Condition
from typing import Any

from seapoint.base.errors import ConflictError, EngineError, UnreachableError
from seapoint.target.changes import Change, Items, Key


class MemoryEngine:
    """Publishes items; a reader waits until the one that it reads is another.

    ``reachable`` and ``refused`` play a fault: cut off, and keys that the engine would not take.
    """

    def __init__(self) -> None:
        self.reachable = True
        self.refused: set[Key] = set()
        self._items: dict[Key, Any] = {}
        self._changed = Condition()
        self._watchers: list[Callable[[Collection[Key] | None], None]] = []

    def observe(self, keys: Collection[Key] | None = None) -> Items:
        """A copy of what it holds, all or of these keys."""
        self._check()
        with self._changed:
            return dict(self._items) if keys is None else {key: self._items[key] for key in keys if key in self._items}

    def transact(self, changes: Sequence[Change]) -> None:
        """Take all changes or none."""
        self._check()
        with self._changed:
            for change in changes:
                if change.key in self.refused:
                    raise EngineError(f"{change.key} is refused")
                if change.action == "update" and self._items.get(change.key) != change.before:
                    raise ConflictError(f"{change.key} is not what was expected")
            for change in changes:
                if change.action == "delete":
                    self._items.pop(change.key, None)
                else:
                    self._items[change.key] = change.after
            self._changed.notify_all()
        self._tell({change.key for change in changes})

    def watch(self, notify: Callable[[Collection[Key] | None], None]) -> None:
        """Have ``notify`` called after every change."""
        self._watchers.append(notify)

    def wait_for_other(self, key: Key, seen: Any, timeout: float) -> Any:
        """The item under a key as soon as it is not ``seen``, or what it is after ``timeout`` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._items.get(key) != seen, timeout)
            return self._items.get(key)

    def disturb(self, key: Key, item: Any) -> None:
        """Another's hand: put an item, or with None take it away."""
        with self._changed:
            if item is None:
                self._items.pop(key, None)
            else:
                self._items[key] = item
            self._changed.notify_all()
        self._tell({key})

    def reconnect(self) -> None:
        """Be reachable again, and say so."""
        self.reachable = True
        self._tell(None)

    def _check(self) -> None:
        if not self.reachable:
            raise UnreachableError("cut off")

    def _tell(self, keys: Collection[Key] | None) -> None:
        for watcher in self._watchers:
            watcher(keys)
