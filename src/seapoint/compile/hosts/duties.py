"""What a host does beside its place in the network: each duty is a part of a device, joined to the host's own."""

from collections.abc import Callable
from dataclasses import replace

from seapoint.compile.hosts.balancers import balancers
from seapoint.compile.hosts.default_routes import default_route
from seapoint.compile.hosts.dnsbalancers import dns_balancers
from seapoint.compile.hosts.joins import joined_edge
from seapoint.compile.hosts.nameservers import name_server
from seapoint.compile.hosts.recursors import recursor
from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.compile.hosts.vips import vip_owner
from seapoint.intent.cloud.model import Cloud, Host
from seapoint.target.device import Device
from seapoint.target.host import Interface, OpenVSwitch
from seapoint.target.nftables import Ruleset

#: A host's part of a duty; None where it is not the host's.
Duty = Callable[[Cloud, Host, Tenancy], Device | None]

DUTIES: tuple[Duty, ...] = (vip_owner, name_server, recursor, balancers, dns_balancers, joined_edge, default_route)


def with_duties(cloud: Cloud, host: Host, device: Device, tenants: Tenancy) -> Device:
    """The host's device with all its duties."""
    for duty in DUTIES:
        part = duty(cloud, host, tenants)
        if part is not None:
            device = joined(device, part)
    return device


def joined(device: Device, part: Device) -> Device:
    """Both; what both have equal stands once, in the order of the first."""
    return replace(
        device,
        sysctls={**device.sysctls, **part.sysctls},
        namespaces=(*device.namespaces, *part.namespaces),
        open_vswitch=_switches(device.open_vswitch, part.open_vswitch),
        interfaces=_interfaces(device.interfaces, part.interfaces),
        rules=tuple(dict.fromkeys((*device.rules, *part.rules))),
        routes=tuple(dict.fromkeys((*device.routes, *part.routes))),
        nftables=_rulesets(device.nftables, part.nftables),
        services=(*device.services, *part.services),
    )


def _interfaces(own: tuple[Interface, ...], more: tuple[Interface, ...]) -> tuple[Interface, ...]:
    """An interface of both, such as ``lo``, has the addresses of both."""
    found = {interface.name: interface for interface in own}
    for interface in more:
        before = found.get(interface.name, replace(interface, addresses=()))
        addresses = tuple(dict.fromkeys((*before.addresses, *interface.addresses)))
        found[interface.name] = replace(before, addresses=addresses)
    return tuple(found.values())


def _switches(own: OpenVSwitch | None, more: OpenVSwitch | None) -> OpenVSwitch | None:
    """A bridge of both has the ports of both."""
    if own is None or more is None:
        return own or more
    found = {bridge.name: bridge for bridge in own.bridges}
    for bridge in more.bridges:
        before = found.get(bridge.name, replace(bridge, ports=()))
        found[bridge.name] = replace(before, ports=(*before.ports, *bridge.ports))
    return replace(own, bridges=tuple(found.values()))


def _rulesets(own: Ruleset | None, more: Ruleset | None) -> Ruleset | None:
    if own is None or more is None:
        return own or more
    return Ruleset((*own.sets, *more.sets), (*own.chains, *more.chains))
