"""Service addresses (VIPs): the hosts that own them, the sessions that announce them, and what a switch believes of it.

Sources: docs/design/vips.md; RFC 4271.
"""

from collections.abc import Iterator

from seapoint.base.addresses import Address, Network, host_network
from seapoint.compile.hosts.private import owns_vips, private_vlan, rules_from
from seapoint.compile.hosts.routing import NOTHING, exported, policy_name, router_id, session_bfd
from seapoint.compile.hosts.tenancy import Tenancy
from seapoint.intent.cloud.bgp import Servers
from seapoint.intent.cloud.model import Cloud, Host, Switch
from seapoint.intent.cloud.vip import Check as VipCheck
from seapoint.target.device import Device
from seapoint.target.frr import Bgp, Frr, Neighbor, Policy
from seapoint.target.health import DRAINING, LAST_PASSIVE, SICK, Check, Health, Watched, metric
from seapoint.target.host import LOCAL_TABLE, Route

#: The kernel gives IPv6 sockets no address that is on no interface, unless told to (IPv4: a local route is enough).
BINDS_ANY = {"net.ipv6.ip_nonlocal_bind": "1"}
#: Every way in which the health daemon announces an address: the route's metric, and what the switch sees of it.
CLASSES = tuple((metric(times), times) for times in (*range(LAST_PASSIVE + 1), DRAINING, SICK))


def vip_owner(cloud: Cloud, host: Host, tenants: Tenancy) -> Device | None:
    """An owner's part: its VIPs are the host itself, and BGP tells its rack's switch of those that are announced.

    Whether and how each is announced is a route in the kernel, which the health daemon puts there.
    """
    vips = tuple(address for vip in cloud.vips.values() if host.name in vip.owners for address in vip.addresses.all())
    vlan = private_vlan(cloud, host)
    if not vips or vlan is None or cloud.servers is None:
        return None
    mine = tuple(host_network(address) for address in vips)
    exports = Policy(policy_name("servers", "switches", vlan.realm), mine, prepends=CLASSES)
    offering, learns = Policy("own-addresses", mine), told_to_servers(cloud, vlan.realm)
    switch = cloud.switches[cloud.racks[host.rack]]
    forwards = cloud.edge is not None and host.name in cloud.edge.hosts
    own = {address.version for address in host.private.all()}
    bgp = Bgp(
        cloud.servers.asn,
        router_id((host.private,), [*cloud.hosts].index(host.name)),
        (learns, exports, offering),
        tuple(
            _session(cloud, cloud.servers, gateway, switch.asn, switch.name, learns, exports)
            for gateway in vlan.gateway.all()
            if gateway.version in own
        ),
        offers=("kernel",),
        offering=offering.name,
        listens=False,
    )
    return Device(
        host.name,
        sysctls=BINDS_ANY,
        rules=rules_from(vips),
        routes=tuple(Route(str(network), device="lo", table=LOCAL_TABLE, kind="local") for network in mine),
        services=(Frr(host.name, bgp=bgp, forwards=forwards), Health(tuple(_watched(cloud, host, tenants)))),
    )


def _watched(cloud: Cloud, host: Host, tenants: Tenancy) -> Iterator[Watched]:
    for vip in cloud.vips.values():
        if host.name in vip.owners:
            place = vip.owners.index(host.name) if vip.kind == "active-passive" else 0
            yield Watched(
                vip.name,
                tuple(str(address) for address in vip.addresses.all()),
                order=min(place, LAST_PASSIVE),
                check=_check(vip.check) if vip.check else None,
                when_all_sick=vip.when_all_sick,
                draining=tenants.drained(host.name, vip.name),
            )


def _check(check: VipCheck) -> Check:
    return Check(
        check.kind,
        check.port,
        check.name,
        check.path,
        check.statuses,
        check.tls,
        check.command,
        check.interval,
        check.timeout,
        check.rise,
        check.fall,
    )


def vip_ranges(cloud: Cloud, realm: str) -> tuple[Network, ...]:
    """The prefixes of the plan that hold VIPs, sorted; none in a realm without owners."""
    if not any(vlan.realm == realm and vlan.use == "private" for vlan in cloud.vlans.values()):
        return ()
    networks = {network for vip in cloud.vips.values() for network in cloud.prefixes[vip.prefix].networks.all()}
    return tuple(sorted(networks, key=lambda one: (one.version, int(one.network_address))))


def told_to_servers(cloud: Cloud, realm: str) -> Policy:
    """What a switch tells servers, and they believe: exactly what the file exports to them."""
    networks = exported(cloud, "switches", "servers", realm)
    return Policy(policy_name("switches", "servers", realm), networks) if networks else NOTHING


def _believed(cloud: Cloud, realm: str) -> Policy:
    """What a switch believes of servers: addresses inside the VIPs' ranges, however long."""
    return Policy(policy_name("servers", "switches", realm), (), longer=vip_ranges(cloud, realm))


def servers_policies(cloud: Cloud, realm: str) -> tuple[Policy, ...]:
    """The policies of a switch's sessions with servers."""
    return (told_to_servers(cloud, realm), _believed(cloud, realm)) if cloud.servers else ()


def server_neighbors(cloud: Cloud, switch: Switch, realm: str) -> Iterator[Neighbor]:
    """The owners of VIPs in the switch's racks, a session for each family."""
    if cloud.servers is None:
        return
    imports, exports = _believed(cloud, realm), told_to_servers(cloud, realm)
    for host in cloud.hosts.values():
        vlan = private_vlan(cloud, host)
        if not owns_vips(cloud, host) or vlan is None or vlan.realm != realm or host.rack not in switch.racks:
            continue
        gateways = {gateway.version for gateway in vlan.gateway.all()}
        for address in host.private.all():
            if address.version in gateways:
                yield _session(cloud, cloud.servers, address, cloud.servers.asn, host.name, imports, exports)


def _session(
    cloud: Cloud, servers: Servers, address: Address, asn: int, name: str, imports: Policy, exports: Policy
) -> Neighbor:
    """One end of a session between an owner and its switch, which is the same at both."""
    return Neighbor(
        address,
        asn,
        name,
        imports.name,
        exports.name,
        bfd=session_bfd(cloud),
        gtsm=servers.gtsm,
        maximum=servers.maximum,
        password=servers.password,
    )
