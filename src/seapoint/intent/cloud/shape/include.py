"""Operators' own lines in what is rendered for devices."""

from pydantic import Field

from seapoint.intent.cloud.shape.base import Shape


class NftablesIncludeShape(Shape):
    """Rules before all others of a chain of the table `inet seapoint`, in the words of nft(8)."""

    input: tuple[str, ...] = Field((), description="What comes to the device itself.")
    output: tuple[str, ...] = Field((), description="What the device itself sends.")
    forward: tuple[str, ...] = Field((), description="What it passes on.")
    nat: tuple[str, ...] = Field((), description="Source NAT (hook postrouting).")


class FrrIncludeShape(Shape):
    """Lines of frr.conf, as `show running-config` writes them."""

    bgp: tuple[str, ...] = Field((), description="The last of the stanza `router bgp`.")
    end: tuple[str, ...] = Field((), description="The last of the file.")


class HaproxyIncludeShape(Shape):
    """Lines of haproxy.cfg."""

    global_: tuple[str, ...] = Field((), alias="global", description="The last of the section `global`.")
    defaults: tuple[str, ...] = Field((), description="The last of the section `defaults`.")
    end: tuple[str, ...] = Field((), description="The last of the file: sections of your own.")


class IncludeShape(Shape):
    """Lines of the operator's own on some devices; the device's own programs check them before they hold."""

    on: tuple[str, ...] = Field(
        min_length=1, description="Roles, hosts, routers, switches; `SWITCH.REALM`: one realm of a switch."
    )
    nftables: NftablesIncludeShape = Field(default_factory=NftablesIncludeShape)
    frr: FrrIncludeShape = Field(default_factory=FrrIncludeShape)
    haproxy: HaproxyIncludeShape = Field(default_factory=HaproxyIncludeShape)
