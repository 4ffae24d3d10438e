"""``resolves``: what a name server says of a name.

Needs kdig (Debian's knot-dnsutils) where it starts. Sends one question over UDP. Success: the expected status (RFC
1035, section 4.1.1), and exactly the expected data of the type that was asked for.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.probe import Completed, Verdict

PORT = 53
SECONDS = 2
STATUS = re.compile(r"^;; ->>HEADER<<- .*status: (\w+);", re.MULTILINE)
#: What kdig says of a server that does not answer.
FAILED = "failed to query server"

#: Statuses -> where to look when another one was wanted.
HINTS = {
    "NOERROR": "it answers whom it must refuse: its allow-list, or recursion where there must be none",
    "REFUSED": "it does not serve who asks, or not that zone: its allow-list, and the source that it sees",
    "NXDOMAIN": "the name is not there: what made it was not taken up, or the answer is an old one",
    "SERVFAIL": "it finds no server that answers for the name",
}


@dataclass(frozen=True, slots=True)
class Resolves:
    """``server`` is asked at ``address`` for the ``data`` of a name, addresses or names without their last dot."""

    KIND: ClassVar[str] = "resolves"
    NEGATIVE: ClassVar[bool] = False

    server: str
    address: Address
    name: str
    type: str
    data: tuple[str, ...] = ()
    status: str = "NOERROR"

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.name} {self.type} @{self.server}"

    @property
    def flow(self) -> Flow | None:
        return Flow(self.address, "udp", PORT)

    def argv(self) -> tuple[str, ...]:
        options = (f"-{self.address.version}", f"+time={SECONDS}", "+retry=0", "+noidn")
        return ("kdig", *options, f"@{self.address}", self.name, self.type)

    def expected(self) -> str:
        if self.status != "NOERROR":
            return f"{self.status} from {self.server}"
        return f"{' and '.join(self.data) or 'no data'} from {self.server}"

    def judge(self, done: Completed) -> Verdict:
        status = STATUS.search(done.stdout)
        if status is None and FAILED not in done.text:
            return Verdict(False, f"kdig failed: {done.text}")
        if status is None:
            hint = "dropped on the way there or back, or nobody listens there"
            return Verdict(False, f"no answer within {SECONDS} s", hint)
        if status[1] != self.status:
            return Verdict(False, status[1], HINTS.get(status[1], ""))
        found = sorted(_data(done.stdout, self.type))
        said = f"{status[1]}: {' and '.join(found) or 'no data'}"
        if found == sorted(self.data):
            return Verdict(True, said)
        return Verdict(False, said, "records of an older or another object: the server was not told, or remembers")


def _data(text: str, kind: str) -> list[str]:
    """The data of the answers of a type."""
    records = (line.split(None, 4) for line in text.splitlines() if line and not line.startswith(";"))
    return [fields[4].removesuffix(".") for fields in records if len(fields) == 5 and fields[3] == kind]
