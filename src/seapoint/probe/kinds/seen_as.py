"""``seen_as``: which source address the far end sees.

Needs curl where it starts, and a far end that answers HTTP on port 80 with the caller's address as text. Sends one
request. Success: the answer is one of the expected addresses.
"""

from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import ClassVar

from seapoint.base.addresses import Address, parse_address
from seapoint.intent.cloud.default_route import Proxy
from seapoint.probe.flow import Flow
from seapoint.probe.probe import Completed, Verdict, host_part

SECONDS = 3
PORT = 80

#: Exit statuses of curl(1) -> what happened, and where to look.
FAILURES = {
    7: ("no connection", "refused or unreachable: a firewall rejects it, nobody listens, or the sender has no route"),
    22: ("an HTTP error instead of an address", "what answers is not the service that tells callers their address"),
    28: (f"no answer within {SECONDS} s", "dropped on the way there or back: a filter, or no route back to the source"),
}


@dataclass(frozen=True, slots=True)
class SeenAs:
    """``far`` is what the far end is called; ``meanings`` say of other addresses what being seen as them means.

    ``proxy``: whom the request goes through; without one it goes straight.
    """

    KIND: ClassVar[str] = "seen_as"
    NEGATIVE: ClassVar[bool] = False

    far: str
    address: Address
    sources: tuple[Address, ...]
    meanings: tuple[tuple[Address, str], ...] = ()
    proxy: Proxy | None = None

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.far}" + (f" by {self.proxy.service}" if self.proxy else "")

    @property
    def flow(self) -> Flow | None:
        return Flow(self.proxy.address, "tcp", self.proxy.port) if self.proxy else Flow(self.address, "tcp", PORT)

    def argv(self) -> tuple[str, ...]:
        first = self.proxy.address if self.proxy else self.address
        way = ("-x", f"http://{host_part(first)}:{self.proxy.port}") if self.proxy else ("--noproxy", "*")
        url = f"http://{host_part(self.address)}:{PORT}/"
        return ("curl", f"-{first.version}", *way, "-s", "-S", "-f", "-m", str(SECONDS), url)

    def expected(self) -> str:
        return f"{self.far} sees {' or '.join(str(source) for source in self.sources)}"

    def judge(self, done: Completed) -> Verdict:
        if done.status != 0:
            seen, hint = FAILURES.get(done.status, (f"curl failed: {done.stderr.strip()}", ""))
            return Verdict(False, seen, hint)
        seen_source = _address(done.stdout.strip())
        if seen_source is None:
            return Verdict(False, f"an answer that is no address: {done.stdout.strip()[:60]!r}", FAILURES[22][1])
        if seen_source in self.sources:
            return Verdict(True, f"seen as {seen_source}")
        meaning = dict(self.meanings).get(seen_source, "an address that neither the cloud file nor tenants know")
        return Verdict(False, f"seen as {seen_source}", meaning)


def _address(text: str) -> Address | None:
    """The address in an answer; a dual-stack socket shows an IPv4 caller as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2)."""
    try:
        address = parse_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
