"""``shut``: a TCP port of a host may not be called: some firewall on the way drops or refuses it.

Needs curl where it starts. Opens one connection. Success: nobody takes it, and no host refuses it because nobody
listens there: that host would have been reached.
"""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.kinds.reaches import AT_ONCE, OPEN, REFUSED, TIMED_OUT, UNREACHED, command, obstacle
from seapoint.probe.probe import Completed, Verdict

HINT = "the matrix of the cloud file does not list it: no firewall on the way holds it up"


@dataclass(frozen=True, slots=True)
class Shut:
    """``far`` is what the far end is called; ``source``: the address to call from, where the place has several."""

    KIND: ClassVar[str] = "shut"
    NEGATIVE: ClassVar[bool] = True

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
        return f"tcp/{self.port} of {self.far} is not reached"

    def judge(self, done: Completed) -> Verdict:
        if OPEN.search(done.stderr):
            return Verdict(False, f"tcp/{self.port} is open", HINT)
        if REFUSED in done.stderr:
            return Verdict(False, f"tcp/{self.port} is reached, though nobody listens", HINT)
        if done.status not in {UNREACHED, TIMED_OUT} or AT_ONCE in done.stderr:
            return Verdict(False, f"nothing was sent: {obstacle(done)}", "the sender has no such address or no route")
        return Verdict(True, obstacle(done))
