"""Netlink: reads what the kernel holds and carries out one operation at a time.

Source: rtnetlink(7), and include/uapi/linux/{rtnetlink,fib_rules,if_addr,if_link}.h.
"""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from socket import AF_INET, AF_INET6
from typing import Any, cast

from pyroute2.iproute.linux import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from seapoint.agent.network import (
    EVERYTHING,
    OWNER_ALIAS,
    Address,
    HeldAddress,
    HeldRoute,
    HeldRule,
    Kernel,
    Link,
    NetRoute,
    NetRule,
    RouteKind,
    WantedLink,
)
from seapoint.agent.plan import (
    TUNNELS,
    AddAddress,
    AddLink,
    AddRule,
    DeleteAddress,
    DeleteLink,
    DeleteRoute,
    DeleteRule,
    Operation,
    PutRoute,
    SetLink,
)
from seapoint.base.errors import ConflictError, EngineError
from seapoint.target.host import ROUTE_PROTOCOL

IFF_UP, IFF_LOOPBACK, IFF_LOWER_UP = 0x1, 0x8, 0x10000
RTPROT_KERNEL = 2
IFA_F_NODAD = 0x02
IFA_F_NOPREFIXROUTE = 0x200
RTM_F_CLONED = 0x200
FR_ACT_TO_TBL = 1

#: Kinds of links that lie on another, and the hops that a tunnel's packets may go.
BELOW = {"vlan", *TUNNELS}
TUNNEL_TTL = 64
#: Packets get no option that limits encapsulation (RFC 2473), which would cost 8 octets.
IP6_TNL_F_IGN_ENCAP_LIMIT = 0x1

FAMILIES = {4: AF_INET, 6: AF_INET6}
#: How far IPv4 destinations without a gateway are.
SCOPES: dict[RouteKind, str] = {"unicast": "link", "local": "host"}
KINDS: dict[int, RouteKind] = {1: "unicast", 2: "local", 6: "blackhole", 7: "unreachable"}


class UnsupportedError(EngineError):
    """This kernel has no such kind of link; ``kind`` names it."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"this kernel has no links of kind {kind}")
        self.kind = kind


class Netlink:
    """One network namespace's rtnetlink.

    ``foreign_routes``: read everybody's routes and not only ours. Set once a wanted route met one of somebody else,
    because a router's full table is large and our own few routes are all that the kernel must send otherwise.
    """

    def __init__(self) -> None:
        """Of the namespace that this thread is in; it stays there."""
        self._ip = IPRoute(strict_check=True)
        self.foreign_routes = False

    def close(self) -> None:
        self._ip.close()

    def observe(self, remembered: frozenset[tuple[str, str]] = frozenset()) -> tuple[Kernel, bool]:
        """What the kernel holds, and whether it marks addresses with their owner (IFA_PROTO, Linux 5.18).

        ``remembered``: (device, address) of those that we put, for kernels that don't mark them.
        """
        try:
            links = {link.name: link for link in self._links()}
            names = {link.index: link.name for link in links.values()}
            addresses, marks = self._addresses(names, remembered)
            return Kernel(links, tuple(addresses), tuple(self._routes(names)), tuple(self._rules())), marks
        except NetlinkError as error:
            raise EngineError(f"netlink: {_words(error)}") from error

    def apply(self, operation: Operation, links: dict[str, int]) -> None:
        """Carry out one operation; ``links``: index by name, kept up to date.

        Raises UnsupportedError, ConflictError (something of that key stands already) or EngineError.
        """
        try:
            self._apply(operation, links)
        except NetlinkError as error:
            if isinstance(operation, AddLink) and error.code in {errno.EOPNOTSUPP, errno.ENOTSUP}:
                raise UnsupportedError(operation.link.kind) from error
            if error.code == errno.EEXIST:
                raise ConflictError(f"{operation}: something of that kind stands there already") from error
            if _gone_already(operation, error.code):
                return
            raise EngineError(f"{operation}: {_words(error)}") from error

    def _apply(self, operation: Operation, links: dict[str, int]) -> None:
        ip = self._ip
        match operation:
            case AddLink(link):
                ip.link("add", ifname=link.name, kind=link.kind, **link_arguments(link, links))
                links[link.name] = ip.link_lookup(ifname=link.name)[0]
                # a second message: alias in the first is ignored by RTM_NEWLINK of older kernels
                ip.link("set", index=links[link.name], ifalias=OWNER_ALIAS)
            case SetLink(name, up, mtu, master):
                arguments: dict[str, Any] = {"index": _index(links, name)}
                if mtu is not None:
                    arguments["mtu"] = mtu
                if master is not None:
                    arguments["master"] = _index(links, master) if master else 0
                if up:
                    arguments["state"] = "up"
                ip.link("set", **arguments)
            case DeleteLink(name):
                ip.link("del", index=_index(links, name))
            case AddAddress(address):
                ip.addr("add", proto=ROUTE_PROTOCOL, **_address_arguments(address, links))
            case DeleteAddress(address):
                _promote_secondaries(address)
                ip.addr("del", **_address_arguments(address, links))
            case PutRoute(route, replace):
                ip.route("replace" if replace else "add", **_route_arguments(route, links))
            case DeleteRoute(route):
                ip.route("del", **_route_arguments(route, links))
            case AddRule(rule):
                ip.rule("add", **_rule_arguments(rule))
            case DeleteRule(rule):
                ip.rule("del", **_rule_arguments(rule))

    def _links(self) -> Iterator[Link]:
        messages = list(self._ip.get_links())
        names = {message["index"]: message.get("ifname") for message in messages}
        for message in messages:
            kind = message.get_nested("IFLA_LINKINFO", "IFLA_INFO_KIND") or ""
            described = kind in {"vlan", "vrf", *TUNNELS}
            data = message.get_nested("IFLA_LINKINFO", "IFLA_INFO_DATA") if described else None
            tunnel = _tunnel(data, TUNNELS[kind]) if data is not None and kind in TUNNELS else {}
            yield Link(
                name=message.get("ifname"),
                index=message["index"],
                kind=kind,
                up=bool(message["flags"] & IFF_UP),
                mtu=message.get("mtu"),
                master=names.get(message.get("master")),
                parent=names.get(tunnel.get("LINK") or message.get("link")) if kind in BELOW else None,
                vlan=data.get("IFLA_VLAN_ID") if data is not None and kind == "vlan" else None,
                table=data.get("IFLA_VRF_TABLE") if data is not None and kind == "vrf" else None,
                ours=message.get("ifalias") == OWNER_ALIAS,
                local=tunnel.get("LOCAL"),
                remote=tunnel.get("REMOTE"),
                mac=message.get("address") or "",
                carries=message["flags"] & (IFF_UP | IFF_LOWER_UP | IFF_LOOPBACK) == IFF_UP | IFF_LOWER_UP,
            )

    def _addresses(
        self, names: dict[int, str], remembered: frozenset[tuple[str, str]]
    ) -> tuple[list[HeldAddress], bool]:
        messages = list(self._ip.get_addr())
        marks = any(message.get("IFA_PROTO") is not None for message in messages)
        held = []
        for message in messages:
            # IFA_LOCAL is the address itself and IFA_ADDRESS the peer's, where there is one
            ip = message.get("IFA_LOCAL") or message.get("IFA_ADDRESS")
            device = names.get(message["index"])
            if device is None:
                continue
            address = Address(
                device, f"{ip}/{message['prefixlen']}", not (message.get("IFA_FLAGS") or 0) & IFA_F_NOPREFIXROUTE
            )
            mark = message.get("IFA_PROTO")
            ours = mark == ROUTE_PROTOCOL if marks else (device, address.address) in remembered
            held.append(HeldAddress(address, ours))
        return held, marks

    def _routes(self, names: dict[int, str]) -> Iterator[HeldRoute]:
        chosen = [{}] if self.foreign_routes else [{"proto": ROUTE_PROTOCOL}, {"proto": RTPROT_KERNEL}]
        for number, family in FAMILIES.items():
            for message in (one for choice in chosen for one in self._ip.get_routes(family=family, **choice)):
                kind = KINDS.get(message["type"])
                if kind is None or message["flags"] & RTM_F_CLONED:
                    continue
                destination = message.get("RTA_DST")
                route = NetRoute(
                    family=number,
                    destination=f"{destination}/{message['dst_len']}" if destination else EVERYTHING[number],
                    table=message.get("RTA_TABLE") or message["table"],
                    metric=message.get("RTA_PRIORITY") or 0,
                    kind=kind,
                    via=message.get("RTA_GATEWAY"),
                    # the kernel hangs IPv6 routes without a device on lo
                    device=names.get(message.get("RTA_OIF")) if kind in {"unicast", "local"} else None,
                    source=message.get("RTA_PREFSRC"),
                )
                yield HeldRoute(route, message["proto"] == ROUTE_PROTOCOL)

    def _rules(self) -> Iterator[HeldRule]:
        for number, family in FAMILIES.items():
            for message in self._ip.get_rules(family=family):
                if message["action"] != FR_ACT_TO_TBL:
                    continue
                rule = NetRule(
                    family=number,
                    priority=message.get("FRA_PRIORITY") or 0,
                    table=message.get("FRA_TABLE") or message["table"],
                    source=_rule_prefix(message.get("FRA_SRC"), message["src_len"]),
                    destination=_rule_prefix(message.get("FRA_DST"), message["dst_len"]),
                    incoming=message.get("FRA_IIFNAME"),
                    outgoing=message.get("FRA_OIFNAME"),
                )
                yield HeldRule(rule, message.get("FRA_PROTOCOL") == ROUTE_PROTOCOL)


def _index(links: dict[str, int], name: str) -> int:
    index = links.get(name)
    if index is None:
        raise EngineError(f"there is no interface {name} on this host")
    return index


def link_arguments(link: WantedLink, links: dict[str, int]) -> dict[str, Any]:
    """What makes a link of its kind, in pyroute2's words; ``links``: index by name."""
    if link.kind == "vrf":
        return {"vrf_table": link.table}
    if link.kind in TUNNELS:
        word = TUNNELS[link.kind]
        return {
            f"{word}_local": link.local,
            f"{word}_remote": link.remote,
            f"{word}_link": _index(links, cast("str", link.parent)),
            f"{word}_ttl": TUNNEL_TTL,
            **({"ip6gre_flags": IP6_TNL_F_IGN_ENCAP_LIMIT} if word == "ip6gre" else {}),
        }
    return {"link": _index(links, cast("str", link.parent)), "vlan_id": link.vlan}


def _tunnel(data: Any, word: str) -> dict[str, Any]:
    return {key: data.get(f"IFLA_{word.upper()}_{key}") for key in ("LINK", "LOCAL", "REMOTE")}


def _address_arguments(address: Address, links: dict[str, int]) -> dict[str, Any]:
    ip, _, length = address.address.partition("/")
    flags = 0 if address.prefix_route else IFA_F_NOPREFIXROUTE
    if ":" in ip:
        # duplicate address detection would keep the address from being used for a second, after every link flap
        flags |= IFA_F_NODAD
    return {
        "index": _index(links, address.device),
        "family": AF_INET6 if ":" in ip else AF_INET,
        "address": ip,
        "prefixlen": int(length),
        "flags": flags,
    }


def _route_arguments(route: NetRoute, links: dict[str, int]) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "family": FAMILIES[route.family],
        "dst": route.destination,
        "table": route.table,
        "proto": ROUTE_PROTOCOL,
        "type": route.kind,
    }
    if route.metric:
        arguments["priority"] = route.metric
    if route.via is not None:
        arguments["gateway"] = route.via
    elif route.family == 4 and route.kind in SCOPES:
        arguments["scope"] = SCOPES[route.kind]
    if route.device is not None:
        arguments["oif"] = _index(links, route.device)
    if route.source is not None:
        arguments["prefsrc"] = route.source
    return arguments


def _rule_arguments(rule: NetRule) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "family": FAMILIES[rule.family],
        "priority": rule.priority,
        "table": rule.table,
        "protocol": ROUTE_PROTOCOL,
    }
    for key, value in (("src", rule.source), ("dst", rule.destination)):
        if value is not None:
            address, _, length = value.partition("/")
            arguments |= {key: address, f"{key}_len": int(length)}
    if rule.incoming is not None:
        arguments["iifname"] = rule.incoming
    if rule.outgoing is not None:
        arguments["oifname"] = rule.outgoing
    return arguments


def _rule_prefix(address: str | None, length: int) -> str | None:
    return None if address is None else f"{address}/{length}"


def _promote_secondaries(address: Address) -> None:
    """Deleting the first IPv4 address of a subnet takes the others along (keepalived's!) unless they are promoted."""
    if ":" not in address.address:
        path = Path("/proc/sys/net/ipv4/conf", address.device, "promote_secondaries")
        if path.exists():
            path.write_text("1")


def _gone_already(operation: Operation, code: int) -> bool:
    return isinstance(operation, DeleteAddress | DeleteRoute | DeleteRule | DeleteLink) and code in {
        errno.ENOENT,
        errno.ESRCH,
        errno.EADDRNOTAVAIL,
        errno.ENODEV,
    }


def _words(error: NetlinkError) -> str:
    return os.strerror(error.code) if error.code else str(error)
