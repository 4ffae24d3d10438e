"""``barred``: a service gives a sender that it is not for no answer at all.

Needs curl where it starts. Sends a request to the barred port and, where one is open to the sender, one to another port
of the same address. Success: not an octet from the first, and an answer of the second, without which silence could be a
dead path.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.probe import Completed, Verdict, host_part

SECONDS = 3
SAID = "%{size_download} %{http_code}\n"
NOTHING = "0 000"

Scheme = Literal["http", "https"]


@dataclass(frozen=True, slots=True)
class Barred:
    """``far`` is what the far end is called; ``scheme``: http also for what is no HTTP and greets with its own octets.

    ``open_port``: one that speaks TLS to this sender; None: there is none.
    """

    KIND: ClassVar[str] = "barred"
    NEGATIVE: ClassVar[bool] = True

    far: str
    address: Address
    port: int
    scheme: Scheme
    open_port: int | None

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.far} tcp/{self.port}"

    @property
    def flow(self) -> Flow | None:
        return Flow(self.address, "tcp", self.port)

    def argv(self) -> tuple[str, ...]:
        ports = [(self.scheme, self.port), *([("https", self.open_port)] if self.open_port else [])]
        urls = [
            word
            for scheme, port in ports
            for word in ("-o", "/dev/null", f"{scheme}://{host_part(self.address)}:{port}/")
        ]
        # whose certificate it is does not matter: any answer is one too many
        command = ("curl", f"-{self.address.version}", "--noproxy", "*", "-s", "-k", "--http0.9", "-m", str(SECONDS))
        return (*command, "-w", SAID, *urls)

    def expected(self) -> str:
        proof = f", tcp/{self.open_port} answers" if self.open_port else ""
        return f"nothing from tcp/{self.port} of {self.far}{proof}"

    def judge(self, done: Completed) -> Verdict:
        lines = done.stdout.splitlines()
        if len(lines) != (2 if self.open_port else 1):
            return Verdict(False, f"curl failed: {done.text}")
        if lines[0] != NOTHING:
            hint = "the balancer's access class is not enforced, or this sender is taken for one of it"
            return Verdict(False, f"tcp/{self.port} answers", hint)
        if self.open_port and lines[1] == NOTHING:
            hint = "silence proves nothing while the far end cannot be reached at all"
            return Verdict(False, f"tcp/{self.open_port} does not answer either", hint)
        return Verdict(True, self.expected())
