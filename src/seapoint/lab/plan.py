"""From a cloud to the lab that plays it: its running hosts, its switches and routers, and their cables. Pure.

The lab only cables, and gives each host its production leg as an installer does; VLANs, addresses, routes and daemons
are the agents' part. A switch is a fabric that forwards frames, and beside it a host for each of its routing instances
(``SWITCH.REALM``), cabled to access ports of the fabric and to the links' other ends.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from ipaddress import ip_interface
from itertools import pairwise

from seapoint.compile.hosts.legs import tagged_vlans
from seapoint.compile.hosts.names import MANAGEMENT_NIC, PRODUCTION, TRUNK_NIC, instance, link_interface
from seapoint.compile.hosts.standins import cables as stand_in_cables
from seapoint.compile.hosts.standins import stand_ins
from seapoint.intent.cloud.model import Cloud, Function, Host, Link, Vlan
from seapoint.lab.guest import echo
from seapoint.lab.offers import played
from seapoint.lab.proxies import played_proxies, proxy_ports
from seapoint.lab.services import SERVICES, environment, services
from seapoint.lab.topology import Cable, End, HostSpec, LabPlan, Listener, Route, SwitchPort
from seapoint.lab.units import AGENT, SERVER, UNITS

JUMBO = 9000  # links between switches and routers carry what the largest VLAN carries
BEYOND = 1500  # nobody beyond the core routers has larger packets
WEB_PORTS = (80, 443)
KEEP_PORT = 7  # RFC 862: echo; a connection that a test keeps open
TARGET = "/etc/seapoint/target.json"
#: Where Open vSwitch carries tunnels in user space, their routes are the agent's part (``agent/tunnel_routes``).
GIVEN_ROUTES = (
    "/etc/default/openvswitch-switch",
    'OVS_CTL_OPTS="--no-mlockall --ovs-vswitchd-options=--disable-system-route"\n',
)


@dataclass(frozen=True, slots=True)
class Equipment:
    """What whoever runs the lab adds to a host: files, units that start with it, listeners on this machine."""

    files: tuple[tuple[str, str], ...] = ()
    start: tuple[str, ...] = ()
    listeners: tuple[Listener, ...] = ()


def lab_plan(cloud: Cloud, vlan_devices: bool, gre: bool = True) -> LabPlan:
    """Every host and cable; ``vlan_devices`` and ``gre``: whether the kernel has 802.1Q VLAN devices and tunnels.

    Without VLAN devices a host that runs no Open vSwitch gets an access cable per VLAN, named as its VLAN device would
    be. Without tunnels, hosts that need them run Open vSwitch.
    """
    running = tuple(host for host in cloud.hosts.values() if host.runs)
    return LabPlan(
        hosts=(
            *(HostSpec(switch, kind="fabric") for switch in cloud.switches),
            *(HostSpec(name) for name in _instances(cloud)),
            *(HostSpec(router) for router in cloud.routers),
            *(_stand_in(cloud, name) for name in stand_ins(cloud)),
            *(_host(cloud, host) for host in running),
        ),
        cables=(
            *_between_fabrics(cloud),
            *(cable for switch in cloud.switches for cable in _gateways(cloud, switch)),
            *(_link(cloud, link) for link in cloud.links),
            *(
                Cable(End(cable.router, cable.router_interface), End(cable.stand_in, cable.stand_in_interface), BEYOND)
                for cable in stand_in_cables(cloud)
            ),
            *(
                cable
                for host in running
                for cable in _host_cables(cloud, host, vlan_devices or _switches(cloud, host, gre))
            ),
        ),
    )


def equipped(plan: LabPlan, equipment: Mapping[str, Equipment]) -> LabPlan:
    """The plan with what was added to its hosts; raises KeyError for a host that it does not have."""
    unknown = equipment.keys() - {spec.name for spec in plan.hosts}
    if unknown:
        raise KeyError(f"not in the plan: {', '.join(sorted(unknown))}")
    nothing = Equipment()
    hosts = []
    for spec in plan.hosts:
        added = equipment.get(spec.name, nothing)
        hosts.append(
            replace(
                spec,
                files=(*spec.files, *added.files),
                start=(*added.start, *spec.start),
                listeners=(*spec.listeners, *added.listeners),
            )
        )
    return replace(plan, hosts=tuple(hosts))


def agent_with_target(target: str) -> Equipment:
    """An agent that holds its host to a target's JSON in a file: somebody else's tool, as far as the cloud knows."""
    return _with_options(AGENT.name, f"--target {TARGET}", ((TARGET, target),))


def agent_with_server(url: str, authority: str, certificate: str, key: str) -> Equipment:
    """An agent that asks the server; the three are PEM texts."""
    directory = "/etc/seapoint/tls"
    files = {"ca.pem": authority, "host.pem": certificate, "host.key": key}
    options = f"--server {url} --ca {directory}/ca.pem --cert {directory}/host.pem --key {directory}/host.key"
    return _with_options(AGENT.name, options, tuple((f"{directory}/{name}", text) for name, text in files.items()))


def server(options: str, listeners: tuple[Listener, ...], files: tuple[tuple[str, str], ...] = ()) -> Equipment:
    """The server with these command-line options; it inherits the listeners as LISTEN_FDS, in their order."""
    return replace(_with_options(SERVER.name, options, files), listeners=listeners)


def _with_options(unit: str, options: str, files: tuple[tuple[str, str], ...]) -> Equipment:
    name = unit.removesuffix(".service")
    variable = f"{name.upper().replace('-', '_')}_OPTS"
    return Equipment((*files, (f"/etc/default/{name}", f'{variable}="{options}"\n')), (unit,))


def _instances(cloud: Cloud) -> Iterator[str]:
    """The routing instances that have anything to route."""
    for switch in cloud.switches:
        for realm in cloud.realms():
            if cloud.links_of(switch, realm) or any(vlan.realm == realm for vlan in _routed_vlans(cloud, switch)):
                yield instance(switch, realm)


def _routed_vlans(cloud: Cloud, switch: str) -> tuple[Vlan, ...]:
    return tuple(vlan for vlan in cloud.vlans.values() if cloud.gateway_switch(vlan) == switch)


def _gateways(cloud: Cloud, switch: str) -> Iterator[Cable]:
    """A switch's own legs in VLANs: from its routing instances to access ports of its fabric."""
    for vlan in _routed_vlans(cloud, switch):
        yield _access(instance(switch, vlan.realm), vlan.interface, switch, vlan)


def _between_fabrics(cloud: Cloud) -> Iterator[Cable]:
    """VLANs that span racks, on a trunk from each switch to the next."""
    spanning = tuple(vlan.id for vlan in cloud.vlans.values() if vlan.rack is None)
    switches = tuple(cloud.switches)
    if spanning:
        for a, b in pairwise(switches):
            trunk = SwitchPort(trunks=spanning)
            yield Cable(End(a, port_name(b, "trunk"), port=trunk), End(b, port_name(a, "trunk"), port=trunk), mtu=JUMBO)


def _link(cloud: Cloud, link: Link) -> Cable:
    ends = []
    for device in (link.a, link.b):
        target = instance(device, link.realm) if device in cloud.switches and link.realm else device
        ends.append(End(target, link_interface(link, target)))
    return Cable(ends[0], ends[1], JUMBO)


def _stand_in(cloud: Cloud, name: str) -> HostSpec:
    """The internet, or other teams' services: answers callers on every port that a rule of the cloud names.

    On the ports of what services offer, and of proxies, the real thing answers.
    """
    rules = [rule for each in cloud.filters.values() for rule in each.terms]
    rules += cloud.edge.reject if cloud.edge else ()
    ports = {port for rule in rules for port in (*rule.ports, *rule.source_ports)}
    others = (*played(cloud), *played_proxies(cloud)) if name == PRODUCTION else ()
    taken = {offer.port for offer in cloud.offers} | proxy_ports(cloud) if others else set()
    serves = [("http", port) for port in WEB_PORTS]
    serves += [("tcp", port) for port in sorted({*ports, KEEP_PORT} - {*WEB_PORTS} - taken)]
    units = (echo(tuple(serves)), *(one.unit for one in others))
    return HostSpec(
        name,
        kind="stand-in",
        units=(*UNITS, *units),
        start=tuple(unit.name for unit in units),
        files=tuple(file for one in others for file in one.files),
    )


def _host(cloud: Cloud, host: Host) -> HostSpec:
    """A host with the default routes of its management leg, its resolvers, and what is played on it."""
    vlan = cloud.vlan_for("management", host.rack)
    own = {address.version for address in host.management.all()}
    gateways = vlan.gateway.all() if vlan else ()
    routes = tuple(Route(gateway) for gateway in gateways if gateway.version in own)
    words = services(cloud, host)
    tunnels = host.does in {Function.GATEWAY, Function.HYPERVISOR}
    return HostSpec(
        host.name,
        routes=routes,
        files=(*_resolvers(cloud, host), environment(words), *((GIVEN_ROUTES,) if tunnels else ())),
        units=(*UNITS, SERVICES),
        start=(SERVICES.name,) if words else (),
    )


def _resolvers(cloud: Cloud, host: Host) -> Iterator[tuple[str, str]]:
    """Where a host of cloud-private asks for names. Source: resolv.conf(5)."""
    vips = (cloud.vips[name] for name in cloud.dns.recursive) if cloud.dns else ()
    own = {address.version for address in host.private.all()}
    asked = [address for vip in vips for address in vip.addresses.all() if address.version in own]
    if asked:
        yield "/etc/resolv.conf", "options timeout:1\n" + "".join(f"nameserver {address}\n" for address in asked)


def _switches(cloud: Cloud, host: Host, gre: bool) -> bool:
    """Whether the host runs Open vSwitch, which takes a trunk."""
    tunnels = cloud.joins is not None and any(cloud.joins.of(host.name))
    return host.does in {Function.HYPERVISOR, Function.GATEWAY} or (tunnels and not gre)


def _host_cables(cloud: Cloud, host: Host, trunk: bool) -> Iterator[Cable]:
    switch = cloud.racks[host.rack]
    management = cloud.vlan_for("management", host.rack)
    if management is not None:
        addresses = tuple(ip_interface(text) for text in management.with_length(host.management))
        cable = _access(host.name, MANAGEMENT_NIC, switch, management)
        yield replace(cable, a=replace(cable.a, addresses=addresses))
    tagged = tagged_vlans(cloud, host)
    if not tagged:
        return
    if trunk:
        port = SwitchPort(trunks=tuple(vlan.id for vlan in tagged))
        mtu = max(vlan.mtu for vlan in tagged)
        yield Cable(End(host.name, TRUNK_NIC), End(switch, port_name(host.name, TRUNK_NIC), port=port), mtu)
    else:
        for vlan in tagged:
            yield _access(host.name, vlan.interface, switch, vlan)


def _access(host: str, nic: str, switch: str, vlan: Vlan) -> Cable:
    port = End(switch, port_name(host, nic), port=SwitchPort(tag=vlan.id))
    return Cable(End(host, nic), port, vlan.mtu)


def port_name(host: str, nic: str) -> str:
    """A fabric's name for the port that a NIC is plugged into: the same whatever else the plan holds."""
    return f"p{sha256(f'{host} {nic}'.encode()).hexdigest()[:10]}"
