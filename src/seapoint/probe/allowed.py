"""Whether security groups and the filters of the cloud file let a packet pass, read from intent alone.

Nothing here knows what was compiled: live tests compare packets with what people asked for.
"""

from dataclasses import dataclass
from typing import Literal

from seapoint.base.addresses import Address, covers, parse_address, parse_network
from seapoint.intent.cloud.model import Cloud, Filter, TrafficRule
from seapoint.intent.port import Port
from seapoint.intent.security import SecurityGroupRule
from seapoint.intent.snapshot import Intent

PROTOCOLS = {1: "icmp", 58: "icmp", 6: "tcp", 17: "udp"}
TCP, UDP = 6, 17


@dataclass(frozen=True, slots=True)
class Traffic:
    """The first packet of a flow: protocol number, and the destination port of TCP and UDP or ICMP's type."""

    protocol: int
    number: int


HTTP = Traffic(TCP, 80)
DNS = Traffic(UDP, 53)


def echo(family: int) -> Traffic:
    """An echo request. Source: RFC 792, RFC 4443."""
    return Traffic(1, 8) if family == 4 else Traffic(58, 128)


def admits(
    intent: Intent, port: Port, direction: Literal["ingress", "egress"], remote: Address, traffic: Traffic
) -> bool:
    """Whether a port's security groups let traffic with a remote address pass."""
    if not port.port_security_enabled:
        return True
    rules = (rule for group in port.security_groups for rule in intent.find(SecurityGroupRule, security_group_id=group))
    return any(rule.direction == direction and _matches(intent, rule, remote, traffic) for rule in rules)


def _matches(intent: Intent, rule: SecurityGroupRule, remote: Address, traffic: Traffic) -> bool:
    if rule.ethertype != f"IPv{remote.version}" or rule.protocol_number not in (None, traffic.protocol):
        return False
    if traffic.protocol in (TCP, UDP):
        low, high = rule.port_range_min, rule.port_range_max
    else:
        low = high = rule.port_range_min  # of ICMP: the type; the code, in port_range_max, is 0 in an echo request
        if rule.port_range_max not in (None, 0):
            return False
    if rule.protocol is not None and not (low is None or low <= traffic.number <= (low if high is None else high)):
        return False
    if rule.remote_ip_prefix is not None and not covers(parse_network(rule.remote_ip_prefix), remote):
        return False
    return rule.remote_group_id is None or _is_member(intent, rule.remote_group_id, remote)


def _is_member(intent: Intent, group: str, remote: Address) -> bool:
    return any(
        parse_address(fixed.ip_address) == remote
        for port in intent.find(Port, security_groups=group)
        for fixed in port.fixed_ips
    )


def forwarded(cloud: Cloud, inside: Address, outside: Address, destination: Address, traffic: Traffic) -> bool:
    """Whether the edge and then the core routers forward a packet from the cloud.

    ``inside`` is its source as it leaves the virtual router, ``outside`` what the edge makes of it.
    """
    return passes_edge(cloud, inside, destination, traffic) and all(
        _accepts(cloud, one, outside, destination, traffic) for one in cloud.filters.values()
    )


def passes_filters(cloud: Cloud, realm: str, source: Address, destination: Address, traffic: Traffic) -> bool:
    """Whether the core routers take a packet that comes to them from a realm."""
    mine = (one for one in cloud.filters.values() if one.realm == realm)
    return all(_accepts(cloud, one, source, destination, traffic) for one in mine)


def passes_edge(cloud: Cloud, inside: Address, destination: Address, traffic: Traffic) -> bool:
    """Whether the edge forwards a packet from the cloud, its source as it leaves the virtual router."""
    cut = cloud.edge.drop if cloud.edge else ()
    return not any(covers(network, end) for network in cut for end in (inside, destination)) and not any(
        rule_matches(cloud, rule, inside, destination, traffic) for rule in _rejects(cloud)
    )


def offers_http(cloud: Cloud, service: Address) -> bool:
    """Whether a service beyond the core routers speaks HTTP: a term of their filters opens port 80 to it by name.

    Without filters nothing tells, and every service is taken for one that does.
    """
    terms = [term for one in cloud.filters.values() for term in one.terms]
    return not terms or any(
        term.action == "accept" and 80 in term.ports and any(covers(network, service) for network in term.destinations)
        for term in terms
    )


def rejected_ports(cloud: Cloud, inside: Address, destination: Address) -> tuple[int, ...]:
    """The TCP ports of a destination that the edge refuses to a source, and says so."""
    ports = sorted({port for rule in _rejects(cloud) for port in rule.ports})
    return tuple(
        port
        for port in ports
        if any(rule_matches(cloud, rule, inside, destination, Traffic(TCP, port)) for rule in _rejects(cloud))
    )


def _rejects(cloud: Cloud) -> tuple[TrafficRule, ...]:
    return cloud.edge.reject if cloud.edge else ()


def _accepts(cloud: Cloud, one: Filter, source: Address, destination: Address, traffic: Traffic) -> bool:
    """The first term that matches decides; what none matches is not accepted."""
    terms = (term for term in one.terms if rule_matches(cloud, term, source, destination, traffic))
    decided = next(terms, None)
    return decided is not None and decided.action == "accept"


def rule_matches(cloud: Cloud, rule: TrafficRule, source: Address, destination: Address, traffic: Traffic) -> bool:
    """Whether a rule of the cloud file matches. The source port of probes is one that the kernel chooses."""
    return (
        rule.protocol in {"any", PROTOCOLS.get(traffic.protocol, "")}
        and not rule.source_ports
        and (not rule.ports or (traffic.protocol in (TCP, UDP) and traffic.number in rule.ports))
        and (not rule.destinations or any(covers(network, destination) for network in rule.destinations))
        and _from(cloud, rule, source)
    )


def _from(cloud: Cloud, rule: TrafficRule, source: Address) -> bool:
    if not rule.sources and rule.source_class is None:
        return True
    if any(covers(network, source) for network in rule.sources):
        return True
    return rule.source_class is not None and cloud.class_of(source) is rule.source_class
