"""A client of one OVSDB database: finds a server, keeps a replica, transacts. One reader thread; callers block."""

import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from threading import Condition, Event, RLock, Thread
from typing import Any

from seapoint.base.errors import ConflictError, EngineError, InputError, UnreachableError
from seapoint.engines.ovsdb.connection import Connection
from seapoint.engines.ovsdb.remotes import Remote, Tls, dial
from seapoint.engines.ovsdb.replica import Replica, RowChange

Json = Any
#: Called from the reader thread with what changed; None after a (re)connection: everything may have.
OnChange = Callable[[Sequence[RowChange] | None], None]

_NO_TRANSACTION = "00000000-0000-0000-0000-000000000000"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0  # seconds between attempts to connect
_log = logging.getLogger(__name__)


class _Pending:
    """A request that somebody waits for."""

    def __init__(self) -> None:
        self.done = Event()
        self.reply: Json = None  # None when the connection was lost


class OvsdbClient:
    """Connects by itself, and again whenever the connection is lost, to the first remote that serves the database.

    ``tables``: what to replicate, columns by table. Of a clustered database any server that is connected to its
    cluster serves (it forwards transactions to the leader); ``leader_only`` asks for the leader itself.
    """

    def __init__(
        self,
        remotes: Sequence[Remote],
        database: str,
        tables: Mapping[str, Sequence[str]],
        *,
        tls: Tls | None = None,
        leader_only: bool = False,
        probe_seconds: float = 30.0,
    ) -> None:
        if tls is None and any(remote.method == "ssl" for remote in remotes):
            raise InputError(f"an ssl: remote of {database} needs a certificate, a private key and a CA")
        self.database = database
        self.lock = RLock()  # held while the replica changes; hold it while looking at sets of references
        self._remotes = tuple(remotes)
        self._wanted = tables
        self._tls = tls
        self._leader_only = leader_only
        self._probe_seconds = probe_seconds
        self._changed = Condition(self.lock)
        self._line: Connection | None = None  # the reader's, also while it is no more than half joined
        self._connection: Connection | None = None  # what callers may use
        self._replica: Replica | None = None
        self._last_transaction = _NO_TRANSACTION
        self._trouble = "not connected yet"
        self._pending: dict[int, _Pending] = {}
        self._numbers = itertools.count(1)
        self._watchers: list[OnChange] = []
        self._stop = Event()
        self._thread = Thread(target=self._run, name=f"ovsdb-{database}", daemon=True)

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Disconnect for good and end the reader thread."""
        self._stop.set()
        with self.lock:
            if self._line is not None:
                self._line.close()
        if self._thread.is_alive():
            self._thread.join()

    def watch(self, on_change: OnChange) -> None:
        """Have ``on_change`` called, in the reader thread, after every change of the replica."""
        self._watchers.append(on_change)

    @property
    def tables(self) -> Mapping[str, Mapping[Any, Mapping[str, Any]]]:
        """The replica's rows by table and UUID; UnreachableError while cut off from the server."""
        if self._replica is None or self._connection is None:
            raise UnreachableError(f"{self.database}: {self._trouble}")
        return self._replica.tables

    @property
    def connected(self) -> bool:
        """Whether the replica is whole and follows the server."""
        return self._connection is not None

    def wait_for(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until ``condition``, looked at under the lock after every change, is true; False after ``timeout`` s."""

        def held() -> bool:
            return self.connected and condition()

        with self._changed:
            return self._changed.wait_for(held, timeout)

    def wait_connected(self, timeout: float) -> None:
        """Wait for a whole replica; UnreachableError with the reason after ``timeout`` seconds."""
        if not self.wait_for(lambda: True, timeout):
            raise UnreachableError(f"{self.database}: {self._trouble}")

    def transact(self, operations: Sequence[Json], timeout: float = 30.0) -> list[Json]:
        """Do operations (RFC 7047, section 5.2) as one transaction and give their results.

        Raises EngineError that names the operation refused, ConflictError when a ``wait`` found something else,
        UnreachableError when no answer came. By the time it returns, the replica shows what was done.
        """
        results: list[Json] = self.call("transact", [self.database, *operations], timeout)
        for place, result in enumerate(results):
            if result and "error" in result:
                _refuse(self.database, operations[place] if place < len(operations) else None, result)
        return results

    def call(self, method: str, params: Sequence[Json], timeout: float = 30.0) -> Json:
        """The result of any request (RFC 7047, section 4.1)."""
        pending = _Pending()
        with self.lock:
            connection = self._connection
            if connection is None:
                raise UnreachableError(f"{self.database}: {self._trouble}")
            number = next(self._numbers)
            self._pending[number] = pending
        try:
            connection.send({"method": method, "params": params, "id": number})
            if not pending.done.wait(timeout):
                raise UnreachableError(f"{self.database}: no answer to {method} within {timeout:.0f} seconds")
        finally:
            with self.lock:
                self._pending.pop(number, None)
        if pending.reply is None:
            raise UnreachableError(f"{self.database}: connection lost while {method} was under way")
        return _result(self.database, method, pending.reply)

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        for remote in itertools.cycle(self._remotes):
            if self._stop.is_set():
                return
            try:
                connection = Connection(dial(remote, self._tls))
            except OSError as error:
                self._lost(f"{remote}: {error}")
            else:
                with self.lock:
                    self._line = connection
                try:
                    if self._stop.is_set():
                        return
                    self._join(connection)
                    pause = _FIRST_PAUSE
                    self._follow(connection)
                except EngineError as error:
                    self._lost(f"{remote}: {error}")
                except (KeyError, TypeError, ValueError) as error:  # no OVSDB server speaks so
                    self._last_transaction = _NO_TRANSACTION  # the replica may be half changed: read it whole
                    self._lost(f"{remote}: not understood: {error!r}")
                finally:
                    connection.close()
            self._stop.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _join(self, connection: Connection) -> None:
        """Read the schema and the first whole replica, or what changed since we last saw this database."""
        self._check_server(connection)
        schema = self._ask(connection, "get_schema", [self.database])
        replica = Replica(schema, self._wanted)
        request = {table: [{"columns": list(columns)}] for table, columns in self._wanted.items()}
        last = self._last_transaction
        try:
            found, last, updates = self._ask(
                connection, "monitor_cond_since", [self.database, "replica", request, last]
            )
        except EngineError as error:
            if isinstance(error, UnreachableError):
                raise
            found, updates = False, self._ask(connection, "monitor_cond", [self.database, "replica", request])
        with self._changed:
            if not found or self._replica is None:
                self._replica = replica
            self._replica.apply(updates)
            self._last_transaction = last
            self._connection = connection
            self._changed.notify_all()
        _log.info("%s: connected, %s", self.database, "changes since" if found else "whole contents")
        self._tell(None)

    def _check_server(self, connection: Connection) -> None:
        """A server of a cluster serves only while connected to it (ovsdb(7), database ``_Server``)."""
        select = {"op": "select", "table": "Database", "where": [["name", "==", self.database]]}
        ((result,)) = self._ask(connection, "transact", ["_Server", select])
        if not result.get("rows"):
            raise EngineError(f"the server has no database {self.database}")
        row = result["rows"][0]
        if row["model"] == "clustered" and not (row["connected"] and (row["leader"] or not self._leader_only)):
            raise EngineError("this server is not the leader" if row["connected"] else "this server left its cluster")

    def _ask(self, connection: Connection, method: str, params: Sequence[Json]) -> Json:
        """A request of the reader thread itself, before callers may use the connection."""
        number = next(self._numbers)
        connection.send({"method": method, "params": params, "id": number})
        while True:
            messages = connection.receive(self._probe_seconds)
            if messages is None:
                raise UnreachableError(f"no answer to {method}")
            for message in messages:
                if message.get("id") == number and "method" not in message:
                    return _result(self.database, method, message)
                self._take(connection, message)

    def _follow(self, connection: Connection) -> None:
        probed = False
        while not self._stop.is_set():
            messages = connection.receive(self._probe_seconds)
            if messages is None:
                if probed:
                    raise UnreachableError("the server is silent")
                connection.send({"method": "echo", "params": [], "id": "echo"})
            probed = messages is None
            for message in messages or ():
                self._take(connection, message)

    def _take(self, connection: Connection, message: Json) -> None:
        method = message.get("method")
        if method in ("update2", "update3"):
            self._update(message["params"])
        elif method == "echo":
            connection.send({"result": message["params"], "error": None, "id": message["id"]})
        elif method is None:
            pending = self._pending.get(message["id"])
            if pending is not None:
                pending.reply = message
                pending.done.set()

    def _update(self, params: Json) -> None:
        with self._changed:
            if self._replica is None:
                return
            changes = self._replica.apply(params[-1])
            if len(params) == 3:
                self._last_transaction = params[1]
            self._changed.notify_all()
        self._tell(changes)

    def _tell(self, changes: Sequence[RowChange] | None) -> None:
        for watcher in self._watchers:
            watcher(changes)

    def _lost(self, reason: str) -> None:
        if not self._stop.is_set() and reason != self._trouble:
            _log.warning("%s: %s", self.database, reason)
        with self._changed:
            self._trouble = reason
            self._connection = None
            waiting = list(self._pending.values())
            self._changed.notify_all()
        for pending in waiting:
            pending.done.set()


def _result(database: str, method: str, reply: Json) -> Json:
    if reply.get("error") is not None:
        raise EngineError(f"{database}: {method} refused: {reply['error']}")
    return reply["result"]


def _refuse(database: str, operation: Json, result: Json) -> None:
    what = f"{operation['op']} in {operation.get('table', 'the database')}" if operation else "commit"
    where = f" of {operation['uuid']}" if operation and "uuid" in operation else ""
    where = where or (f" where {operation['where']}" if operation and operation.get("where") else "")
    if operation and operation["op"] == "wait" and result["error"] == "timed out":
        raise ConflictError(f"{database}: somebody changed a row of {operation['table']}{where} since it was read")
    raise EngineError(f"{database}: {what}{where} refused: {result['error']}: {result.get('details', '')}")
