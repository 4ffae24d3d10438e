"""Prints what a device is given."""

import json
from pathlib import Path

import click

from seapoint.cli.client import LAB, server
from seapoint.cli.cloudfile import JSON, load
from seapoint.compile.hosts import compile_device
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.snapshot import Intent
from seapoint.render.device import host_target, render_files
from seapoint.wiring.live import intent_of, standing_cloud


@click.command()
@click.argument("host")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A cloud file, instead of the standing cloud. It knows nothing of tenants' networks.",
)
@LAB
@JSON
def render(host: str, file: Path | None, lab_root: Path, as_json: bool) -> None:
    """Print the files of any device, HOST: a host, a switch (each routing instance), a core router.

    Of the standing cloud, tenants' networks included, or of a cloud file alone.
    """
    cloud, intent = _standing(lab_root) if file is None else (load(file), Intent.empty())
    targets = {name: host_target(device) for name, device in compile_device(cloud, intent, host).items()}
    if as_json:
        click.echo(json.dumps({name: target.to_json() for name, target in targets.items()}, indent=2))
        return
    for name, target in targets.items():
        for path, text in render_files(target).items():
            click.secho(f"=== {name}:{path}", bold=True)
            click.echo(text)


def _standing(lab_root: Path) -> tuple[Cloud, Intent]:
    client = server(lab_root)
    return standing_cloud(client), intent_of(client)
