"""``full_size``: a packet as large as the path's MTU arrives unfragmented.

Needs iputils' ping, and the smallest MTU that the path promises. Sends echo requests that fill it, with DF (RFC 1191)
or their IPv6 equal (RFC 8201). Success: both are answered.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.kinds.ping import REFUSAL, answered, command
from seapoint.probe.probe import Completed, Verdict

#: Octets of the IP and ICMP headers of an echo request, by family.
HEADERS = {4: 20 + 8, 6: 40 + 8}
TOO_LARGE = re.compile(r"(?:Frag needed and DF set \(mtu = |Packet too big: mtu=|message too long, mtu[=:] ?)(\d+)")


@dataclass(frozen=True, slots=True)
class FullSize:
    """``mtu`` in octets of IP packet."""

    KIND: ClassVar[str] = "full_size"
    NEGATIVE: ClassVar[bool] = False

    target: str
    address: Address
    mtu: int

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.target}"

    @property
    def payload(self) -> int:
        """Octets that ping is asked to send."""
        return self.mtu - HEADERS[self.address.version]

    @property
    def flow(self) -> Flow | None:
        return Flow(self.address, payload=self.payload)

    def argv(self) -> tuple[str, ...]:
        return command(self.address, self.target, "-M", "do", "-s", str(self.payload))

    def expected(self) -> str:
        return f"{self.mtu} octets in one piece, answers from {self.address}"

    def judge(self, done: Completed) -> Verdict:
        narrow = TOO_LARGE.search(done.text)
        if narrow:
            said = REFUSAL.search(done.stdout)
            place = said[1] if said else "the sender's own route"
            hint = f"the MTU is {narrow[1]} beyond {place}: raise it there, or give the network that MTU"
            return Verdict(False, f"{self.mtu} octets do not fit: MTU {narrow[1]} (from {place})", hint)
        verdict = answered(done, self.address)
        if verdict.passed:
            return Verdict(True, f"{self.mtu} octets, answers from {self.address}")
        if verdict.seen == "no answer":
            hint = (
                "if small pings are answered, a link or tunnel with a smaller MTU drops large packets and nobody tells"
            )
            return Verdict(False, verdict.seen, hint)
        return verdict
