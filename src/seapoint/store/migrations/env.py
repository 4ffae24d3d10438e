"""Alembic's entry: migrates the connection that database.migrate() hands over."""

from alembic import context

from seapoint.store.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
