"""Who may reach a device: the last step of its compilation, which reads all that it runs.

Management's leg stays open but for what daemons hear from named peers only: server, agents and OVN's databases live
there. On every other leg what nothing allows is dropped without an answer.
"""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Literal

from seapoint.compile.hosts.matrix import callers_rules, calling_rules
from seapoint.compile.hosts.peers import peer_rules, sent_rules
from seapoint.compile.hosts.realms import Realm, apart, realms
from seapoint.intent.cloud.model import Cloud, Edge, Host
from seapoint.target.device import Device
from seapoint.target.nftables import Chain, Operand, Protocol, Rule, Ruleset

#: Protocols whose packets a host without a listener would refuse.
TRANSLATED: tuple[Protocol, Protocol] = ("tcp", "udp")


def guarded_device(cloud: Cloud, device: Device) -> Device:
    """A router or a switch's instance: its routing daemons hear their peers only."""
    return _with_chains(device, _chain("input", peer_rules(cloud, device)), _chain("output", sent_rules(device)))


def guarded_host(cloud: Cloud, host: Host, device: Device) -> Device:
    """A host, with its firewall."""
    legs = realms(cloud, host)
    edge = cloud.edge if cloud.edge and host.name in cloud.edge.hosts else None
    rules = (
        *(rule for leg in legs for rule in apart(leg)),
        *peer_rules(cloud, device),
        *(_unknown_connections(edge) if edge else ()),
        *(rule for leg in legs for rule in _running(leg)),
        *(rule for leg in legs for rule in callers_rules(cloud, host, leg)),
        *(rule for leg in legs for rule in _rest(leg)),
    )
    sent = (*sent_rules(device), *calling_rules(cloud, host))
    return _with_chains(device, _chain("input", rules), _chain("output", sent))


def _chain(hook: Literal["input", "output"], rules: tuple[Rule, ...]) -> Chain:
    return Chain(hook, "filter", hook, "filter", "accept", rules)


def _with_chains(device: Device, *chains: Chain) -> Device:
    before = device.nftables or Ruleset()
    held = tuple(chain for chain in chains if chain.rules)
    return replace(device, nftables=replace(before, chains=(*before.chains, *held))) if held else device


def _running(leg: Realm) -> Iterator[Rule]:
    """What runs goes on, also where the host knows no connection yet because these rules are its first."""
    yield Rule("accept", "of a connection", incoming=leg.interfaces, known=True)
    yield Rule("accept", "of a connection that began before these rules", incoming=leg.interfaces, under_way=True)
    yield Rule("accept", "neighbours, errors, echo", incoming=leg.interfaces, protocol="icmp")


def _rest(leg: Realm) -> Iterator[Rule]:
    yield Rule("drop", "nothing allows it", incoming=leg.interfaces)


def _unknown_connections(edge: Edge) -> Iterator[Rule]:
    """What comes to the translated address and belongs to no connection that this host knows is not answered.

    Just after a failover the other host may still be the only one that knows it: a refusal would end it.
    """
    source = Operand((IPv4Network(edge.nat_source),))
    for protocol in TRANSLATED:
        yield Rule("drop", "a connection not known here", family=4, destination=source, protocol=protocol)
