"""Runs the programs that the agent needs (nft, systemctl, the targets' check and reload commands)."""

import subprocess

from seapoint.base.errors import EngineError

#: Seconds after which a check or reload counts as hung.
PATIENCE = 60.0


def run_program(arguments: tuple[str, ...], text: str | None = None, patience: float = PATIENCE) -> str:
    """The program's standard output.

    Raises EngineError with the program's own words where it fails, is missing or takes longer than ``patience``.
    """
    try:
        done = subprocess.run(
            arguments,
            input=text or "",
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"{arguments[0]} did not finish in {patience:.0f} s") from error
    except OSError as error:
        raise EngineError(f"{arguments[0]} cannot be run: {error.strerror}") from error
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip() or "no words").splitlines()
        raise EngineError(f"{arguments[0]} failed ({done.returncode}): {'; '.join(words[-6:])}")
    return done.stdout
