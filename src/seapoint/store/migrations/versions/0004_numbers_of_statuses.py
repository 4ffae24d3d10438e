"""Numbers of statuses: by them a server finds what another one has written."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("revision", sa.Column("statuses", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("status", sa.Column("number", sa.BigInteger(), server_default="0", nullable=False))
