"""``git``: a repository tells its head over git's own protocol.

Needs git where it starts. Sends one request for the list of references. Success: the head is among them.
Source: gitprotocol-pack(5), git-ls-remote(1).
"""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.intent.cloud.offer import PORTS
from seapoint.probe.flow import Flow
from seapoint.probe.probe import TIMED_OUT, Completed, Verdict, host_part

SECONDS = 5


@dataclass(frozen=True, slots=True)
class Git:
    """``far`` is what the service is called, ``what`` the repository's path there."""

    KIND: ClassVar[str] = "git"
    NEGATIVE: ClassVar[bool] = False

    far: str
    address: Address
    what: str

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.far} {self.what}"

    @property
    def flow(self) -> Flow | None:
        return Flow(self.address, "tcp", PORTS["git"])

    def argv(self) -> tuple[str, ...]:
        url = f"git://{host_part(self.address)}/{self.what}"
        return ("timeout", str(SECONDS), "git", "ls-remote", url, "HEAD")

    def expected(self) -> str:
        return f"{self.far} tells the head of {self.what}"

    def judge(self, done: Completed) -> Verdict:
        if done.status == TIMED_OUT:
            return Verdict(False, f"no answer within {SECONDS} s", "dropped on the way, or no route back to the source")
        if done.status != 0:
            return Verdict(False, done.text, "refused or unreachable, or the daemon does not export the repository")
        head, _, name = done.stdout.strip().partition("\t")
        if name != "HEAD":
            return Verdict(False, f"an answer without a head: {done.text[:60]!r}", "the repository is empty")
        return Verdict(True, f"head {head[:12]}")
