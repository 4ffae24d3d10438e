"""``unanswered``: a DNS server says nothing to a sender that it is not for.

Needs kdig (Debian's knot-dnsutils) where it starts. Sends one question over UDP. Success: sent, and no answer.
"""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.kinds.answers import SECONDS, question
from seapoint.probe.kinds.resolves import FAILED, STATUS
from seapoint.probe.probe import Completed, Verdict


@dataclass(frozen=True, slots=True)
class Unanswered:
    """``server`` is asked at ``address`` for its own name."""

    KIND: ClassVar[str] = "unanswered"
    NEGATIVE: ClassVar[bool] = True

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
        return f"nothing from {self.server} udp/{self.port}"

    def judge(self, done: Completed) -> Verdict:
        status = STATUS.search(done.stdout)
        if status is not None:
            hint = "its access class is not enforced, or this sender is taken for one of it"
            return Verdict(False, f"an answer: {status[1]}", hint)
        if FAILED not in done.text:
            return Verdict(False, f"kdig failed: {done.text}")
        return Verdict(True, f"no answer within {SECONDS} s")
