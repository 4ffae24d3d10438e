"""``silent``: a ping that no security group allows is not answered.

Needs iputils' ping where it starts. Sends two echo requests. Success: they were sent, and nobody answered.
"""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.kinds.ping import ANSWER, LOCAL, SENT, command, unanswered
from seapoint.probe.probe import Completed, Verdict


@dataclass(frozen=True, slots=True)
class Silent:
    """``target`` is the address, or a name that leads to it."""

    KIND: ClassVar[str] = "silent"
    NEGATIVE: ClassVar[bool] = True

    target: str
    address: Address

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.target}"

    @property
    def flow(self) -> Flow | None:
        return Flow(self.address)

    def argv(self) -> tuple[str, ...]:
        return command(self.address, self.target)

    def expected(self) -> str:
        return "no answer: no security group allows it"

    def judge(self, done: Completed) -> Verdict:
        answer = ANSWER.search(done.stdout)
        if answer:
            hint = "it is reached although no rule allows it: its security groups are not enforced"
            return Verdict(False, f"answers from {answer[1]}", hint)
        if LOCAL.search(done.stderr) or SENT not in done.stdout:
            return unanswered(done)
        return Verdict(True, "no answer")
