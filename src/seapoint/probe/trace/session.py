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
from seapoint.probe.instances import instances
from seapoint.probe.probe import Result, Runner
from seapoint.probe.trace import reader
from seapoint.probe.trace.hops import Trace
from seapoint.probe.trace.marks import Mark, command, marks
from seapoint.probe.trace.path import Seen, trace
from seapoint.probe.trace.places import places

READER = Path(reader.__file__).read_text(encoding="utf-8")
LOOK_SECONDS = 60.0  # a reader whose session has died ends after these
SEND_SECONDS = 10.0  # failures that are not repeated within these are not followed
ANSWER_SECONDS = 30.0
AT_ONCE = 24

Sent = tuple[str, Flow]
"""Where a flow starts, and the flow."""

Told = tuple[Mapping[str, Sequence[str]], Sequence[Mapping[str, Any]]]
"""What a reader answers at its start (MAC address and description of each NIC) and at its end (packets)."""


def followed(results: Sequence[Result], runner: Runner, cloud: Cloud, intent: Intent) -> tuple[Result, ...]:
    """The results, those of failed probes with their traces; probes that send the same from one place share one."""
    failed = {one: sent for one in results if not one.passed and (sent := _sent(one)) is not None}
    if not failed:
        return tuple(results)
    wanted = dict(zip(dict.fromkeys(failed.values()), marks(random.SystemRandom()), strict=False))
    looking = {sent: places(cloud, intent, sent[0], sent[1].address) for sent in wanted}
    everybody = tuple(dict.fromkeys(name for names in looking.values() for name in names))
    told, repeated = _look(wanted, everybody, runner)
    seen = _seen(told, cloud, intent)
    traces = {sent: _trace(sent, wanted[sent], looking[sent], seen) for sent in repeated}
    return tuple(replace(one, trace=traces.get(failed[one])) if one in failed else one for one in results)


def _sent(result: Result) -> Sent | None:
    """What a probe that wants an answer has sent; None: there is nothing to follow."""
    check = result.probe.check
    return (result.probe.where, check.flow) if check.flow and not check.NEGATIVE else None


def _look(
    wanted: Mapping[Sent, Mark], everybody: Sequence[str], runner: Runner
) -> tuple[dict[str, Told], tuple[Sent, ...]]:
    """What each of those who can look has seen, and what was sent meanwhile."""
    token = secrets.token_hex(8)
    asked = {"marks": [mark.text for mark in wanted.values()], "ports": [mark.port for mark in wanted.values()]}
    words = json.dumps({**asked, "seconds": LOOK_SECONDS})
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="trace") as pool:
        started = pool.map(lambda name: _ask(runner, name, "start", token, words), everybody)
        nics = {name: answer for name, answer in zip(everybody, started, strict=True) if answer is not None}
        until = time.monotonic() + SEND_SECONDS
        done = pool.map(lambda sent: _repeat(runner, sent, wanted[sent], until), wanted)
        repeated = tuple(sent for sent, was in zip(wanted, done, strict=True) if was)
        ended = pool.map(lambda name: _ask(runner, name, "collect", token), nics)
        told = {name: (nics[name], packets) for name, packets in zip(nics, ended, strict=True) if packets is not None}
    return told, repeated


def _seen(told: Mapping[str, Told], cloud: Cloud, intent: Intent) -> dict[str, Seen]:
    """What was told, with what the cloud knows of who tells. Only a switch's ports have names that say nothing."""
    running = instances(cloud, intent, {})
    return {
        name: Seen(
            {
                nic: (mac, text.removeprefix(f"{CABLE} ") if name in cloud.switches else "")
                for nic, (mac, text) in nics.items()
            },
            packets,
            frozenset(one.name for one in running if one.port.binding_host_id == name),
            name in cloud.switches,
        )
        for name, (nics, packets) in told.items()
    }


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


def _repeat(runner: Runner, sent: Sent, mark: Mark, until: float) -> bool:
    """Send the marked packet while there is time; what comes of it is seen by the readers."""
    if time.monotonic() > until:
        return False
    with contextlib.suppress(SeapointError):  # the command waits for an answer, which the readers see too
        runner.run(sent[0], command(sent[1], mark), ANSWER_SECONDS)
    return True
