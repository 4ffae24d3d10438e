"""What flows lose when the host that carries them is drained, cut off, killed, and back.

The gateway of a virtual router, the edge, and an owner of a VIP, whose BFD has two profiles of timers. A packet every
10 ms in each flow, both families. Budgets are promises of docs/reference/failover.md.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stdout
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from figures import Figure, run
from standing import EXAMPLE, ROOT

sys.path.append(str(ROOT / "tests"))  # the flows and the cloud's harness are the tests'

from lab import gateways
from lab.faults import active, as_intended, edge_flowing, end_whole, new_connections, other, tell, up_again
from lab.flows import Told
from lab.passive import FIRST, SECOND, VIP, active_passive, service, silence, struck, unsilence
from lab.standing import Standing, standing
from lab.waiting import until

TIMERS = "bfd: {interval: 300ms, multiplier: 3}"
DRAIN, RETURN = 1, 0.5  # packets lost, of which none may be; seconds of silence
HANDED_OVER = 0.2  # seconds of silence when a gateway is drained
KILLED = {"published": 1.5, "fast": 0.4}  # seconds of silence


def measure() -> Iterator[Figure]:
    """One after the other in one cloud."""
    with (
        redirect_stdout(sys.stderr),  # what the tests' own tools tell of each flow is no figure
        standing("bench", EXAMPLE / "cloud.yaml") as cloud,
        tempfile.TemporaryDirectory() as directory,
    ):
        cloud.passes()
        yield from _gateway(cloud)
        yield from _edge(cloud)
        for profile in KILLED:
            yield from _profile(cloud, Path(directory), profile)


def _gateway(cloud: Standing) -> Iterator[Figure]:
    """Timers of 100 ms, three times, as in the fast profile."""
    first = gateways.gateway(cloud)
    second = gateways.peer(first)
    for name, strike, (undone, undo), away, back in (
        (
            "drained",
            partial(cloud.told, "drain"),
            ("taken back", partial(cloud.told, "undrain")),
            HANDED_OVER,
            HANDED_OVER,
        ),
        ("killed", partial(end_whole, cloud), ("back", lambda _: up_again(cloud)), KILLED["fast"], RETURN),
    ):
        yield _silence(f"gateway: {name}", gateways.struck(cloud, name, partial(strike, first), second), away)
        yield _silence(f"gateway: {undone}", gateways.struck(cloud, undone, partial(undo, first), first), back)
        as_intended(cloud)
        cloud.forwards()


def _edge(cloud: Standing) -> Iterator[Figure]:
    """VRRP's timers are as short; who is back takes nothing back."""
    for name, strike, undo, budget in (
        ("drained", partial(cloud.told, "drain"), partial(cloud.told, "undrain"), HANDED_OVER),
        ("killed", partial(end_whole, cloud), lambda _: up_again(cloud), KILLED["fast"]),
    ):
        before = active(cloud)
        then = other(before)
        yield _silence(f"edge: {name}", _at_the_edge(cloud, name, partial(strike, before), then), budget)
        yield _silence(f"edge: {name}, back", _at_the_edge(cloud, "back", partial(undo, before), then), RETURN)
        as_intended(cloud)
        cloud.forwards()


def _at_the_edge(cloud: Standing, name: str, strike: Callable[[], object], then: str) -> Told:
    with edge_flowing(cloud) as told:
        strike()
        until(lambda: active(cloud) == then, f"{then} has the edge's addresses")
        new_connections(cloud)
    tell(name, told)
    return told


def _profile(cloud: Standing, directory: Path, profile: str) -> Iterator[Figure]:
    with active_passive(cloud, directory, (TIMERS, f"bfd: {{profile: {profile}}}")) as passive, ExitStack() as stack:
        yield _lost(cloud, f"{profile}: drained", lambda: cloud.told("drain", VIP, FIRST), SECOND)
        yield _lost(cloud, f"{profile}: taken back", lambda: cloud.told("undrain", VIP, FIRST), FIRST)

        def gap(name: str, strike: Callable[[], object], then: str, budget: float) -> Figure:
            return _silence(f"{profile}: {name}", struck(cloud, name, strike, then), budget)

        yield gap("cut off", lambda: silence(cloud, FIRST), SECOND, KILLED[profile])
        yield gap("heard again", lambda: unsilence(cloud, FIRST), FIRST, RETURN)
        yield gap("killed", lambda: end_whole(cloud, FIRST), SECOND, KILLED[profile])
        up_again(cloud, passive.file)
        as_intended(cloud)
        yield gap("back", lambda: stack.enter_context(service(cloud, FIRST)), FIRST, RETURN)


def _lost(cloud: Standing, name: str, strike: Callable[[], object], then: str) -> Figure:
    told = struck(cloud, name, strike, then)
    lost = sum(len(about["lost"]) for about in told.values())
    return Figure(name, lost, "lost", f"of {sum(about['sent'] for about in told.values())} packets", DRAIN)


def _silence(name: str, told: Told, budget: float) -> Figure:
    """The longest gap of a flow of echo requests: a TCP connection has waits of its own before it sends again."""
    pings = {flow: about for flow, about in told.items() if " ping:" in flow}
    gaps: dict[int, list[float]] = {4: [], 6: []}
    for flow, about in pings.items():
        gaps[ip_address(flow.partition(" ping:")[2]).version].append(about["silence"])
    worst = {version: max(of) for version, of in gaps.items()}
    lost = max(len(about["lost"]) for about in pings.values())
    said = f"IPv4 {worst[4]:.2f}, IPv6 {worst[6]:.2f}; at most {lost} packets of a flow lost"
    return Figure(name, max(worst.values()), "s", said, budget)


if __name__ == "__main__":
    run("What flows lose when the host that carries them fails", measure, root=True)
