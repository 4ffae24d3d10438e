"""A host without a duty in the network: its cloud-private leg only."""

from seapoint.compile.hosts.forwarding import FORWARDS_NOTHING
from seapoint.compile.hosts.legs import listed_legs
from seapoint.compile.hosts.private import private_interface, private_routes, private_rules
from seapoint.intent.cloud.model import Cloud, Host
from seapoint.target.device import Device


def server(cloud: Cloud, host: Host) -> Device:
    """The host's target."""
    return Device(
        host.name,
        sysctls=FORWARDS_NOTHING,
        interfaces=(*private_interface(cloud, host), *listed_legs(cloud, host)),
        rules=private_rules(cloud, host),
        routes=private_routes(cloud, host),
    )
