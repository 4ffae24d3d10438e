"""``ldap``: a directory gives an entry.

Needs ldapsearch where it starts. Sends one search of an entry itself, without authentication (RFC 4511, scope base).
Success: the entry is found.
"""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.intent.cloud.offer import PORTS
from seapoint.probe.flow import Flow
from seapoint.probe.probe import TIMED_OUT, Completed, Verdict, host_part

SECONDS = 5
NO_SUCH_OBJECT = 32  # RFC 4511, 4.1.9


@dataclass(frozen=True, slots=True)
class Ldap:
    """``far`` is what the service is called, ``what`` the entry's distinguished name."""

    KIND: ClassVar[str] = "ldap"
    NEGATIVE: ClassVar[bool] = False

    far: str
    address: Address
    what: str

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.far} {self.what}"

    @property
    def flow(self) -> Flow | None:
        return Flow(self.address, "tcp", PORTS["ldap"])

    def argv(self) -> tuple[str, ...]:
        url = f"ldap://{host_part(self.address)}"
        return ("timeout", str(SECONDS), "ldapsearch", "-x", "-LLL", "-H", url, "-s", "base", "-b", self.what, "dn")

    def expected(self) -> str:
        return f"{self.far} finds {self.what}"

    def judge(self, done: Completed) -> Verdict:
        if done.status == NO_SUCH_OBJECT:
            return Verdict(False, f"{self.far} has no {self.what}", "the network is well; the directory is another one")
        if done.status == TIMED_OUT:
            return Verdict(False, f"no answer within {SECONDS} s", "dropped on the way, or no route back to the source")
        if done.status != 0:
            return Verdict(False, done.text, "refused or unreachable: a filter rejects it, or nobody listens")
        found = f"dn: {self.what}" in done.stdout.splitlines()
        return Verdict(found, f"found {self.what}" if found else f"an answer without the entry: {done.text[:60]!r}")
