"""``connected``: a TCP service takes connections, and something behind it does too.

Needs bash where it starts. Opens a connection and listens for a second. Success: an octet comes, or nothing: a balancer
whose backends are all away closes at once.
"""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.probe import Completed, Verdict

SECONDS = 5
#: Exit status: 0 an octet, 1 the end of the connection, above 128 the second is over (bash(1), read), 3 no connection.
SCRIPT = 'exec 3<>"/dev/tcp/$0/$1" || exit 3; read -r -t 1 -n 1 -u 3'
TOO_LATE = 124  # timeout(1)


@dataclass(frozen=True, slots=True)
class Connected:
    """``far`` is what the far end is called."""

    KIND: ClassVar[str] = "connected"
    NEGATIVE: ClassVar[bool] = False

    far: str
    address: Address
    port: int

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.far} tcp/{self.port}"

    @property
    def flow(self) -> Flow | None:
        return Flow(self.address, "tcp", self.port)

    def argv(self) -> tuple[str, ...]:
        return ("timeout", str(SECONDS), "bash", "-c", SCRIPT, str(self.address), str(self.port))

    def expected(self) -> str:
        return f"tcp/{self.port} of {self.far} takes connections and keeps them"

    def judge(self, done: Completed) -> Verdict:
        if done.status == 0 or done.status > 128:
            return Verdict(True, f"connected to {self.address} tcp/{self.port}")
        if done.status == 1:
            return Verdict(False, "closed at once", "the balancer lets this sender not in, or no backend is well")
        if done.status == TOO_LATE:
            return Verdict(False, f"no answer within {SECONDS} s", "dropped on the way there or back")
        return Verdict(False, f"no connection: {done.stderr.strip()}", "refused, or the sender has no route")
