"""Other sites that this one is joined with."""

from pydantic import Field

from seapoint.intent.cloud.shape.base import AddressPair, Asn, SecretFile, Shape, Whole


class OtherSiteShape(Shape):
    """A site that another Seapoint runs."""

    private: tuple[str, ...] = Field(min_length=1, description="Its cloud-private prefixes: names, prefixes.")
    gateways: dict[str, str] = Field(description="The outside address of each of its edge hosts.")
    host: AddressPair = Field(default_factory=AddressPair, description="A host there that answers, for live tests.")


class TunnelShape(Shape):
    """A tunnel (GRE) between an edge host here and one of another site. Both sites' files have the same line."""

    between: tuple[str, str] = Field(description="The two edge hosts; the first named has the lower address.")
    ipv4: str | None = Field(None, description="IPv4 network inside, a /31 as a rule.")
    ipv6: str | None = Field(None, description="IPv6 network inside, a /127 or /64.")


class JoinsShape(Shape):
    """Sites joined by tunnels between their edge hosts, which carry what is cloud-private and nothing else."""

    asn: Asn = Field(description="AS number of the edge hosts of all these sites: they speak iBGP.")
    announces: tuple[str, ...] = Field(
        min_length=1, description="What other sites may reach here, all of it cloud-private: names, prefixes."
    )
    sites: dict[str, OtherSiteShape] = Field(description="The other sites, each by a name.")
    tunnels: tuple[TunnelShape, ...] = Field(
        description="To each site the first of a host is preferred; the others stand by."
    )
    password: SecretFile | None = Field(
        None, description="File on all edge hosts with the word that signs BGP's packets (TCP MD5, RFC 2385)."
    )
    mtu: Whole = Field(1500, ge=1280, le=9216, description="Largest IP packet between the sites, in bytes.")
