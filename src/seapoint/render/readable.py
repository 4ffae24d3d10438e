"""What a host holds beside files, in the words of sysctl(8), ovs-vsctl(8) and ip(8): for people to read. Pure."""

from collections.abc import Iterator

from seapoint.render.owner import owner
from seapoint.target.host import (
    MAIN_TABLE,
    Bridge,
    BridgePort,
    HostTarget,
    Interface,
    Namespace,
    OpenVSwitch,
    Route,
    Rule,
    Vrf,
)


def readable(target: HostTarget) -> str:
    """The text; nothing reads it but people."""
    parts = {
        "kernel settings": [f"{key} = {value}" for key, value in target.sysctls.items()],
        "namespaces": [line for namespace in target.namespaces for line in _namespace(namespace)],
        "Open vSwitch": list(_switch(target.open_vswitch)) if target.open_vswitch else [],
        "interfaces": [line for interface in target.interfaces for line in _interface(interface)],
        "routing instances": [_vrf(vrf) for vrf in target.vrfs],
        "rules": [_rule(rule) for rule in target.rules],
        "routes": [_route(route) for route in target.routes],
        "units": [unit.name for unit in target.units],
    }
    blocks = (f"# {title}\n" + "".join(f"{line}\n" for line in lines) for title, lines in parts.items() if lines)
    return owner() + "\n".join(["", *blocks])


def _namespace(namespace: Namespace) -> Iterator[str]:
    yield f"{namespace.name} cable {namespace.cable} to {namespace.NIC} mac {namespace.mac} mtu {namespace.mtu}"
    yield from (f"    address {address}" for address in namespace.addresses)


def _switch(switch: OpenVSwitch) -> Iterator[str]:
    for bridge in switch.bridges:
        yield f"bridge {bridge.name}" + _bridge(bridge)
        yield from (f"    port {port.name}{_port(port)}" for port in bridge.ports)
    yield from (f"external_ids:{key}={value}" for key, value in switch.external_ids.items())
    yield from (f"other_config:{key}={value}" for key, value in switch.other_config.items())


def _bridge(bridge: Bridge) -> str:
    return f" fail_mode={bridge.fail_mode}" + (f" mtu={bridge.mtu}" if bridge.mtu else "")


def _port(port: BridgePort) -> str:
    words = [f"type={port.kind}"]
    words += [f"tag={port.tag}"] if port.tag else []
    words += ["trunks=" + ",".join(map(str, port.trunks))] if port.trunks else []
    words += [f"peer={port.peer}"] if port.peer else []
    words += [f"local_ip={port.local} remote_ip={port.remote}"] if port.remote else []
    words += [f"external_ids:iface-id={port.iface_id}"] if port.iface_id else []
    return "".join(f" {word}" for word in words)


def _interface(interface: Interface) -> Iterator[str]:
    words = [interface.name, interface.kind]
    words += [f"id {interface.vlan}"] if interface.vlan else []
    words += [f"link {interface.parent}"] if interface.parent else []
    words += [f"bridge {interface.bridge}"] if interface.bridge else []
    words += [f"mtu {interface.mtu}"] if interface.mtu else []
    words += [f"local {interface.local} remote {interface.remote}"] if interface.remote else []
    words += ["sealed"] if interface.sealed else []
    words += ["accept_ra"] if interface.accept_ra else []
    yield " ".join(words)
    yield from (f"    address {address}" for address in interface.addresses)


def _vrf(vrf: Vrf) -> str:
    text = f"{vrf.name} table {vrf.table} interfaces {' '.join(vrf.interfaces)}"
    return "".join([text, *(f"\n    from {source}" for source in vrf.sources)])


def _rule(rule: Rule) -> str:
    words = [f"IPv{rule.family} priority {rule.priority}"]
    words += [f"from {rule.source}"] if rule.source else []
    words += [f"to {rule.destination}"] if rule.destination else []
    words += [f"iif {rule.incoming}"] if rule.incoming else []
    return " ".join([*words, f"table {rule.table}"])


def _route(route: Route) -> str:
    words = [route.destination] if route.kind == "unicast" else [route.kind, route.destination]
    words += [f"via {route.via}"] if route.via else []
    words += [f"dev {route.device}"] if route.device else []
    words += [f"src {route.source}"] if route.source else []
    words += [f"table {route.table}"] if route.table != MAIN_TABLE else []
    words += [f"metric {route.metric}"] if route.metric is not None else []
    return " ".join(words)
