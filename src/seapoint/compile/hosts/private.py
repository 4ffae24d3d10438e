"""The second leg of hosts in the cloud realm: an address in the rack's cloud-private subnet, and routes through it."""

from collections.abc import Iterable

from seapoint.base.addresses import Address, Addresses
from seapoint.compile.hosts.names import TRUNK_NIC
from seapoint.compile.hosts.routing import exported
from seapoint.intent.cloud.model import Cloud, Host, Vlan
from seapoint.target.host import Interface, Route, Rule

#: What has an address of the leg as its source is routed by this table; a number above those that the file can give.
TABLE = 1000
#: Behind the rules of a second routing instance, before the main table's.
PRIORITY = 1100
#: Metric of the table's end: higher than that of any route of ours.
LAST_RESORT = 8192
#: Metric of static routes behind those of BGP: FRR takes its first octet for the distance, and never chooses 255.
BEHIND_BGP = 255 << 24


def private_vlan(cloud: Cloud, host: Host) -> Vlan | None:
    """The host's cloud-private VLAN; None for a host without that leg."""
    return cloud.vlan_for("private", host.rack) if host.private.all() else None


def private_interface(cloud: Cloud, host: Host, bridge: str | None = None) -> tuple[Interface, ...]:
    """The leg itself: a VLAN of the tagged NIC, or a tagged port of a bridge in which that NIC is."""
    vlan = private_vlan(cloud, host)
    if vlan is None:
        return ()
    addresses = vlan.with_length(host.private)
    return (
        Interface(
            vlan.interface, "vlan", vlan=vlan.id, parent=TRUNK_NIC, bridge=bridge, mtu=vlan.mtu, addresses=addresses
        ),
    )


def private_routes(cloud: Cloud, host: Host) -> tuple[Route, ...]:
    """What the VLAN routes through the rack's switch; the default route is not of it.

    Whole prefixes, not the subnets of the day: a new network needs no route on any host, and none can be forgotten.
    What has the leg's own source leaves by the leg wherever it goes, or an answer to who came in through this realm
    would leave through management's.
    """
    vlan = private_vlan(cloud, host)
    if vlan is None:
        return ()
    gateways = {gateway.version: gateway for gateway in vlan.gateway.all()}
    learns = cloud.servers is not None and owns_vips(cloud, host)
    learnt = exported(cloud, "switches", "servers", vlan.realm) if learns else ()
    statics = cloud.servers.statics if cloud.servers else "first"
    return (
        *(
            Route(str(network), str(gateways[network.version]), vlan.interface, metric=metric)
            for network in vlan.routes
            for metric in (BEHIND_BGP if statics == "last" and network in learnt else None,)
            if network.version in gateways and not (statics == "none" and network in learnt)
        ),
        *leg_table(vlan, vlan.interface, host.private, TABLE),
    )


def leg_table(vlan: Vlan, device: str, own: Addresses, table: int) -> tuple[Route, ...]:
    """A table for what has the leg's own addresses as its source: by the leg wherever it goes, else nowhere."""
    everywhere = {4: "0.0.0.0/0", 6: "::/0"}
    return (
        *(Route(str(network), device=device, table=table) for network in vlan.networks.all()),
        *(Route(everywhere[one.version], via=str(one), device=device, table=table) for one in vlan.gateway.all()),
        *(Route(everywhere[one.version], table=table, metric=LAST_RESORT, kind="unreachable") for one in own.all()),
    )


def owns_vips(cloud: Cloud, host: Host) -> bool:
    """Whether the host owns a service address, and so speaks BGP."""
    return any(host.name in vip.owners for vip in cloud.vips.values())


def private_rules(cloud: Cloud, host: Host) -> tuple[Rule, ...]:
    """One for each address of the leg."""
    return rules_from(host.private.all()) if private_vlan(cloud, host) else ()


def rules_from(sources: Iterable[Address], table: int = TABLE) -> tuple[Rule, ...]:
    """What these addresses of the host send leaves by the leg that the table is of."""
    return tuple(Rule(address.version, PRIORITY, table, source=str(address)) for address in sources)
