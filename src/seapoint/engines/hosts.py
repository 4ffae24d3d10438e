"""The engine of hosts: the targets published for them and what they report, between the change loop and the agents.

The loop's thread publishes, the HTTP server's loop hands out and takes reports; everything here may be called from any
thread. Nothing is kept on disk: targets are compiled again after a restart, and a host that holds the same digest is
told nothing.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from threading import Condition
from typing import Literal

from seapoint.target.changes import Change, Key
from seapoint.target.host import HostTarget
from seapoint.target.report import HostReport, Part


@dataclass(frozen=True, slots=True)
class Published:
    """A target as it is handed out, and its digest, which names it."""

    target: HostTarget
    digest: str


@dataclass(frozen=True, slots=True)
class HostState:
    """How far a host is.

    ``pending``: it has not reported its newest target yet; ``applied``: it holds it whole; ``failed``: ``failures`` of
    it do not hold. ``seen``: seconds since it last asked or reported, None: never.
    """

    state: Literal["pending", "applied", "failed"]
    failures: tuple[Part, ...] = ()
    seen: float | None = None


class HostTargets:
    """Targets by host's name, and reports.

    As an engine of the change loop: a key is a host's name, an item its HostTarget; ``observe`` gives what is
    published, ``transact`` publishes.
    """

    def __init__(self) -> None:
        self._published: dict[str, Published] = {}
        self._reports: dict[str, HostReport] = {}
        self._seen: dict[str, float] = {}
        self._changed = Condition()
        self._listeners: dict[str, list[Callable[[], None]]] = {}
        self._watchers: list[Callable[[Collection[Key] | None], None]] = []

    def observe(self, keys: Collection[Key] | None = None) -> dict[Key, HostTarget]:
        """What is published: for all hosts, or for these."""
        with self._changed:
            return {
                host: published.target for host, published in self._published.items() if keys is None or host in keys
            }

    def transact(self, changes: Sequence[Change]) -> None:
        """Publish and withdraw targets."""
        for change in changes:
            if change.after is None:
                self.withdraw(str(change.key))
            else:
                self.publish(str(change.key), change.after)

    def watch(self, notify: Callable[[Collection[Key] | None], None]) -> None:
        """Have ``notify`` called, in the thread that took a report, with the host's name when it says something new."""
        self._watchers.append(notify)

    def publish(self, host: str, target: HostTarget) -> None:
        """Hand out this target from now on; agents that wait for one are answered at once."""
        digest = target.digest()
        with self._changed:
            before = self._published.get(host)
            self._published[host] = Published(target, digest)
            changed = before is None or before.digest != digest
            listeners = list(self._listeners.get(host, ())) if changed else []
            self._changed.notify_all()
        for listener in listeners:
            listener()

    def withdraw(self, host: str) -> None:
        """Hand out nothing any more. The host keeps what it has: to empty a host is a target of its own."""
        with self._changed:
            self._published.pop(host, None)
            self._changed.notify_all()

    def published(self, host: str) -> Published | None:
        """What is handed out to a host."""
        with self._changed:
            return self._published.get(host)

    def listen(self, host: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Have ``listener`` called, from the publishing thread, at every new target of a host; the result ends that."""
        with self._changed:
            self._listeners.setdefault(host, []).append(listener)

        def end() -> None:
            with self._changed:
                self._listeners[host].remove(listener)

        return end

    def touch(self, host: str) -> None:
        """Note that the host's agent was heard of."""
        with self._changed:
            self._seen[host] = time.monotonic()

    def take_report(self, report: HostReport) -> None:
        """Note what a host reports."""
        with self._changed:
            before = self._reports.get(report.host)
            self._reports[report.host] = report
            self._seen[report.host] = time.monotonic()
            self._changed.notify_all()
        if before is None or (before.digest, before.parts) != (report.digest, report.parts):
            for watcher in self._watchers:
                watcher((report.host,))

    def report(self, host: str) -> HostReport | None:
        """What a host reported last."""
        with self._changed:
            return self._reports.get(host)

    def state(self, host: str) -> HostState:
        """How far a host is with what is published for it."""
        with self._changed:
            return self._state(host)

    def wait_reported(self, hosts: Collection[str], timeout: float) -> Mapping[str, HostState]:
        """Wait until none of the hosts is pending, at most ``timeout`` seconds: the state of each."""
        with self._changed:
            self._changed.wait_for(lambda: all(self._state(host).state != "pending" for host in hosts), timeout)
            return {host: self._state(host) for host in hosts}

    def _state(self, host: str) -> HostState:
        published, report, seen = self._published.get(host), self._reports.get(host), self._seen.get(host)
        silence = None if seen is None else time.monotonic() - seen
        if published is None or report is None or report.digest != published.digest:
            return HostState("pending", seen=silence)
        return HostState("applied" if report.ok else "failed", report.failures(), silence)
