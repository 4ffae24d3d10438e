"""What a VIP loses when the owner that carries it is drained, cut off, killed, and back, in both timer profiles.

A packet every 10 ms from the internet, a host of cloud-private and an instance, both families. Budgets are promises of
docs/reference/failover.md.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from figures import Figure, run
from standing import EXAMPLE, ROOT

sys.path.append(str(ROOT / "tests"))  # the flows and the cloud's harness are the tests'

from lab.faults import as_intended, end_whole, up_again
from lab.passive import FIRST, SECOND, VIP, active_passive, service, silence, struck, unsilence
from lab.standing import Standing, standing

TIMERS = "bfd: {interval: 300ms, multiplier: 3}"
DRAIN, RETURN = 1, 0.5  # packets lost, of which none may be; seconds of silence
KILLED = {"published": 1.5, "fast": 0.4}  # seconds of silence


def measure() -> Iterator[Figure]:
    """Both profiles, one after the other in one cloud."""
    with standing("bench", EXAMPLE / "cloud.yaml") as cloud, tempfile.TemporaryDirectory() as directory:
        cloud.passes()
        for profile in KILLED:
            yield from _profile(cloud, Path(directory), profile)


def _profile(cloud: Standing, directory: Path, profile: str) -> Iterator[Figure]:
    with active_passive(cloud, directory, (TIMERS, f"bfd: {{profile: {profile}}}")) as passive, ExitStack() as stack:
        yield _lost(cloud, f"{profile}: drained", lambda: cloud.told("drain", VIP, FIRST), SECOND)
        yield _lost(cloud, f"{profile}: taken back", lambda: cloud.told("undrain", VIP, FIRST), FIRST)
        yield _silence(cloud, f"{profile}: cut off", lambda: silence(cloud, FIRST), SECOND, KILLED[profile])
        yield _silence(cloud, f"{profile}: heard again", lambda: unsilence(cloud, FIRST), FIRST, RETURN)
        yield _silence(cloud, f"{profile}: killed", lambda: end_whole(cloud, FIRST), SECOND, KILLED[profile])
        up_again(cloud, passive.file)
        as_intended(cloud)
        yield _silence(cloud, f"{profile}: back", lambda: stack.enter_context(service(cloud, FIRST)), FIRST, RETURN)


def _lost(cloud: Standing, name: str, strike: Callable[[], object], then: str) -> Figure:
    told = struck(cloud, name, strike, then)
    lost = sum(len(about["lost"]) for about in told.values())
    return Figure(name, lost, "lost", f"of {sum(about['sent'] for about in told.values())} packets", DRAIN)


def _silence(cloud: Standing, name: str, strike: Callable[[], object], then: str, budget: float) -> Figure:
    told = struck(cloud, name, strike, then)
    gaps = {flow: about["silence"] for flow, about in told.items()}
    worst = {
        version: max(gap for flow, gap in gaps.items() if (":" in flow.partition("ping:")[2]) == (version == 6))
        for version in (4, 6)
    }
    lost = max(len(about["lost"]) for about in told.values())
    about = f"IPv4 {worst[4]:.2f}, IPv6 {worst[6]:.2f}; at most {lost} packets of a flow lost"
    return Figure(name, max(worst.values()), "s", about, budget)


if __name__ == "__main__":
    run("What a VIP loses when its owner fails", measure, root=True)
