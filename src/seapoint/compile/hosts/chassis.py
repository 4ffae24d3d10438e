"""Hosts of the overlay, hypervisors and gateways: their Open vSwitch and what ovn-controller reads of it.

Source: ovn-controller(8), "CONFIGURATION".
"""

from hashlib import sha256

from seapoint.compile.hosts.control import southbound_remotes
from seapoint.compile.hosts.forwarding import FORWARDS_NOTHING
from seapoint.compile.hosts.legs import listed_legs, physical_networks, tagged_vlans
from seapoint.compile.hosts.names import INTEGRATION_BRIDGE, TRUNK_BRIDGE, TRUNK_NIC, physical_bridge
from seapoint.compile.hosts.private import private_interface, private_routes, private_rules
from seapoint.intent.cloud.model import Cloud, Function, Host, PhysicalNetwork, Vlan
from seapoint.target.device import Device
from seapoint.target.host import Bridge, BridgePort, Interface, OpenVSwitch
from seapoint.target.ovnctl import OvnController

#: How late a gateway learns where a router's MAC is now, from frames of a flow that it already knows: the router may
#: have come back within seconds. Milliseconds, by default 500; ovs-vswitchd.conf.db(5), max-revalidator.
LEARNS_WITHIN = "100"


def chassis(cloud: Cloud, host: Host) -> Device:
    """The host's target.

    Its tagged NIC is a trunk into one bridge. The cloud-private leg, from which tunnels start, is a tagged port of that
    bridge; each provider network is a bridge of its own, joined by a patch that sets the VLAN's tag.
    """
    physical = physical_networks(cloud, host)
    carried = tagged_vlans(cloud, host)
    mtu = max((vlan.mtu for vlan in carried), default=None)
    return Device(
        host.name,
        sysctls=FORWARDS_NOTHING,
        open_vswitch=OpenVSwitch(
            (*_bridges(cloud, physical, carried, mtu),),
            _external_ids(cloud, host, physical),
            {"max-revalidator": LEARNS_WITHIN} if host.does is Function.GATEWAY else {},
        ),
        interfaces=(
            Interface(TRUNK_NIC, mtu=mtu, sealed=True),
            *private_interface(cloud, host, bridge=TRUNK_BRIDGE),
            *listed_legs(cloud, host, bridge=TRUNK_BRIDGE),
        ),
        rules=private_rules(cloud, host),
        routes=private_routes(cloud, host),
        services=(OvnController(),),
    )


def _bridges(
    cloud: Cloud, physical: tuple[PhysicalNetwork, ...], carried: tuple[Vlan, ...], mtu: int | None
) -> list[Bridge]:
    vlans = [cloud.vlans[one.vlan] for one in physical]
    trunk = BridgePort(TRUNK_NIC, trunks=tuple(vlan.id for vlan in carried))
    inner, outer = "phy-{}", "{}-phy"
    patches = [
        BridgePort(inner.format(vlan.interface), "patch", tag=vlan.id, peer=outer.format(vlan.interface))
        for vlan in vlans
    ]
    return [
        Bridge(TRUNK_BRIDGE, (trunk, *patches), mtu=mtu),
        Bridge(INTEGRATION_BRIDGE, fail_mode="secure"),
        *(
            Bridge(
                physical_bridge(vlan),
                (BridgePort(outer.format(vlan.interface), "patch", peer=inner.format(vlan.interface)),),
            )
            for vlan in vlans
        ),
    ]


def _external_ids(cloud: Cloud, host: Host, physical: tuple[PhysicalNetwork, ...]) -> dict[str, str]:
    tunnel = host.private.all()[0] if host.private.all() else None
    mapped = [one for one in physical if distributed(cloud, one)]
    ids = {
        "system-id": host.name,  # the southbound's role believes a certificate that has this name
        "hostname": host.name,
        "ovn-remote": southbound_remotes(cloud),
        "ovn-encap-type": cloud.overlay.type,
        "ovn-encap-ip": str(tunnel or ""),
        "ovn-bridge": INTEGRATION_BRIDGE,
        "ovn-bridge-mappings": ",".join(f"{one.name}:{physical_bridge(cloud.vlans[one.vlan])}" for one in physical),
        "ovn-chassis-mac-mappings": ",".join(f"{one.name}:{_mac(host.name, one.name)}" for one in mapped),
        "ovn-monitor-all": "false",
        "ovn-remote-probe-interval": "10000",
        "ovn-openflow-probe-interval": "60",
        "ovn-cms-options": "enable-chassis-as-gw" if host.does is Function.GATEWAY else "",
    }
    return {key: value for key, value in ids.items() if value}


def distributed(cloud: Cloud, network: PhysicalNetwork) -> bool:
    """Whether routers speak on a provider network from several hosts at a time, each of which then needs a MAC.

    Not where only gateways join it: the one that has the router speaks with the router's own. With a mapping, one that
    is given the router by priority goes on to send with its MAC, and the answers go to the host before; ovn-controller
    up to 23.03 does not compute these flows again then. Source: https://github.com/ovn-org/ovn/issues/129.
    """
    return any(host.name in network.hosts for host in cloud.doing(Function.HYPERVISOR))


def _mac(host: str, network: str) -> str:
    """A locally administered address of the host on a provider network, where distributed routers speak with it."""
    return "02:" + sha256(f"{host} {network}".encode()).digest()[:5].hex(":")
