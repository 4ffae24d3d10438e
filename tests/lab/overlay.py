"""A small cloud by hand: a hypervisor, a gateway that is also the control host, a switch, and the internet.

Real Open vSwitch and OVN; what the agent and the compiler do in the product is done here with the engines' own
commands, so that the lab is tested with nothing above it.
"""

from ipaddress import ip_address, ip_interface, ip_network

from seapoint.engines.netns import offloads_off
from seapoint.lab import cables, control, guest, host, netns, up
from seapoint.lab.host import Host
from seapoint.lab.state import Lab
from seapoint.lab.topology import Cable, End, HostSpec, LabPlan, Route, SwitchPort

UNDERLAY, EXTERNAL = 2151, 2107
ENDPOINTS = {"hypervisor": "172.20.5.15", "gateway": "172.20.5.13"}
INTERNET4, INTERNET6 = "198.51.100.10", "2001:db8:ffff::10"
SLAAC_NETWORK = ip_network("2a02:ec80:a100:2::/64")
GATEWAY_MAC, EXTERNAL_MAC = "02:00:00:00:ff:01", "02:00:00:00:ff:02"

PLAN = LabPlan(
    hosts=(
        HostSpec("fabric", kind="fabric"),
        HostSpec("hypervisor"),
        HostSpec("gateway"),
        HostSpec(
            "internet",
            kind="stand-in",
            loopback=(ip_interface(f"{INTERNET4}/32"), ip_interface(f"{INTERNET6}/128")),
            routes=(Route(ip_address("185.15.57.10")), Route(ip_address("2a02:ec80:a100:fe04::2:1"))),
            units=(guest.echo((("http", 80), ("tcp", 7))),),
            start=("echo.service",),
        ),
    ),
    cables=(
        Cable(End("hypervisor", "eno2"), End("fabric", "p1", port=SwitchPort(trunks=(UNDERLAY, EXTERNAL)))),
        Cable(End("gateway", "eno2"), End("fabric", "p2", port=SwitchPort(trunks=(UNDERLAY, EXTERNAL)))),
        Cable(
            End(
                "internet",
                "vlan2107",
                (ip_interface("185.15.57.9/29"), ip_interface("2a02:ec80:a100:fe04::1:1/64")),
            ),
            End("fabric", "p3", port=SwitchPort(tag=EXTERNAL)),
            mtu=1500,
        ),
    ),
)

NORTHBOUND = f"""
set NB_Global . name=lab
-- set-connection ptcp:6641:127.0.0.1
-- ls-add ext -- lsp-add ext ext-ln -- lsp-set-type ext-ln localnet -- lsp-set-addresses ext-ln unknown
-- lsp-set-options ext-ln network_name=external -- set Logical_Switch_Port ext-ln tag={EXTERNAL}
-- lr-add r
-- lrp-add r r-ext {EXTERNAL_MAC} 185.15.57.10/29 2a02:ec80:a100:fe04::2:1/64
-- lsp-add ext ext-r -- lsp-set-type ext-r router -- lsp-set-addresses ext-r router
-- lsp-set-options ext-r router-port=r-ext
-- lrp-set-gateway-chassis r-ext gateway 10
-- lr-route-add r 0.0.0.0/0 185.15.57.9 -- lr-route-add r ::/0 2a02:ec80:a100:fe04::1:1
-- ls-add net1 -- lrp-add r r-net1 {GATEWAY_MAC} 172.16.129.1/24 2a02:ec80:a100:2::1/64
-- lsp-add net1 net1-r -- lsp-set-type net1-r router -- lsp-set-addresses net1-r router
-- lsp-set-options net1-r router-port=r-net1
-- set Logical_Router_Port r-net1 ipv6_ra_configs:address_mode=slaac ipv6_ra_configs:send_periodic=true
-- ls-add net2 -- lrp-add r r-net2 02:00:00:00:ff:03 172.16.130.1/24 2a02:ec80:a100:1::1/64
-- lsp-add net2 net2-r -- lsp-set-type net2-r router -- lsp-set-addresses net2-r router
-- lsp-set-options net2-r router-port=r-net2
-- set Logical_Router_Port r-net2 ipv6_ra_configs:address_mode=dhcpv6_stateful ipv6_ra_configs:send_periodic=true
"""


def build(lab: Lab, encapsulation: str) -> dict[str, Host]:
    """The small cloud, its engines in step with each other."""
    hosts = up.up(lab, PLAN)
    control.start([(hosts["gateway"], "ovn-central.service")])
    control.start((hosts[name], "openvswitch-switch.service") for name in ENDPOINTS)
    nbctl(hosts, *NORTHBOUND.split())
    host.run(hosts["gateway"], ["ovn-sbctl", "set-connection", "ptcp:6642:0.0.0.0"])
    for name, endpoint in ENDPOINTS.items():
        _chassis(hosts[name], endpoint, encapsulation)
    control.start((hosts[name], "ovn-host.service") for name in ENDPOINTS)
    return hosts


def nbctl(hosts: dict[str, Host], *words: str) -> str:
    return host.run(hosts["gateway"], ["ovn-nbctl", *words]).stdout.strip()


def _chassis(there: Host, endpoint: str, encapsulation: str) -> None:
    identity = {
        "system-id": there.name,
        "ovn-remote": f"tcp:{ENDPOINTS['gateway']}:6642",
        "ovn-encap-type": encapsulation,
        "ovn-encap-ip": endpoint,
        "ovn-bridge-mappings": "external:br-phy",
        "ovn-bridge-datapath-type": "netdev",
    }
    host.write(there, "/etc/openvswitch/system-id.conf", there.name)
    bridge = f"add-br br-phy -- set bridge br-phy datapath_type=netdev -- add-port br-phy eno2 -- add-port br-phy \
        vlan{UNDERLAY} tag={UNDERLAY} -- set interface vlan{UNDERLAY} type=internal mtu_request=8900"
    integration = "add-br br-int -- set bridge br-int datapath_type=netdev fail_mode=secure"
    columns = [f"external_ids:{key}={value}" for key, value in identity.items()]
    host.run(there, ["ovs-vsctl", "set", "open", ".", *columns, *f"-- {bridge} -- {integration}".split()])
    netns.seal(there, ["eno2"])
    with netns.inside(there), cables.IPRoute() as kernel:
        offloads_off("eno2")
        index = kernel.link_lookup(ifname=f"vlan{UNDERLAY}")[0]
        kernel.link("set", index=index, state="up")
        cables.add_addresses(kernel, index, [ip_interface(f"{endpoint}/24")])
