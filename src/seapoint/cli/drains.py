"""Commands that take a host out of use, whole or as an owner of one service address, and back."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from seapoint.base.errors import InputError
from seapoint.cli.client import LAB, server

STEP = 0.2  # seconds between two questions to the server
DRAINED = "drained"  # what an owner's health daemon says when it is done

NAMES = click.argument("names", nargs=-1, required=True, metavar="[VIP] HOST")
TIMEOUT = click.option("--timeout", default=60.0, show_default=True, help="Seconds to wait for the host.")

Said = dict[str, str]
"""A VIP with one of its addresses, or "the rest" of what a host does -> how far it is."""


@click.command()
@NAMES
@LAB
@TIMEOUT
def drain(names: tuple[str, ...], lab_root: Path, timeout: float) -> int:
    """Take HOST out of use as an owner of VIP: prepend first, withdraw when its connections are gone.

    Without VIP: as an owner of all its VIPs, as an edge host and as the gateway of virtual routers. The last host that
    can do one of these is refused. Exit status 1 if some are left when time is over: the drain goes on, see `seapoint
    status`.
    """
    return _carried_out("drain", names, lab_root, timeout, DRAINED)


@click.command()
@NAMES
@LAB
@TIMEOUT
def undrain(names: tuple[str, ...], lab_root: Path, timeout: float) -> int:
    """Take HOST back into use, as an owner of VIP or whole. Exit status 1 if it is not within the time.

    As an edge host it stands by until the active one fails; gateways of virtual routers return to it.
    """
    return _carried_out("undrain", names, lab_root, timeout, "")


def _carried_out(verb: str, names: tuple[str, ...], lab_root: Path, timeout: float, wanted: str) -> int:
    if len(names) > 2:
        raise InputError(f"`seapoint {verb}` takes a VIP and a host, or a host: {' '.join(names)} are too many")
    *vips, host = names
    client = server(lab_root)
    revision = client.ask("POST", f"/seapoint/v1/{verb}", {"host": host, **({"vip": vips[0]} if vips else {})})[
        "revision"
    ]
    deadline = time.monotonic() + timeout
    while True:
        told = client.get("/seapoint/v1/status")
        said = _vips(told, host, vips) | ({} if vips else _rest(told, host, revision, wanted))
        done = all(one == wanted for one in said.values())
        if done or time.monotonic() > deadline:
            break
        time.sleep(STEP)
    for what, how in said.items():
        click.echo(f"{what} of {host}: {how or 'in use'}")
    return 0 if done else 1


def _vips(told: Mapping[str, Any], host: str, only: list[str]) -> Said:
    """What the host says of each address of its VIPs, or of one."""
    return {
        f"{vip} {address}": (owners[host] or {"why": "not heard of"})["why"]
        for vip, addresses in told["vips"].items()
        for address, owners in addresses.items()
        if host in owners and vip in (only or [vip])
    }


def _rest(told: Mapping[str, Any], host: str, revision: int, wanted: str) -> Said:
    """Whether OVN and the host have the revision in which it is, or is no longer, to be left in peace."""
    domains = [told["domains"][name] for name in ("hosts", "ovn") if name in told["domains"]]
    here = told["hosts"].get(host)
    known = all(one["state"] == "ACTIVE" and one["revision"] >= revision for one in domains)
    done = known and (here is None or here["state"] == "applied")
    return {"the rest": wanted if done else "not carried out yet"}
