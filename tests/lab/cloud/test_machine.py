"""Instances that are machines under QEMU: booted, addressed by themselves, asked and ended like any other."""

import platform
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import IPv6Network
from typing import Any

import pytest

from lab.standing import EXTERNAL, INTERNET, PROJECT, Standing
from lab.waiting import until
from seapoint.base.addresses import eui64
from seapoint.base.errors import EngineError
from seapoint.lab import host

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

NAME, HYPERVISOR = "machine", "cloudvirt2005-dev"
SLOW = 180.0  # seconds: where there is no KVM its processor is a program, which shares this machine with a cloud


@pytest.fixture
def machine(codfw1dev: Standing) -> Iterator[tuple[Any, str]]:
    """The port of a machine in the network of SLAAC, and its floating IP."""
    network, outside = (next(codfw1dev.api.networks(name=name)) for name in ("VXLAN/IPv6-slaac", EXTERNAL))
    with ExitStack() as undo:
        port = codfw1dev.add_instance(NAME, network, HYPERVISOR, virtual=True)
        undo.callback(codfw1dev.remove_instance, NAME, port)
        floating = codfw1dev.api.create_ip(floating_network_id=outside.id, project_id=PROJECT, port_id=port.id)
        undo.callback(codfw1dev.api.delete_ip, floating)
        yield port, floating.floating_ip_address


def answers(cloud: Standing, name: str, address: str) -> bool:
    return host.run(cloud.hosts[name], ["ping", "-c1", "-W2", address], check=False).returncode == 0


def test_a_machine_addresses_itself_and_passes_its_live_tests(codfw1dev: Standing, machine: tuple[Any, str]) -> None:
    cloud, (port, floating) = codfw1dev, machine
    own = {fixed["ip_address"] for fixed in port.fixed_ips}
    (six,) = (address for address in own if ":" in address)
    assert six == str(eui64(IPv6Network("2a02:ec80:a100:35::/64"), port.mac_address))
    tap = f"tap{port.id[:11]}"

    assert cloud.run(NAME, "uname", "-r") != f"{platform.release()}\n", "it has a kernel of its own"
    until(lambda: own <= {*cloud.run(NAME, "hostname", "-I").split()}, f"it has {own}", SLOW)
    assert tap in cloud.run(HYPERVISOR, "ovs-vsctl", "list-ports", "br-int").split()
    for address in (floating, six):
        until(lambda address=address: answers(cloud, "internet", address), f"the internet pings {address}", SLOW)
    for address in INTERNET.values():
        until(lambda address=address: answers(cloud, NAME, address), f"it pings {address}", SLOW)
    asked = cloud.passes(NAME, SLOW)
    assert {one.probe.check.address.version for one in asked} == {4, 6}
    (line,) = (line for line in cloud.told("lab", "status").splitlines() if line.startswith(f"{NAME} "))
    assert line.endswith("MB  qemu")
    there = cloud.hosts[NAME]
    console = cloud.lab.host(NAME) / "log" / "console.log"
    assert "udhcpc" in console.read_text()
    done = host.run(there, ["sh", "-c", "cat; echo said >&2; exit 3"], text="given\n", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, "given\n", "said\n")
    assert host.run(there, ["no-such-program"], check=False).returncode == 127
    waiting = threading.Thread(target=lambda: host.run(there, ["sh", "-c", "until [ -e /tmp/met ]; do sleep 1; done"]))
    waiting.start()
    cloud.run(NAME, "touch", "/tmp/met")  # while another command runs
    waiting.join()
    with pytest.raises(EngineError, match="no end after 1 s"):
        host.run(there, ["sleep", "987"], seconds=1.0)
    until(lambda: not cloud.run(NAME, "pgrep", "-f", "^sleep 987", check=False), "a command ends with its caller", SLOW)
