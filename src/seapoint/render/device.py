"""A device's data as the target that travels to its host, and as files that people read: pure."""

from collections.abc import Iterator

from seapoint.render.conntrackd import conntrackd_files, conntrackd_units
from seapoint.render.dnsdist import dnsdist_files, dnsdist_units
from seapoint.render.frr import frr_files, frr_units
from seapoint.render.haproxy import haproxy_files, haproxy_units
from seapoint.render.health import health_files, health_units
from seapoint.render.keepalived import keepalived_files, keepalived_units
from seapoint.render.knot import knot_files, knot_units
from seapoint.render.metadata import metadata_files, metadata_units
from seapoint.render.nftables import nftables
from seapoint.render.ovnctl import central_files, central_units, controller_files, controller_units
from seapoint.render.proxy import proxy_files
from seapoint.render.readable import readable
from seapoint.render.unbound import unbound_files, unbound_units
from seapoint.target.conntrackd import Conntrackd
from seapoint.target.device import Device, Service
from seapoint.target.dnsdist import Dnsdist
from seapoint.target.frr import Frr
from seapoint.target.haproxy import Haproxy
from seapoint.target.health import Health
from seapoint.target.host import File, HostTarget, Unit
from seapoint.target.keepalived import Keepalived
from seapoint.target.knot import Knot
from seapoint.target.metadata import MetadataProxy
from seapoint.target.ovnctl import OvnCentral, OvnController
from seapoint.target.proxy import Proxy
from seapoint.target.unbound import Unbound

#: Where the ruleset stands among the files that people read; on a host it is loaded, not written.
RULESET = "/etc/nftables.d/seapoint.nft"
#: Read by the start script of Open vSwitch.
SYSTEM_ID = "/etc/openvswitch/system-id.conf"

_OPEN_VSWITCH = Unit("openvswitch-switch.service")


def host_target(device: Device) -> HostTarget:
    """Everything rendered."""
    rendered = [_service(service) for service in device.services]
    switch = (_OPEN_VSWITCH,) if device.open_vswitch else ()
    return HostTarget(
        device.name,
        sysctls=device.sysctls,
        namespaces=device.namespaces,
        open_vswitch=device.open_vswitch,
        interfaces=device.interfaces,
        vrfs=device.vrfs,
        rules=device.rules,
        routes=device.routes,
        nftables=nftables(device.nftables) if device.nftables else "",
        files=(*_system_id(device), *(file for files, _ in rendered for file in files)),
        units=(*switch, *(unit for _, units in rendered for unit in units)),
    )


def _system_id(device: Device) -> Iterator[File]:
    """Open vSwitch's name of the host: its start script would put a random one without this. Source: ovs-ctl(8)."""
    name = device.open_vswitch.external_ids.get("system-id") if device.open_vswitch else None
    if name:
        yield File(SYSTEM_ID, f"{name}\n")


def render_files(target: HostTarget) -> dict[str, str]:
    """A target for people: path to text. What is no file on the host stands under ``network`` in the words of ip(8)."""
    return dict(_files(target))


def _files(target: HostTarget) -> Iterator[tuple[str, str]]:
    yield "network", readable(target)
    if target.nftables:
        yield RULESET, target.nftables
    for file in target.files:
        yield file.path, file.text


def _service(service: Service) -> tuple[tuple[File, ...], tuple[Unit, ...]]:
    match service:
        case Frr():
            return frr_files(service), frr_units()
        case Keepalived():
            return keepalived_files(service), keepalived_units()
        case Conntrackd():
            return conntrackd_files(service), conntrackd_units()
        case Knot():
            return knot_files(service), knot_units(service)
        case Health():
            return health_files(service), health_units()
        case Unbound():
            return unbound_files(service), unbound_units()
        case OvnController():
            return controller_files(service), controller_units()
        case OvnCentral():
            return central_files(service), central_units()
        case Haproxy():
            return haproxy_files(service), haproxy_units()
        case Dnsdist():
            return dnsdist_files(service), dnsdist_units()
        case MetadataProxy():
            return metadata_files(service), metadata_units()
        case Proxy():
            return proxy_files(service), ()
