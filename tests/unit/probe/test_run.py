"""Running: order of results, tries, negatives last, choosing; with a runner that plays a network."""

import threading
from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from seapoint.base.errors import EngineError, InputError
from seapoint.intent.cloud.model import Cloud
from seapoint.intent.snapshot import Intent
from seapoint.probe import run as running
from seapoint.probe.generate import generate
from seapoint.probe.kinds.full_size import FullSize
from seapoint.probe.kinds.ping import Ping
from seapoint.probe.kinds.silent import Silent
from seapoint.probe.probe import Completed, Probe
from seapoint.probe.run import AT_ONCE, chosen, run, run_probes

ADDRESS = ip_address("192.0.2.1")
PING = Probe("gateway", "a", Ping("192.0.2.1", ADDRESS), ("functional-4",))
LARGE = Probe("large", "a", FullSize("192.0.2.1", ADDRESS, 1500))
SILENT = Probe("isolation", "b", Silent("192.0.2.1", ADDRESS))


class Network:
    """Answers pings from ``a`` from the n-th request of each probe on; ``b`` gets no answer; ``c`` does not exist."""

    def __init__(self, deaf: int = 0) -> None:
        self.deaf = deaf
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self._lock = threading.Lock()

    def answers(self, where: str, tried: int) -> bool:
        return where == "a" and tried > self.deaf

    def run(self, where: str, argv: Sequence[str], timeout: float) -> Completed:
        assert timeout > 0
        with self._lock:
            self.asked.append((where, tuple(argv)))
            tried = self.asked.count((where, tuple(argv)))
        if where == "c":
            raise EngineError("c: no such host")
        if where == "d":
            return Completed(127, "", "nsenter: failed to execute ping: No such file or directory")
        answers = [f"64 bytes from {ADDRESS}: icmp_seq={number} ttl=64 time=1 ms" for number in (1, 2)]
        heard = self.answers(where, tried)
        return Completed(0 if heard else 1, "\n".join([*(answers if heard else []), "2 packets transmitted"]), "")


class Crowd(Network):
    """Nobody is answered before the n-th request from ``a``."""

    def answers(self, *_: object) -> bool:
        return [one for one, _ in self.asked].count("a") > self.deaf


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PAUSE_SECONDS", 0.01)


@pytest.mark.usefixtures("hurried")
def test_a_probe_is_tried_until_it_passes_and_the_tries_are_told() -> None:
    [result] = run([PING], Network(deaf=3), patience=60)
    assert (result.passed, result.tries) == (True, 4)


@pytest.mark.usefixtures("hurried")
def test_probes_that_go_on_failing_hold_up_no_others() -> None:
    others = [Probe("gateway", f"a{number}", PING.check) for number in range(2 * AT_ONCE[False])]
    results = run([*others, PING], Crowd(deaf=2), patience=60)
    assert all(result.passed for result in results)
    assert results[-1].tries == 3


def test_without_patience_each_probe_runs_once() -> None:
    network = Network(deaf=3)
    results = run([PING, LARGE], network, patience=0)
    assert [(result.passed, result.tries) for result in results] == [(False, 1), (False, 1)]
    assert len(network.asked) == 2


def test_results_keep_the_order_and_what_must_not_happen_is_asked_last() -> None:
    network = Network()
    results = run([SILENT, PING, LARGE], network, patience=0)
    assert [result.probe for result in results] == [SILENT, PING, LARGE]
    assert all(result.passed for result in results)
    assert network.asked[-1][0] == "b"


def test_a_place_that_does_not_run_and_a_missing_program_fail_even_a_silent_probe() -> None:
    for where, seen in (("c", "no such host"), ("d", "failed to execute ping")):
        [result] = run([Probe("isolation", where, SILENT.check)], Network(), patience=0)
        assert not result.passed
        assert seen in result.verdict.seen
        assert result.verdict.hint


def test_progress_hears_of_each_result_once() -> None:
    heard = []
    results = run([PING, SILENT], Network(), patience=0, progress=heard.append)
    assert sorted(heard, key=lambda result: result.probe.name) == sorted(results, key=lambda result: result.probe.name)


@pytest.mark.parametrize("pattern", ["gateway", "functional-4", "gateway/a/*", "*192.0.2.1", "gate*", "a"])
def test_a_pattern_chooses_by_group_label_name_or_starting_point(pattern: str) -> None:
    assert PING in chosen([PING, SILENT], pattern)


def test_a_pattern_that_chooses_nothing_and_a_cloud_without_probes_are_mistakes(cloud: Cloud, intent: Intent) -> None:
    with pytest.raises(InputError, match=r"no probe matches 'nix'; groups and labels: edge, functional-1"):
        run_probes(cloud, intent, Network(), only="nix")
    with pytest.raises(InputError, match="is an instance running"):
        chosen([], "")


def test_a_dead_network_fails_every_probe_that_wants_an_answer(cloud: Cloud, intent: Intent) -> None:
    results = run_probes(cloud, intent, Network(), patience=0)
    assert [result.probe for result in results] == list(generate(cloud, intent))
    wanting = [result for result in results if result.probe.check.KIND not in {"silent", "shut"}]
    assert not any(result.passed for result in wanting)
    assert all(result.verdict.seen for result in wanting)
