"""OVN's daemons with our options: a chassis joins over TLS under its own name, and writes its own rows only."""

import dataclasses
import json
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from namespaces import Namespace, cable, eventually, namespace
from seapoint.compile.hosts.control import southbound_listener
from seapoint.engines.pki import Authority, issue, open_authority
from seapoint.intent.cloud.model import Cloud
from seapoint.render.device import host_target
from seapoint.render.ovnctl import CENTRAL_OPTIONS, HOST_OPTIONS
from seapoint.target.device import Device
from seapoint.target.host import HostTarget
from seapoint.target.ovnctl import Tls

pytestmark = pytest.mark.root

CONTROL, CHASSIS = "cloudcontrol2005-dev", "cloudnet2005-dev"
OVS_CTL, OVN_CTL = "/usr/share/openvswitch/scripts/ovs-ctl", "/usr/share/ovn/scripts/ovn-ctl"
SOUTHBOUND = "unix:/run/ovn/ovnsb_db.sock"


@dataclass(frozen=True)
class Standing:
    control: Namespace
    chassis: Namespace
    target: HostTarget
    authority: Authority

    def southbound(self, *words: str) -> str:
        return self.control.run("ovn-sbctl", f"--db={SOUTHBOUND}", *words).stdout.strip()


def _certify(host: Namespace, authority: Authority, name: str) -> None:
    certificate, key = issue(authority, name)
    tls = Tls()
    for path, data, mode in (
        (tls.authority, authority.pem, 0o644),
        (tls.certificate, certificate, 0o644),
        (tls.key, key, 0o600),
    ):
        host.write(path, data.decode(), mode)


def _options(target: HostTarget, path: str) -> list[str]:
    """What Debian's unit makes of the file: OVN_CTL_OPTS, split into words."""
    (file,) = (file for file in target.files if file.path == path)
    (line,) = (line for line in file.text.splitlines() if line.startswith("OVN_CTL_OPTS="))
    (value,) = shlex.split(line.partition("=")[2])
    return value.split()


@pytest.fixture(scope="module")
def standing(cloud: Cloud, compiled: dict[str, Device], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    authority = open_authority(tmp_path_factory.mktemp("authority"), cloud.name)
    control_target, target = host_target(compiled[CONTROL]), host_target(compiled[CHASSIS])
    with namespace() as control, namespace() as chassis:
        cable(control, "eno1", chassis, "eno1")
        control.address("eno1", "10.192.20.25/24")
        chassis.address("eno1", "10.192.20.20/24")
        for host, name in ((control, CONTROL), (chassis, CHASSIS)):
            _certify(host, authority, name)
            host.run("hostname", name)
        control.start(OVN_CTL, "run_sb_ovsdb", *_options(control_target, CENTRAL_OPTIONS))
        eventually(lambda: control.run("test", "-S", "/run/ovn/ovnsb_db.sock", check=False).returncode == 0)
        listener = southbound_listener(cloud.hosts[CONTROL])
        control.run("ovn-sbctl", f"--db={SOUTHBOUND}", "init")
        control.run("ovn-sbctl", f"--db={SOUTHBOUND}", "set-connection", "role=ovn-controller", listener)
        # northd makes the role's permissions at its start
        control.start(OVN_CTL, "run_nb_ovsdb", *_options(control_target, CENTRAL_OPTIONS))
        eventually(lambda: control.run("test", "-S", "/run/ovn/ovnnb_db.sock", check=False).returncode == 0)
        control.run(OVN_CTL, "start_northd", "--ovn-manage-ovsdb=no", "--no-monitor")
        cable(chassis, "eno2", control, "far")
        chassis.run(OVS_CTL, "start", "--no-monitor", "--system-id=random", "--no-record-hostname")
        applied = dataclasses.replace(target, units=())
        chassis.write("/run/target.json", json.dumps(applied.to_json()))
        agent = (
            sys.executable,
            "-m",
            "seapoint.agent",
            "--target",
            "/run/target.json",
            "--state",
            "/run/agent",
            "--once",
        )
        chassis.run(*agent)
        start = (OVN_CTL, "start_controller", "--ovn-manage-ovsdb=no", "--no-monitor")
        chassis.run(*start, *_options(target, HOST_OPTIONS))
        yield Standing(control, chassis, target, authority)


def test_the_chassis_joins_under_its_own_name(standing: Standing) -> None:
    eventually(lambda: standing.southbound("--bare", "--columns=name", "list", "Chassis") == CHASSIS)
    assert set(standing.southbound("--bare", "--columns=type,ip", "list", "Encap").split()) == {"172.20.5.13", "vxlan"}
    config = standing.southbound("--bare", "--columns=other_config", "list", "Chassis")
    assert "ovn-bridge-mappings=cloudinstances2b:br-vlan2105,wan-transport-codfw:br-vlan2107" in config
    assert "ovn-cms-options=enable-chassis-as-gw" in config


def test_bridges_are_joined_by_tagged_patches(standing: Standing) -> None:
    def ovs(*words: str) -> str:
        return standing.chassis.run("ovs-vsctl", *words).stdout.strip()

    assert set(ovs("list-br").split()) >= {"br-phy", "br-int", "br-vlan2105", "br-vlan2107"}
    assert set(ovs("list-ports", "br-phy").split()) == {"eno2", "vlan2151", "phy-vlan2105", "phy-vlan2107"}
    assert ovs("get", "Port", "phy-vlan2107", "tag") == "2107"
    assert ovs("get", "Port", "vlan2151", "tag") == "2151"
    assert ovs("get", "Port", "eno2", "trunks") == "[2105, 2107, 2151]"
    assert ovs("get", "Interface", "phy-vlan2107", "options:peer") == "vlan2107-phy"
    addresses = standing.chassis.run("ip", "-brief", "address", "show", "vlan2151").stdout
    assert "172.20.5.13/24" in addresses
    assert "2a02:ec80:a100:205::13/64" in addresses


@pytest.mark.parametrize(
    ("name", "words", "allowed"),
    [
        ("another-chassis", ("set", "Chassis", CHASSIS, "external_ids:stolen=yes"), False),
        ("another-chassis", ("destroy", "Chassis", CHASSIS), False),
        (CHASSIS, ("set", "Chassis", CHASSIS, "external_ids:own=yes"), True),
    ],
)
def test_a_certificate_writes_its_own_chassis_only(
    standing: Standing, name: str, words: tuple[str, ...], allowed: bool
) -> None:
    eventually(lambda: standing.southbound("--bare", "--columns=name", "list", "Chassis") == CHASSIS)
    certificate, key = issue(standing.authority, name)
    standing.chassis.write("/run/other.pem", certificate.decode())
    standing.chassis.write("/run/other.key", key.decode(), 0o600)
    tls = ("--certificate=/run/other.pem", "--private-key=/run/other.key", f"--ca-cert={Tls().authority}")
    done = standing.chassis.run("ovn-sbctl", "--timeout=10", "--db=ssl:10.192.20.25:6642", *tls, *words, check=False)
    assert (done.returncode == 0) is allowed, done.stderr
    assert allowed or "permission error" in done.stderr or "RBAC" in done.stderr


def test_nobody_outside_reaches_the_northbound(standing: Standing) -> None:
    listening = standing.control.run("ss", "-Hltn").stdout
    assert [line.split()[3] for line in listening.splitlines()] == ["10.192.20.25:6642"]
