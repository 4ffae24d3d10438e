"""What a name in a cloud file stands for: prefixes, VLANs, services, groups, literal addresses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal

from seapoint.base.addresses import Addresses, Network
from seapoint.intent.cloud.document import Path
from seapoint.intent.cloud.mistakes import Mistakes, nearest
from seapoint.intent.cloud.model import NetworkClass, Prefix, TrafficRule, Vlan
from seapoint.intent.cloud.shape.base import IMPLIED, Protocol, RuleShape


@dataclass(frozen=True, slots=True)
class Names:
    """Everything that can be named.

    ``written`` also holds names whose entry was removed for a mistake of its own: they are not unknown.
    """

    prefixes: Mapping[str, Prefix]
    vlans: Mapping[str, Vlan]
    services: Mapping[str, Addresses]
    groups: Mapping[str, tuple[str, ...]]
    written: frozenset[str]

    def known(self) -> frozenset[str]:
        """All names."""
        return frozenset([*self.prefixes, *self.vlans, *self.services, *self.groups, *self.written])

    def networks(self, name: str, path: Path, mistakes: Mistakes, seen: tuple[str, ...] = ()) -> Iterator[Network]:
        """The networks of both families behind one name, in the file's order; an unknown name is a mistake."""
        if name in seen:
            mistakes.error(path, f"group {name!r} contains itself", "Take it out of the circle.")
        elif name in self.groups:
            for index, member in enumerate(self.groups[name]):
                yield from self.networks(member, ("groups", name, index), mistakes, (*seen, name))
        elif name in self.prefixes:
            yield from self.prefixes[name].networks.all()
        elif name in self.vlans:
            yield from self.vlans[name].networks.all()
        elif name in self.services:
            yield from (ip_network(address) for address in self.services[name].all())
        elif name not in self.written:
            yield from _literal(name, self, path, mistakes)


def _literal(name: str, names: Names, path: Path, mistakes: Mistakes) -> Iterator[Network]:
    try:
        yield ip_network(name)
    except ValueError as error:
        if name[:1].isdigit() or ":" in name:
            mistakes.error(path, f"{name!r} is no address or prefix: {error}", "Write it whole and aligned.")
        else:
            mistakes.error(path, f"unknown name {name!r}", nearest(name, names.known()))


def rule(shape: RuleShape, names: Names, path: Path, mistakes: Mistakes) -> TrafficRule:
    """A rule with its names bound."""
    action, protocol = _action(shape)
    if shape.accept in IMPLIED:
        message = f"only a filter accepts the {shape.accept}"
        mistakes.error((*path, "accept"), message, "Name a protocol, or any.")
    if (shape.ports or shape.source_ports) and protocol not in {"tcp", "udp"}:
        mistakes.error(path, f"ports need tcp or udp, not {protocol}", "Name the protocol, or leave the ports out.")
    network_class = None
    plain = []
    for index, name in enumerate(shape.from_):
        if not name.startswith("class "):
            plain.append((index, name))
        elif name.removeprefix("class ") in list(NetworkClass):
            network_class = NetworkClass(name.removeprefix("class "))
        else:
            cure = nearest(name, [f"class {one}" for one in NetworkClass])
            mistakes.error((*path, "from", index), f"unknown {name!r}", cure)
    return TrafficRule(
        action=action,
        protocol=protocol,
        sources=tuple(
            network for index, name in plain for network in names.networks(name, (*path, "from", index), mistakes)
        ),
        destinations=tuple(
            network
            for index, name in enumerate(shape.to)
            for network in names.networks(name, (*path, "to", index), mistakes)
        ),
        ports=shape.ports,
        source_ports=shape.source_ports,
        source_class=network_class,
    )


def _action(shape: RuleShape) -> tuple[Literal["accept", "reject", "drop"], Protocol]:
    match shape.accept:
        case "exclusions" | "default_routes":
            return "accept", "any"
        case None:
            return ("reject", shape.reject) if shape.reject else ("drop", shape.drop or "any")
        case protocol:
            return "accept", protocol
