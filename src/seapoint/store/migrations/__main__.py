"""Write the next migration: ``python -m seapoint.store.migrations "Address groups"``.

It compares the newest schema in SQL with the declared one; read what it wrote before you commit it.
"""

import sys
import tempfile
from pathlib import Path

import alembic.command
import alembic.config
import sqlalchemy as sa

from seapoint.store.database import MIGRATIONS, migrate


def main() -> int:
    """0 when a migration was written, 64 without a title."""
    if len(sys.argv) != 2:
        print('usage: python -m seapoint.store.migrations "TITLE"', file=sys.stderr)
        return 64
    number = 1 + max(int(path.name[:4]) for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    with tempfile.TemporaryDirectory() as directory:
        engine = sa.create_engine(f"sqlite:///{Path(directory) / 'schema.db'}")
        migrate(engine)
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            alembic.command.revision(config, sys.argv[1], autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
