"""``https``: a service answers over TLS, with a certificate for its name that the sender trusts.

Needs curl where it starts, and the certificate's authority among those that the system there trusts. Sends one request.
Success: the status is of the classes 2xx or 3xx (RFC 9110, 15).
"""

from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.probe import Completed, Verdict, host_part

SECONDS = 5

#: Exit statuses of curl(1) -> what happened, and where to look.
FAILURES = {
    6: ("the name is not known", "DNS, or /etc/hosts where the probe starts"),
    7: ("no connection", "refused or unreachable: a firewall rejects it, nobody listens, or the sender has no route"),
    28: (f"no answer within {SECONDS} s", "dropped on the way there or back, or a balancer whose backends hang"),
    35: ("closed before TLS was up", "the balancer lets this sender in nowhere: the service's `access`"),
    60: ("a certificate that is not trusted", "its authority is not known to the sender, or it is for another name"),
}


@dataclass(frozen=True, slots=True)
class Https:
    """``name`` is the URL's; ``by_name``: whether the sender must find the address by it.

    ``host``: another name that the request asks for.
    """

    KIND: ClassVar[str] = "https"
    NEGATIVE: ClassVar[bool] = False

    name: str
    address: Address
    port: int
    path: str = "/"
    host: str | None = None
    by_name: bool = True

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.name} {self.port}"

    @property
    def flow(self) -> Flow | None:
        return Flow(self.address, "tcp", self.port)

    def argv(self) -> tuple[str, ...]:
        known = () if self.by_name else ("--resolve", f"{self.name}:{self.port}:{host_part(self.address)}")
        asked = ("-H", f"Host: {self.host}") if self.host else ()
        said = ("-o", "/dev/null", "-w", "%{remote_ip} %{http_code}")
        url = f"https://{self.name}:{self.port}{self.path}"
        command = ("curl", f"-{self.address.version}", "--noproxy", "*", "-s", "-S", "-m", str(SECONDS))
        return (*command, *known, *asked, *said, url)

    def expected(self) -> str:
        return f"{self.address} answers over TLS as {self.name}"

    def judge(self, done: Completed) -> Verdict:
        if done.status != 0:
            seen, hint = FAILURES.get(done.status, (f"curl failed: {done.stderr.strip()}", ""))
            return Verdict(False, seen, hint)
        address, _, status = done.stdout.strip().partition(" ")
        if address != str(self.address):
            return Verdict(False, f"{address} answers", "the name leads to another address")
        if status[:1] not in {"2", "3"}:
            hint = "no backend is well" if status == "503" else "what answers is not the service that was meant"
            return Verdict(False, f"HTTP status {status}", hint)
        return Verdict(True, f"HTTP status {status} from {address}")
