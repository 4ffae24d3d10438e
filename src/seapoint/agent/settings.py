"""What the agent is told when it is started."""

from dataclasses import dataclass
from pathlib import Path

from seapoint.agent.units import INIT_SOCKET
from seapoint.base.errors import InputError
from seapoint.target.health import TOLD

STATE = Path("/var/lib/seapoint/agent")
OVSDB_SOCKET = Path("/run/openvswitch/db.sock")


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Where targets come from, and where things are on the host.

    Either ``server``, an https URL, with ``ca``, ``certificate`` and ``key``; or ``target``, a file with the target's
    JSON.
    ``once``: apply one target and end. ``poll_seconds``: how long the server may hold a question for a new target.
    """

    server: str | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    target: Path | None = None
    state: Path = STATE
    once: bool = False
    poll_seconds: float = 30.0
    ovsdb: Path = OVSDB_SOCKET
    init_socket: Path = INIT_SOCKET
    vips: Path = Path(TOLD)

    def checked(self) -> "AgentSettings":
        """Itself; raises InputError where the options don't fit together or a file is missing."""
        if (self.server is None) == (self.target is None):
            raise InputError("the agent needs either --server URL or --target FILE")
        if self.server is not None:
            if not self.server.startswith("https://"):
                raise InputError(f"--server {self.server}: the agent speaks https only")
            for option, path in (("--ca", self.ca), ("--cert", self.certificate), ("--key", self.key)):
                if path is None:
                    raise InputError(f"--server needs {option} FILE")
                if not path.is_file():
                    raise InputError(f"{option} {path}: there is no such file")
        return self
