"""A control host: the central one has OVN's databases and northd, reached by chassis over its management address."""

from seapoint.base.addresses import Address
from seapoint.compile.hosts.forwarding import FORWARDS_NOTHING
from seapoint.compile.hosts.legs import listed_legs
from seapoint.compile.hosts.private import private_interface, private_routes, private_rules
from seapoint.intent.cloud.model import Cloud, Host
from seapoint.target.device import Device
from seapoint.target.ovnctl import OvnCentral

#: Registered for OVN's southbound database with TLS.
SOUTHBOUND_PORT = 6642


def control(cloud: Cloud, host: Host) -> Device:
    """The host's target.

    Its southbound database listens for chassis where the database's own Connection row says so, because only that row
    can carry the role ``ovn-controller`` (ovn-sb(5), RBAC): whoever writes that database writes it, see
    ``southbound_listener``. Nobody outside the host reaches the northbound database.
    """
    return Device(
        host.name,
        sysctls=FORWARDS_NOTHING,
        interfaces=(*private_interface(cloud, host), *listed_legs(cloud, host)),
        rules=private_rules(cloud, host),
        routes=private_routes(cloud, host),
        services=(OvnCentral(),) if host == cloud.central() else (),
    )


def southbound_listener(host: Host) -> str:
    """The ``target`` of the southbound's Connection row on a control host."""
    return f"pssl:{SOUTHBOUND_PORT}:{_bracketed(host)}"


def southbound_remotes(cloud: Cloud) -> str:
    """Where chassis find the southbound database (``ovn-remote``): a management address, never a VIP."""
    host = cloud.central()
    return f"ssl:{_bracketed(host)}:{SOUTHBOUND_PORT}" if host else ""


def _bracketed(host: Host) -> str:
    address: Address = host.management.all()[0]
    return f"[{address}]" if address.version == 6 else str(address)
