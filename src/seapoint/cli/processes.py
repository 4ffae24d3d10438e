"""Commands that are long-running processes: the server; a host's agent, health daemon and metadata proxy."""

import logging
from pathlib import Path

import click

from seapoint.target.health import CONFIGURATION, TOLD

PATH = click.Path(path_type=Path)


@click.command()
@click.option("--settings", type=PATH, default=Path("/etc/seapoint/server.toml"), show_default=True, help="TOML file.")
def server(settings: Path) -> int:
    """Run the server: Networking API, operator's API, the loop, and the endpoint for agents."""
    from seapoint.settings import read
    from seapoint.wiring.server import run_server

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return run_server(read(settings))


@click.command()
@click.option("--server", "url", help="The server's https URL.")
@click.option("--ca", type=PATH, help="The authority's certificate.")
@click.option("--cert", type=PATH, help="This host's certificate.")
@click.option("--key", type=PATH, help="Its private key.")
@click.option("--target", type=PATH, help="Instead of a server: a file with the target's JSON, followed as it changes.")
@click.option("--state", type=PATH, default=None, help="Directory of the last good target.")
@click.option("--once", is_flag=True, help="Apply one target and end.")
def agent(
    url: str | None,
    ca: Path | None,
    cert: Path | None,
    key: Path | None,
    target: Path | None,
    state: Path | None,
    once: bool,
) -> int:
    """Run this host's agent: hold the host to its target."""
    from seapoint.agent.main import run
    from seapoint.agent.settings import STATE, AgentSettings

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return run(AgentSettings(url, ca, cert, key, target, state or STATE, once))


@click.command()
@click.option("--configuration", type=PATH, default=Path(CONFIGURATION), show_default=True, help="What is watched.")
@click.option("--told", type=PATH, default=Path(TOLD), show_default=True, help="Tells how each address is announced.")
def health(configuration: Path, told: Path) -> int:
    """Run this host's health daemon: check its service addresses, announce or withdraw them."""
    from seapoint.health.main import run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return run(configuration, told)


@click.command()
@click.option("--server", "url", required=True, help="The server's https URL.")
@click.option("--ca", type=PATH, required=True, help="The authority's certificate.")
@click.option("--cert", type=PATH, required=True, help="This host's certificate.")
@click.option("--key", type=PATH, required=True, help="Its private key.")
@click.option("--networks", type=PATH, default=Path("/etc/seapoint/metadata.json"), help="What the agent wrote for it.")
def metadata(url: str, ca: Path, cert: Path, key: Path, networks: Path) -> int:
    """Run this hypervisor's metadata proxy: pass its instances' questions on to the server."""
    from seapoint.metadata.proxy import run
    from seapoint.metadata.server import server_line

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    return run(networks, server_line(url, ca, cert, key))
