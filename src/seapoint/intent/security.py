"""Security groups and their rules: what may reach a port, and what may leave it."""

from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import ClassVar

from seapoint.intent.attributes import Named, Standard, attribute
from seapoint.intent.formats import Format, Json, address, boolean, choice, integer, optional, prefix, uuid

DEFAULT_GROUP = "default"
PROTOCOLS = {
    "ah": 51, "dccp": 33, "egp": 8, "esp": 50, "gre": 47, "icmp": 1, "icmpv6": 58, "igmp": 2, "ipip": 4,
    "ipv6-encap": 41, "ipv6-frag": 44, "ipv6-icmp": 58, "ipv6-nonxt": 59, "ipv6-opts": 60, "ipv6-route": 43,
    "ospf": 89, "pgm": 113, "rsvp": 46, "sctp": 132, "tcp": 6, "udp": 17, "udplite": 136, "vrrp": 112,
}  # fmt: skip


def _protocol(value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"'{value}' is not a protocol's name or number")
    word = str(value).lower()
    if word in PROTOCOLS or (word.isdigit() and int(word) <= 255):
        return word
    raise ValueError(
        f"Security group rule protocol {value} not supported. Only protocol values {sorted(PROTOCOLS)} "
        "and integer representations [0 to 255] are supported."
    )


def _remote(value: Json) -> str:
    """An address alone is a prefix of that address."""
    alone = isinstance(value, str) and "/" not in value
    return prefix().parse(str(ip_network(address().parse(value))) if alone else value)


def _family(value: Json) -> str:
    known = {"ipv4": "IPv4", "ipv6": "IPv6"}
    return ETHERTYPE.parse(known.get(value.lower(), value) if isinstance(value, str) else value)


ETHERTYPE = choice("IPv4", "IPv6")
PROTOCOL = Format(_protocol, "text", {"type": "string"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup(Named):
    """A security group of the Networking API."""

    KIND: ClassVar[str] = "security_group"
    NOUN: ClassVar[str] = "Security group"

    stateful: bool = attribute(boolean(), default=True)
    shared: bool = attribute(boolean(), default=False, create=False, update=False)

    def claims(self) -> tuple[tuple[str, str], ...]:
        """A project has one group called default."""
        return (("default group", self.project_id),) if self.name == DEFAULT_GROUP else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroupRule(Standard):
    """A rule that lets packets pass; what no rule names is dropped."""

    KIND: ClassVar[str] = "security_group_rule"
    NOUN: ClassVar[str] = "Security group rule"

    security_group_id: str = attribute(uuid(), required=True, update=False, refers="security_group")
    direction: str = attribute(choice("ingress", "egress"), required=True, update=False)
    ethertype: str = attribute(replace(ETHERTYPE, parse=_family), default="IPv4", update=False)
    protocol: str | None = attribute(optional(PROTOCOL), default=None, update=False, doc="null: every protocol")
    port_range_min: int | None = attribute(optional(integer(0, 65535)), default=None, update=False)
    port_range_max: int | None = attribute(optional(integer(0, 65535)), default=None, update=False)
    remote_group_id: str | None = attribute(optional(uuid()), default=None, update=False, refers="security_group")
    remote_ip_prefix: str | None = attribute(optional(replace(prefix(), parse=_remote)), default=None, update=False)

    @property
    def protocol_number(self) -> int | None:
        """The protocol's number (IANA), or None for every protocol; ``icmp`` on IPv6 means ICMPv6."""
        if self.protocol is None:
            return None
        number = PROTOCOLS.get(self.protocol)
        number = int(self.protocol) if number is None else number
        return 58 if number == 1 and self.ethertype == "IPv6" else number

    def claims(self) -> tuple[tuple[str, str], ...]:
        """A group has no rule twice."""
        what = (self.direction, self.ethertype, self.protocol_number, self.port_range_min, self.port_range_max)
        return ((self.security_group_id, repr((*what, self.remote_group_id, self.remote_ip_prefix))),)
