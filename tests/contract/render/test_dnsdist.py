"""The real dnsdist with our file, between callers and backends, all in namespaces; a broken file is refused."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab.edits import NAMES, WHOAMI, with_whoami
from namespaces import Namespace, cable, eventually, namespace
from seapoint.compile.hosts import compile_device
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.snapshot import Intent
from seapoint.lab import apis
from seapoint.lab.units import DNSDIST
from seapoint.render.device import host_target
from seapoint.render.dnsdist import CONF
from seapoint.target.host import File

pytestmark = pytest.mark.root

EXAMPLE = Path(__file__).parents[3] / "examples/codfw1dev/cloud.yaml"
VIP = {4: "172.20.254.53", 6: "2a02:ec80:a100:2ff::53"}
BALANCER = ("cloudlb2002-dev", {4: "172.20.5.3", 6: "2a02:ec80:a100:205::3"})
BACKENDS = {
    "cloudcontrol2005-dev": {4: "172.20.5.10", 6: "2a02:ec80:a100:205::10"},
    "cloudcontrol2006-dev": {4: "172.20.5.11", 6: "2a02:ec80:a100:205::11"},
}
NEIGHBOUR = {4: "172.20.5.200", 6: "2a02:ec80:a100:205::200"}
INSTANCE = {4: "172.16.128.50", 6: "2a02:ec80:a100:1::50"}
INTERNET = {4: "198.51.100.10", 6: "2001:db8:ffff::10"}
TIMES = 8
FAMILIES = pytest.mark.parametrize("family", [4, 6])


@dataclass
class Site:
    backends: dict[str, Namespace]
    callers: Namespace
    pids: dict[str, str] = field(default_factory=dict)

    def ask(self, source: str, family: int, port: int = 53) -> str:
        """What is said to one question over UDP: the name of the answer's status and its data, or nothing."""
        options = ("+time=1", "+retry=0", "-b", source, "-p", str(port), f"@{VIP[family]}")
        done = self.callers.run("kdig", *options, "whoami.example", "TXT", check=False)
        return "" if "failed to query server" in done.stdout + done.stderr else done.stdout

    def hosts(self, family: int) -> set[str]:
        """The backends that answer; no question may be lost."""
        answers = [self.ask(NEIGHBOUR[family], family) for _ in range(TIMES)]
        assert all("TXT" in one for one in answers)
        return {name for name in BACKENDS if any(name in one for one in answers)}

    def start(self, name: str) -> None:
        command = f"echo $$; exec {sys.executable} -I -S {apis.__file__} udp:{WHOAMI}"
        process = self.backends[name].start("sh", "-c", command)
        assert process.stdout is not None
        self.pids[name] = process.stdout.readline().strip()

    def kill(self, name: str) -> None:
        self.backends[name].run("kill", "-9", self.pids.pop(name))


@pytest.fixture(scope="module")
def file() -> File:
    places = {"balancers": "cloudlb", "backends": "cloudcontrol", "serving": "cloudservices", "names": "cloudservices"}
    text = with_whoami(EXAMPLE.read_text(), **places)
    cloud = read_cloud(text.replace("private: 12}", "private: 12, runs: false}")).cloud
    assert cloud is not None
    target = host_target(compile_device(cloud, Intent.empty(), BALANCER[0])[BALANCER[0]])
    (one,) = (file for file in target.files if file.path == CONF)
    return one


@pytest.fixture(scope="module")
def site(file: File) -> Iterator[Site]:
    with namespace() as wire, namespace() as balancer, namespace() as callers, namespace() as one, namespace() as two:
        backends = dict(zip(BACKENDS, (one, two), strict=True))
        wire.run("ip", "link", "add", "wire", "type", "bridge", "mcast_snooping", "0")
        wire.run("ip", "link", "set", "wire", "up")
        ends = {BALANCER[0]: (balancer, BALANCER[1]), "callers": (callers, NEIGHBOUR)}
        ends |= {name: (backends[name], addresses) for name, addresses in BACKENDS.items()}
        for index, (name, (host, addresses)) in enumerate(ends.items()):
            cable(host, "vlan2151", wire, f"to{index}")
            wire.run("ip", "link", "set", f"to{index}", "master", "wire")
            host.address("vlan2151", f"{addresses[4]}/24", f"{addresses[6]}/64")
            host.run("hostname", name)
        balancer.run("sysctl", "-qw", "net.ipv6.ip_nonlocal_bind=1")
        for family in (4, 6):
            ip = ("ip", f"-{family}", "route", "add")
            balancer.run(*ip, "local", VIP[family], "dev", "lo", "table", "local")
            balancer.run(*ip, "default", "via", NEIGHBOUR[family])
            callers.run(*ip, VIP[family], "via", BALANCER[1][family])
            for source in (INSTANCE, INTERNET):
                callers.address("lo", f"{source[family]}/{32 if family == 4 else 128}")
        balancer.write(file.path, file.text, file.mode)
        one_site = Site(backends, callers)
        for name in BACKENDS:
            one_site.start(name)
        balancer.start(*DNSDIST.daemons[0].start)
        eventually(lambda: [one_site.hosts(family) for family in (4, 6)] == [{*BACKENDS}] * 2)
        yield one_site


@FAMILIES
def test_backends_see_the_balancer(site: Site, family: int) -> None:
    said = site.ask(INSTANCE[family], family)
    assert any(f'"{address} cloudcontrol' in said for address in BALANCER[1].values())


@FAMILIES
def test_who_is_not_meant_is_not_answered(site: Site, family: int) -> None:
    assert "TXT" in site.ask(NEIGHBOUR[family], family)
    assert site.ask(INTERNET[family], family) == ""
    # the other service is for cloud-private, and has no backend here
    eventually(lambda: "SERVFAIL" in site.ask(NEIGHBOUR[family], family, NAMES))
    assert site.ask(INSTANCE[family], family, NAMES) == ""


@FAMILIES
def test_a_dead_backend_is_asked_no_more_until_it_is_back(site: Site, family: int) -> None:
    dies, stays = BACKENDS
    site.kill(dies)
    eventually(lambda: site.hosts(family) == {stays})
    assert site.hosts(family) == {stays}
    site.start(dies)
    eventually(lambda: site.hosts(family) == {*BACKENDS})


def test_metrics_are_for_neighbours(site: Site) -> None:
    ask = ("curl", "-s", "-m", "5", "http://172.20.5.3:8083/metrics")
    assert 'dnsdist_server_status{server="cloudcontrol2005-dev' in site.callers.run(*ask).stdout
    assert "dnsdist_" not in site.callers.run(*ask, "--interface", INTERNET[4], check=False).stdout


def checked(file: File, text: str, directory: Path) -> "subprocess.CompletedProcess[str]":
    new = directory / "new"
    new.write_text(text)
    command = [word.replace("{}", str(new)) for word in file.check]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_check_accepts_our_file(file: File, tmp_path: Path) -> None:
    done = checked(file, file.text, tmp_path)
    assert done.returncode == 0, done


@pytest.mark.parametrize(
    ("good", "bad"), [("leastOutstanding", "leastOut"), ("addLocal(", "addLocale("), ("172.20.254.53/32", "172.20.254")]
)
def test_the_check_refuses_a_broken_one(file: File, tmp_path: Path, good: str, bad: str) -> None:
    assert good in file.text
    assert checked(file, file.text.replace(good, bad), tmp_path).returncode != 0
