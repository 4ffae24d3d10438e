"""``metadata``: an instance is told who it is, whatever it says that it is.

Needs curl where it starts, and an instance whose NIC is ``eth0``. Asks for OpenStack's document about it, with another
instance's address in the header that a proxy would write. Success: the document tells the instance's own id.
"""

import json
import re
from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.probe import Completed, Verdict, host_part

SECONDS = 5
PATH = "openstack/latest/meta_data.json"
NIC = "eth0"  # a link-local address means nothing without a NIC

#: Exit statuses of curl(1) -> what happened, and where to look.
FAILURES = {
    7: ("no connection", "nobody listens: see seapoint-metadata.service and the network's namespace at its hypervisor"),
    28: (f"no answer within {SECONDS} s", "a security group, or the metadata port is not bound at its hypervisor"),
}
#: Statuses of HTTP -> where to look.
REFUSALS = {
    "404": "the server knows no instance with this address that is bound to this hypervisor",
    "503": "the proxy runs, but the server, or Nova behind it, does not answer it",
}


@dataclass(frozen=True, slots=True)
class Metadata:
    """``address``: that of the metadata service; ``instance``: the id to be told; ``forged``: another's address."""

    KIND: ClassVar[str] = "metadata"
    NEGATIVE: ClassVar[bool] = False

    address: Address
    instance: str
    forged: Address | None = None

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.address}"

    @property
    def flow(self) -> Flow | None:
        """Its packets never leave the hypervisor."""
        return None

    def argv(self) -> tuple[str, ...]:
        host = f"[{self.address}%25{NIC}]" if self.address.is_link_local and self.address.version == 6 else None
        forged = ("-H", f"X-Forwarded-For: {self.forged}") if self.forged else ()
        options = ("--noproxy", "*", "-g", "-s", "-S", "-f", "-m", str(SECONDS), *forged)
        return ("curl", f"-{self.address.version}", *options, f"http://{host or host_part(self.address)}/{PATH}")

    def expected(self) -> str:
        return f"told that it is {self.instance}"

    def judge(self, done: Completed) -> Verdict:
        if done.status != 0:
            return _failure(done)
        try:
            document = json.loads(done.stdout)
            told = str(document["uuid"])
        except (ValueError, KeyError, TypeError):
            return Verdict(False, f"an answer that tells no id: {done.stdout.strip()[:60]!r}")
        if told != self.instance:
            return Verdict(False, f"told that it is {told}", "it reads what is another instance's")
        return Verdict(True, f"told that it is {told}")


def _failure(done: Completed) -> Verdict:
    refused = re.search(r"returned error: (\d{3})", done.stderr)
    if refused:
        return Verdict(False, f"HTTP status {refused[1]}", REFUSALS.get(refused[1], ""))
    return Verdict(False, *FAILURES.get(done.status, (f"curl failed: {done.stderr.strip()}", "")))
