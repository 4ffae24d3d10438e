"""Commands that take an owner of a service address out of use, and back."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from seapoint.cli.client import LAB, server
from seapoint.wiring.client import Client

STEP = 0.2  # seconds between two questions to the server
DRAINED = "drained"  # what an owner's health daemon says when it is done

VIP, HOST = click.argument("vip"), click.argument("host")
TIMEOUT = click.option("--timeout", default=60.0, show_default=True, help="Seconds to wait for the host.")


@click.command()
@VIP
@HOST
@LAB
@TIMEOUT
def drain(vip: str, host: str, lab_root: Path, timeout: float) -> int:
    """Take HOST out of use as an owner of VIP: prepend first, withdraw when its connections are gone.

    Exit status 1 if some are left when time is over: the drain goes on, see `seapoint status`.
    """
    client = server(lab_root)
    client.ask("POST", "/seapoint/v1/drain", {"vip": vip, "host": host})
    said = _wait(client, vip, host, timeout, over=lambda one: one == DRAINED)
    return _tell(vip, host, said, done=set(said.values()) == {DRAINED})


@click.command()
@VIP
@HOST
@LAB
@TIMEOUT
def undrain(vip: str, host: str, lab_root: Path, timeout: float) -> int:
    """Take HOST back into use as an owner of VIP. Exit status 1 if it does not announce it within the time."""
    client = server(lab_root)
    client.ask("POST", "/seapoint/v1/undrain", {"vip": vip, "host": host})
    said = _wait(client, vip, host, timeout, over=lambda one: not one)
    return _tell(vip, host, said, done=not any(said.values()))


def _wait(client: Client, vip: str, host: str, timeout: float, over: Callable[[str], bool]) -> Mapping[str, str]:
    """Wait until what the host says of each address of the VIP is what it should be: what it says then."""
    deadline = time.monotonic() + timeout
    while True:
        owners = client.get("/seapoint/v1/status")["vips"].get(vip, {})
        said = {address: (of.get(host) or {"why": "not heard of"})["why"] for address, of in owners.items()}
        if time.monotonic() > deadline or all(over(one) for one in said.values()):
            return said
        time.sleep(STEP)


def _tell(vip: str, host: str, said: Mapping[str, str], *, done: bool) -> int:
    for address, why in said.items():
        click.echo(f"{vip} {address} of {host}: {why or 'announced'}")
    return 0 if done else 1
