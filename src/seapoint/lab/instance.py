"""The lab as Nova: instances bound to a port of the Networking API and plugged at a hypervisor."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seapoint.base.errors import InputError
from seapoint.lab import cables, control, guest, host, netns, state
from seapoint.lab.guest import NIC, Guest
from seapoint.lab.host import Host
from seapoint.lab.networking import Networking
from seapoint.lab.state import Lab
from seapoint.lab.topology import Cable, End, HostSpec
from seapoint.lab.vm import machine
from seapoint.lab.vm.tap import tap

OWNER = "compute:nova"
INTEGRATION_BRIDGE = "br-int"
FREE = {"binding:host_id": "", "device_id": "", "device_owner": ""}

#: A host name (RFC 1123, 2.1): it is also that of a directory.
_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,61}[a-zA-Z0-9])?")


@dataclass(frozen=True, slots=True)
class Instance:
    """A virtual machine's place in the network; ``id`` is Nova's, ``mtu`` the network's in bytes.

    ``virtual``: a machine with a kernel of its own, not a host of the lab that plays one.
    """

    name: str
    id: str
    port: str
    mac: str
    hypervisor: str
    mtu: int
    guest: Guest
    virtual: bool = False

    @property
    def tap(self) -> str:
        """The NIC at the hypervisor, named as Nova names it."""
        return f"tap{self.port[:11]}"


def add(
    lab: Lab,
    api: Networking,
    name: str,
    port: str,
    hypervisor: str,
    serves: Mapping[int, str],
    *,
    virtual: bool = False,
    identity: str = "",
) -> Host:
    """Bind a port to a hypervisor and run an instance on it; ``serves`` maps port numbers to http or tcp.

    ``identity`` is the id that Nova gives it, a UUID; empty: a new one.
    ``virtual``: it is a machine under QEMU, and this returns when it has booted.

    Raises InputError for a name that is none or in use, an unknown host or port, a host that takes no instances, a port
    that is another instance's. Where it fails the port is given back.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is no host name: letters, digits, '-' and '.' make one")
    with state.locked(lab):
        if name in host.hosts(lab):
            raise InputError(f"{name!r} is a host of the lab already: choose another name")
        there = host.find(lab, hypervisor)
        if host.run(there, ["ovs-vsctl", "br-exists", INTEGRATION_BRIDGE], check=False).returncode:
            raise InputError(f"{hypervisor} takes no instances: it has no bridge {INTEGRATION_BRIDGE}")
        found = api.port(port)
        if found["device_id"]:
            raise InputError(
                f"port {port} belongs to {found['device_owner']} {found['device_id']}: it can be used once"
            )
        wanted = Instance(
            name=name,
            id=identity or str(uuid.uuid4()),
            port=found["id"],
            mac=found["mac_address"],
            hypervisor=hypervisor,
            mtu=api.network(found["network_id"])["mtu"],
            guest=_guest(api, found, serves),
            virtual=virtual,
        )
        binding = {"binding:host_id": hypervisor, "device_id": wanted.id, "device_owner": OWNER}
        api.update_port(wanted.port, binding)
        try:
            return plug(lab, wanted)
        except BaseException:
            unplug(lab, name, wanted.port, hypervisor)
            api.update_port(wanted.port, FREE)
            raise


def remove(lab: Lab, api: Networking, name: str) -> None:
    """End an instance and give its port back; raises InputError when there is no such instance."""
    with state.locked(lab):
        record = lab.instances / f"{name}.json"
        if not record.exists():
            there = ", ".join(path.stem for path in sorted(lab.instances.glob("*.json"))) or "none"
            raise InputError(f"no instance {name!r} in the lab {lab.root}; there are: {there}")
        port, hypervisor = json.loads(record.read_text())
        unplug(lab, name, port, hypervisor)
        api.update_port(port, FREE)


def names(lab: Lab) -> dict[str, str]:
    """The lab's instances by the ids of their ports."""
    return {json.loads(record.read_text())[0]: record.stem for record in lab.instances.glob("*.json")}


def plug(lab: Lab, wanted: Instance) -> Host:
    """Run an instance whose port is bound: a host of the lab or a machine, its NIC in the bridge, DHCP clients."""
    hypervisor = host.find(lab, wanted.hypervisor)
    (lab.instances / f"{wanted.name}.json").write_text(json.dumps([wanted.port, wanted.hypervisor]))
    spec = guest.spec(wanted.name, wanted.guest)
    if wanted.virtual:
        return _plug_machine(lab, wanted, spec, hypervisor)
    [there] = host.start_all(lab, [spec])
    with netns.inside(there):
        for key, value in spec.sysctls:
            netns.set_sysctl(key, value)
    cable = Cable(End(wanted.hypervisor, wanted.tap), End(wanted.name, NIC, mac=wanted.mac), mtu=wanted.mtu)
    taps = [wanted.tap] if _userspace(hypervisor) else []
    cables.connect({wanted.hypervisor: hypervisor, wanted.name: there}, [cable], taps=taps)
    host.run(hypervisor, ["ovs-vsctl", *_add_port(wanted)])
    control.start((there, unit) for unit in spec.start)
    return there


def _plug_machine(lab: Lab, wanted: Instance, spec: HostSpec, hypervisor: Host) -> Host:
    around = machine.virtual(spec, wanted.mac, wanted.mtu, lab.root / "accelerator")
    with tap(hypervisor, wanted.tap, End(wanted.name, NIC), wanted.mtu, sealed=_userspace(hypervisor)) as line:
        [there] = host.start_all(lab, [around], {wanted.name: {machine.UNIT: line}})
    host.run(hypervisor, ["ovs-vsctl", *_add_port(wanted)])
    control.start((there, unit) for unit in around.start)
    machine.wait_booted(there)
    return there


def unplug(lab: Lab, name: str, port: str, hypervisor: str) -> None:
    """End an instance and take its tap away; what is gone already is no error."""
    tap = f"tap{port[:11]}"
    living = host.hosts(lab)
    if hypervisor in living:
        host.run(living[hypervisor], ["ovs-vsctl", "--if-exists", "del-port", INTEGRATION_BRIDGE, tap])
        cables.disconnect(living[hypervisor], [tap])
    host.end(lab, [name])
    (lab.instances / f"{name}.json").unlink(missing_ok=True)


def _userspace(hypervisor: Host) -> bool:
    """Whether instances here are plugged into a userspace datapath. Source: ovs-vswitchd.conf.db(5), Bridge."""
    return "netdev" in host.run(hypervisor, ["ovs-vsctl", "get", "bridge", INTEGRATION_BRIDGE, "datapath_type"]).stdout


def _add_port(wanted: Instance) -> list[str]:
    """What os-vif writes about a port. Source: os_vif, vif_plug_ovs/ovsdb/ovsdb_lib.py."""
    identity = {
        "iface-id": wanted.port,
        "iface-status": "active",
        "attached-mac": wanted.mac,
        "vm-uuid": wanted.id,
    }
    columns = [f'external_ids:{key}="{value}"' for key, value in identity.items()]
    add_port = ["--may-exist", "add-port", INTEGRATION_BRIDGE, wanted.tap]
    return ["--", *add_port, "--", "set", "interface", wanted.tap, *columns]


def _guest(api: Networking, port: Mapping[str, Any], serves: Mapping[int, str]) -> Guest:
    """Which clients the subnets of the port call for.

    Source: Networking API v2.0, ipv6_address_mode of a subnet: slaac, dhcpv6-stateless, dhcpv6-stateful.
    """
    subnets = [api.subnet(fixed["subnet_id"]) for fixed in port["fixed_ips"]]
    modes = {subnet["ipv6_address_mode"] for subnet in subnets if subnet["ip_version"] == 6}
    return Guest(
        dhcp4=any(subnet["ip_version"] == 4 and subnet["enable_dhcp"] for subnet in subnets),
        dhcp6="stateful" if "dhcpv6-stateful" in modes else "stateless" if "dhcpv6-stateless" in modes else "",
        serves=tuple((protocol, number) for number, protocol in serves.items()),
    )
