"""Opening the database: SQLite with full durability by default, PostgreSQL by its URL; migrated when opened."""

from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import sqlalchemy as sa
from sqlalchemy import event

MIGRATIONS = Path(__file__).parent / "migrations"

#: How libpq finds out within 10 s that PostgreSQL is gone and will not answer. Source: libpq, Connection Parameters.
LIBPQ = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
#: How PostgreSQL finds out that a server of ours, which holds the counter's row, is gone or hangs.
#: Source: PostgreSQL, Client Connection Defaults and TCP Settings.
SESSION = {
    "tcp_keepalives_idle": "5s",
    "tcp_keepalives_interval": "2s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10s",
    "idle_in_transaction_session_timeout": "10s",
    "lock_timeout": "10s",
}
#: The advisory lock of whoever migrates, any number that nobody else takes: servers start at the same time.
MIGRATING = 5_350_429


def open_database(url: str) -> sa.Engine:
    """The engine of a database at the newest schema.

    ``url`` as SQLAlchemy writes it (``sqlite:////var/lib/seapoint/intent.db``, ``postgresql://seapoint@192.0.2.1/net``).
    Raises sqlalchemy.exc.SQLAlchemyError.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "postgresql":
        # pre_ping: a database that was restarted is found again by the next who asks
        told = {key: value for key, value in LIBPQ.items() if key not in parsed.query}
        driver = parsed.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(driver, connect_args=told, pool_pre_ping=True)
        event.listen(engine, "connect", _set_up_postgresql)
    else:
        engine = sa.create_engine(parsed)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    migrate(engine)
    return engine


def is_shared(engine: sa.Engine) -> bool:
    """Whether other servers may write to the database too."""
    return engine.dialect.name == "postgresql"


def at_one_moment(engine: sa.Engine) -> sa.Engine:
    """The same database, for transactions whose reads all see one state of it."""
    # SQLite's transactions are so by themselves
    return engine.execution_options(isolation_level="REPEATABLE READ") if is_shared(engine) else engine


def migrate(engine: sa.Engine) -> None:
    """Bring the schema to the newest version; nothing to do when it is there."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        if is_shared(engine):
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")


def _set_up_postgresql(connection: Any, record: object) -> None:
    del record
    with connection.cursor() as cursor:
        for name, value in SESSION.items():
            cursor.execute(f"SET {name} = '{value}'")
    connection.commit()


def _set_up_sqlite(connection: Any, record: object) -> None:
    """WAL: readers don't wait for the writer. FULL: what was committed survives a power cut."""
    del record
    connection.isolation_level = None  # we say BEGIN ourselves: the driver would begin too late to hold the lock
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")
