"""From the operator's cloud and tenants' intent to what every device must hold: pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from seapoint.base.errors import InputError
from seapoint.compile.hosts.chassis import chassis
from seapoint.compile.hosts.control import control
from seapoint.compile.hosts.duties import joined, with_duties
from seapoint.compile.hosts.edge import edge_host
from seapoint.compile.hosts.forwarding import heeds_no_redirect
from seapoint.compile.hosts.imports import with_imports
from seapoint.compile.hosts.include import with_includes
from seapoint.compile.hosts.metadata import metadata
from seapoint.compile.hosts.names import INTERNET, PRODUCTION
from seapoint.compile.hosts.reach import guarded_device, guarded_host
from seapoint.compile.hosts.router import core_router
from seapoint.compile.hosts.server import server
from seapoint.compile.hosts.standins import internet, production, stand_ins
from seapoint.compile.hosts.switch import switch_instance
from seapoint.compile.hosts.tenancy import tenancy
from seapoint.intent.cloud.model import Cloud, Function, Host
from seapoint.intent.snapshot import Intent
from seapoint.target.device import Device

_BY_FUNCTION: Mapping[Function, Callable[[Cloud, Host], Device]] = {
    Function.CONTROL: control,
    Function.GATEWAY: chassis,
    Function.HYPERVISOR: chassis,
}


def devices(cloud: Cloud) -> tuple[str, ...]:
    """Every device that runs, in the file's order, and the stand-ins of a lab at the end."""
    hosts = (host.name for host in cloud.hosts.values() if host.runs)
    return (*cloud.routers, *cloud.switches, *hosts, *stand_ins(cloud))


def compile_device(cloud: Cloud, intent: Intent, name: str) -> Mapping[str, Device]:
    """What one device must hold, by target: one for each realm of a switch, else one under the device's own name.

    Raises InputError for a name that no device has.
    """
    compiled = (with_imports(cloud, name, device) for device in _compile(cloud, intent, name))
    return {device.name: with_includes(cloud, name, device) for device in compiled}


def _compile(cloud: Cloud, intent: Intent, name: str) -> tuple[Device, ...]:
    if name in cloud.switches:
        instances = (switch_instance(cloud, cloud.switches[name], realm) for realm in cloud.realms())
        return tuple(guarded_device(cloud, one) for one in instances if one.interfaces)
    if name in cloud.routers:
        return (guarded_device(cloud, core_router(cloud, cloud.routers[name], tenancy(cloud, intent))),)
    if name in cloud.hosts:
        return (_host(cloud, intent, cloud.hosts[name]),)
    if name == INTERNET and cloud.internet is not None:
        return (guarded_device(cloud, internet(cloud, cloud.internet)),)
    if name == PRODUCTION and cloud.services:
        return (production(cloud),)
    raise InputError(f"there is no device {name!r}; there are {', '.join(devices(cloud))}")


def _host(cloud: Cloud, intent: Intent, host: Host) -> Device:
    tenants = tenancy(cloud, intent)
    if cloud.edge is not None and host.name in cloud.edge.hosts:
        device = edge_host(cloud, cloud.edge, host, tenants)
    else:
        make = _BY_FUNCTION.get(host.does, server) if host.does else server
        device = make(cloud, host)
    device = with_duties(cloud, host, device, tenants)
    legs = (interface.name for interface in device.interfaces if interface.name != "lo")
    device = replace(device, sysctls={**device.sysctls, **heeds_no_redirect(legs)})
    asked = metadata(host, intent)
    return guarded_host(cloud, host, device if asked is None else joined(device, asked))
