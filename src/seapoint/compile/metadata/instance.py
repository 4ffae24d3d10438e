"""An instance as its metadata tell of it: Seapoint knows its network, what else there is only Nova knows."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.hostnames import port_label
from seapoint.intent.network import Network
from seapoint.intent.port import FixedIp, Port
from seapoint.intent.security import SecurityGroup
from seapoint.intent.snapshot import Intent
from seapoint.intent.subnet import Subnet


@dataclass(frozen=True, slots=True)
class Leg:
    """One address of a NIC, and the floating IP that leads to it."""

    address: str
    subnet: Subnet
    floating: str | None


@dataclass(frozen=True, slots=True)
class Nic:
    """One port of an instance."""

    port: Port
    network: Network
    legs: tuple[Leg, ...]

    def addresses(self, version: int) -> tuple[str, ...]:
        """Its addresses of a family."""
        return tuple(leg.address for leg in self.legs if leg.subnet.ip_version == version)

    def floating(self) -> tuple[str, ...]:
        """The floating IPs that lead to it."""
        return tuple(leg.floating for leg in self.legs if leg.floating is not None)


@dataclass(frozen=True, slots=True)
class Instance:
    """``id`` is Nova's, ``user_data`` what its owner gave it to read at its start, None: nothing.

    The first of ``nics`` is the one that asks.
    """

    id: str
    hostname: str
    project_id: str
    nics: tuple[Nic, ...]
    security_groups: tuple[str, ...]
    user_data: bytes | None = None


def instance_of(intent: Intent, port: Port, user_data: bytes | None = None) -> Instance:
    """The instance that a port belongs to, with all its ports."""
    others = (other for other in intent.find(Port, device_id=port.device_id) if other.id != port.id)
    ports = (port, *sorted(others, key=lambda other: other.id))
    groups = (intent.of(SecurityGroup)[group].name for group in port.security_groups)
    return Instance(
        id=port.device_id,
        hostname=port_label(port) or f"host-{port.id}",
        project_id=port.project_id,
        nics=tuple(Nic(each, intent.of(Network)[each.network_id], tuple(_legs(intent, each))) for each in ports),
        security_groups=tuple(sorted(groups)),
        user_data=user_data,
    )


def _legs(intent: Intent, port: Port) -> Iterator[Leg]:
    floating = {one.fixed_ip_address: one.floating_ip_address for one in intent.find(FloatingIp, port_id=port.id)}
    for fixed in sorted(port.fixed_ips, key=_in_order):
        yield Leg(fixed.ip_address, intent.of(Subnet)[fixed.subnet_id], floating.get(fixed.ip_address))


def _in_order(fixed: FixedIp) -> tuple[int, int]:
    address = ip_address(fixed.ip_address)
    return address.version, int(address)
