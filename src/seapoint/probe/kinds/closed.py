"""``closed``: a TCP port is refused by a filter on the way, and the sender is told so.

Needs curl where it starts, and a far end that answers HTTP on port 80. Sends a connection to the closed port, then one
to port 80 of the same address. Success: the first is refused with ICMP "administratively prohibited" (RFC 1812 5.2.7.1,
RFC 4443 3.1), the second answered. The second is needed since Linux reports IPv4's "prohibited" and "host unreachable"
as the same error, EHOSTUNREACH: a far end that answers on port 80 is not unreachable.
"""

import re
from dataclasses import dataclass, field
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.probe import Completed, Verdict, host_part

SECONDS = 3
OPEN_PORT = 80
PROHIBITED = {4: "No route to host", 6: "Permission denied"}
AT_ONCE = re.compile(r"Immediate connect fail for \S+: (.+)")


@dataclass(frozen=True, slots=True)
class Closed:
    """``far`` is what the far end is called; ``suspicion``: a known reason why the edge may let the packet pass."""

    KIND: ClassVar[str] = "closed"
    NEGATIVE: ClassVar[bool] = True

    far: str
    address: Address
    port: int
    suspicion: str = field(default="", compare=False)  # no part of what is asked

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.far} tcp/{self.port}"

    @property
    def flow(self) -> Flow | None:
        return Flow(self.address, "tcp", self.port)

    def argv(self) -> tuple[str, ...]:
        urls = [f"http://{host_part(self.address)}:{port}/" for port in (self.port, OPEN_PORT)]
        return ("curl", f"-{self.address.version}", "-v", "--noproxy", "*", "-s", "-S", "-m", str(SECONDS), *urls)

    def expected(self) -> str:
        return f"tcp/{self.port} refused as prohibited, tcp/{OPEN_PORT} open"

    def judge(self, done: Completed) -> Verdict:
        immediate = AT_ONCE.search(done.stderr)
        if immediate:
            return Verdict(False, immediate[1], "the sender itself has no route of this family")
        if re.search(rf"(?:Connected|connection) to .* port {self.port}\b", done.stderr):
            return Verdict(False, f"tcp/{self.port} is open", self._passed("the edge lets it pass"))
        if done.status != 0:
            hint = "a refused port proves nothing while the far end cannot be reached at all"
            return Verdict(False, f"tcp/{OPEN_PORT} does not answer", hint)
        refused = re.search(rf"connect to \S+ port {self.port}\b.* failed: (.+)", done.stderr)
        if refused is None:
            hint = "dropped without a word: a drop where a reject should be"
            return Verdict(False, f"tcp/{self.port}: no answer", hint)
        if refused[1] == PROHIBITED[self.address.version]:
            return Verdict(True, f"tcp/{self.port} refused as prohibited, tcp/{OPEN_PORT} open")
        hint = self._passed("the packet arrived, and the far end itself refused")
        return Verdict(False, f"tcp/{self.port}: {refused[1]}", hint if refused[1] == "Connection refused" else "")

    def _passed(self, what: str) -> str:
        return f"{what}: the edge's reject rule does not match{self.suspicion and f': {self.suspicion}'}"
