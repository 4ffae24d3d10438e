"""What the server is told when it starts. Read once from a TOML file and passed down as values."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from seapoint.base.errors import InputError


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Settings of ``seapoint server``; the file's keys are these names."""

    #: Directory of the database and of what the server keeps beside it.
    state: Path = Path("/var/lib/seapoint")
    #: SQLAlchemy URL; empty: SQLite in ``state``.
    database: str = ""
    #: Where the Networking API listens: loopback unless told otherwise, or the socket that is handed over (LISTEN_FDS).
    api_address: str = "127.0.0.1"
    api_port: int = 9696
    #: Where agents connect, over mutual TLS. Empty: no agents.
    agents_address: str = ""
    agents_port: int = 9697
    #: Certificates: the authority's, the server's own, and its key.
    tls_ca: Path = Path("/etc/seapoint/tls/ca.pem")
    tls_cert: Path = Path("/etc/seapoint/tls/host.pem")
    tls_key: Path = Path("/etc/seapoint/tls/host.key")
    #: File with the administrator's token; readable by the server only.
    token_file: Path = Path("/etc/seapoint/token")
    #: OVN's databases.
    ovn_northbound: str = "unix:/var/run/ovn/ovnnb_db.sock"
    ovn_southbound: str = "unix:/var/run/ovn/ovnsb_db.sock"
    #: Seconds between two audits, in which everything is compared with what the engines hold.
    audit: float = 60.0

    def database_url(self) -> str:
        """The database's URL."""
        return self.database or f"sqlite:///{self.state / 'seapoint.db'}"


def read(path: Path) -> ServerSettings:
    """Settings from a TOML file; raises InputError naming the file, the key and the cure."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    known = {field.name: field for field in fields(ServerSettings)}
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in known:
            raise InputError(f"{path}: unknown key {key!r}; known: {', '.join(known)}")
        default = known[key].default
        wanted = float if isinstance(default, float) else int if isinstance(default, int) else str
        if not isinstance(value, wanted) and not (wanted is float and isinstance(value, int)):
            raise InputError(f"{path}: {key} must be of type {wanted.__name__}, not {value!r}")
        values[key] = Path(str(value)) if isinstance(default, Path) else value
    return ServerSettings(**values)
