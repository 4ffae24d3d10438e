"""``seapoint lab``: a whole cloud on this machine."""

import json
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import click

from seapoint.cli.apply import explain, wait_settled
from seapoint.cli.client import LAB
from seapoint.cli.cloudfile import FILE, JSON, text_of
from seapoint.lab import host as lab_host
from seapoint.lab import instance as lab_instance
from seapoint.lab import state
from seapoint.lab import status as lab_status
from seapoint.lab import up as lab_up
from seapoint.lab.networking import Networking
from seapoint.lab.state import Lab
from seapoint.wiring import lab as wired
from seapoint.wiring.cloudfile import cloud_of
from seapoint.wiring.join import join as join_labs
from seapoint.wiring.live import live, standing_cloud

PATIENCE = 90.0
WEB = 80
USER_DATA = click.Path(exists=True, dir_okay=False, path_type=Path)
ENDED = "has ended: `seapoint lab up FILE` starts it anew"


@click.group()
def lab() -> None:
    """Build, look into and remove a whole cloud on this machine: namespaces, veth cables, real daemons."""


@lab.command()
@FILE
@LAB
@click.option(
    "--api-port",
    type=click.IntRange(1, 65535),
    envvar="SEAPOINT_API_PORT",
    show_default=f"{wired.API_PORT}, or the one that a standing lab has",
    help="Port of the Networking API on 127.0.0.1.",
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    envvar="SEAPOINT_PATIENCE",
    default=PATIENCE,
    show_default=True,
    help="Seconds to wait for the server, and then for every host: more on a slow machine.",
)
def up(file: Path, lab_root: Path, api_port: int | None, patience: float) -> int:
    """Build the hosts of FILE on this machine and apply FILE to them.

    A standing lab is changed to fit FILE; what a crash has left is taken up. Needs root.
    """
    text = text_of(file)
    cloud = cloud_of(text, str(file))
    there, say = Lab(lab_root), _progress()
    client = wired.start(there, text, str(file), api_port, patience, say)
    base = client.get("/seapoint/v1/cloud")
    say(f"applying {file}")
    done = client.ask("PUT", "/seapoint/v1/cloud", {"text": text, "base_revision": base["revision"]})
    told = wait_settled(client, done["revision"], patience)
    if any(one["state"] != "ACTIVE" for one in told["domains"].values()) or any(
        one["state"] != "applied" for one in told["hosts"].values()
    ):
        raise explain(told)
    wired.name_everybody(there, cloud, live(there).intent, {})
    say(f"{len(told['hosts'])} hosts hold what the file says")
    for words in sorted(
        {f"{key}: {value}" for one in told["hosts"].values() for key, value in one["features"].items()}
    ):
        click.echo(f"    {words}")
    click.echo(f"The API is at {client.url}; for OpenStack's clients:")
    click.echo(f"    export OS_CLIENT_CONFIG_FILE={there.root}/clouds.yaml OS_CLOUD=seapoint-demo")
    return 0


@lab.command()
@LAB
def down(lab_root: Path) -> None:
    """Remove the lab: every process, namespace, mount and file of it, also after a crash."""
    lab_up.down(Lab(lab_root), _progress())


@lab.command()
@LAB
@click.argument("other", type=click.Path(path_type=Path))
def join(lab_root: Path, other: Path) -> None:
    """Join this lab with another one, whose state directory is OTHER: a cable between the internets of both."""
    join_labs(Lab(lab_root), Lab(other))


@lab.command()
@LAB
@JSON
def status(lab_root: Path, as_json: bool) -> int:
    """Show the lab's hosts, their daemons and memory.

    Exit status 1 if a daemon is not active, a host has ended, or nothing stands.
    """
    state.need_root()
    hosts = lab_status.status(Lab(lab_root))
    if as_json:
        data = [
            {"name": one.name, "pid": one.pid, "memory": one.memory, "processes": one.processes, "units": one.units}
            for one in hosts
        ]
        click.echo(json.dumps(data, indent=2))
    else:
        for one in hosts:
            units = ", ".join(
                unit["unit"].removesuffix(".service") + ("" if unit["state"] == "active" else f" ({unit['state']})")
                for unit in one.units
            )
            click.echo(f"{one.name:<32} {one.memory / 2**20:7.1f} MB  {units if one.pid else ENDED}")
        total = sum(one.memory for one in hosts) / 2**20
        click.echo(f"{len(hosts)} hosts, {total:.0f} MB" if hosts else f"no lab stands in {lab_root}")
    well = all(one.pid and all(unit["state"] == "active" for unit in one.units) for one in hosts)
    return 0 if hosts and well else 1


@lab.command(name="exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@LAB
@click.argument("host")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
def exec_(lab_root: Path, host: str, command: tuple[str, ...]) -> None:
    """Run COMMAND inside HOST (a host or an instance): seapoint lab exec HOST -- COMMAND."""
    words = command[1:] if command[0] == "--" else command
    if not words:
        raise click.UsageError("no command to run")
    state.need_root()
    sys.stdout.flush()
    lab_host.enter(lab_host.find(Lab(lab_root), host), words)


@lab.command()
@LAB
@click.argument("host")
def shell(lab_root: Path, host: str) -> None:
    """Open a shell inside HOST."""
    state.need_root()
    lab_host.enter(lab_host.find(Lab(lab_root), host), ["bash", "--norc"])


@lab.group()
def instance() -> None:
    """Play Nova: instances at hypervisors."""


@instance.command()
@click.argument("name")
@LAB
@click.option("--port", required=True, help="Its port, by id: openstack port show NAME -f value -c id.")
@click.option("--host", required=True, help="The hypervisor.")
@click.option(
    "--serve",
    "serves",
    multiple=True,
    type=click.IntRange(1, 65535),
    default=(WEB,),
    help="TCP ports that tell callers who they are.",
)
@click.option("--vm", is_flag=True, help="Boot a machine under QEMU, with a kernel of its own; it takes 256 MB.")
@click.option("--user-data", type=USER_DATA, help="A text that it is told at its start: a script, or a cloud-config.")
def add(
    name: str, lab_root: Path, port: str, host: str, serves: tuple[int, ...], vm: bool, user_data: Path | None
) -> None:
    """Bind a port to a hypervisor and run instance NAME on it, addressed by real DHCP clients and SLAAC."""
    there = Lab(lab_root)
    client = wired.access(there)
    api = Networking(client.url, client.token)
    ports = {number: "http" if number == WEB else "tcp" for number in serves}
    identity = str(uuid4())
    if user_data is not None:
        wired.give_user_data(there, standing_cloud(client), identity, text_of(user_data))
    lab_instance.add(there, api, name, port, host, ports, virtual=vm, identity=identity)
    now = live(there)
    wired.name_everybody(there, now.cloud, now.intent, now.projects)
    click.echo(f"{name} runs on {host}; look into it: seapoint lab exec {shlex.quote(name)} -- ip address")


@instance.command()
@click.argument("name")
@LAB
def remove(name: str, lab_root: Path) -> None:
    """End instance NAME and give its port back."""
    there = Lab(lab_root)
    client = wired.access(there)
    lab_instance.remove(there, Networking(client.url, client.token), name)


def _progress() -> Callable[[str], None]:
    began = time.monotonic()

    def say(words: str) -> None:
        click.echo(f"[{time.monotonic() - began:5.1f} s] {words}", err=True)

    return say
