"""``reaches``: a TCP port of a host may be called: every firewall on the way lets it pass.

Needs curl where it starts. Opens one connection. Success: the far end takes it, or refuses it itself
because nobody listens: whether the service is well is another probe's question.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.probe import Completed, Verdict, host_part

SECONDS = 2
OPEN = re.compile(r"Connected to \S+ \(\S+\) port \d+")
REFUSED = "Connection refused"
AT_ONCE = "Immediate connect fail"
#: Exit statuses of curl(1).
UNREACHED, TIMED_OUT = 7, 28
FAILED = re.compile(
    r"^\* (?:connect to \S+ port \d+ |Immediate connect fail for \S+: |bind failed with )(.+)", re.MULTILINE
)


def command(address: Address, port: int, source: Address | None) -> tuple[str, ...]:
    """One connection; what follows on it does not matter, and ends soon."""
    bound = ("--interface", str(source)) if source else ()
    limits = ("--connect-timeout", str(SECONDS), "-m", str(SECONDS + 1))
    url = f"http://{host_part(address)}:{port}/"
    return ("curl", f"-{address.version}", *bound, "-v", "--noproxy", "*", "-s", "-o", "/dev/null", *limits, url)


def obstacle(done: Completed) -> str:
    """What curl says of a connection that nobody took."""
    found = FAILED.search(done.stderr)
    return found[1].removeprefix("failed: ") if found else f"no answer within {SECONDS} s"


@dataclass(frozen=True, slots=True)
class Reaches:
    """``far`` is what the far end is called; ``source``: the address to call from, where the place has several."""

    KIND: ClassVar[str] = "reaches"
    NEGATIVE: ClassVar[bool] = False

    far: str
    address: Address
    port: int
    source: Address | None = None

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.far} tcp/{self.port}"

    @property
    def flow(self) -> Flow | None:
        return Flow(self.address, "tcp", self.port)

    def argv(self) -> tuple[str, ...]:
        return command(self.address, self.port, self.source)

    def expected(self) -> str:
        return f"{self.far} answers on tcp/{self.port}"

    def judge(self, done: Completed) -> Verdict:
        if OPEN.search(done.stderr):
            return Verdict(True, f"tcp/{self.port} is open")
        if REFUSED in done.stderr:
            return Verdict(True, f"tcp/{self.port} is reached; nobody listens")
        return Verdict(False, obstacle(done), "a firewall on the way drops it, or no route leads there or back")
