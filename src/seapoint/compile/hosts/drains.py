"""What drains leave of a cloud: who may be drained, and what is said of those that are."""

from collections.abc import Collection, Iterator

from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.intent.cloud.model import Cloud
from seapoint.target.changes import Finding


def why_not(cloud: Cloud, host: str, drained: Collection[str]) -> str:
    """Why a host cannot be drained whole; empty: it can. ``drained``: those that are."""
    edge = cloud.edge.hosts if cloud.edge else ()
    able = {*edge, *(owner for vip in cloud.vips.values() for owner in vip.owners)}
    if host not in able:
        return f"{host!r} holds nothing that another host could take; there are {', '.join(sorted(able)) or 'none'}"
    if host in edge and not {*edge} - {*drained, host}:
        return f"nobody is left who could take the edge's addresses of {host}: `seapoint undrain` another first"
    return ""


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
