"""What the server is told when it starts. Read once from a TOML file and passed down as values."""

import math
import tomllib
from dataclasses import dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from seapoint.base.errors import InputError

_LARGEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Settings of ``seapoint server``; the file's keys are these names."""

    #: Directory of the database and of what the server keeps beside it.
    state: Path = Path("/var/lib/seapoint")
    #: SQLAlchemy URL; empty: SQLite in ``state``.
    database: str = ""
    #: URL of the server that runs the loop and serves the agents, where that is another one on the same PostgreSQL.
    loop_server: str = ""
    #: Where the Networking API listens: loopback unless told otherwise, or the socket that is handed over (LISTEN_FDS).
    api_address: str = "127.0.0.1"
    api_port: int = 9696
    #: Where it listens with TLS beside that, for balancers; addresses that the host does not have yet are fine.
    api_tls_addresses: tuple[str, ...] = ()
    api_tls_port: int = 19696
    #: Where agents connect, over mutual TLS. Empty: no agents.
    agents_address: str = ""
    agents_port: int = 9697
    #: Certificates: the authority's, the server's own, and its key.
    tls_ca: Path = Path("/etc/seapoint/tls/ca.pem")
    tls_cert: Path = Path("/etc/seapoint/tls/host.pem")
    tls_key: Path = Path("/etc/seapoint/tls/host.key")
    #: File with the administrator's token; readable by the server only.
    token_file: Path = Path("/etc/seapoint/token")
    #: The key with which name servers are fed, as `keymgr -t seapoint hmac-sha256` prints it.
    dns_key: Path = Path("/etc/seapoint/dns.key")
    #: Nova's metadata service, http://HOST:8775, which then answers instances' questions; empty: Seapoint does.
    nova_metadata_url: str = ""
    #: File with the secret that Nova knows as ``metadata_proxy_shared_secret``.
    nova_secret_file: Path = Path("/etc/seapoint/nova-metadata-secret")
    #: OVN's databases.
    ovn_northbound: str = "unix:/var/run/ovn/ovnnb_db.sock"
    ovn_southbound: str = "unix:/var/run/ovn/ovnsb_db.sock"
    #: Seconds between two audits, in which everything is compared with what the engines hold.
    audit: float = 60.0

    def database_url(self) -> str:
        """The database's URL."""
        return self.database or f"sqlite:///{self.state / 'seapoint.db'}"

    def user_data(self, instance: str) -> Path:
        """The file with the user data of an instance, by its id; whoever plays Nova writes it."""
        return self.state / "user-data" / instance


def read(path: Path) -> ServerSettings:
    """Settings from a TOML file; raises InputError naming the file, the key and the cure.

    A value is never told: a database's URL may hold a password.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    known = {field.name: field.default for field in fields(ServerSettings)}
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in known:
            raise InputError(f"{path}: unknown key {key!r}; known: {', '.join(known)}")
        wrong = _mistake(key, value, known[key])
        if wrong:
            raise InputError(f"{path}: {key} must be {wrong}")
        values[key] = _value(value, known[key])
    settings = ServerSettings(**values)
    if settings.loop_server and not settings.database.startswith("postgresql"):
        raise InputError(f"{path}: loop_server names another server of one database: that must be a PostgreSQL")
    if settings.loop_server and settings.agents_address:
        raise InputError(f"{path}: agents ask the server that runs the loop: leave agents_address or loop_server out")
    return settings


def read_token(path: Path) -> str:
    """The administrator's token: one word, since it travels in a header. Raises InputError, which never tells it."""
    token = read_secret(path, "the administrator's token")
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise InputError(f"the token in {path} must be one word of printable ASCII characters")
    return token


def read_secret(path: Path, what: str) -> str:
    """What a file holds that nobody else may know; raises InputError, which never tells it."""
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise InputError(f"{what} in {path} is no text") from error
    except OSError as error:
        raise InputError(f"{what} cannot be read from {path}: {error.strerror}") from error
    if not secret:
        raise InputError(f"{path} is empty: {what} is long and random")
    return secret


def _value(value: Any, default: Any) -> Any:
    if isinstance(default, Path):
        return Path(value)
    return tuple(value) if isinstance(default, tuple) else value


def _mistake(key: str, value: Any, default: Any) -> str:
    """What a value should be; empty for one that is right."""
    if isinstance(default, tuple):
        right = isinstance(value, list) and all(isinstance(one, str) and _is_address(one) for one in value)
        return "" if right else 'a list of addresses such as ["192.0.2.1", "2001:db8::1"]'
    wanted = type(default) if isinstance(default, int | float) else str
    if type(value) is not wanted and (wanted, type(value)) != (float, int):
        return f"of type {wanted.__name__}, not {type(value).__name__}"
    if key.endswith("_port") and not 0 < value <= _LARGEST_PORT:
        return f"a port from 1 to {_LARGEST_PORT}, not {value}"
    if key.endswith("_address") and (value or default) and not _is_address(value):
        return f"an address such as 127.0.0.1 or ::1, not {value!r}: the server waits for no name service"
    if wanted is float and not 0 < value < math.inf:
        return f"a number of seconds above 0, not {value}"
    if isinstance(default, Path) and not value:
        return "a path, which is not empty"
    return ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
