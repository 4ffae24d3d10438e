"""Who may speak to a device's own daemons: read from what they are configured to, so that nobody writes it by hand."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TypeVar

from seapoint.base.addresses import Network, host_network
from seapoint.compile.hosts.firewall import FAMILIES, of_family
from seapoint.intent.cloud.model import Cloud, Function
from seapoint.target.conntrackd import Conntrackd
from seapoint.target.device import Device
from seapoint.target.frr import Frr, Neighbor
from seapoint.target.keepalived import Keepalived
from seapoint.target.nftables import Operand, Protocol, Rule

_Service = TypeVar("_Service", Frr, Keepalived, Conntrackd)

#: Source: RFC 4271, section 4.2.
BGP_PORT = 179
#: Source: RFC 5881, section 4.
BFD_PORT = 3784
#: Of several hops, which FRR takes for the sessions inside an AS too (RFC 5883, section 5).
MULTIHOP_BFD_PORT = 4784
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
        *_site_tunnels(device),
    )


def sent_rules(device: Device) -> tuple[Rule, ...]:
    """The other half of GTSM: what goes to peers has the hop limit that they demand."""
    neighbors = (one for frr in _of_kind(device, Frr) if frr.bgp for one in frr.bgp.neighbors)
    if not any(one.gtsm for one in neighbors):
        return ()
    to_peer = Rule("fresh", "BGP goes over one link", protocol="tcp", ports=(BGP_PORT,))
    answer = replace(to_peer, ports=(), source_ports=(BGP_PORT,))
    return tuple(replace(rule, family=version) for version in FAMILIES for rule in (to_peer, answer))


def _of_kind(device: Device, kind: type[_Service]) -> list[_Service]:
    return [service for service in device.services if isinstance(service, kind)]


def _routing(frr: Frr) -> Iterator[Rule]:
    """GTSM (RFC 5082) by rules: FRR 8.4's own ``ttl-security`` makes its BFD one of several hops, which no peer is."""
    neighbors = frr.bgp.neighbors if frr.bgp else ()
    near = _addresses(one for one in neighbors if one.gtsm)
    far = _addresses(one for one in neighbors if not one.gtsm)
    yield from _heard("BGP", "tcp", BGP_PORT, near, on_link=True)
    yield from _heard("BGP", "tcp", BGP_PORT, far)
    yield _strangers("BGP", "tcp", BGP_PORT)
    for version in FAMILIES:
        mine = of_family(near, version)
        if mine:
            comment, answers = "BGP that somebody forwarded", (BGP_PORT,)
            source = Operand(mine)
            yield Rule(
                "drop", comment, family=version, source=source, protocol="tcp", source_ports=answers, on_link=False
            )
    watched = [one for one in neighbors if one.bfd]
    yield from _heard("BFD", "udp", BFD_PORT, _addresses(watched), on_link=True)
    yield from _heard("BFD", "udp", MULTIHOP_BFD_PORT, _addresses(one for one in watched if one.gtsm), on_link=True)
    yield from _heard("BFD", "udp", MULTIHOP_BFD_PORT, _addresses(one for one in watched if not one.gtsm))
    if frr.ospf:
        heard = Rule("accept", "BFD of OSPF", incoming=frr.ospf.links, protocol="udp", ports=(BFD_PORT,), on_link=True)
        yield from (replace(heard, family=version) for version in FAMILIES)
    yield _strangers("BFD", "udp", BFD_PORT, MULTIHOP_BFD_PORT)
    yield Rule("drop", "echo of BFD", protocol="udp", ports=(ECHO_PORT,))


def _addresses(neighbors: Iterable[Neighbor]) -> tuple[Network, ...]:
    return tuple(host_network(one.address) for one in neighbors)


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
    yield from _heard("connection states", "udp", SYNCHRONIZATION_PORT, (host_network(conntrackd.peer),))
    yield _strangers("connection states", "udp", SYNCHRONIZATION_PORT)


def _tunnels(cloud: Cloud) -> Iterator[Rule]:
    hosts = (*cloud.doing(Function.GATEWAY), *cloud.doing(Function.HYPERVISOR))
    ends = tuple(host_network(address) for host in hosts for address in host.private.all())
    port = TUNNEL_PORTS[cloud.overlay.type]
    yield from _heard("tunnels", "udp", port, ends)
    yield _strangers("tunnels", "udp", port)


def _site_tunnels(device: Device) -> Iterator[Rule]:
    """Of the kernel's tunnels; what Open vSwitch takes out of GRE never comes this way."""
    remotes = tuple(host_network(ip_address(one.remote)) for one in device.interfaces if one.remote)
    for version in FAMILIES:
        if far := of_family(remotes, version):
            yield Rule("accept", "tunnels of other sites", family=version, source=Operand(far), protocol="gre")
    if remotes:
        yield Rule("drop", "tunnels of strangers", protocol="gre")


def _heard(
    what: str, protocol: Protocol, port: int, peers: tuple[Network, ...], on_link: bool | None = None
) -> Iterator[Rule]:
    for version in FAMILIES:
        mine = of_family(peers, version)
        if mine:
            yield Rule(
                "accept",
                f"{what} of the peer" if len(mine) == 1 else f"{what} of peers",
                family=version,
                source=Operand(mine),
                protocol=protocol,
                ports=(port,),
                on_link=on_link,
            )


def _strangers(what: str, protocol: Protocol, *ports: int) -> Rule:
    return Rule("drop", f"{what} of strangers", protocol=protocol, ports=ports)
