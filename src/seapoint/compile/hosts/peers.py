"""Who may speak to a device's own daemons: read from what they are configured to, so that nobody writes it by hand."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import TypeVar

from seapoint.base.addresses import Network, host_network
from seapoint.compile.hosts.firewall import FAMILIES, of_family
from seapoint.intent.cloud.model import Cloud, Function
from seapoint.target.conntrackd import Conntrackd
from seapoint.target.device import Device
from seapoint.target.frr import Frr
from seapoint.target.keepalived import Keepalived
from seapoint.target.nftables import Operand, Protocol, Rule

_Service = TypeVar("_Service", Frr, Keepalived, Conntrackd)

#: Source: RFC 4271, section 4.2.
BGP_PORT = 179
#: Of one hop; and of several, which FRR takes for the sessions inside an AS (RFC 5881, section 4; RFC 5883, section 5).
BFD_PORTS = (3784, 4784)
#: BFD's echo, which nobody uses here (RFC 5881, section 4).
ECHO_PORT = 3785
#: Of conntrackd's configuration.
SYNCHRONIZATION_PORT = 3780
#: Sources: RFC 7348, section 8; RFC 8926, section 10.
TUNNEL_PORTS = {"vxlan": 4789, "geneve": 6081}
#: From where IPv6's VRRP advertises (RFC 9568, section 5.1.2.1).
LINK_LOCAL = ip_network("fe80::/10")


def peer_rules(cloud: Cloud, device: Device) -> tuple[Rule, ...]:
    """What the device's daemons hear from their named peers passes; the same from anybody else is dropped."""
    return (
        *(rule for frr in _of_kind(device, Frr) for rule in _routing(frr)),
        *(rule for keepalived in _of_kind(device, Keepalived) for rule in _election(keepalived)),
        *(rule for conntrackd in _of_kind(device, Conntrackd) for rule in _states(conntrackd)),
        *(_tunnels(cloud) if device.open_vswitch else ()),
    )


def sent_rules(device: Device) -> tuple[Rule, ...]:
    """The other half of GTSM: what goes to peers has the hop limit that they demand."""
    if not any(frr.bgp for frr in _of_kind(device, Frr)):
        return ()
    to_peer = Rule("fresh", "BGP goes over one link", protocol="tcp", ports=(BGP_PORT,))
    answer = replace(to_peer, ports=(), source_ports=(BGP_PORT,))
    return tuple(replace(rule, family=version) for version in FAMILIES for rule in (to_peer, answer))


def _of_kind(device: Device, kind: type[_Service]) -> list[_Service]:
    return [service for service in device.services if isinstance(service, kind)]


def _routing(frr: Frr) -> Iterator[Rule]:
    """GTSM (RFC 5082) by rules: FRR 8.4's own ``ttl-security`` makes its BFD one of several hops, which no peer is."""
    neighbors = frr.bgp.neighbors if frr.bgp else ()
    peers = tuple(host_network(neighbor.address) for neighbor in neighbors)
    yield from _only("BGP", "tcp", (BGP_PORT,), peers, on_link=True)
    for version in FAMILIES:
        mine = of_family(peers, version)
        if mine:
            yield Rule(
                "drop",
                "BGP that somebody forwarded",
                family=version,
                source=Operand(mine),
                protocol="tcp",
                source_ports=(BGP_PORT,),
                on_link=False,
            )
    watched = tuple(host_network(neighbor.address) for neighbor in neighbors if neighbor.bfd)
    yield from _only("BFD", "udp", BFD_PORTS, watched, on_link=True)
    yield Rule("drop", "echo of BFD", protocol="udp", ports=(ECHO_PORT,))


def _election(keepalived: Keepalived) -> Iterator[Rule]:
    for one in keepalived.instances:
        sources = tuple(host_network(peer) for peer in one.peers) if one.family == 4 else (LINK_LOCAL,)
        yield Rule(
            "accept",
            "VRRP of the peer",
            family=one.family,
            incoming=(keepalived.group, one.interface),
            source=Operand(sources),
            protocol="vrrp",
            on_link=True,
        )
    yield Rule("drop", "VRRP of strangers", protocol="vrrp")


def _states(conntrackd: Conntrackd) -> Iterator[Rule]:
    yield from _only("connection states", "udp", (SYNCHRONIZATION_PORT,), (host_network(conntrackd.peer),))


def _tunnels(cloud: Cloud) -> Iterator[Rule]:
    hosts = (*cloud.doing(Function.GATEWAY), *cloud.doing(Function.HYPERVISOR))
    ends = tuple(host_network(address) for host in hosts for address in host.private.all())
    yield from _only("tunnels", "udp", (TUNNEL_PORTS[cloud.overlay.type],), ends)


def _only(
    what: str, protocol: Protocol, ports: tuple[int, ...], peers: tuple[Network, ...], on_link: bool | None = None
) -> Iterator[Rule]:
    for version in FAMILIES:
        mine = of_family(peers, version)
        if mine:
            comment = f"{what} of the peer" if len(mine) == 1 else f"{what} of peers"
            source = Operand(mine)
            yield Rule(
                "accept", comment, family=version, source=source, protocol=protocol, ports=ports, on_link=on_link
            )
    yield Rule("drop", f"{what} of strangers", protocol=protocol, ports=ports)
