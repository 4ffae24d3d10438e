"""Commands on a cloud file alone: nothing is asked, nothing is changed."""

import json
from pathlib import Path
from typing import Any

import click

from seapoint.base.errors import InputError
from seapoint.drawing.picture import draw
from seapoint.intent.cloud.matrix import told
from seapoint.intent.cloud.mistakes import Located
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.cloud.read import Reading, read_cloud
from seapoint.intent.cloud.shape.cloud import CloudShape
from seapoint.intent.cloud.show import Branch, tree
from seapoint.wiring.cloudfile import cloud_of

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def load(file: Path) -> Cloud:
    """A cloud file that must be right; raises InputError with every mistake."""
    return cloud_of(text_of(file), str(file))


def text_of(file: Path) -> str:
    """A file's text; raises InputError. Read once: a pipe gives it only once."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}") from error


def _read(file: Path) -> Reading:
    return read_cloud(text_of(file), str(file))


@click.command()
@FILE
@JSON
def check(file: Path, as_json: bool) -> int:
    """Report every mistake in FILE at once, each with line, column and how to mend it. Changes nothing.

    Exit status 0: no error (warnings may be told), 64: errors.
    """
    reading = _read(file)
    if as_json:
        click.echo(json.dumps([_as_data(mistake) for mistake in reading.mistakes], indent=2))
    else:
        for mistake in reading.mistakes:
            click.echo(str(mistake))
        errors = sum(one.mistake.severity == "error" for one in reading.mistakes)
        click.echo(f"{file}: {_count(errors, 'error')}, {_count(len(reading.mistakes) - errors, 'warning')}")
    return 0 if reading.cloud else 64


def _as_data(located: Located) -> dict[str, Any]:
    return {
        "file": located.file,
        "line": located.position.line,
        "column": located.position.column,
        "severity": located.mistake.severity,
        "path": [*located.mistake.path],
        "message": located.mistake.message,
        "cure": located.mistake.cure,
    }


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@click.command()
@FILE
@JSON
@click.option("--svg", "as_svg", is_flag=True, help="Draw the topology instead, as an SVG for a page of A3.")
@click.option(
    "--reach", "as_matrix", is_flag=True, help="Print who may call what instead: the matrix with all its rows."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --svg: the file to write, in place of standard output.",
)
def show(file: Path, as_json: bool, as_svg: bool, as_matrix: bool, output: Path | None) -> None:
    """Print the computed address plan of FILE as a tree, or draw its topology.

    The tree: prefixes, VLANs, links and every address in them. The drawing: core routers, switches, racks, hosts.
    """
    if as_json + as_svg + as_matrix > 1:
        raise click.UsageError("--svg, --json and --reach: one of them")
    if output and not as_svg:
        raise click.UsageError("--output is the file of --svg: give both")
    cloud = load(file)
    if as_svg:
        _write(draw(cloud), output)
        return
    if as_matrix:
        for row in told(cloud):
            click.echo("\t".join(row))
        return
    branches = tree(cloud)
    if as_json:
        click.echo(json.dumps([_branch_data(branch) for branch in branches], indent=2))
        return
    for branch in branches:
        _print(branch, 0)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error.strerror}") from error


def _print(branch: Branch, depth: int) -> None:
    indent = "  " * depth
    click.echo(f"{indent}{branch.network!s:<{max(34 - len(indent), 1)}} {branch.label}")
    for address, label in branch.addresses:
        click.echo(f"{indent}  {address!s:<{max(32 - len(indent), 1)}} · {label}")
    for inner in branch.branches:
        _print(inner, depth + 1)


def _branch_data(branch: Branch) -> dict[str, Any]:
    return {
        "network": str(branch.network),
        "label": branch.label,
        "addresses": [{"address": str(address), "label": label} for address, label in branch.addresses],
        "inside": [_branch_data(inner) for inner in branch.branches],
    }


@click.command()
def schema() -> None:
    """Print the JSON Schema of cloud files: editors check and complete with it."""
    click.echo(json.dumps(CloudShape.model_json_schema(by_alias=True), indent=2))
