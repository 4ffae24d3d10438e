"""Opening the database: SQLite with full durability by default, PostgreSQL by its URL; migrated when opened."""

from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import sqlalchemy as sa
from sqlalchemy import event

MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(url: str) -> sa.Engine:
    """The engine of a database at the newest schema.

    ``url`` as SQLAlchemy writes it (``sqlite:////var/lib/seapoint/intent.db``). Raises sqlalchemy.exc.SQLAlchemyError.
    """
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    migrate(engine)
    return engine


def migrate(engine: sa.Engine) -> None:
    """Bring the schema to the newest version; nothing to do when it is there."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")


def _set_up_sqlite(connection: Any, record: object) -> None:
    """WAL: readers don't wait for the writer. FULL: what was committed survives a power cut."""
    del record
    connection.isolation_level = None  # we say BEGIN ourselves: the driver would begin too late to hold the lock
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")
