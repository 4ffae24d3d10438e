"""The lab as Nova: what it asks of the Networking API, and what it makes of the answers."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from lab.waiting import until
from seapoint.base.errors import EngineError, InputError
from seapoint.lab import control, host, instance, up
from seapoint.lab.networking import Networking
from seapoint.lab.state import Lab
from seapoint.lab.topology import HostSpec, LabPlan
from seapoint.lab.vm import machine

pytestmark = pytest.mark.root

HYPERVISOR = LabPlan((HostSpec("hypervisor", start=("openvswitch-switch.service",)),), ())
PORT = "5c3898c0-d4e5-4f35-bd28-9c2f3d1b6f00"


@dataclass
class Answers:
    """The few objects that are asked for, as a Networking API would hold them."""

    mode: str | None = "slaac"
    url: str = ""
    ports: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fixed = [{"subnet_id": "four"}, {"subnet_id": "six"}]
        self.ports[PORT] = {
            "id": PORT,
            "mac_address": "fa:16:3e:00:00:01",
            "network_id": "net",
            "device_id": "",
            "device_owner": "",
            "binding:host_id": "",
            "fixed_ips": fixed,
        }

    def found(self, kind: str, name: str) -> dict[str, Any] | None:
        subnets = {
            "four": {"ip_version": 4, "enable_dhcp": True, "ipv6_address_mode": None},
            "six": {"ip_version": 6, "enable_dhcp": True, "ipv6_address_mode": self.mode},
        }
        tables: dict[str, dict[str, dict[str, Any]]] = {
            "ports": self.ports,
            "networks": {"net": {"mtu": 1442}},
            "subnets": subnets,
        }
        return tables[kind].get(name)


@pytest.fixture
def answers() -> Iterator[Answers]:
    held = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_PUT(self) -> None:
            self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def answer(self, change: dict[str, dict[str, Any]] | None = None) -> None:
            _, version, kind, name = self.path.split("/")
            value = held.found(kind, name)
            known = self.headers["X-Auth-Token"] == "secret" and version == "v2.0" and value is not None
            if value is not None and change:
                value.update(change[kind.removesuffix("s")])
            body = {kind.removesuffix("s"): value} if known else {"NeutronError": {"message": "no such object"}}
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    held.url = f"http://127.0.0.1:{server.server_port}"
    yield held
    server.shutdown()
    thread.join()
    server.server_close()


def bridge(lab: Lab) -> None:
    """The integration bridge, which a hypervisor's ovn-controller makes."""
    words = ["add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=netdev"]
    host.run(host.find(lab, "hypervisor"), ["ovs-vsctl", *words])


@pytest.mark.parametrize(
    ("mode", "clients"),
    [
        ("slaac", {"dhcp4.service"}),
        ("dhcpv6-stateful", {"dhcp4.service", "dhcp6.service"}),
        ("dhcpv6-stateless", {"dhcp4.service", "dhcp6.service"}),
    ],
)
def test_an_instance_binds_its_port_and_is_plugged_as_nova_does(
    lab: Lab, answers: Answers, mode: str, clients: set[str]
) -> None:
    answers.mode = mode
    hosts = up.up(lab, HYPERVISOR)
    bridge(lab)
    api = Networking(answers.url, "secret")

    there = instance.add(lab, api, "vm", PORT, "hypervisor", {80: "http"})

    port = answers.ports[PORT]
    assert (port["binding:host_id"], port["device_owner"]) == ("hypervisor", "compute:nova")
    identity = json.loads(
        host.run(
            hosts["hypervisor"],
            ["ovs-vsctl", "--format=json", "--columns=external_ids", "list", "interface", "tap5c3898c0-d4"],
        ).stdout
    )["data"][0][0][1]
    assert dict(identity) == {
        "iface-id": PORT,
        "iface-status": "active",
        "attached-mac": "fa:16:3e:00:00:01",
        "vm-uuid": port["device_id"],
    }
    assert {unit["unit"] for unit in control.units(there)} == {*clients, "echo.service"}
    assert host.run(there, ["cat", "/sys/class/net/eth0/address", "/sys/class/net/eth0/mtu"]).stdout.split() == [
        "fa:16:3e:00:00:01",
        "1442",
    ]
    said = until(
        lambda: host.run(there, ["busybox", "wget", "-q", "-O", "-", "http://[::1]/"], check=False).stdout, "it serves"
    )
    assert said == "::1\n"

    with pytest.raises(InputError, match="can be used once"):
        instance.add(lab, api, "other", PORT, "hypervisor", {})
    with pytest.raises(InputError, match="is a host of the lab already"):
        instance.add(lab, api, "vm", PORT, "hypervisor", {})
    instance.remove(lab, api, "vm")
    assert (port["binding:host_id"], port["device_id"], port["device_owner"]) == ("", "", "")
    with pytest.raises(InputError, match=r"no instance 'vm'.*there are: none"):
        instance.remove(lab, api, "vm")


def test_an_instance_that_cannot_be_changes_nothing(
    lab: Lab, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    up.up(lab, HYPERVISOR)
    before = dict(answers.ports[PORT])
    api = Networking(answers.url, "secret")

    with pytest.raises(InputError, match="no living host 'nowhere'"):
        instance.add(lab, api, "vm", PORT, "nowhere", {})
    for name in ("a b", "../vm", "", "-vm"):
        with pytest.raises(InputError, match="is no host name"):
            instance.add(lab, api, name, PORT, "hypervisor", {})
    with pytest.raises(InputError, match="hypervisor takes no instances: it has no bridge br-int"):
        instance.add(lab, api, "vm", PORT, "hypervisor", {})
    bridge(lab)
    with pytest.raises(InputError, match="no such object"):
        instance.add(lab, api, "vm", "unknown", "hypervisor", {})
    with pytest.raises(EngineError, match="does not answer"):
        instance.add(lab, Networking("http://127.0.0.1:1", "secret"), "vm", PORT, "hypervisor", {})
    with pytest.raises(EngineError, match=r"vm: echo.service"):
        instance.add(lab, api, "vm", PORT, "hypervisor", {99999: "tcp"})

    monkeypatch.setattr(machine, "PROGRAM", "qemu-of-no-package")
    with pytest.raises(InputError, match="lacks the program qemu-of-no-package"):
        instance.add(lab, api, "vm", PORT, "hypervisor", {}, virtual=True)

    assert answers.ports[PORT] == before
    assert instance.names(lab) == {}
    assert list(host.hosts(lab)) == ["hypervisor"]
