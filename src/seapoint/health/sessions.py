"""How many other sites a host reaches, by its BGP sessions, told to keepalived: who reaches fewer hands over.

A session is up while its TCP connection is: a connection goes when BFD, the hold timer, the neighbour or bgpd ends it,
also when bgpd is killed. A reader of FRR's own word would cost more than FRR does.
"""

import asyncio
import logging
from pathlib import Path

from seapoint.health import connections
from seapoint.health.judge import Health, after_check, score
from seapoint.target.health import PRIORITY

_log = logging.getLogger("seapoint.health")

BGP_PORT = 179
LOOK_SECONDS = 0.1
#: Looks in a row until a session counts as up again: by then its routes are in the kernel.
RISE, FALL = 20, 1
RETRY_SECONDS = 1.0  # after the file could not be written


async def follow(ways: tuple[tuple[str, ...], ...], told: Path = Path(PRIORITY)) -> None:
    """Look all the while, and write the number whenever it changes. Without any way there is none to tell."""
    if not ways:
        forget(told)
        return
    health: dict[str, Health] = {}
    said: int | None = None
    while True:
        up = connections.neighbors(BGP_PORT)
        for address in (address for way in ways for address in way):
            failure = "" if address in up else "no session"
            health[address] = after_check(health.get(address), failure, RISE, FALL)
        number = score(ways, health)
        if number != said:
            try:
                _write(told, number)
            except OSError as error:
                _log.error("%s cannot be written: %s", told, error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            down = sorted(address for address, one in health.items() if not one.well)
            _log.info("priority %+d; sessions that are down: %s", number, ", ".join(down) or "none")
            said = number
        await asyncio.sleep(LOOK_SECONDS)


def forget(told: Path = Path(PRIORITY)) -> None:
    """Tell nothing."""
    told.unlink(missing_ok=True)


def _write(told: Path, number: int) -> None:
    """Replace the file, whole or not at all. Raises OSError."""
    new = told.with_suffix(".new")
    new.write_text(f"{number}\n")
    new.replace(told)
