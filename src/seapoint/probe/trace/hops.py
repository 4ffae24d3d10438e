"""What following a packet has shown: where it was seen, and where not any more."""

from dataclasses import dataclass
from typing import Literal

Leg = Literal["request", "reply"]


@dataclass(frozen=True, slots=True)
class Hop:
    """A packet on a NIC of a host: ``way`` in or out, its outermost VLAN tag, inside a tunnel or not.

    ``port``: the NIC's description where it has one. ``towards``: the host whose MAC address the packet was sent to,
    where that is known.
    """

    leg: Leg
    host: str
    nic: str
    way: Literal["in", "out"]
    vlan: int | None = None
    tunnel: bool = False
    port: str = ""
    towards: str = ""

    def __str__(self) -> str:
        words: list[str] = [self.way]
        words += [f"VLAN {self.vlan}"] if self.vlan is not None else []
        words += ["in a tunnel"] if self.tunnel else []
        described = f", port of {self.port}" if self.port else ""
        return f"{self.host} {self.nic} ({', '.join(words)}){described}"


@dataclass(frozen=True, slots=True)
class Trace:
    """The hops of a marked repetition in their order, the request's before the reply's.

    ``lost``: which of the two was lost after its last hop; None: the reply came back to where the probe starts.
    ``blind`` are hosts on the way that could not look.
    """

    hops: tuple[Hop, ...]
    lost: Leg | None
    blind: tuple[str, ...] = ()

    @property
    def last(self) -> Hop | None:
        """The last hop that saw what was lost."""
        return next((hop for hop in reversed(self.hops) if hop.leg == self.lost), None)

    def __str__(self) -> str:
        last = self.last
        if self.lost is None:
            return "repeated, it was answered: the answer came back to where the probe starts"
        if last is None:
            return "not seen leaving where the probe starts"
        if last.way == "in":
            return f"{self.lost} seen last at {last}; not seen leaving"
        return f"{self.lost} seen last at {last}; not seen arriving at {last.towards or 'any host that looked'}"

    def path(self, leg: Leg) -> str:
        """The hops of one leg in one line: hosts, and the NICs on each."""
        hosts: list[tuple[str, list[str]]] = []
        for hop in self.hops:
            if hop.leg == leg:
                if not hosts or hosts[-1][0] != hop.host:
                    hosts.append((hop.host, []))
                hosts[-1][1].append(hop.nic)
        return " > ".join(f"{host} {','.join(dict.fromkeys(nics))}" for host, nics in hosts)
