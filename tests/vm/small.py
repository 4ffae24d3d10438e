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
    """The file of a joined site with one core router and one switch, which speak BGP of the cloud alone.

    Fewer daemons start at the same time: FRR gives up a start that takes longer than a minute.
    """
    whole: dict[str, Any] = yaml.safe_load(patient(text))
    rack, switch, router = (next(iter(whole[part])) for part in ("racks", "switches", "routers"))
    whole["racks"] = {rack: whole["racks"][rack]}
    whole["switches"] = {switch: {key: whole["switches"][switch][key] for key in ("managed", "asn")}}
    whole["routers"] = {router: whole["routers"][router]}
    kept = {switch, router, "cloud"}
    whole["links"] = [one for one in whole["links"] if {*one["between"], one.get("realm")} == kept]
    whole["vlans"] = {name: vlan for name, vlan in whole["vlans"].items() if vlan.get("rack", rack) == rack}
    for host in whole["hosts"].values():
        host["rack"] = rack
    whole["bgp"].pop("reflection", None)
    whole["bgp"]["exports"] = [
        one
        for one in whole["bgp"]["exports"]
        if one.get("realm") != "production" and (one["from"], one["to"]) != ("switches", "switches")
    ]
    for rules in whole["filters"].values():
        rules["routers"] = [router]
    return yaml.safe_dump(whole, sort_keys=False)
