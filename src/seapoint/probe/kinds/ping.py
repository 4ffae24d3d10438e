"""``ping``: the target answers.

Needs iputils' ping where it starts. Sends two echo requests (RFC 792, RFC 4443). Success: both are answered, by the
address that was meant, once each.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from seapoint.base.addresses import Address
from seapoint.probe.flow import Flow
from seapoint.probe.probe import Completed, Verdict

COUNT = 2
ANSWER = re.compile(r"^\d+ bytes from ([0-9a-fA-F.:]+):", re.MULTILINE)
REFUSAL = re.compile(r"^From (\S+?):? icmp_seq=\d+ (.+)$", re.MULTILINE)
LOCAL = re.compile(r"^ping: (.+)$", re.MULTILINE)

SENT = f"{COUNT} packets transmitted"

#: Words of iputils' ping -> what they mean.
HINTS = (
    ("name resolution", "the sender does not know the name: ask its resolvers, or see its /etc/hosts"),
    ("Name or service not known", "the sender does not know the name: ask its resolvers, or see its /etc/hosts"),
    ("No address associated", "the name has no address of this family: ask the resolvers of the sender"),
    ("Address family for hostname", "the name has no address of this family: ask the resolvers of the sender"),
    ("Network is unreachable", "the sender itself has no route of this family: DHCP, router advertisement or routes"),
    ("Packet filtered", "a firewall or filter rejects it"),
    ("dministratively prohibited", "a firewall or filter rejects it"),
    ("Time to live exceeded", "a routing loop: two routers send it to each other"),
    ("Time exceeded", "a routing loop: two routers send it to each other"),
    ("No route", "the router that answers has no route to the target"),
    ("Net Unreachable", "the router that answers has no route to the target"),
    ("Host Unreachable", "the last router finds nobody with the target's address (ARP)"),
    ("Address unreachable", "the last router finds nobody with the target's address (neighbour discovery)"),
    ("Redirect Host", "the router sends it back to where it came from: its route to the target is wrong"),
)


@dataclass(frozen=True, slots=True)
class Ping:
    """``target`` is the address, or a name that must lead to it."""

    KIND: ClassVar[str] = "ping"
    NEGATIVE: ClassVar[bool] = False

    target: str
    address: Address

    @property
    def about(self) -> str:
        return f"{self.address.version} {self.target}"

    @property
    def flow(self) -> Flow | None:
        return Flow(self.address)

    def argv(self) -> tuple[str, ...]:
        return command(self.address, self.target)

    def expected(self) -> str:
        return f"answers from {self.address}"

    def judge(self, done: Completed) -> Verdict:
        return answered(done, self.address)


def command(address: Address, target: str, *options: str) -> tuple[str, ...]:
    """The command line of ping(8): numeric output, COUNT packets a fifth of a second apart, a second's patience."""
    return ("ping", f"-{address.version}", "-n", "-c", str(COUNT), "-i", "0.2", "-W", "1", *options, target)


def answered(done: Completed, address: Address) -> Verdict:
    """Success when every request was answered by the address, and by nobody else."""
    answers = ANSWER.findall(done.stdout)
    strangers = [answer for answer in answers if answer != str(address)]
    if strangers:
        return Verdict(
            False, f"answers from {strangers[0]}", "the name leads to another address, or a NAT is in the way"
        )
    if "(DUP!)" in done.stdout:
        return Verdict(False, f"two answers to one request from {address}", "two hosts own the address, or a loop")
    if len(answers) == COUNT and done.status == 0:
        return Verdict(True, f"answers from {address}")
    if answers:
        hint = "packets are lost: a path that is down, or two that differ"
        return Verdict(False, f"{len(answers)} of {COUNT} answered", hint)
    return unanswered(done)


def unanswered(done: Completed) -> Verdict:
    """Failure, and what ping itself or a router on the way said about it."""
    refusal = REFUSAL.search(done.stdout)
    local = LOCAL.search(done.stderr)
    if refusal:
        return Verdict(False, f"{refusal[2]} (from {refusal[1]})", _hint(refusal[2]))
    if local:
        return Verdict(False, local[1], _hint(local[1]))
    if SENT not in done.stdout:
        return Verdict(False, f"nothing was sent: {done.text or f'exit status {done.status}'}")
    return Verdict(
        False, "no answer", "dropped on the way there or back: a security group, a firewall, or no route back"
    )


def _hint(words: str) -> str:
    return next((meaning for part, meaning in HINTS if part in words), "")
