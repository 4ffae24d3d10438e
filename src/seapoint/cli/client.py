"""Which server a command talks to."""

import os
from pathlib import Path

import click

from seapoint.lab.state import Lab
from seapoint.settings import read_token
from seapoint.wiring import lab as wired
from seapoint.wiring.client import Client

LAB = click.option(
    "--lab",
    "lab_root",
    type=click.Path(path_type=Path),
    default=Path("/run/seapoint-lab"),
    envvar="SEAPOINT_LAB",
    show_default=True,
    help="Directory of the lab.",
)


def standing_lab(lab_root: Path) -> Lab | None:
    """The lab in a directory, if one stands there and no other server was named."""
    if os.environ.get("SEAPOINT_URL"):
        return None
    lab = Lab(lab_root)
    return lab if (lab.root / "url").exists() else None


def server(lab_root: Path) -> Client:
    """The server of the environment (SEAPOINT_URL, SEAPOINT_TOKEN_FILE), else that of the lab; raises InputError."""
    url, token_file = os.environ.get("SEAPOINT_URL"), os.environ.get("SEAPOINT_TOKEN_FILE", "/etc/seapoint/token")
    if not url:
        return wired.access(Lab(lab_root))
    return Client(url.rstrip("/"), read_token(Path(token_file)))
