"""Runs probes: at once, and again while they fail, until patience is at its end."""

import fnmatch
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

from seapoint.base.errors import InputError, SeapointError
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.snapshot import Intent
from seapoint.probe.generate import generate
from seapoint.probe.names import NOBODY
from seapoint.probe.probe import Probe, Result, Runner, Verdict
from seapoint.probe.trace.session import followed

#: Probes that run at the same time, by whether they want no answer: those wait to the end of their time, no more.
AT_ONCE = {False: 24, True: 96}
COMMAND_SECONDS = 30.0  # far beyond what the options of ping and curl allow, also where a processor is emulated
PATIENCE_SECONDS = 10.0  # how long a failing probe is tried again: ARP, neighbour discovery and BGP need some seconds
PAUSE_SECONDS = 0.5

#: Exit statuses of a shell, env(1) and nsenter(1) whose program is not there or cannot be executed.
NOT_RUN = frozenset({126, 127})

Progress = Callable[[Result], None]


def unwatched(_: Result) -> None:
    """Progress that nobody watches."""


def run_probes(
    cloud: Cloud,
    intent: Intent,
    runner: Runner,
    *,
    only: str = "",
    patience: float = PATIENCE_SECONDS,
    projects: Mapping[str, str] = NOBODY,
    progress: Progress = unwatched,
) -> Sequence[Result]:
    """Generate a cloud's probes, run them, follow packets of those that fail; results stand in the order of generation.

    ``only`` as in ``chosen``; ``patience`` in seconds; ``progress`` hears of each result at its end. Raises InputError
    when there is no probe to run: a test of nothing has not passed.
    """
    results = run(chosen(generate(cloud, intent, projects), only), runner, patience, progress)
    return followed(results, runner, cloud, intent)


def chosen(probes: Iterable[Probe], only: str) -> tuple[Probe, ...]:
    """The probes of which the name, the group, a label or the starting point matches a pattern (fnmatch).

    All of them without a pattern. Raises InputError when none is left, with what there is to choose by.
    """
    probes = tuple(probes)
    if not probes:
        raise InputError("the cloud file and its instances give no probe: is an instance running?")
    found = tuple(probe for probe in probes if not only or _matches(probe, only))
    if not found:
        words = dict.fromkeys(word for probe in probes for word in (probe.group, *probe.covers))
        places = dict.fromkeys(probe.where for probe in probes)
        raise InputError(
            f"no probe matches {only!r}; groups and labels: {', '.join(words)}; hosts and instances: "
            f"{', '.join(places)}; names as --list shows them"
        )
    return found


def _matches(probe: Probe, pattern: str) -> bool:
    return any(
        fnmatch.fnmatchcase(word, pattern) for word in (probe.path, probe.name, probe.group, probe.where, *probe.covers)
    )


def run(
    probes: Sequence[Probe], runner: Runner, patience: float = PATIENCE_SECONDS, progress: Progress = unwatched
) -> tuple[Result, ...]:
    """Run probes: those that want an answer, then those that want none, which mean nothing before the network is up.

    Each runs once at least; one that fails runs again until ``patience`` seconds after its first try began.
    """
    results: dict[Probe, Result] = {}
    for negative, at_once in AT_ONCE.items():
        wave = [probe for probe in probes if probe.check.NEGATIVE is negative]
        results.update((result.probe, result) for result in _wave(wave, at_once, runner, patience, progress))
    return tuple(results[probe] for probe in probes)


def _wave(
    probes: Sequence[Probe], at_once: int, runner: Runner, patience: float, progress: Progress
) -> Iterator[Result]:
    """Run probes side by side; one that fails is queued again behind all that wait, so that it holds up no other."""
    began: dict[Probe, float] = {}
    finished: SimpleQueue[Future[Result]] = SimpleQueue()

    def attempt(probe: Probe, tries: int) -> Result:
        if tries > 1:
            time.sleep(PAUSE_SECONDS)
        start = began.setdefault(probe, time.monotonic())
        verdict = _once(probe, runner)
        return Result(probe, verdict, tries, time.monotonic() - start)

    def submit(probe: Probe, tries: int) -> None:
        pool.submit(attempt, probe, tries).add_done_callback(finished.put)

    with ThreadPoolExecutor(at_once, thread_name_prefix="probe") as pool:
        try:
            for probe in probes:
                submit(probe, 1)
            left = len(probes)
            while left:
                result = finished.get().result()
                if result.passed or result.seconds + PAUSE_SECONDS > patience:
                    left -= 1
                    progress(result)
                    yield result
                else:
                    submit(result.probe, result.tries + 1)
        except BaseException:  # an interrupt too: what is queued would still run before the pool is left
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _once(probe: Probe, runner: Runner) -> Verdict:
    try:
        done = runner.run(probe.where, probe.check.argv(), COMMAND_SECONDS)
    except SeapointError as error:
        return Verdict(False, f"not run: {error}", f"{probe.where} does not run, or does not answer commands")
    if done.status in NOT_RUN:
        return Verdict(False, f"not run: {done.text}", f"is {probe.check.argv()[0]} installed there?")
    return probe.check.judge(done)
