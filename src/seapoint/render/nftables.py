"""The table ``inet seapoint`` as text for ``nft -f``: pure. Source: nft(8).

It only declares the table; who loads it removes the old one in the same transaction. One element stands on a line, so
that a change of one element is a change of one line.
"""

from collections.abc import Iterable, Iterator

from seapoint.base.addresses import Network
from seapoint.render.owner import owner
from seapoint.target.nftables import Chain, Family, NamedSet, Operand, Rule, Ruleset

_ADDRESS: dict[Family, tuple[str, str]] = {4: ("ip", "ipv4_addr"), 6: ("ip6", "ipv6_addr")}
_HOPS: dict[Family, str] = {4: "ip ttl", 6: "ip6 hoplimit"}
_UNFORWARDED = 255
_ICMP = {None: "meta l4proto { icmp, icmpv6 }", 4: "meta l4proto icmp", 6: "meta l4proto icmpv6"}


def nftables(ruleset: Ruleset) -> str:
    """The text; the same data always gives the same text."""
    blocks = [*(_set(one) for one in ruleset.sets), *(_chain(one) for one in ruleset.chains)]
    lines = [line for block in blocks for line in ("", *block)][1:]
    body = "".join(f"\t{line}\n" if line else "\n" for line in lines)
    return f"{owner()}table inet seapoint {{\n{body}}}\n"


def _set(one: NamedSet) -> Iterator[str]:
    yield f"set {one.name} {{"
    yield f"\ttype {_ADDRESS[one.family][1]}"
    yield "\tflags interval"
    if one.networks:
        yield "\telements = {"
        yield from (f"\t\t{_network(network)}," for network in one.networks)
        yield "\t}"
    yield "}"


def _chain(chain: Chain) -> Iterator[str]:
    yield f"chain {chain.name} {{"
    yield f"\ttype {chain.type} hook {chain.hook} priority {chain.priority}; policy {chain.policy};"
    yield from (f"\t{line}" for line in chain.included)
    yield from (f"\t{rule(one)}" for one in chain.rules)
    yield "}"


def rule(one: Rule) -> str:
    """One rule as its line."""
    words = [*_matches(one), "counter", *_verdict(one), f'comment "{one.comment}"']
    return " ".join(words)


def _matches(one: Rule) -> Iterator[str]:
    if one.incoming:
        yield f"iifname {_names(one.incoming)}"
    if one.not_incoming:
        yield f"iifname != {_names(one.not_incoming)}"
    if one.outgoing:
        yield f"oifname {_names(one.outgoing)}"
    if one.not_outgoing:
        yield f"oifname != {_names(one.not_outgoing)}"
    if one.family is not None:
        word = _ADDRESS[one.family][0]
        if one.source is None and one.destination is None:
            yield f"meta nfproto ipv{one.family}"
        if one.source is not None:
            yield f"{word} saddr {_operand(one.source)}"
        if one.destination is not None:
            yield f"{word} daddr {_operand(one.destination)}"
        if one.on_link is not None:
            yield f"{_HOPS[one.family]} {'' if one.on_link else '!= '}{_UNFORWARDED}"
    if one.known:
        yield "ct state { established, related }"
    if one.under_way:
        yield "tcp flags & (syn | ack) == ack"
    if one.protocol == "icmp":
        yield _ICMP[one.family]
    elif one.protocol != "any":
        if not (one.ports or one.source_ports):
            yield f"meta l4proto {one.protocol}"
        if one.source_ports:
            yield f"{one.protocol} sport {_numbers(one.source_ports)}"
        if one.ports:
            yield f"{one.protocol} dport {_numbers(one.ports)}"


def _verdict(one: Rule) -> tuple[str, ...]:
    if one.verdict == "reject":
        return ("reject with icmpx admin-prohibited",)
    if one.verdict == "snat":
        return (f"snat ip to {one.snat}",)
    if one.verdict == "fresh":
        assert one.family is not None
        return (f"{_HOPS[one.family]} set {_UNFORWARDED}",)
    return () if one.verdict == "count" else (one.verdict,)


def _operand(operand: Operand) -> str:
    sign = "!= " if operand.negated else ""
    if operand.named:
        return f"{sign}@{operand.named}"
    return sign + _braced(_network(network) for network in operand.networks)


def _network(network: Network) -> str:
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _names(names: Iterable[str]) -> str:
    return _braced(f'"{name}"' for name in names)


def _numbers(numbers: Iterable[int]) -> str:
    return _braced(str(number) for number in sorted(numbers))


def _braced(words: Iterable[str]) -> str:
    listed = tuple(words)
    return listed[0] if len(listed) == 1 else "{ " + ", ".join(listed) + " }"
