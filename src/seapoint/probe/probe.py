"""What a probe is, what it needs to run, and what it says afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.trace.hops import Trace


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that has ended: its exit status and all that it printed."""

    status: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """Everything printed, standard output first."""
        return f"{self.stdout}\n{self.stderr}".strip()


#: Exit status of timeout(1) when the command's time was over.
TIMED_OUT = 124


class Runner(Protocol):
    """Runs commands where probes start."""

    def run(self, where: str, argv: Sequence[str], timeout: float) -> Completed:
        """Run a command to its end on a host or an instance, called by its name; ``timeout`` in seconds.

        Called from many threads at once. A command that fails is an answer; raises SeapointError when the command could
        not be run or did not end in time.
        """


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one run of a probe showed: ``seen`` is what happened, ``hint`` where to look when it is not right."""

    passed: bool
    seen: str
    hint: str = ""


class Check(Protocol):
    """What a probe sends and how the answer is judged: one frozen dataclass for each kind, without I/O."""

    KIND: ClassVar[str]
    #: Success means that something does not happen: it proves nothing before the network has come up.
    NEGATIVE: ClassVar[bool]

    @property
    def about(self) -> str:
        """Family and target, such as ``4 192.0.2.1``: unique among the checks of one kind in one place."""

    @property
    def flow(self) -> Flow | None:
        """The packets to follow through the network when the probe fails; None: a failure is not one of packets."""

    def argv(self) -> tuple[str, ...]:
        """The command to run."""

    def expected(self) -> str:
        """What must be seen, in words."""

    def judge(self, done: Completed) -> Verdict:
        """What the command's output means."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One question to the living network.

    ``group`` is the rule that made it; ``covers`` are the entries of the operators' list of functional tests that it
    answers (see docs/howto/add-a-probe.md); ``where`` is the host or instance on which its command runs.
    """

    group: str
    where: str
    check: Check
    covers: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """What no other probe of this cloud has: rule, place, question; the same in every run."""
        return f"{self.group}/{self.where}/{self.check.KIND} {self.check.about}"

    @property
    def name(self) -> str:
        """The path, and what the probe covers."""
        return f"{self.path} ({', '.join(self.covers)})" if self.covers else self.path


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a probe: ``tries`` runs in ``seconds``; the verdict is the last run's.

    ``trace`` is where a packet of a failed one stays.
    """

    probe: Probe
    verdict: Verdict
    tries: int
    seconds: float
    trace: Trace | None = None

    @property
    def passed(self) -> bool:
        """Whether the last run showed what was expected."""
        return self.verdict.passed


def host_part(address: Address) -> str:
    """An address as the host of a URL (RFC 3986, section 3.2.2)."""
    return f"[{address}]" if address.version == 6 else str(address)
