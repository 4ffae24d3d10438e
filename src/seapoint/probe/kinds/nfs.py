"""``nfs``: a file server gives a file.

Needs nfs-cat of libnfs where it starts, so that nothing is mounted. Reads one file over NFS version 4 (RFC 7530).
Success: the file is read and not empty.
"""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.intent.cloud.offer import PORTS
from seapoint.probe.flow import Flow
from seapoint.probe.probe import TIMED_OUT, Completed, Verdict

SECONDS = 5


@dataclass(frozen=True, slots=True)
class Nfs:
    """``far`` is what the service is called, ``what`` the whole path of the file there."""

    KIND: ClassVar[str] = "nfs"
    NEGATIVE: ClassVar[bool] = False

    far: str
    address: Address
    what: str

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.far} {self.what}"

    @property
    def flow(self) -> Flow | None:
        return Flow(self.address, "tcp", PORTS["nfs"])

    def argv(self) -> tuple[str, ...]:
        # libnfs takes IPv6 addresses without brackets; the port is told so that no portmapper is asked
        url = f"nfs://{self.address}{self.what}?version=4&nfsport={PORTS['nfs']}"
        return ("timeout", str(SECONDS), "nfs-cat", url)

    def expected(self) -> str:
        return f"{self.far} gives {self.what}"

    def judge(self, done: Completed) -> Verdict:
        if done.status == TIMED_OUT:
            return Verdict(False, f"no answer within {SECONDS} s", "dropped on the way, or no route back to the source")
        if done.status != 0:
            return Verdict(False, done.text, "refused or unreachable, or the server does not export the file")
        if not done.stdout:
            return Verdict(False, "an empty file", "the server answers; is the file the one that was meant?")
        return Verdict(True, f"read {len(done.stdout.encode())} octets")
