"""Service addresses that hosts announce by BGP."""

from typing import Literal, Self

from pydantic import Field, model_validator

from seapoint.intent.cloud.shape.base import HostPart, Interval, Port, Shape, Whole

KINDS: tuple[Literal["tcp", "http", "tls", "dns", "command"], ...] = ("tcp", "http", "tls", "dns", "command")


class CheckShape(Shape):
    """How an owner finds out whether its service answers at the VIP: one of tcp, http, tls, dns, command."""

    tcp: Port | None = Field(None, description="A connection to this port is taken.")
    http: Port | None = Field(None, description="A request to this port is answered with a good status.")
    tls: Port | None = Field(None, description="A TLS session with this port is made.")
    dns: str | None = Field(None, description="A query for this name, over UDP, is answered.")
    command: tuple[str, ...] | None = Field(
        None, min_length=1, description="A command's exit status is 0; `{address}` in it is the VIP."
    )
    port: Port = Field(53, description="Port of a dns check.")
    name: str = Field("", description="The server's name in TLS and HTTP.")
    path: str = Field("/", description="Path of a http check.")
    statuses: tuple[Whole, ...] = Field((200,), min_length=1, description="Good statuses of a http check.")
    over_tls: bool = Field(False, description="Whether a http check speaks TLS.")
    interval: Interval = Field(1000, description="Time between checks.")
    timeout: Interval = Field(1000, description="Time for an answer.")
    rise: Whole = Field(10, ge=1, le=1000, description="Good checks in a row until a sick service counts as well.")
    fall: Whole = Field(1, ge=1, le=1000, description="Bad checks in a row until it counts as sick.")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(getattr(self, kind) is not None for kind in KINDS) != 1:
            raise ValueError("a check is exactly one of tcp, http, tls, dns, command")
        return self


class VipShape(Shape):
    """A service's address: its owners have it and announce it to their rack's switch."""

    prefix: str = Field(description="The entry of the address plan that it lies in.")
    ipv4: HostPart | None = Field(None, description="IPv4: the last octet, several last octets, or the whole address.")
    ipv6: str | None = Field(None, description='IPv6: the host part ("::1") or the whole address.')
    owners: tuple[str, ...] = Field(min_length=1, description="Roles and hosts that have it.")
    kind: Literal["active-active", "active-passive", "anycast"] = Field(
        "active-active",
        description="All owners at once; the first owner and the others by longer AS paths; or the nearest one.",
    )
    check: CheckShape | None = Field(None, description="Whether the service is well; without one it always is.")
    when_all_sick: Literal["withdraw", "keep"] = Field(
        "withdraw",
        description="A sick owner withdraws; or stays, behind all that are well, so that the VIP never goes.",
    )
