"""What stands on hosts, to be compared before and after: kernel, switch, units and the agent's own files."""

import json
import re
from collections.abc import Iterable
from typing import Any

from lab.standing import Standing
from seapoint.lab import control

#: What a kernel counts by itself: an attribute of it is no difference.
VOLATILE = {"valid_life_time", "preferred_life_time", "expires", "cacheinfo"}

SWITCH = "cloudsw1-b1-codfw.cloud"
#: What FRR calls each family: of routes, and of BGP.
FAMILIES = {4: ("ip", "ipv4"), 6: ("ipv6", "ipv6")}


def state_of(cloud: Standing, host: str) -> dict[str, Any]:
    """Everything of a host that an agent writes, and the processes of its daemons."""
    there = cloud.hosts[host]
    agent = cloud.lab.host(host) / "lib" / "seapoint" / "agent"
    return {
        "nftables": cloud.run(host, "nft", "--stateless", "list", "ruleset"),
        "addresses": _json(cloud.run(host, "ip", "-j", "addr")),
        **{
            f"{what}{family}": _json(cloud.run(host, "ip", "-j", family, *what.split()))
            for family in ("-4", "-6")
            for what in ("route show table all", "rule")
        },
        "switch": _switch(cloud, host),
        **{unit["unit"]: (unit["state"], unit["pid"]) for unit in control.units(there)},
        "target": (agent / "target.json").read_text(),
        "files": cloud.run(
            host, "sh", "-c", "cat /etc/frr/* /etc/keepalived/* /etc/conntrackd/* 2>/dev/null", check=False
        ),
    }


def states(cloud: Standing, hosts: Iterable[str]) -> dict[str, dict[str, Any]]:
    return {host: state_of(cloud, host) for host in hosts}


def managed(cloud: Standing) -> list[str]:
    """The hosts that our agents hold."""
    return [*cloud.client.get("/seapoint/v1/status")["hosts"]]


def changed(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """The hosts whose state differs, each with what of it."""
    found = {host: [what for what in before[host] if before[host][what] != after[host][what]] for host in before}
    return {host: what for host, what in found.items() if what}


def without_target(states: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """States apart from the target's file, which tells the revision too."""
    return {host: {key: value for key, value in of.items() if key != "target"} for host, of in states.items()}


def _switch(cloud: Standing, host: str) -> Any:
    if not cloud.run(host, "sh", "-c", "ls /run/openvswitch/db.sock 2>/dev/null", check=False):
        return None
    port = cloud.run(host, "ovs-vsctl", "-f", "json", "--columns=name,tag,trunks,external_ids", "list", "port")
    return sorted(map(str, json.loads(port)["data"]))


def _json(text: str) -> Any:
    return sorted(str(_steady(one)) for one in json.loads(text or "[]"))


def _steady(value: Any) -> Any:
    if isinstance(value, dict):
        # another end of a cable has another index after it was plugged in again
        return {key: _steady(one) for key, one in value.items() if key not in VOLATILE}
    return [_steady(one) for one in value] if isinstance(value, list) else value


def hosts_of_diff(printed: str) -> set[str]:
    """The hosts that `seapoint apply` and `seapoint rollback` name in what they print."""
    return {name for name in re.findall(r"^=== (.+)$", printed, re.MULTILINE) if name != "OVN"}


def encapsulations(cloud: Standing, host: str) -> set[str]:
    """The kinds of tunnels that OVN has made on a host."""
    found = cloud.run(host, "ovs-vsctl", "--bare", "--columns=type", "find", "interface", "options:remote_ip!=nowhere")
    return {*found.split()} & {"vxlan", "geneve"}


def paths(cloud: Standing, family: int) -> dict[str, int]:
    """How many next hops the switch uses for each prefix that servers told it."""
    said = json.loads(cloud.run(SWITCH, "vtysh", "-c", f"show {FAMILIES[family][0]} route bgp json"))
    full = 32 if family == 4 else 128
    return {
        prefix: sum(1 for hop in routes[0]["nexthops"] if hop.get("fib"))
        for prefix, routes in said.items()
        if prefix.endswith(f"/{full}")
    }
