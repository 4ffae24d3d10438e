"""How the server reaches its database: over a network never without TLS, unless the settings say so themselves."""

import pytest
import sqlalchemy as sa

from seapoint.settings import ServerSettings
from seapoint.wiring.database import secured

VERIFIED = {
    "sslmode": "verify-full",
    "sslrootcert": "/etc/seapoint/tls/ca.pem",
    "sslcert": "/etc/seapoint/tls/host.pem",
    "sslkey": "/etc/seapoint/tls/host.key",
}


@pytest.mark.parametrize(
    ("url", "query"),
    [
        ("", {}),
        ("postgresql://a@192.0.2.1/b", VERIFIED),
        ("postgresql://a@[2001:db8::1]/b", VERIFIED),
        ("postgresql+psycopg://a@db.example/b", VERIFIED),
        ("postgresql://a@/b?host=192.0.2.1&host=2001:db8::1", VERIFIED | {"host": ("192.0.2.1", "2001:db8::1")}),
        ("postgresql://a@192.0.2.1/b?sslmode=require", {"sslmode": "require"}),
        ("postgresql://a@192.0.2.1/b?sslcert=/x.pem", VERIFIED | {"sslcert": "/x.pem"}),
        ("postgresql://a@127.0.0.1/b", {}),
        ("postgresql://a@[::1]/b", {}),
        ("postgresql://a@/b", {}),
        ("postgresql://a@/b?host=/run/postgresql", {"host": "/run/postgresql"}),
    ],
)
def test_a_database_over_a_network_is_reached_with_tls(url: str, query: dict[str, str]) -> None:
    assert sa.make_url(secured(ServerSettings(database=url))).query == query


def test_a_password_stays_in_the_url() -> None:
    assert secured(ServerSettings(database="postgresql://a:word@[::1]/b")) == "postgresql://a:word@[::1]/b"
