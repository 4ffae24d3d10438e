"""Prints what a device would be given."""

import json
from pathlib import Path

import click

from seapoint.cli.cloudfile import JSON, load
from seapoint.compile.hosts import compile_device
from seapoint.intent.snapshot import Intent
from seapoint.render.device import host_target, render_files


@click.command()
@click.argument("host")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The cloud file.",
)
@JSON
def render(host: str, file: Path, as_json: bool) -> None:
    """Print the files of any device, HOST: a host, a switch (each routing instance), a core router.

    From the cloud file alone: tenants' networks, known by the server only, are not in it.
    """
    targets = {name: host_target(device) for name, device in compile_device(load(file), Intent.empty(), host).items()}
    if as_json:
        click.echo(json.dumps({name: target.to_json() for name, target in targets.items()}, indent=2))
        return
    for name, target in targets.items():
        for path, text in render_files(target).items():
            click.secho(f"=== {name}:{path}", bold=True)
            click.echo(text)
