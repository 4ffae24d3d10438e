"""What services of other teams offer beside HTTP: live tests ask for it, and a lab plays it."""

from dataclasses import dataclass
from typing import Literal

from seapoint.base.addresses import Addresses

Protocol = Literal["ldap", "git", "nfs"]

#: TCP ports. Source: IANA's registry of service names and port numbers.
PORTS: dict[Protocol, int] = {"ldap": 389, "git": 9418, "nfs": 2049}


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a service gives to whoever asks: ``what`` is an entry of a directory, a repository, or a file."""

    service: str
    addresses: Addresses
    protocol: Protocol
    what: str

    @property
    def port(self) -> int:
        """The port of the protocol."""
        return PORTS[self.protocol]
