"""Repeats failed probes with marks while every host on their ways looks, and tells where each was seen last.

All failures share one look: it is bounded in time, and changes nothing on the hosts.
"""

import contextlib
import json
import random
import secrets
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from seapoint.base.errors import SeapointError
from seapoint.compile.hosts.names import CABLE
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.snapshot import Intent
from seapoint.probe.flow import Flow
from seapoint.probe.probe import Result, Runner
from seapoint.probe.trace import reader
from seapoint.probe.trace.hops import Trace
from seapoint.probe.trace.marks import Mark, command, marks
from seapoint.probe.trace.path import Seen, trace
from seapoint.probe.trace.places import places

READER = Path(reader.__file__).read_text(encoding="utf-8")
LOOK_SECONDS = 30.0  # a reader whose session has died ends after these
SEND_SECONDS = 10.0  # failures that are not repeated within these are not followed
ANSWER_SECONDS = 10.0
AT_ONCE = 24

Sent = tuple[str, Flow]
"""Where a flow starts, and the flow."""


def followed(results: Sequence[Result], runner: Runner, cloud: Cloud, intent: Intent) -> tuple[Result, ...]:
    """The results, those of failed probes with their traces; probes that send the same from one place share one."""
    sent = {one: _sent(one) for one in results if not one.passed}
    wanted = dict(zip(dict.fromkeys(filter(None, sent.values())), marks(random.SystemRandom()), strict=False))
    if not wanted:
        return tuple(results)
    looking = {sent: places(cloud, intent, sent[0], sent[1].address) for sent in wanted}
    seen = _look(wanted, tuple(dict.fromkeys(name for names in looking.values() for name in names)), runner)
    seen = {name: told if name in cloud.switches else _undescribed(told) for name, told in seen.items()}
    traces = {sent: _trace(sent, mark, looking[sent], seen) for sent, mark in wanted.items()}
    return tuple(replace(one, trace=traces.get(flow)) if (flow := sent.get(one)) else one for one in results)


def _sent(result: Result) -> Sent | None:
    """What a probe that wants an answer has sent; None: there is nothing to follow."""
    check = result.probe.check
    return (result.probe.where, check.flow) if check.flow and not check.NEGATIVE else None


def _look(wanted: Mapping[Sent, Mark], everybody: Sequence[str], runner: Runner) -> dict[str, Seen]:
    """What each of those who can look has seen of all marked flows, sent meanwhile."""
    token = secrets.token_hex(8)
    asked = {"marks": [mark.text for mark in wanted.values()], "ports": [mark.port for mark in wanted.values()]}
    words = json.dumps({**asked, "seconds": LOOK_SECONDS})
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="trace") as pool:
        started = pool.map(lambda name: _ask(runner, name, "start", token, words), everybody)
        nics = {name: told for name, told in zip(everybody, started, strict=True) if told is not None}
        until = time.monotonic() + SEND_SECONDS
        for _ in pool.map(lambda sent: _repeat(runner, sent, wanted[sent], until), wanted):
            pass
        packets = zip(nics, pool.map(lambda name: _ask(runner, name, "collect", token), nics), strict=True)
        return {name: _seen(nics[name], found) for name, found in packets if found is not None}


def _trace(sent: Sent, mark: Mark, looking: Sequence[str], seen: Mapping[str, Seen]) -> Trace:
    mine = {name: seen[name] for name in looking if name in seen}
    return trace(sent[1], mark, sent[0], mine, tuple(name for name in looking if name not in seen))


def _ask(runner: Runner, name: str, *words: str) -> Any:
    """What the reader on a host answers; None: it cannot look there."""
    try:
        done = runner.run(name, ("python3", "-I", "-S", "-c", READER, *words), ANSWER_SECONDS)
        return json.loads(done.stdout) if done.status == 0 else None
    except (SeapointError, ValueError):
        return None


def _repeat(runner: Runner, sent: Sent, mark: Mark, until: float) -> None:
    """Send the marked packet while there is time; what comes of it is seen by the readers."""
    if time.monotonic() < until:
        with contextlib.suppress(SeapointError):
            runner.run(sent[0], command(sent[1], mark), ANSWER_SECONDS)


def _seen(nics: Mapping[str, Sequence[str]], packets: Sequence[Mapping[str, Any]]) -> Seen:
    return Seen({name: (mac, text.removeprefix(f"{CABLE} ")) for name, (mac, text) in nics.items()}, tuple(packets))


def _undescribed(told: Seen) -> Seen:
    """Without descriptions of NICs: only a switch's ports have names that say nothing."""
    return replace(told, nics={name: (mac, "") for name, (mac, _) in told.nics.items()})
