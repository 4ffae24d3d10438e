"""What drains leave of a cloud: who may be drained, and what is said of those that are."""

from collections.abc import Collection, Iterator, Mapping

from seapoint.compile.hosts.chassis import distributed
from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.intent.cloud.model import Cloud, Function
from seapoint.target.changes import Finding

GATEWAYS = "the gateways of virtual routers"


def shared_duties(cloud: Cloud) -> Mapping[str, tuple[str, ...]]:
    """What exactly one of several hosts holds at a time -> those hosts."""
    found = {
        "the edge's addresses": cloud.edge.hosts if cloud.edge else (),
        GATEWAYS: tuple(host.name for host in cloud.doing(Function.GATEWAY)),
    }
    return {duty: hosts for duty, hosts in found.items() if hosts}


def why_not(cloud: Cloud, host: str, drained: Collection[str]) -> str:
    """Why a host cannot be drained whole; empty: it can. ``drained``: those that are."""
    held = {duty: hosts for duty, hosts in shared_duties(cloud).items() if host in hosts}
    if not held and not any(host in vip.owners for vip in cloud.vips.values()):
        able = {name for hosts in shared_duties(cloud).values() for name in hosts}
        able |= {owner for vip in cloud.vips.values() for owner in vip.owners}
        return f"{host!r} holds nothing that another host could take; there are {', '.join(sorted(able)) or 'none'}"
    for duty, hosts in held.items():
        if not {*hosts} - {*drained, host}:
            return f"nobody is left who could take {duty} of {host}: add a host, or `seapoint undrain` another first"
    if GATEWAYS in held and (shared := _outside_shared_with_hypervisors(cloud)):
        return (
            f"moving {GATEWAYS} off {host} would lose packets for minutes: hypervisors join {shared} too (ovn-org/ovn"
            f" issue 129). Take hypervisors' roles out of {shared}, or stop ovn-controller on {host}: its death is safe"
        )
    return ""


def _outside_shared_with_hypervisors(cloud: Cloud) -> str:
    """The provider network of the edge's inside, where a chassis may speak there with a MAC of its own; else empty."""
    if cloud.edge is None:
        return ""
    outside = (one for one in cloud.overlay.physical_networks.values() if one.vlan == cloud.edge.inside.vlan)
    return next((one.name for one in outside if distributed(cloud, one)), "")


def drain_findings(cloud: Cloud, tenants: Tenancy) -> Iterator[Finding]:
    """Hosts that are drained whole, and VIPs that nobody announces any more because all their owners are drained."""
    for name in cloud.hosts:
        if tenants.drained(name):
            message = f"{name} is drained: others hold what it held. `seapoint undrain {name}` brings it back."
            yield Finding("drained-hosts", "warning", f"host/{name}", message)
    for vip in cloud.vips.values():
        if vip.owners and all(tenants.drained(owner, vip.name) for owner in vip.owners):
            message = f"every owner of {vip.name} is drained: nobody announces it. `seapoint undrain` brings one back."
            yield Finding("drained-vips", "warning", f"vip/{vip.name}", message)
