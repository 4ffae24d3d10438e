"""What a host's health daemon must watch, as data, and how it tells: by metrics of routes, by a number in a file.

``to_json``/``from_json`` are the form of its configuration file.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

#: The daemon's configuration, and what it tells of each address (see ``target.report.VipReport``).
CONFIGURATION, TOLD = "/etc/seapoint/health.json", "/run/seapoint/health.json"

#: Where the daemon of an edge host tells keepalived what its ways to other sites add to its priority. The directory is
#: always there, for keepalived watches it from its own start on; after a boot there is no file, which is 0.
PRIORITY = "/run/seapoint-priority"
#: What each way adds.
WAY = 10

#: Number in ``rtm_protocol`` of the routes that announce: the health daemon's alone.
ANNOUNCING_PROTOCOL = 78

#: Metric of an announcing route: this, and one more for each time that the AS is put before the path.
FIRST_CHOICE = 100
#: Times that the AS is put before the path: of passive members by their place, then of those that drain, and last of
#: those that are sick where an address is kept by all means.
LAST_PASSIVE, DRAINING, SICK = 3, 5, 6


def metric(prepended: int) -> int:
    """The metric that says how often the AS is put before the path."""
    return FIRST_CHOICE + prepended


def prepended(metric_of_route: int) -> int:
    """The inverse of ``metric``."""
    return metric_of_route - FIRST_CHOICE


@dataclass(frozen=True, slots=True)
class Check:
    """How to find out whether a service answers at an address. Times in milliseconds.

    ``port`` of tcp, http, tls and dns; ``name``: the server's name in TLS and HTTP, the name asked for in DNS;
    ``path``, ``statuses`` and ``tls`` of http; ``command``: its exit status 0 is well, ``{address}`` in it stands for
    the address. ``rise``, ``fall``: checks in a row until a sick one counts as well, a well one as sick.
    """

    kind: Literal["tcp", "http", "tls", "dns", "command"]
    port: int = 0
    name: str = ""
    path: str = "/"
    statuses: tuple[int, ...] = (200,)
    tls: bool = False
    command: tuple[str, ...] = ()
    interval: int = 1000
    timeout: int = 1000
    rise: int = 10
    fall: int = 1


@dataclass(frozen=True, slots=True)
class Watched:
    """A service address that the host owns: each of ``addresses`` is judged by itself.

    ``order``: times that its AS is put before the path while it is well; 0: first choice. ``check`` None: always well.
    """

    vip: str
    addresses: tuple[str, ...]
    order: int = 0
    check: Check | None = None
    when_all_sick: Literal["withdraw", "keep"] = "withdraw"
    draining: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """The whole configuration of the health daemon.

    ``ways``: BGP neighbours, by each site and family that they lead to; of each tuple one suffices.
    """

    watched: tuple[Watched, ...] = ()
    ways: tuple[tuple[str, ...], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain data: dictionaries, lists, strings, numbers, booleans and None."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of ``to_json``; raises KeyError or TypeError for data of another shape."""
        return cls(
            tuple(
                Watched(**{**row, "addresses": tuple(row["addresses"]), "check": _check(row["check"])})
                for row in data["watched"]
            ),
            tuple(map(tuple, data["ways"])),
        )


def _check(data: Mapping[str, Any] | None) -> Check | None:
    if data is None:
        return None
    return Check(**{**data, "statuses": tuple(data["statuses"]), "command": tuple(data["command"])})
