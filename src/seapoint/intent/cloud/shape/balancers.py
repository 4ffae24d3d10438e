"""Load balancers in front of the cloud's own services."""

from typing import Literal

from pydantic import Field

from seapoint.intent.cloud.shape.base import Interval, Port, Shape, Whole


class BackendCheckShape(Shape):
    """How a backend is seen to be well."""

    path: str | None = Field(
        None,
        pattern=r"^/[A-Za-z0-9/._~?=&%-]*$",
        description="What is asked for, by HTTP: without, `/`. In TCP mode there is none.",
    )
    interval: Interval = Field(3000, validate_default=False, description="Time between two checks.")
    rise: Whole = Field(2, ge=1, le=100, description="Good checks in a row until a sick backend is used again.")
    fall: Whole = Field(4, ge=1, le=100, description="Bad checks in a row until a backend is used no more.")


class BalancedServiceShape(Shape):
    """A service behind a balancer."""

    ports: tuple[Port, ...] = Field(min_length=1, description="Ports of the VIP.")
    backend_port: Port | None = Field(None, description="Port of the backends; without: the first of `ports`.")
    backends: tuple[str, ...] = Field((), description="Roles and hosts that serve; without: the balancer's.")
    primary: str | None = Field(
        None, description="The host that alone is used while it is well; the others stand by. It goes without `sticky`."
    )
    mode: Literal["http", "tcp", "dns", "udp"] = Field(
        "http",
        description="http: TLS towards clients; tcp: passed on as it comes; dns: questions over UDP and TCP; udp: any "
        "other datagrams, where answers are direct.",
    )
    access: Literal["internet", "internal", "cloud-private"] | None = Field(
        None,
        description="Who may call: everybody; the cloud's and the operator's networks; hosts in cloud-private subnets. "
        "Without: the balancer's.",
    )
    balance: Literal["leastconn", "roundrobin", "source"] = Field("leastconn", description="How a backend is chosen.")
    sticky: Whole = Field(30, ge=0, le=1440, description="Minutes for which a client keeps its backend; 0: none.")
    check: BackendCheckShape = Field(default_factory=BackendCheckShape)
    client_address: Literal["hidden", "header", "proxy"] = Field(
        "hidden", description="How backends are told the client's address: not, by X-Forwarded-For, by PROXY protocol."
    )
    host: str | None = Field(
        None, pattern=r"^[A-Za-z0-9.-]+$", description="The only host name in requests that is served."
    )
    backend_tls: bool = Field(False, description="Backends speak TLS with their hosts' own certificates.")


class BalancerShape(Shape):
    """The services behind one VIP, on all hosts that own it."""

    vip: str = Field(description="The VIP.")
    answers: Literal["proxied", "direct"] = Field(
        "proxied",
        description="proxied: the VIP's owners balance, and a backend sees the balancer; direct: the owners serve "
        "themselves, the switch chooses one that is well, and its answer goes straight to the client.",
    )
    certificate: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$",
        description="Name of the certificate shown to clients: the installer puts it, with its key, into "
        "/etc/seapoint/tls/NAME.pem.",
    )
    backends: tuple[str, ...] = Field((), description="Roles and hosts that serve what names none itself.")
    access: Literal["internet", "internal", "cloud-private"] = Field(
        "cloud-private", description="Who may call what names nobody itself."
    )
    internal: tuple[str, ...] = Field(
        (), description="Networks of the access class `internal` beside the cloud's own: names, prefixes."
    )
    services: dict[str, BalancedServiceShape] = Field(min_length=1, description="What is balanced.")
