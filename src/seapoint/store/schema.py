"""The tables. Those of resources follow from their attribute rows; migrations bring a database to this state.

No index beyond the primary keys: requests read the snapshot in memory, SQL is read at start and for the log.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from seapoint.intent.attributes import attributes
from seapoint.intent.resources import STORED

METADATA = sa.MetaData()

_TYPES: Mapping[str, type[sa.Text] | type[sa.BigInteger] | type[sa.Boolean]] = {
    "text": sa.Text,
    "json": sa.Text,
    "integer": sa.BigInteger,
    "boolean": sa.Boolean,
}


def _table_of(value_type: type, name: str) -> sa.Table:
    columns = [
        sa.Column(row.name, _TYPES[row.format.column](), primary_key=row.name == "id") for row in attributes(value_type)
    ]
    return sa.Table(name, METADATA, *columns)


# one table for each resource, under its plural: networks, security_group_rules ...
TABLES: Mapping[str, sa.Table] = {resource.kind: _table_of(resource.value, resource.plural) for resource in STORED}

# names that one object alone may hold: an address in a subnet, a MAC in a network, a segment. The last word on it.
CLAIMS = sa.Table(
    "claims",
    METADATA,
    sa.Column("space", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
)

# one row: the newest revision, and the number of the newest status; sequences would not do, since they are not ordered
# by commit
REVISION = sa.Table(
    "revision",
    METADATA,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.Column("statuses", sa.BigInteger, nullable=False, server_default="0"),
)

# every revision: when, by whom, as part of what
LOG = sa.Table(
    "log",
    METADATA,
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("time", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("change_set", sa.Text, nullable=False, index=True),
)

# every object that a revision touched, whole, before and after
CHANGES = sa.Table(
    "changes",
    METADATA,
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("object_id", sa.Text, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
)

# the cloud file, whole; in the log an object of kind ``cloud`` whose values name rows of this table
CLOUD = sa.Table(
    "cloud_versions",
    METADATA,
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("time", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

# what the engines report; writing it takes no revision, but a number by which other servers find what is new
STATUS = sa.Table(
    "status",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("object_id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("observed_revision", sa.BigInteger, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False, server_default="0"),
)
