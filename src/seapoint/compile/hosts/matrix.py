"""The matrix on a host: who may call its service addresses and its cloud-private ones, and whom these call."""

from collections.abc import Iterator

from seapoint.base.addresses import Network, host_network
from seapoint.compile.hosts.firewall import FAMILIES, of_family
from seapoint.compile.hosts.realms import ON_LINK, Realm
from seapoint.intent.cloud.matrix import ANYBODY, matrix, networks_of, own_networks
from seapoint.intent.cloud.model import Cloud, Host
from seapoint.intent.cloud.reach import Reached
from seapoint.target.nftables import Family, Operand, Rule


def callers_rules(cloud: Cloud, host: Host, leg: Realm) -> Iterator[Rule]:
    """Who may call the host's services."""
    for row in matrix(cloud):
        served = _served(cloud, host, row)
        for version in FAMILIES:
            mine = of_family(served, version)
            for source in _sources(cloud, row, version) if mine else ():
                for protocol, ports in row.ports.by_protocol():
                    yield Rule(
                        "accept",
                        row.name,
                        family=version,
                        incoming=leg.interfaces,
                        source=source,
                        destination=Operand(mine),
                        protocol=protocol,
                        ports=ports,
                    )


def calling_rules(cloud: Cloud, host: Host) -> Iterator[Rule]:
    """Whom the host's cloud-private and service addresses may call: the cloud, and beyond it what the matrix says.

    Where the default route leaves by such an address, that address calls everybody but production.
    """
    mine = [address for vip in cloud.vips.values() if host.name in vip.owners for address in vip.addresses.all()]
    chosen = cloud.default_routes.get(host.name)
    outward = chosen.sources.all() if chosen and chosen.vlan else ()
    for version in FAMILIES:
        own = of_family(map(host_network, (*host.private.all(), *outward, *mine)), version)
        if not own:
            continue
        me = Operand(own)
        yield Rule("accept", "of a connection", family=version, source=me, known=True)
        yield Rule("accept", "of a connection that began before these rules", family=version, source=me, under_way=True)
        yield Rule("accept", "neighbours, errors, echo", family=version, source=me, protocol="icmp")
        near = Operand((*of_family(own_networks(cloud), version), *ON_LINK[version]))
        yield Rule("accept", "the cloud itself", family=version, source=me, destination=near)
        for row in matrix(cloud):
            callers = of_family(_served(cloud, host, row), version)
            for called in _called(cloud, row, version) if callers else ():
                comment = f"{row.name} calls"
                yield Rule("accept", comment, family=version, source=Operand(callers), destination=called)
        if defaults := of_family(map(host_network, outward), version):
            production = of_family(networks_of(cloud, "production"), version)
            called = Operand(production, negated=True) if production else None
            yield Rule("accept", "its default route", family=version, source=Operand(defaults), destination=called)
        yield Rule("drop", "nothing says that it calls there", family=version, source=me)


def _served(cloud: Cloud, host: Host, row: Reached) -> list[Network]:
    """Where the host serves a row."""
    vips = [
        address
        for name in row.vips
        if host.name in cloud.vips[name].owners
        for address in cloud.vips[name].addresses.all()
    ]
    own = host.private.all() if host.name in row.hosts else ()
    return [host_network(address) for address in (*vips, *own)]


def _sources(cloud: Cloud, row: Reached, version: Family) -> Iterator[Operand | None]:
    """Who may call, in one family; None: everybody. The internet is whoever is none of the other callers."""
    named = [network for one in row.callers for network in networks_of(cloud, one)]
    listed = of_family((*named, *row.sources), version)
    if "internet" not in row.callers:
        if listed:
            yield Operand(listed)
        return
    others = of_family(
        (network for one in ANYBODY if one not in row.callers for network in networks_of(cloud, one)), version
    )
    yield Operand(others, negated=True) if others else None
    if others and (mine := of_family(row.sources, version)):
        yield Operand(mine)


def _called(cloud: Cloud, row: Reached, version: Family) -> Iterator[Operand | None]:
    """Whom a row's service may call beyond the cloud; None: everybody."""
    production = of_family(networks_of(cloud, "production"), version)
    if "internet" in row.calls and "production" not in row.calls and production:
        yield Operand(production, negated=True)
    elif "internet" in row.calls:
        yield None
    elif row.calls and production:
        yield Operand(production)
