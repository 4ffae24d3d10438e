"""``seapoint test``: live tests of a standing cloud."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from seapoint.base.errors import InputError, SeapointError
from seapoint.cli.client import LAB
from seapoint.cli.cloudfile import JSON
from seapoint.cli.results import show
from seapoint.lab.state import Lab
from seapoint.probe.generate import generate
from seapoint.probe.instances import idle
from seapoint.probe.probe import Probe
from seapoint.probe.report import junit, probe_data, result_data, sent
from seapoint.probe.run import PATIENCE_SECONDS, chosen, run
from seapoint.probe.trace.session import followed
from seapoint.wiring.live import live

#: A list that goes to a file or a pipe is as wide as it needs; on a terminal it folds.
WIDE = 10_000


@click.command()
@LAB
@JSON
@click.option("--junit", "junit_file", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML too.")
@click.option(
    "--only", default="", metavar="PATTERN", help="Only probes whose name, group, label or starting host matches."
)
@click.option("--list", "list_only", is_flag=True, help="List the probes and run none.")
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=PATIENCE_SECONDS,
    show_default=True,
    help="Seconds for which what fails is tried again.",
)
def test(lab_root: Path, as_json: bool, junit_file: Path | None, only: str, list_only: bool, patience: float) -> int:
    """Ask the living network what the cloud file and tenants' intent promise.

    Probes are generated from both, over IPv4 and IPv6, and run at once on the cloud's hosts and instances. Exit status
    0: all passed, 1: one failed, 64: there was nothing to ask.
    """
    if junit_file and not junit_file.absolute().parent.is_dir():
        raise InputError(f"--junit {junit_file}: there is no directory {junit_file.absolute().parent}")
    cloud = live(Lab(lab_root))
    probes = chosen(generate(cloud.cloud, cloud.intent, cloud.projects), only)
    if list_only:
        _list(probes, as_json)
        return 0
    began = time.monotonic()
    with Progress(console=Console(stderr=True), transient=True, disable=not Console(stderr=True).is_terminal) as bar:
        task = bar.add_task(f"{len(probes)} probes", total=len(probes))
        results = run(probes, cloud.runner, patience, lambda _: bar.advance(task))
        results = followed(results, cloud.runner, cloud.cloud, cloud.intent)
    if junit_file:
        _write(junit_file, junit(cloud.cloud.name, results))
    if as_json:
        click.echo(json.dumps([result_data(result) for result in results], indent=2))
    else:
        show(Console(), results, idle(cloud.intent), time.monotonic() - began)
    return 0 if all(result.passed for result in results) else 1


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SeapointError(f"{file} cannot be written: {error.strerror}") from error


def _list(probes: Sequence[Probe], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([probe_data(probe) for probe in probes], indent=2))
        return
    table = _table("name", "labels", "sent", "expected")
    for probe in probes:
        table.add_row(*_plain(probe.name, ", ".join(probe.covers), sent(probe), probe.check.expected()))
    _console().print(table)
    click.echo(f"{len(probes)} probes")


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _plain(*cells: str) -> list[Text]:
    """Text as it is: an IPv6 address in brackets is no markup."""
    return [Text(cell) for cell in cells]
