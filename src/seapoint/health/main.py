"""The daemon's life: check, judge, announce, tell; it goes on from what stands.

Its end withdraws nothing, however it comes, unless its configuration has gone: then the host owns no VIP any more.
"""

import asyncio
import json
import logging
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

from seapoint.base.errors import EngineError, InputError
from seapoint.health import connections, routes, sessions, state
from seapoint.health.checks import failure_of
from seapoint.health.judge import QUIET_LOOKS, Health, after_check, announcement
from seapoint.health.state import Known
from seapoint.target.health import CONFIGURATION, TOLD, Watched
from seapoint.target.health import Health as Configuration

_log = logging.getLogger("seapoint.health")

AUDIT_SECONDS = 10.0  # between looks at whether the routes still stand
DRAIN_SECONDS = 1.0  # between counts of connections
WELL = Health(well=True)


class Daemon:
    """What is known of each address, and the tasks that check them."""

    def __init__(self, configuration: Path, told: Path) -> None:
        self._configuration, self._told = configuration, told
        self._watched: tuple[Watched, ...] | None = None  # before a configuration was read nothing is withdrawn
        self._announced: Mapping[str, int] = routes.held()
        self._health = state.remembered(told)
        self._quiet: dict[str, int] = {}
        self._connections: Mapping[str, int] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._wake = asyncio.Event()
        self._ends = False
        self._said: tuple[Known, ...] | None = None

    async def run(self) -> int:
        """Until SIGTERM or SIGINT; SIGHUP reads the configuration again."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        self._reload()
        while not self._ends:
            if self._watched is not None:
                await self._hold(self._watched)
            try:
                await asyncio.wait_for(self._wake.wait(), self._pause())
            except TimeoutError:
                self._look()
            self._wake.clear()
        for task in self._tasks:
            task.cancel()
        if not self._configuration.exists():
            routes.hold({})
            self._told.unlink(missing_ok=True)
            sessions.forget()
        return 0

    def _end(self) -> None:
        self._ends = True
        self._wake.set()

    def _reload(self) -> None:
        """Take the file; one that cannot be read changes nothing."""
        try:
            configuration = read(self._configuration)
        except InputError as error:
            _log.error("%s", error)
            return
        watched = self._watched = configuration.watched
        self._health = {**dict.fromkeys(self._announced, WELL), **self._health}
        for task in self._tasks:
            task.cancel()
        checked = [(one, address) for one in watched if one.check is not None for address in one.addresses]
        create = asyncio.get_running_loop().create_task
        self._tasks = [create(self._check(*pair)) for pair in checked]
        self._tasks.append(create(sessions.follow(configuration.ways)))
        # what is not announced when its drain begins, or when we begin, has drained
        draining = {address for one in watched if one.draining for address in one.addresses}
        begun = {address: 0 if address in self._announced else QUIET_LOOKS for address in draining}
        self._quiet = {address: self._quiet.get(address, looks) for address, looks in begun.items()}
        self._wake.set()

    async def _check(self, watched: Watched, address: str) -> None:
        check = watched.check
        assert check is not None
        while True:
            failure = await failure_of(check, address)
            before = self._health.get(address)
            after = self._health[address] = after_check(before, failure, check.rise, check.fall)
            if before is None or (before.well, before.failure) != (after.well, after.failure):
                self._wake.set()
            await asyncio.sleep(check.interval / 1000)

    def _pause(self) -> float:
        return DRAIN_SECONDS if self._quiet else AUDIT_SECONDS

    def _look(self) -> None:
        """Count the connections of what drains."""
        if not self._quiet:
            return
        counted = connections.established()
        self._connections = {address: counted[address] for address in self._quiet}
        for address, before in self._quiet.items():
            self._quiet[address] = 0 if counted[address] else before + 1

    async def _hold(self, watched: tuple[Watched, ...]) -> None:
        """Make the routes what they should be, and tell; checks go on meanwhile."""
        known = tuple(self._known(watched))
        wanted = {one.address: one.prepended for one in known if one.prepended is not None}
        try:
            await asyncio.to_thread(routes.hold, wanted)
            self._announced = wanted
        except EngineError as error:
            _log.error("%s", error)
            asyncio.get_running_loop().call_later(DRAIN_SECONDS, self._wake.set)
        if known != self._said:
            for one in known:
                _log.info("%s: %s", one.address, one.why or f"announced, prepended {one.prepended} times")
            try:
                state.keep(self._told, known)
                self._said = known
            except OSError as error:
                _log.error("%s cannot be written: %s", self._told, error)

    def _known(self, watched: tuple[Watched, ...]) -> Iterator[Known]:
        """The addresses whose announcement is known; of one that was never checked nothing is."""
        for one in watched:
            for address in one.addresses:
                health = self._health.get(address) if one.check is not None else WELL
                if health is not None:
                    quiet, count = self._quiet.get(address, 0), self._connections.get(address, 0)
                    said = announcement(one, health, quiet, count)
                    yield Known(one.vip, address, said.prepended, said.why, health.well, health.failure)


def read(path: Path) -> Configuration:
    """The configuration; raises InputError."""
    try:
        data = json.loads(path.read_text())
        data.pop("_", None)
        return Configuration.from_json(data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} cannot be taken: {error!r}") from error


def run(configuration: Path = Path(CONFIGURATION), told: Path = Path(TOLD)) -> int:
    """Run until told to stop: the exit status."""

    async def alive() -> int:
        return await Daemon(configuration, told).run()

    return asyncio.run(alive())
