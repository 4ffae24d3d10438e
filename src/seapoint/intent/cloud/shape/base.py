"""What the shapes of all parts of a cloud file share: kinds of values, addresses, rules on traffic."""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema, model_validator


def _text(value: Any) -> Any:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise ValueError("an address is written as a number, a text, or {ipv4: ..., ipv6: ...}")


def _whole(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a whole number is needed")
    return value


def _number_or_pair(value: Any) -> str:
    return "pair" if isinstance(value, dict | AddressPair) else "number"


def _milliseconds(value: Any) -> Any:
    if isinstance(value, str) and value.endswith("ms") and value[:-2].isdigit():
        return int(value[:-2])
    raise ValueError("an interval is written as milliseconds, such as 300ms")


def _range(value: Any) -> Any:
    first, dash, last = str(value).partition("-")
    if dash and first.isdigit() and last.isdigit() and int(first) <= int(last):
        return (int(first), int(last))
    raise ValueError("a range is written as first-last, such as 1-10")


def _asn(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**32:
        return value
    raise ValueError("an AS number is a whole number from 1 to 4294967295")


def _secret(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("/") and not set(value) & set(" \t\n<>"):
        return value
    raise ValueError("a secret is told by the file that holds it on each host, such as /etc/seapoint/bgp.password")


HostPart = Annotated[
    str,
    BeforeValidator(_text),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string"}]}),
]


Interval = Annotated[int, BeforeValidator(_milliseconds), WithJsonSchema({"type": "string", "pattern": "^[0-9]+ms$"})]


IdRange = Annotated[
    tuple[int, int], BeforeValidator(_range), WithJsonSchema({"type": "string", "pattern": "^[0-9]+-[0-9]+$"})
]


Asn = Annotated[int, BeforeValidator(_asn), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 4294967295})]


#: The path of a file on hosts that holds one word: the word itself stands in no file of ours.
SecretFile = Annotated[str, BeforeValidator(_secret), WithJsonSchema({"type": "string", "pattern": "^/[^ \\t\\n<>]+$"})]


Whole = Annotated[int, BeforeValidator(_whole)]


Port = Annotated[Whole, Field(ge=1, le=65535)]


Class = Literal["default", "internal", "floating"]


Protocol = Literal["any", "tcp", "udp", "icmp"]


Kind = Literal["switches", "routers", "internet"]


#: Parts of the file that stand for terms of a filter.
Implied = Literal["exclusions", "default_routes"]
IMPLIED: tuple[Implied, ...] = get_args(Implied)


class Shape(BaseModel):
    """Base: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class AddressPair(Shape):
    """An address of each family; either may be missing."""

    ipv4: HostPart | None = Field(None, description="IPv4: the last octet, several last octets, or the whole address.")
    ipv6: str | None = Field(None, description='IPv6: the host part ("::1:1") or the whole address.')


#: An address on the networks of a thing: its number there, or an address of each family.
NumberOrPair = Annotated[
    Annotated[HostPart, Tag("number")] | Annotated[AddressPair, Tag("pair")], Discriminator(_number_or_pair)
]


PROFILES: dict[str, dict[str, str | int]] = {
    "published": {"interval": "300ms", "multiplier": 3},
    "fast": {"interval": "100ms", "multiplier": 3},
}


class BfdShape(Shape):
    """Bidirectional forwarding detection: a profile by its name, or the two figures."""

    profile: Literal["published", "fast"] | None = Field(None, description="300ms or 100ms, three times.")
    interval: Interval = Field(300, description="Time between packets.")
    multiplier: Whole = Field(3, ge=2, le=50, description="Packets missed until the peer is down.")

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        """A profile stands for its two figures."""
        profile = data.get("profile") if isinstance(data, dict) else None
        if not isinstance(profile, str) or profile not in PROFILES:
            return data
        if len(data) > 1:
            raise ValueError("a profile is both figures: take out the others, or the profile")
        return {**data, **PROFILES[profile]}


class RuleShape(Shape):
    """A match on traffic and what becomes of it; what is left out matches any."""

    accept: Protocol | Implied | None = Field(
        None,
        description="Let this protocol pass; in a filter also `exclusions`, a term for each of their services, "
        "and `default_routes`, one for the hosts whose default route leads into this realm.",
    )
    reject: Protocol | None = Field(None, description="Refuse this protocol with an answer.")
    drop: Protocol | None = Field(None, description="Drop this protocol silently.")
    from_: tuple[str, ...] = Field((), alias="from", description="Sources: names, prefixes, `class default`.")
    to: tuple[str, ...] = Field((), description="Destinations: names, prefixes.")
    ports: tuple[Port, ...] = Field((), description="Destination ports.")
    source_ports: tuple[Port, ...] = Field((), description="Source ports.")

    @model_validator(mode="after")
    def _one_action(self) -> Self:
        given = [name for name in ("accept", "reject", "drop") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a rule has exactly one of accept, reject, drop, with a protocol or any")
        if self.accept in IMPLIED and (self.from_ or self.to or self.ports or self.source_ports):
            raise ValueError(f"`accept: {self.accept}` stands alone: that part of the file says the rest")
        return self
