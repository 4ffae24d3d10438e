"""``seapoint``: the list of commands, and what they have in common."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from seapoint.base.errors import EngineError, InputError, SeapointError

#: Exit statuses of every command: 0 done or nothing to do, 1 failed or forbidden, 2 there are changes, 64 bad usage.
FAILED = 1
CHANGES = 2
USAGE = 64

#: Command -> module of this package that holds it, and one line of help. Written out, so that ``--help`` imports none.
COMMANDS = {
    "check": ("cloudfile", "Report every mistake in a cloud file."),
    "show": ("cloudfile", "Print the computed address plan of a cloud file, or draw it."),
    "render": ("render", "Print the files of any device of a cloud file."),
    "apply": ("apply", "Make a file the cloud's file: show what changes, carry it out, wait."),
    "history": ("apply", "List the newest changes."),
    "rollback": ("apply", "Restore what a change touched."),
    "approve": ("apply", "Let an engine delete a large share that it has held back."),
    "drain": ("drains", "Take a host out of use, or an owner of a service address."),
    "undrain": ("drains", "Take it back into use."),
    "status": ("apply", "Show how far the cloud is."),
    "test": ("probe", "Test a standing cloud with live packets."),
    "lab": ("lab", "A whole cloud on this machine."),
    "server": ("processes", "Run the server."),
    "agent": ("processes", "Run a host's agent."),
    "health": ("processes", "Run a host's health daemon: announce its service addresses."),
    "metadata": ("processes", "Run a hypervisor's metadata proxy."),
    "schema": ("cloudfile", "Print the JSON Schema of cloud files, for editors."),
}


class Commands(click.Group):
    """The commands, each imported only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order in which one meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"seapoint.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and help from the list above."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="seapoint")
def cli() -> None:
    """The whole network of an open cloud, IPv4 and IPv6, from one description.

    Exit status: 0 done or nothing to do, 1 failed or forbidden, 2 there are changes, 64 bad usage or input.

    Shell completion: eval "$(_SEAPOINT_COMPLETE=bash_source seapoint)" (or zsh_source, fish_source).
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit status."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status. Errors are one sentence on standard error, never a traceback."""
    try:
        status: Any = cli.main(args=arguments, standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return USAGE if isinstance(error, click.UsageError) else FAILED
    except BrokenPipeError:
        # Whoever reads us (head, a pager) has seen enough; the interpreter's last flush must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return FAILED
    except InputError as error:
        click.echo(str(error), err=True)
        return USAGE
    except (EngineError, SeapointError) as error:
        click.echo(str(error), err=True)
        return FAILED
    return status if isinstance(status, int) else 0
