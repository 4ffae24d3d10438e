"""The domains of one version of the cloud file: the list of everything that the loop carries into engines."""

from collections.abc import Callable, Iterator

from seapoint.change.domain import Domain
from seapoint.compile.dns import scopes as dns
from seapoint.compile.dns.names import dns_cloud
from seapoint.compile.hosts import compile_device
from seapoint.compile.hosts.control import southbound_listener
from seapoint.compile.hosts.metadata import readers_of_metadata
from seapoint.compile.hosts.nameservers import name_servers
from seapoint.compile.ovn import scopes as ovn
from seapoint.engines.ovsdb.listener import Listener
from seapoint.intent.cloud.hostnames import named
from seapoint.intent.cloud.model import Cloud, Managed
from seapoint.intent.drain import Drain
from seapoint.intent.floatingip import FloatingIp
from seapoint.intent.network import Network
from seapoint.intent.port import Port
from seapoint.intent.router import Router
from seapoint.intent.snapshot import Change, Intent
from seapoint.intent.subnet import Subnet
from seapoint.render.device import host_target
from seapoint.target.changes import Items, Key, Scope
from seapoint.target.host import HostTarget
from seapoint.wiring.cloudfile import ovn_cloud

OVN, HOSTS, LISTENERS = "ovn", "hosts", "ovn-listeners"
#: Before the address of a name server: each is a domain of its own, so that one that is away delays no other.
DNS = "dns/"

#: OVN's role for chassis (ovn-sb(5), RBAC_Role).
CHASSIS_ROLE = "ovn-controller"

#: Tenants' objects that targets of edge hosts are compiled from; of ports, only routers' legs.
_ROUTED = (Network, Subnet, Router, FloatingIp)


def domains(cloud: Cloud) -> tuple[Domain, ...]:
    """All domains of a cloud. Hosts first: a daemon must be told to run before its database can be written."""
    return (host_domain(cloud), listener_domain(cloud), ovn_domain(cloud), *dns_domains(cloud))


def host_domain(cloud: Cloud) -> Domain:
    """Targets of the hosts that run our agent."""
    ours = tuple(host.name for host in cloud.hosts.values() if host.runs and host.managed is Managed.AGENT)
    edges = tuple(name for name in (cloud.edge.hosts if cloud.edge else ()) if name in ours)

    def scopes(_intent: Intent) -> Iterator[Scope]:
        return (Scope("host", name) for name in ours)

    def dirty(change: Change, before: Intent, after: Intent) -> set[Scope]:
        if isinstance(change.value, Drain):
            return {Scope("host", name) for name in ours if name == change.value.host}
        values = (change.before, change.after)
        legs = (isinstance(value, Port) and value.is_router_interface for value in values)
        routed = edges if isinstance(change.value, _ROUTED) or any(legs) else ()
        asking = (name for name in readers_of_metadata(change, before, after) if name in ours)
        return {Scope("host", name) for name in (*routed, *asking)}

    def compile_(scope: Scope, intent: Intent) -> Items:
        return {scope.id: host_target(compile_device(cloud, intent, scope.id)[scope.id])}

    return Domain(HOSTS, scopes, dirty, compile_, lambda key, _items: Scope("host", str(key)))


def foreign_targets(cloud: Cloud, intent: Intent) -> dict[str, HostTarget]:
    """Targets of the devices that other tools configure: switches and routers that are rendered or only observed."""
    names = [name for name in (*cloud.switches, *cloud.routers, *cloud.hosts) if _is_foreign(cloud, name)]
    return {
        target: host_target(device) for name in names for target, device in compile_device(cloud, intent, name).items()
    }


def _is_foreign(cloud: Cloud, name: str) -> bool:
    host = cloud.hosts.get(name)
    return host is None or (host.runs and host.managed is not Managed.AGENT)


def listener_domain(cloud: Cloud) -> Domain:
    """Where the southbound database listens: on the management address of the host that has it."""
    host = cloud.central()
    listeners = [Listener(southbound_listener(host), CHASSIS_ROLE)] if host else []
    everything = Scope("listeners", "southbound")
    return Domain(
        LISTENERS,
        scopes=lambda _intent: (everything,),
        dirty=lambda _change, _before, _after: (),
        compile=lambda _scope, _intent: {listener.target: listener for listener in listeners},
        owner=lambda _key, _items: everything,
    )


def ovn_domain(cloud: Cloud) -> Domain:
    """Rows of OVN's northbound database."""
    settings = ovn_cloud(cloud)
    compile_: Callable[[Scope, Intent], Items] = lambda scope, intent: ovn.compile_scope(scope, intent, settings)  # noqa: E731
    return Domain(OVN, ovn.scopes, ovn.dirty, compile_, _owner)


def dns_domains(cloud: Cloud) -> Iterator[Domain]:
    """Record sets, on each name server that answers for the zones: ours, and the operator's own."""
    if cloud.dns is None:
        return
    names = dns_cloud(cloud.dns, named(cloud))
    compile_ = _remembered(lambda scope, intent: dns.compile_scope(scope, intent, names))
    ours = name_servers(cloud, cloud.dns)
    for address in (*ours, *cloud.dns.fed):
        whole = address in ours

        def scopes(intent: Intent, whole: bool = whole) -> Iterator[Scope]:
            return (scope for scope in dns.scopes(intent, names) if whole or dns.is_public(scope, names))

        def dirty(change: Change, before: Intent, after: Intent, whole: bool = whole) -> set[Scope]:
            found = dns.dirty(change, before, after, names)
            return found if whole else {scope for scope in found if dns.is_public(scope, names)}

        yield Domain(f"{DNS}{address}", scopes, dirty, compile_, dns.owner)


def _remembered(compile_: Callable[[Scope, Intent], Items]) -> Callable[[Scope, Intent], Items]:
    """The same for several servers: what one snapshot's scope compiles to is worked out once."""
    seen: list[Intent] = []
    known: dict[Scope, Items] = {}

    def remembered(scope: Scope, intent: Intent) -> Items:
        if not seen or seen[0] is not intent:
            known.clear()
            seen[:] = [intent]
        if scope not in known:
            known[scope] = compile_(scope, intent)
        return known[scope]

    return remembered


def _owner(key: Key, items: Items) -> Scope | None:
    return ovn.owner(key, items)
