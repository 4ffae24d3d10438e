"""Where the loop's intent comes from and where status goes; the store fits, and so would a Neutron that stays."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from seapoint.intent.snapshot import Intent
from seapoint.store.log import LoggedChange
from seapoint.store.writing import Status


class Source(Protocol):
    """Intent with revisions, and status."""

    def snapshot(self) -> Intent:
        """All resources at the newest revision."""

    def changes_since(self, revision: int) -> Sequence[LoggedChange]:
        """What changed after a revision, oldest first."""

    def status(self, kind: str, object_id: str) -> Status | None:
        """What was said last of an object."""

    def set_status(self, statuses: Iterable[Status]) -> None:
        """Keep what engines say; takes no revision."""


class Reporter(Protocol):
    """What an engine reports of objects of one kind, such as which ports are up."""

    def states(self, ids: Collection[str] | None = None) -> Mapping[str, str]:
        """The states of objects by id, of these or of all that it knows; UnreachableError while cut off."""

    def watch(self, notify: Callable[[Collection[str] | None], None]) -> None:
        """Have ``notify`` called, from any thread, with ids whose state may have changed; None: any of them."""
