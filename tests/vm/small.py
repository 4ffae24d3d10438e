"""The smallest cloud that takes every path: one rack, core router, edge pair, gateway, hypervisor and control host."""

from typing import Any

import yaml

#: Parts of the example's file that it keeps; what stands on other hosts is left out.
PARTS = (
    *("cloud", "region", "site", "domains", "prefixes", "racks", "switches", "routers", "links", "vlans", "roles"),
    *("hosts", "overlay", "edge", "bgp", "filters", "groups", "internet", "services"),
)
EDGES = ("cloudgw2003-dev", "cloudgw2004-dev")
GATEWAY, HYPERVISOR, CONTROL = "cloudnet2005-dev", "cloudvirt2004-dev", "cloudcontrol2005-dev"
ROUTER = "cr1-codfw"

#: Emulated processors lose milliseconds now and then: no neighbour may be called dead for it.
PATIENT = {"interval": "1000ms", "multiplier": 10}


def small(text: str) -> str:
    """The file of the small cloud, out of the example's."""
    whole: dict[str, Any] = yaml.safe_load(text)
    kept = {part: whole[part] for part in PARTS}
    kept["hosts"] = {name: whole["hosts"][name] for name in (*EDGES, GATEWAY, HYPERVISOR, CONTROL)}
    kept["roles"] = {host["role"]: whole["roles"][host["role"]] for host in kept["hosts"].values()}
    kept["routers"] = {ROUTER: whole["routers"][ROUTER]}
    there = {ROUTER, *whole["switches"]}
    kept["links"] = [link for link in whole["links"] if {*link["between"]} <= there]
    for rules in kept["filters"].values():
        rules["routers"] = [ROUTER]
    return patient(yaml.safe_dump(kept, sort_keys=False))


def patient(text: str) -> str:
    """The file of a cloud whose neighbours wait longer for each other."""
    whole: dict[str, Any] = yaml.safe_load(text)
    whole["overlay"]["bfd"] |= PATIENT
    whole["bgp"]["bfd"] |= PATIENT
    whole["edge"]["vrrp"]["interval"] = PATIENT["interval"]
    return yaml.safe_dump(whole, sort_keys=False)


def one_switch(text: str) -> str:
    """The file of a joined site with one core router and the first of its switches, which then reflects no routes."""
    whole: dict[str, Any] = yaml.safe_load(patient(text))
    rack, switch, router = next(iter(whole["racks"])), next(iter(whole["switches"])), next(iter(whole["routers"]))
    whole["racks"] = {rack: whole["racks"][rack]}
    whole["switches"] = {switch: {key: whole["switches"][switch][key] for key in ("managed", "asn")}}
    whole["routers"] = {router: whole["routers"][router]}
    whole["links"] = [link for link in whole["links"] if {*link["between"]} <= {switch, router}]
    whole["vlans"] = {name: vlan for name, vlan in whole["vlans"].items() if vlan.get("rack", rack) == rack}
    whole["hosts"] = {name: host | {"rack": rack} for name, host in whole["hosts"].items()}
    whole["bgp"].pop("reflection", None)
    whole["bgp"]["exports"] = [one for one in whole["bgp"]["exports"] if (one["from"], one["to"]) != ("switches",) * 2]
    for rules in whole["filters"].values():
        rules["routers"] = [router]
    return yaml.safe_dump(whole, sort_keys=False)
