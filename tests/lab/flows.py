"""Packets that go on while something is changed, and the count of those that were lost."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from lab.standing import Standing
from seapoint.lab import host as lab_host

PROGRAM = str(Path(__file__).parent / "flow.py")
INTERVAL = "0.02"
END_SECONDS = 60.0

Told = dict[str, dict[str, Any]]


@contextmanager
def flowing(cloud: Standing, wanted: Mapping[str, tuple[str, ...]], interval: str = INTERVAL) -> Iterator[Told]:
    """Flows (see flow.py) from instances and hosts to their targets, while the block runs.

    Afterwards the result tells of each, as ``FROM TARGET``, what was sent, which were lost, and the greatest delay.
    """
    told: Told = {}
    with ExitStack() as stack:
        running = {
            where: stack.enter_context(
                subprocess.Popen(
                    lab_host.command(
                        lab_host.find(cloud.lab, where), [sys.executable, "-I", "-S", PROGRAM, interval, *targets]
                    ),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=lab_host.ENVIRONMENT,
                )
            )
            for where, targets in wanted.items()
        }
        try:
            for where, process in running.items():
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n", f"{where}: the flows have not begun"
            yield told
            for where, process in running.items():
                said, _ = process.communicate(timeout=END_SECONDS)
                told.update({f"{where} {target}": about for target, about in json.loads(said).items()})
        finally:
            for process in running.values():
                process.kill()  # a flow that has told its story has ended


def lost(told: Told) -> dict[str, list[int]]:
    """The numbers of the packets that were lost, of each flow that lost any."""
    assert told, "no flow has ended"
    assert all(about["sent"] > 20 for about in told.values()), f"too few packets to tell anything: {told}"
    return {flow: about["lost"] for flow, about in told.items() if about["lost"]}
