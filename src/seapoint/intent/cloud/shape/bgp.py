"""BGP, the core routers' filters, and the internet behind them."""

from typing import Literal

from pydantic import Field

from seapoint.intent.cloud.shape.base import AddressPair, Asn, BfdShape, Kind, RuleShape, SecretFile, Shape, Whole


class ExactlyShape(Shape):
    """Prefixes by name, a list per family."""

    ipv4: tuple[str, ...] = Field((), description="Names and prefixes whose IPv4 networks are announced.")
    ipv6: tuple[str, ...] = Field((), description="Names and prefixes whose IPv6 networks are announced.")


class ExportShape(Shape):
    """What one kind of device announces to another: exactly this."""

    from_: Kind = Field(alias="from", description="Who announces.")
    realm: str | None = Field(None, description="In which routing instance, for switches.")
    to: Kind | Literal["servers"] = Field(description="Who is told; servers learn nothing else.")
    exactly: ExactlyShape = Field(description="Nothing else, nothing more specific.")


class AcceptShape(Shape):
    """A prefix that is learnt, and parts of it by their length; without a length, itself alone."""

    prefix: str = Field(description="A name or a prefix.")
    ge: Whole | None = Field(None, ge=0, le=128, description="The shortest prefix of it that is learnt.")
    le: Whole | None = Field(None, ge=0, le=128, description="The longest.")


class AcceptedShape(Shape):
    """What is learnt, a list per family."""

    ipv4: tuple[AcceptShape, ...] = Field((), description="IPv4 prefixes; none: nothing.")
    ipv6: tuple[AcceptShape, ...] = Field((), description="IPv6 prefixes; none: nothing.")


class ImportShape(Shape):
    """What one device learns of one neighbour, in place of what it would learn of all of that kind."""

    at: str = Field(description="The switch or core router that learns.")
    from_: str = Field(alias="from", description="The neighbour: a switch, router or host, or `internet`.")
    realm: str | None = Field(None, description="In which routing instance; without it in all.")
    accept: AcceptedShape | None = Field(None, description="Nothing else is learnt; without it what `exports` say.")
    maximum: Whole | None = Field(
        None, ge=1, description="Prefixes of a family that it may bring: a session that brings more is ended."
    )


class ServersShape(Shape):
    """Hosts that announce service addresses (`vips`) to their rack's switch, over its private VLAN."""

    asn: Asn = Field(description="AS number of all of them.")
    gtsm: bool = Field(True, description="Both ends demand that packets were never forwarded (RFC 5082).")
    maximum: Whole | None = Field(
        None, ge=1, description="Prefixes of a family that either end may bring: a session that brings more is ended."
    )
    password: SecretFile | None = Field(
        None, description="File on owners and switches with the word that signs their packets (TCP MD5, RFC 2385)."
    )
    statics: Literal["first", "last", "none"] = Field(
        "first",
        description="Static routes of servers to what their switch tells them: they win, lose, or are gone.",
    )


class ReflectionShape(Shape):
    """iBGP between the loopbacks of a realm's switches, over OSPF on the links between them (RFC 4456)."""

    realm: str = Field(description="The routing instance.")
    reflectors: tuple[str, ...] = Field(min_length=1, description="The switches that reflect; all others are clients.")


class BgpShape(Shape):
    """BGP between devices."""

    sessions: Literal["links"] = Field("links", description="Over every link whose ends have an AS.")
    bfd: BfdShape = Field(default_factory=BfdShape, description="On every session: how fast a dead peer is noticed.")
    gtsm: bool = Field(True, description="On links both ends demand that packets were never forwarded (RFC 5082).")
    exports: tuple[ExportShape, ...] = ()
    imports: tuple[ImportShape, ...] = ()
    servers: ServersShape | None = Field(None, description="Owners of service addresses.")
    reflection: ReflectionShape | None = Field(None, description="Where the switches of a realm are of one AS.")


class FilterShape(Shape):
    """A packet filter at core routers on what comes in from a realm."""

    routers: tuple[str, ...] = Field(min_length=1, description="The core routers that filter.")
    links_of_realm: str = Field(description="Their links of this realm, incoming.")
    terms: tuple[RuleShape, ...] = Field(min_length=1, description="The first term that matches decides.")


class InternetShape(Shape):
    """What lies behind the core routers."""

    asn: Asn = Field(description="AS number.")
    host: AddressPair = Field(description="A host there that answers with the caller's address.")
