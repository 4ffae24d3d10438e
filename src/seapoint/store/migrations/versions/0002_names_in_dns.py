"""Names in DNS."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("floatingips", sa.Column("dns_name", sa.Text(), nullable=True))
    op.add_column("floatingips", sa.Column("dns_domain", sa.Text(), nullable=True))
    op.add_column("networks", sa.Column("dns_domain", sa.Text(), nullable=True))
    op.add_column("ports", sa.Column("dns_name", sa.Text(), nullable=True))
