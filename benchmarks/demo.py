"""``make demo`` with its packages there: from the command to a cloud whose live tests have all passed.

It runs in a lab of its own and is removed afterwards; a demo that stands already is left alone.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator

from figures import Figure, run
from seapoint.base.errors import EngineError
from seapoint.lab import state, up
from standing import ROOT, free_port, own_lab

BUDGET = 60.0  # seconds
INSTALL = "what is installed already"
_STEP = re.compile(r"^== (.*) \(\d+ s\)$")
_SUMMARY = re.compile(r"^(\d+) passed\b.*")


def measure() -> Iterator[Figure]:
    """The demo's time and that of its steps."""
    lab = own_lab()
    environment = {key: value for key, value in os.environ.items() if key not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    environment |= {"SEAPOINT_LAB": str(lab.root), "SEAPOINT_API_PORT": str(free_port())}
    began = time.monotonic()
    steps = {INSTALL: began}
    said: list[str] = []
    try:
        with subprocess.Popen(
            ["make", "--no-print-directory", "-C", ROOT, "demo"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as demo:
            assert demo.stdout is not None
            for line in demo.stdout:
                said.append(line)
                if step := _STEP.match(line):
                    steps[step[1]] = time.monotonic()
                    print(line, end="", file=sys.stderr)
        ended = time.monotonic()
        if demo.returncode != 0:
            raise EngineError(f"the demo failed:\n{''.join(said)}")
    finally:
        before = time.monotonic()
        hosts = len(state.processes(lab))
        up.down(lab)
        down = time.monotonic() - before
    summary = next(line.strip() for line in said if _SUMMARY.match(line))
    yield Figure("demo: up, every live test passed", ended - began, "s", summary, BUDGET)
    times = [*steps.values(), ended]
    for name, start, end in zip(steps, times, times[1:], strict=False):
        yield Figure(f"    {name}", end - start, "s")
    yield Figure("demo-down", down, "s", f"{hosts} hosts and instances")


if __name__ == "__main__":
    run("The demo, timed.", measure, root=True)
