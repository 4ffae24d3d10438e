"""``answers``: a DNS server answers a question, whatever it says.

Needs kdig (Debian's knot-dnsutils) where it starts. Sends one question over UDP. Success: an answer of any status but
SERVFAIL (RFC 1035, section 4.1.1), by which a balancer says that no server behind it is well.
"""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.kinds.resolves import FAILED, STATUS
from seapoint.probe.probe import Completed, Verdict

SECONDS = 2
TYPES = {4: "A", 6: "AAAA"}


def question(server: Address, port: int, name: str) -> tuple[str, ...]:
    """One question over UDP for the address of a name, of the family of who is asked."""
    options = (f"-{server.version}", f"+time={SECONDS}", "+retry=0", "+noidn", "-p", str(port))
    return ("kdig", *options, f"@{server}", name, TYPES[server.version])


@dataclass(frozen=True, slots=True)
class Answers:
    """``server`` is asked at ``address`` for its own name."""

    KIND: ClassVar[str] = "answers"
    NEGATIVE: ClassVar[bool] = False

    server: str
    address: Address
    port: int

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.server} udp/{self.port}"

    @property
    def flow(self) -> Flow | None:
        return Flow(self.address, "udp", self.port)

    def argv(self) -> tuple[str, ...]:
        return question(self.address, self.port, self.server)

    def expected(self) -> str:
        return f"an answer from {self.server} udp/{self.port}"

    def judge(self, done: Completed) -> Verdict:
        status = STATUS.search(done.stdout)
        if status is None and FAILED not in done.text:
            return Verdict(False, f"kdig failed: {done.text}")
        if status is None:
            hint = "dropped on the way there or back, nobody listens there, or the answer came from another address"
            return Verdict(False, f"no answer within {SECONDS} s", hint)
        if status[1] == "SERVFAIL":
            return Verdict(False, status[1], "no server behind it is well")
        return Verdict(True, status[1])
