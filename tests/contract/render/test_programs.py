"""The real programs accept every device's files."""

from pathlib import Path

import pytest

from namespaces import Namespace, cable, eventually, namespace
from seapoint.compile.hosts.names import PRODUCTION
from seapoint.engines.pki import issue, open_authority
from seapoint.render.conntrackd import CONF as CONNTRACKD_CONF
from seapoint.render.conntrackd import SYNC_SCRIPT
from seapoint.render.device import host_target
from seapoint.render.haproxy import AUTHORITY
from seapoint.render.knot import KEY, KEY_FILE
from seapoint.render.unbound import CONF as UNBOUND_CONF
from seapoint.target.device import Device
from seapoint.target.host import HostTarget

pytestmark = pytest.mark.root

CHECKED = {
    "/etc/frr/frr.conf",
    "/etc/keepalived/keepalived.conf",
    "/etc/conntrackd/seapoint-sync",
    "/etc/haproxy/haproxy.cfg",
    "/etc/knot/knot.conf",
    UNBOUND_CONF,
}
NAME_SERVERS_KEY = f"key:\n  - id: {KEY}\n    algorithm: hmac-sha256\n    secret: c2VjcmV0\n"
CERTIFICATE = "/etc/seapoint/tls/openstack-codfw1dev.pem"


@pytest.fixture
def targets(compiled: dict[str, Device]) -> dict[str, HostTarget]:
    return {name: host_target(device) for name, device in compiled.items()}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the installer places for balancers."""
    authority = open_authority(tmp_path_factory.mktemp("pki"), "test")
    return b"".join(issue(authority, "api.example")).decode()


def _interfaces(host: Namespace, target: HostTarget) -> None:
    """The target's interfaces as cables that lead nowhere, with their addresses."""
    for interface in target.interfaces:
        if interface.name != "lo":
            host.run("ip", "link", "add", interface.name, "type", "veth", "peer", "name", f"x{interface.name}"[:15])
            host.run("ip", "link", "set", interface.name, "up")
        host.address(interface.name, *interface.addresses)


def _with(targets: dict[str, HostTarget], path: str) -> list[tuple[HostTarget, str]]:
    found = [(target, file.path) for target in targets.values() for file in target.files if file.path == path]
    assert found, f"no device has {path}"
    return found


def test_every_check_command_accepts_its_file(targets: dict[str, HostTarget], certificate: str) -> None:
    checked = set()
    for target in targets.values():
        with namespace() as host:
            _interfaces(host, target)
            host.write(CERTIFICATE, certificate, 0o600)
            host.write(AUTHORITY, certificate)
            host.write(KEY_FILE, NAME_SERVERS_KEY)
            host.run("mkdir", "/var/lib/unbound")
            for file in target.files:
                if file.check:
                    new = f"/run/new-{Path(file.path).name}"
                    host.write(new, file.text, file.mode)
                    host.run(*(word.replace("{}", new) for word in file.check))
                    checked.add(file.path)
    assert checked == CHECKED


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        ("/etc/frr/frr.conf", "redistribute static", "redistribute statics"),
        ("/etc/keepalived/keepalived.conf", "advert_int 0.1", "advert_int soon"),
        ("/etc/conntrackd/seapoint-sync", "esac", "esca"),
        ("/etc/haproxy/haproxy.cfg", "balance leastconn", "balance leastcon"),
        ("/etc/haproxy/haproxy.cfg", "openstack-codfw1dev.pem", "of-nobody.pem"),
    ],
)
def test_every_check_command_refuses_a_broken_file(
    targets: dict[str, HostTarget], certificate: str, path: str, good: str, bad: str
) -> None:
    target, _ = _with(targets, path)[0]
    (file,) = (one for one in target.files if one.path == path)
    assert good in file.text
    with namespace() as host:
        _interfaces(host, target)
        host.write(CERTIFICATE, certificate, 0o600)
        host.write(AUTHORITY, certificate)
        host.write("/run/new", file.text.replace(good, bad), file.mode)
        assert host.run(*(word.replace("{}", "/run/new") for word in file.check), check=False).returncode != 0


def test_the_kernel_takes_every_ruleset_and_lists_it_unchanged(targets: dict[str, HostTarget]) -> None:
    rulesets = [target for target in targets.values() if target.nftables]
    assert {target.host for target in rulesets} == targets.keys() - {PRODUCTION}
    for target in rulesets:
        with namespace() as host:
            host.run("nft", "--check", "--file", "-", text=target.nftables)
            host.run("nft", "--file", "-", text=target.nftables)
            listed = host.run("nft", "--stateless", "list", "table", "inet", "seapoint").stdout
            host.run("nft", "--file", "-", text=f"delete table inet seapoint\n{target.nftables}")
            assert host.run("nft", "--stateless", "list", "table", "inet", "seapoint").stdout == listed
            rules = [line for line in target.nftables.splitlines() if " comment " in line]
            assert [line.strip().split(" comment ")[1] for line in rules] == [
                line.strip().split(" comment ")[1] for line in listed.splitlines() if " comment " in line
            ]


def test_conntrackd_runs_with_its_file_and_the_other_host_takes_connections_over(
    targets: dict[str, HostTarget],
) -> None:
    edges = [target for target, _ in _with(targets, CONNTRACKD_CONF)]
    assert len(edges) == 2
    with namespace() as a, namespace() as b:
        cable(a, "eno1", b, "eno1")
        for host, target, own in ((a, edges[0], "10.192.20.7"), (b, edges[1], "10.192.20.15")):
            host.address("eno1", f"{own}/24")
            for file in target.files:
                host.write(file.path, file.text, file.mode)
            host.run("conntrackd", "-d", "-C", CONNTRACKD_CONF)
        flow = ["-p", "tcp", "-s", "172.16.128.10", "-d", "198.51.100.10", "--sport", "40000", "--dport", "443"]
        flow6 = [
            "-p",
            "tcp",
            "-s",
            "2a02:ec80:a100:1::a",
            "-d",
            "2001:db8:ffff::10",
            "--sport",
            "40000",
            "--dport",
            "443",
        ]
        for one in (flow, flow6):
            a.run("conntrack", "-I", *one, "--state", "ESTABLISHED", "-t", "600", "-u", "ASSURED")
        for source in ("172.16.128.10", "2a02:ec80:a100:1::a"):
            eventually(lambda src=source: src in b.run("conntrackd", "-C", CONNTRACKD_CONF, "-e").stdout)
            assert source not in b.run("conntrack", "-L", "-f", "ipv6" if ":" in source else "ipv4").stdout
        b.run(SYNC_SCRIPT, "primary")
        for source in ("172.16.128.10", "2a02:ec80:a100:1::a"):
            assert source in b.run("conntrack", "-L", "-f", "ipv6" if ":" in source else "ipv4").stdout
        a.run(SYNC_SCRIPT, "backup")
        assert a.run(SYNC_SCRIPT, "nonsense", check=False).returncode == 64
