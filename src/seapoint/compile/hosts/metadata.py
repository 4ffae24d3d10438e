"""What a hypervisor needs so that its instances can ask who they are: a place in each of their networks.

A network's metadata port is a localport (ovn-architecture(7)): the same on every chassis, where its packets stay.
Behind it is a namespace of the host, in which the metadata proxy listens.
"""

from collections.abc import Iterable, Iterator

from seapoint.compile.hosts.names import INTEGRATION_BRIDGE
from seapoint.intent.cloud.model import Function, Host
from seapoint.intent.metadata import ADDRESS4, ADDRESS6, metadata_port
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet
from seapoint.target.device import Device
from seapoint.target.host import Bridge, BridgePort, Interface, Namespace, OpenVSwitch
from seapoint.target.metadata import MetadataProxy


def metadata(host: Host, intent: Intent) -> Device | None:
    """The host's part of every network that has an instance here; None: it takes no instances."""
    if host.does is not Function.HYPERVISOR:
        return None
    there = sorted({port.network_id for port in intent.find(Port, binding_host_id=host.name)})
    networks = [network for network in (intent.get(Network, each) for each in there) if network is not None]
    asked = [(network, metadata_port(intent, network.id)) for network in networks]
    places = [(network, port) for network, port in asked if port is not None]
    ports = [port for _, port in places]
    namespaces = tuple(_namespace(network, port, intent) for network, port in places)
    return Device(
        host.name,
        namespaces=namespaces,
        open_vswitch=OpenVSwitch((Bridge(INTEGRATION_BRIDGE, tuple(_bridge_port(port) for port in ports)),)),
        interfaces=tuple(Interface(one.cable, mtu=one.mtu, sealed=True) for one in namespaces),
        services=(MetadataProxy({port.device_id: port.network_id for port in ports}),),
    )


def readers_of_metadata(change: Change, before: Intent, after: Intent) -> Iterator[str]:
    """Names of the hosts whose part a tenant's change concerns.

    Of the many ports only the first and the last of a network on a host.
    """
    for value in (change.before, change.after):
        if isinstance(value, Port) and value.binding_host_id and _present(value, before) != _present(value, after):
            yield value.binding_host_id
        if isinstance(value, Network | Subnet) or (isinstance(value, Port) and value.is_metadata):
            network = value.id if isinstance(value, Network) else value.network_id
            yield from (port.binding_host_id for port in after.find(Port, network_id=network) if port.binding_host_id)


def _present(port: Port, intent: Intent) -> bool:
    """Whether the port's network has a port on the port's host."""
    there: Iterable[Port] = intent.find(Port, binding_host_id=port.binding_host_id)
    return any(other.network_id == port.network_id for other in there)


def _cable(port: Port) -> str:
    """Named as Nova names a tap: it is one of the integration bridge like others."""
    return f"tap{port.id[:11]}"


def _bridge_port(port: Port) -> BridgePort:
    return BridgePort(_cable(port), iface_id=port.id)


def _namespace(network: Network, port: Port, intent: Intent) -> Namespace:
    subnets = ((fixed.ip_address, intent.get(Subnet, fixed.subnet_id)) for fixed in port.fixed_ips)
    addresses = tuple(
        f"{address}/{subnet.prefix.prefixlen}"
        for address, subnet in subnets
        if subnet is not None and subnet.network_id == network.id
    )
    return Namespace(
        port.device_id,
        _cable(port),
        port.mac_address,
        network.mtu,
        (f"{ADDRESS4}/32", *addresses, f"{ADDRESS6}/64"),
    )
