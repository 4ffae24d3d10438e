"""HAProxy runs with our file between callers and backends, all in namespaces: what callers get is what is tested."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from namespaces import Namespace, cable, eventually, namespace
from seapoint.compile.hosts import compile_device
from seapoint.engines.pki import issue, open_authority
from seapoint.intent.cloud.read import read_cloud
from seapoint.intent.snapshot import Intent
from seapoint.lab import apis
from seapoint.render.device import host_target
from seapoint.render.haproxy import CONF
from seapoint.target.host import HostTarget

pytestmark = pytest.mark.root

EXAMPLE = Path(__file__).parents[3] / "examples/codfw1dev/cloud.yaml"
NAME = "openstack.codfw1dev.wikimediacloud.org"
VIP = {4: "185.15.57.24", 6: "2a02:ec80:a100:4000::1"}
BALANCER = ("cloudlb2002-dev", {4: "172.20.5.3", 6: "2a02:ec80:a100:205::3"})
BACKENDS = {
    "cloudcontrol2005-dev": {4: "172.20.5.10", 6: "2a02:ec80:a100:205::10"},
    "cloudcontrol2006-dev": {4: "172.20.5.11", 6: "2a02:ec80:a100:205::11"},
}
#: Callers, by where they are: all of them the one namespace beyond the balancer's wire.
CALLERS = {
    "neighbour": {4: "172.20.5.200", 6: "2a02:ec80:a100:205::200"},
    "instance": {4: "172.16.128.50", 6: "2a02:ec80:a100:1::50"},
    "production": {4: "10.192.48.9", 6: "2620:0:860:101::9"},
    "internet": {4: "198.51.100.10", 6: "2001:db8:ffff::10"},
}
#: Services of the example that stand for their access class, with the callers that are let in.
ACCESS = {
    (25000, "https"): {"neighbour", "instance", "production", "internet"},
    (29292, "https"): {"neighbour", "instance", "production"},
    (3306, "telnet"): {"neighbour"},
}
SERVED = ("http:29292", "keystone:5000", "http:443", "tcp+proxy:1389", "http+proxy:1636")
#: Those that tests end, each in a process of its own.
ENDED = ("http:9001", "tcp:3306")
ASKS_WHO = """
      ldap: {ports: [1389], mode: tcp, client_address: proxy}
      web: {ports: [1636], client_address: proxy}
"""
Done = subprocess.CompletedProcess[str]
FAMILIES = pytest.mark.parametrize("family", [4, 6])


@dataclass
class Site:
    balancer: Namespace
    backends: dict[str, Namespace]
    callers: Namespace
    target: HostTarget
    authority: str
    pids: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)

    def ask(self, family: int, port: int, path: str = "/", source: str = "neighbour", *words: str) -> str:
        """The answer to a request through the VIP, by its name and with the authority's certificate alone."""
        return self.curl(family, f"https://{NAME}:{port}{path}", source, *words).stdout

    def curl(self, family: int, url: str, source: str, *words: str, seconds: int = 20) -> Done:
        port = urlsplit(url).port
        address = f"[{VIP[6]}]" if family == 6 else VIP[4]
        return self.callers.run(
            *("curl", "--silent", "--show-error", "--max-time", str(seconds), "--cacert", self.authority),
            *("--resolve", f"{NAME}:{port}:{address}", "--interface", CALLERS[source][family], *words, url),
            check=False,
        )

    def status(self, path: str, address: str = "127.0.0.1") -> str:
        words = ("curl", "--silent", "--write-out", "\n%{http_code}", f"http://{address}:8081{path}")
        return self.balancer.run(*words, check=False).stdout

    def serve(self, name: str, *words: str) -> None:
        """Start services of a backend."""
        host = self.backends[name]
        process = host.start("sh", "-c", f"echo $$; exec {sys.executable} -I -S {apis.__file__} {' '.join(words)}")
        assert process.stdout is not None
        self.pids[name, words] = process.stdout.readline().strip()

    def end(self, name: str, word: str) -> None:
        """Kill a service of a backend."""
        self.backends[name].run("kill", "-9", self.pids.pop((name, (word,))))

    def reload(self) -> None:
        """As the unit does; done when the master says that the new worker is the one that serves."""
        before = self.workers()
        self.balancer.run("sh", "-c", "kill -USR2 $(cat /run/haproxy.pid)")
        eventually(lambda: self.workers() - before)

    def workers(self) -> set[str]:
        said = self.tell("/run/haproxy-master.sock", "show proc")
        current = said.partition("# old workers")[0]
        return set(re.findall(r"^(\d+)\s+worker", current, re.MULTILINE))

    def tell(self, socket: str, command: str) -> str:
        script = (
            "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
            "s.sendall(sys.argv[2].encode()+b'\\n'); s.shutdown(1); print(s.makefile().read())"
        )
        return self.balancer.run("python3", "-c", script, socket, command).stdout

    def well(self, service: str) -> int:
        """How many servers of a service are up."""
        rows = [row.split(",") for row in self.tell("/run/haproxy/admin.sock", "show stat").splitlines()]
        return sum(row[0] == service and row[1].startswith("cloudcontrol") and row[17] == "UP" for row in rows)


def compiled() -> HostTarget:
    """The example with its balancers and two backends, and two services that ask for the client's address."""
    text, count = re.subn(
        r"(    services:\n)(?=      designate)", rf"\1{ASKS_WHO.lstrip(chr(10))}", EXAMPLE.read_text()
    )
    assert count == 1
    text, count = re.subn(r"(cloudcontrol2010-dev: .*)}", r"\1, runs: false}", text)
    assert count == 1
    cloud = read_cloud(text).cloud
    assert cloud is not None
    return host_target(compile_device(cloud, Intent.empty(), BALANCER[0])[BALANCER[0]])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("pki")
    authority = open_authority(directory, "test")
    with namespace() as wire, namespace() as balancer, namespace() as callers, namespace() as one, namespace() as two:
        backends = dict(zip(BACKENDS, (one, two), strict=True))
        wire.run("ip", "link", "add", "wire", "type", "bridge", "mcast_snooping", "0")
        wire.run("ip", "link", "set", "wire", "up")
        ends = {BALANCER[0]: (balancer, BALANCER[1]), "callers": (callers, CALLERS["neighbour"])}
        ends |= {name: (backends[name], addresses) for name, addresses in BACKENDS.items()}
        for index, (name, (host, addresses)) in enumerate(ends.items()):
            cable(host, "vlan2151", wire, f"to{index}")
            wire.run("ip", "link", "set", f"to{index}", "master", "wire")
            host.address("vlan2151", f"{addresses[4]}/24", f"{addresses[6]}/64")
            host.run("hostname", name)
        for family in (4, 6):
            ip = ("ip", f"-{family}", "route", "add")
            callers.run(*ip, f"{VIP[family]}", "via", BALANCER[1][family])
            balancer.run(*ip, "default", "via", CALLERS["neighbour"][family])
            for name in ("instance", "production", "internet"):
                callers.address("lo", f"{CALLERS[name][family]}/{32 if family == 4 else 128}")
        site = Site(balancer, backends, callers, compiled(), str(directory / "ca.crt"))
        for key, value in site.target.sysctls.items():
            balancer.run("sysctl", "-qw", f"{key}={value}")
        certificate, key = issue(authority, NAME)
        balancer.write("/etc/seapoint/tls/openstack-codfw1dev.pem", (certificate + key).decode(), 0o600)
        balancer.write("/etc/seapoint/tls/ca.pem", authority.pem.decode())
        balancer.run("mkdir", "-p", "/run/haproxy", "/var/lib/haproxy")
        (file,) = (one for one in site.target.files if one.path == CONF)
        balancer.write(file.path, file.text, file.mode)
        balancer.run(*(word.replace("{}", CONF) for word in file.check))
        for name in BACKENDS:
            site.serve(name, *SERVED)
            for word in ENDED:
                site.serve(name, word)
        for family in (4, 6):
            balancer.run("ip", f"-{family}", "route", "add", "local", VIP[family], "dev", "lo", "table", "local")
        run = f"exec haproxy -Ws -f {CONF} -p /run/haproxy.pid -S /run/haproxy-master.sock >/run/haproxy.log 2>&1"
        balancer.start("sh", "-c", run)
        eventually(lambda: site.well("designate") == 4)
        yield site


@FAMILIES
@pytest.mark.parametrize("source", CALLERS)
def test_who_may_call_is_served_and_nobody_else(site: Site, source: str, family: int) -> None:
    for (port, scheme), allowed in ACCESS.items():
        done = site.curl(family, f"{scheme}://{NAME}:{port}/", source, "--telnet-option", "TTYPE=vt100", seconds=3)
        assert bool(done.stdout) == (source in allowed), (port, done)


@FAMILIES
def test_backends_see_the_balancer_unless_they_ask_who_called(site: Site, family: int) -> None:
    caller = CALLERS["instance"][family]
    assert site.ask(family, 29292, "/", "instance").strip() in BALANCER[1].values()
    assert site.ask(family, 25000, "/who", "instance").strip() == caller
    assert site.ask(family, 1636, "/", "instance").strip() == caller
    assert site.ask(family, 25000, "/who", "instance", "--header", "X-Forwarded-For: 192.0.2.1").strip() == caller
    assert site.ask(family, 29292, "/", "instance", "--header", "X-Forwarded-For: 192.0.2.1").strip() != "192.0.2.1"
    assert greeting(site, family, 1389).split()[0] == CALLERS["neighbour"][family]
    assert greeting(site, family, 3306).split()[0] in BALANCER[1].values()


@FAMILIES
def test_keystones_version_document_names_the_url_that_was_asked(site: Site, family: int) -> None:
    document = site.ask(family, 25000, "/v3", "internet")
    assert f'"https://{NAME}:25000/v3/"' in document
    assert '"id": "v3.14"' in document


@FAMILIES
def test_tls_is_recent_and_a_plain_request_is_refused(site: Site, family: int) -> None:
    words = ("--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0")
    assert site.curl(family, f"https://{NAME}:25000/v3", "internet", *words).returncode == 35  # CURLE_SSL_CONNECT_ERROR
    assert site.curl(family, f"http://{NAME}:25000/v3", "internet").stdout == ""


@FAMILIES
def test_only_the_host_name_of_a_service_is_served(site: Site, family: int) -> None:
    code = ("--output", "/dev/null", "--write-out", "%{http_code}")
    right = ("--header", "Host: object.codfw1dev.wikimediacloud.org")
    assert site.ask(family, 443, "/", "neighbour", *code) == "421"
    assert site.ask(family, 443, "/", "neighbour", *code, *right) == "200"


@FAMILIES
def test_a_client_keeps_its_backend_also_through_a_reload(site: Site, family: int) -> None:
    def served_by() -> str:
        head = site.ask(family, 29001, "/", "instance", "--head", "--request", "GET")
        (name,) = re.findall(r"^x-served-by: (\S+)", head, re.MULTILINE | re.IGNORECASE)
        return str(name)

    first = served_by()
    assert {served_by() for _ in range(6)} == {first}
    site.reload()
    assert {served_by() for _ in range(6)} == {first}


@FAMILIES
def test_a_dead_backend_costs_no_answer_and_two_dead_ones_are_told(site: Site, family: int) -> None:
    code = ("--output", "/dev/null", "--write-out", "%{http_code}")
    one, other = BACKENDS
    for source in ("neighbour", "instance", "production"):
        assert site.ask(family, 29001, "/", source, *code) == "200"
    site.end(one, "http:9001")
    for source in ("neighbour", "instance", "production"):
        assert site.ask(family, 29001, "/", source, *code) == "200"
    site.end(other, "http:9001")
    eventually(lambda: site.well("designate") == 0)
    assert site.ask(family, 29001, "/", "neighbour", *code) == "503"
    assert site.status("/openstack").endswith("200"), "another service is well"
    for name in BACKENDS:
        site.serve(name, "http:9001")
    eventually(lambda: site.well("designate") == 4)
    assert site.ask(family, 29001, "/", "neighbour", *code) == "200"


@FAMILIES
def test_one_primary_is_used_and_taken_back_when_it_returns(site: Site, family: int) -> None:
    primary, standby = BACKENDS

    def serving() -> str:
        return greeting(site, family, 3306).rpartition(" ")[2].strip()

    assert {serving() for _ in range(4)} == {primary}
    site.end(primary, "tcp:3306")
    eventually(lambda: serving() == standby)
    flow = site.callers.start(sys.executable, "-c", FLOW, VIP[family], "3306")

    def alive() -> bool:
        return told(flow, "still there?") == "still there?\n"

    assert alive()
    site.serve(primary, "tcp:3306")
    eventually(lambda: serving() == primary)
    # two that write at once would be two truths: connections to the standby are ended
    eventually(lambda: not alive())


def test_metrics_and_health_are_for_neighbours(site: Site) -> None:
    assert 'haproxy_server_status{proxy="designate"' in site.status("/metrics")
    assert site.status("/openstack").endswith("200")
    assert site.status("/other").endswith("404")
    for family, address in ((4, BALANCER[1][4]), (6, f"[{BALANCER[1][6]}]")):
        url = f"http://{address}:8081/openstack"
        near, far = (
            site.callers.run("curl", "-sm5", "-w%{http_code}", "--interface", source[family], url, check=False)
            for source in (CALLERS["neighbour"], CALLERS["instance"])
        )
        assert near.stdout.endswith("200")
        assert far.stdout.endswith("000")


@FAMILIES
def test_a_reload_ends_no_connection_and_refuses_none(site: Site, family: int) -> None:
    flow = site.callers.start(sys.executable, "-c", FLOW, VIP[family], "3306")
    resolved = f"{NAME}:25000:[{VIP[6]}]" if family == 6 else f"{NAME}:25000:{VIP[4]}"
    asked = site.callers.start("sh", "-c", REQUESTS, site.authority, resolved, f"https://{NAME}:25000/v3")
    assert asked.stdout is not None
    assert asked.stdout.readline() == "200\n"
    for count in range(1, 4):
        site.reload()
        assert told(flow, f"{count}") == f"{count}\n"
    site.callers.run("touch", "/run/enough")
    answers = asked.communicate(timeout=60)[0].split()
    assert len(answers) > 3
    assert set(answers) == {"200"}
    flow.communicate(timeout=60)
    site.callers.run("rm", "/run/enough")


#: A connection that lives until its input ends: each line is sent, and what comes back is told.
FLOW = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 60) as line, line.makefile("rw") as talk:
    talk.readline()
    for word in sys.stdin:
        talk.write(word); talk.flush()
        answer = talk.readline() or sys.exit()
        print(answer, end="", flush=True)
"""
#: New connections, one after the other; each tells its status, 000 for one that was refused or cut.
REQUESTS = """
until [ -e /run/enough ]; do
    curl -s -o /dev/null -w '%{http_code}\\n' --max-time 20 --cacert "$0" --resolve "$1" "$2"
done
"""


def told(flow: "subprocess.Popen[str]", words: str) -> str:
    """What comes back on a connection that lives."""
    assert flow.stdin is not None
    assert flow.stdout is not None
    flow.stdin.write(f"{words}\n")
    flow.stdin.flush()
    return flow.stdout.readline()


def greeting(site: Site, family: int, port: int) -> str:
    """What a TCP service says to whom it sees: the caller as it sees it, and its own name."""
    script = (
        "import socket,sys; print(socket.create_connection((sys.argv[1], int(sys.argv[2])), 20).makefile().readline())"
    )
    return site.callers.run(sys.executable, "-c", script, VIP[family], str(port)).stdout
