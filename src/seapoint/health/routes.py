"""The routes that announce service addresses, through ip(8): each address has one, or none and is withdrawn.

They are known by their protocol number, in whatever state a crash has left them. Source: ip-route(8).
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from ipaddress import ip_address

from seapoint.base.errors import EngineError
from seapoint.target.health import ANNOUNCING_PROTOCOL, metric, prepended

IP_SECONDS = 5.0


def held() -> dict[str, int]:
    """Address -> times that the AS is prepended, by the route that decides. Raises EngineError."""
    found: dict[str, int] = {}
    for address, number in _routes():
        found[address] = min(prepended(number), found.get(address, prepended(number)))
    return found


def hold(wanted: Mapping[str, int]) -> None:
    """Announce these addresses, prepended so many times; new routes before old ones go. Raises EngineError."""
    standing = set(_routes())
    goal = {(address, metric(times)) for address, times in wanted.items()}
    for address, number in sorted(goal - standing):
        _ip(ip_address(address).version, "route", "add", *_words(address, number))
    for address, number in sorted(standing - goal):
        _ip(ip_address(address).version, "route", "delete", *_words(address, number))


def _words(address: str, number: int) -> tuple[str, ...]:
    return ("blackhole", address, "proto", str(ANNOUNCING_PROTOCOL), "metric", str(number))


def _routes() -> Iterator[tuple[str, int]]:
    for version in (4, 6):
        for row in json.loads(_ip(version, "-json", "route", "show", "proto", str(ANNOUNCING_PROTOCOL)) or "[]"):
            yield str(ip_address(row["dst"])), int(row["metric"])


def _ip(version: int, *words: str) -> str:
    try:
        done = subprocess.run(
            ["ip", f"-{version}", *words], capture_output=True, text=True, check=False, timeout=IP_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"ip {' '.join(words)}: {error}") from error
    if done.returncode:
        raise EngineError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout
