"""The server's database: SQLite beside its other files, or a PostgreSQL that it reaches with its own certificate."""

import logging
import time

import sqlalchemy as sa
from alembic.util import CommandError
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from seapoint.base.addresses import parse_address
from seapoint.base.errors import InputError
from seapoint.intent.rules import CloudRules
from seapoint.settings import ServerSettings
from seapoint.store.store import Store
from seapoint.wiring.cloudfile import rules_of_text

#: Seconds between two attempts to reach a PostgreSQL that does not take us yet.
PAUSE = 0.5

_log = logging.getLogger("seapoint.server")


def open_store(settings: ServerSettings) -> Store:
    """The store; waits for a PostgreSQL that cannot be reached: hosts come up in any order.

    Raises InputError for a database that cannot be used.
    """
    told = ""
    while True:
        try:
            settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
            return Store(secured(settings), CloudRules(), rules_of_text)
        except (SQLAlchemyError, CommandError, ImportError, OSError) as error:
            reason = str(getattr(error, "orig", None) or error)
            if not (isinstance(error, OperationalError) and settings.database.startswith("postgresql")):
                which = "of the settings" if settings.database else f"in {settings.state}"
                raise InputError(f"the database {which} cannot be used: {reason}") from error
        if reason != told:
            _log.warning("waiting for the database: %s", reason)
            told = reason
        time.sleep(PAUSE)


def secured(settings: ServerSettings) -> str:
    """The database's URL. Over a network: with TLS, unless it says otherwise itself. Source: libpq, SSL Support."""
    url = sa.make_url(settings.database_url())
    if url.get_backend_name() == "postgresql" and not _is_here(url) and "sslmode" not in url.query:
        files = {"sslrootcert": settings.tls_ca, "sslcert": settings.tls_cert, "sslkey": settings.tls_key}
        ours = {name: str(path) for name, path in files.items() if name not in url.query}
        url = url.update_query_dict({"sslmode": "verify-full", **ours})
    return url.render_as_string(hide_password=False)


def _is_here(url: sa.URL) -> bool:
    """Whether it is on this machine: a socket's directory, or loopback."""
    host = url.host or url.query.get("host") or "/"
    if not isinstance(host, str):
        return False  # several hosts
    try:
        return host.startswith("/") or host == "localhost" or parse_address(host).is_loopback
    except ValueError:
        return False  # a name
