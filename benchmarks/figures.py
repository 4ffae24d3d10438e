"""What every benchmark has in common: the machine by name, figures in rows with their budgets, and the exit status."""

import argparse
import json
import os
import platform
import signal
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from seapoint.base.errors import InputError, SeapointError
from seapoint.lab.state import FILE_SYSTEM

OVER_BUDGET, USAGE = 1, 64


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; a budget is what it must stay under."""

    name: str
    value: float
    unit: str
    about: str = ""
    budget: float | None = None

    @property
    def kept(self) -> bool:
        return self.budget is None or self.value < self.budget


def median(name: str, seconds: Sequence[float], budget: float | None = None, *, unit: str = "s") -> Figure:
    """The median of times in seconds, told in ``s`` or ``ms``, with how far they spread."""
    factor = {"s": 1, "ms": 1000}[unit]
    times = sorted(factor * time for time in seconds)
    ninety_five = times[min(len(times) - 1, round(0.95 * len(times)))]
    about = f"median of {len(times)}; {times[0]:.3g} to {times[-1]:.3g}, 95 % under {ninety_five:.3g}"
    return Figure(name, statistics.median(times), unit, about, budget)


def run(description: str, measure: Callable[[], Iterable[Figure]], *, root: bool = False) -> None:
    """Measure, print, and leave with the exit status: 0 in budget, 1 over it or failed, 64 where it cannot run.

    ``root`` says that it builds namespaces. A benchmark that is told to end (SIGTERM) removes what it has built.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json = parser.parse_args().json
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    machine = machine_now()
    try:
        if root and os.geteuid() != 0:
            raise InputError("not run: it builds network namespaces and needs root: sudo make bench")
        figures = list(measure())
    except SeapointError as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        sys.exit(USAGE if isinstance(error, InputError) else OVER_BUDGET)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    if as_json:
        told = [{**asdict(figure), "kept": figure.kept} for figure in figures]
        print(json.dumps({"machine": machine, "figures": told}, indent=2))
    else:
        print(", ".join(f"{key} {value}" for key, value in machine.items()))
        print("\n".join(rows(figures)))
    sys.exit(0 if all(figure.kept for figure in figures) else OVER_BUDGET)


def rows(figures: Sequence[Figure]) -> Iterator[str]:
    """The figures as lines, one column under the other."""
    values = [f"{figure.value:.3g}" if figure.value < 100 else f"{figure.value:.0f}" for figure in figures]
    name = max(len(figure.name) for figure in figures)
    value = max(map(len, values))
    unit = max(len(figure.unit) for figure in figures)
    for figure, shown in zip(figures, values, strict=True):
        budget = "" if figure.budget is None else f"under {figure.budget:g}: {'kept' if figure.kept else 'MISSED'}"
        yield f"{figure.name:{name}}  {shown:>{value}} {figure.unit:{unit}}  {budget:20}  {figure.about}".rstrip()


def machine_now() -> dict[str, str]:
    """What the figures were measured on, and what else it was doing when they began."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    load = os.getloadavg()
    return {
        "CPU": f"{_cpu()} x {len(os.sched_getaffinity(0))}",
        "memory": f"{memory:.0f} GiB",
        "kernel": platform.release(),
        "Python": platform.python_version(),
        "load at start": f"{load[0]:.1f} {load[1]:.1f} {load[2]:.1f}",
        "labs standing": str(_labs()),
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _labs() -> int:
    return sum(line.startswith(f"{FILE_SYSTEM} ") for line in Path("/proc/mounts").read_text().splitlines())
