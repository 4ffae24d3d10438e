"""What the standing cloud refuses, hides, and does not offer."""

import grp
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from lab.standing import CONTROL, EXAMPLE, HYPERVISORS, Standing
from seapoint.engines.pki import ensure_certificate, open_authority
from seapoint.intent.cloud.read import read_cloud
from seapoint.lab import host as lab_host
from seapoint.lab.services import services

pytestmark = [
    pytest.mark.root,
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning"),
    pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning"),
]

HOST = HYPERVISORS[0]
SERVER = "10.192.20.25"
AGENTS = f"https://{SERVER}:9697/agent/v1/target?wait=0"
#: Loopback, service addresses and cloud-private.
REALM = ("127.0.0.1", "[::1]", "172.20.", "185.15.57.", "[2a02:ec80:a100:")
#: Agents and OVN's chassis, over mutual TLS; name servers, which are fed there.
OUTSIDE_THE_REALM = {
    # agents, ovn-controllers, the other servers of the API at their database: with a certificate of this cloud
    CONTROL: {f"{SERVER}:9697", f"{SERVER}:6642", f"{SERVER}:5432", "[2620:0:860:118:10:192:20:25]:5432"},
    "cloudservices2004-dev": {"10.192.20.28:53", "[2620:0:860:118:10:192:20:28]:53"},
    "cloudservices2005-dev": {"10.192.20.29:53", "[2620:0:860:118:10:192:20:29]:53"},
}
OWN = "/etc/seapoint/tls"
FOREIGN = "/run/foreign"


def listening(text: str) -> set[str]:
    """Local addresses of ``ss -Hltn``."""
    return {line.split()[3] for line in text.splitlines()}


def curl(cloud: Standing, *words: str) -> tuple[int, str]:
    """Exit status, and HTTP status (000: none) with the body."""
    done = lab_host.run(cloud.hosts[HOST], ["curl", "-s", "-m", "5", "-w", "%{http_code}", *words], check=False)
    return done.returncode, done.stdout


def identity(directory: str, ca: str = OWN) -> tuple[str, ...]:
    return ("--cacert", f"{ca}/ca.pem", "--cert", f"{directory}/host.pem", "--key", f"{directory}/host.key")


@pytest.fixture
def foreign(codfw1dev: Standing, tmp_path: Path) -> Iterator[str]:
    """A certificate of the same name by another authority, on a host."""
    files = ensure_certificate(open_authority(tmp_path, "another"), tmp_path, HOST, ["10.192.20.33"])
    for path, name in ((files.certificate, "host.pem"), (files.key, "host.key"), (files.ca, "ca.pem")):
        lab_host.write(codfw1dev.hosts[HOST], f"{FOREIGN}/{name}", path.read_text())
    yield FOREIGN
    codfw1dev.run(HOST, "rm", "-r", FOREIGN)


def test_nothing_listens_that_need_not(codfw1dev: Standing) -> None:
    port = codfw1dev.client.url.rpartition(":")[2]
    cloud = read_cloud((EXAMPLE / "cloud.yaml").read_text()).cloud
    assert cloud is not None
    for name in codfw1dev.client.get("/seapoint/v1/status")["hosts"]:
        words = services(cloud, cloud.hosts[name])  # what the lab plays there is no part of us
        played = {f"*:{word.rpartition(':')[2]}" for word in words}
        found = {one for one in listening(codfw1dev.run(name, "ss", "-Hltn")) if not one.startswith(REALM)}
        assert found - played == OUTSIDE_THE_REALM.get(name, set()), name
    inode = re.compile(rf"^ *\d+: ([0-9A-F]+):{int(port):04X} .* 0A ", re.MULTILINE)
    found = inode.findall(Path("/proc/net/tcp").read_text()) + inode.findall(Path("/proc/net/tcp6").read_text())
    assert found == ["0100007F"], "the API: 127.0.0.1 alone"


@pytest.mark.parametrize("path", ["/v2.0/networks", "/seapoint/v1/status", "/seapoint/v1/cloud", "/seapoint/v1/intent"])
def test_the_api_answers_nobody_without_the_token(codfw1dev: Standing, path: str) -> None:
    for headers in ({}, {"X-Auth-Token": "wrong"}, {"X-Auth-Token": ""}):
        answer = requests.get(codfw1dev.client.url + path, headers=headers, timeout=10)
        assert answer.status_code == 401, (path, headers)
        assert codfw1dev.client.token not in answer.text


def test_agents_endpoint_wants_a_certificate_of_this_cloud(codfw1dev: Standing, foreign: str) -> None:
    assert curl(codfw1dev, "-o", "/dev/null", *identity(OWN), AGENTS) == (0, "200")
    status, said = curl(codfw1dev, *identity(OWN), f"{AGENTS}&host={CONTROL}")
    assert (status, said[-3:]) == (0, "403"), "its own target only"
    for words in (
        ("--cacert", f"{OWN}/ca.pem", AGENTS),
        (*identity(foreign, ca=OWN), AGENTS),
        ("--tls-max", "1.2", *identity(OWN), AGENTS),
        (AGENTS.replace("https", "http"),),
        (*identity(OWN, ca=foreign), AGENTS),  # and the host does not take another server for this one
    ):
        status, said = curl(codfw1dev, *words)
        assert status != 0, (words, said)
        assert said == "000", "not one octet of an answer"


def test_ovns_southbound_wants_a_certificate_of_this_cloud(codfw1dev: Standing, foreign: str) -> None:
    def databases(directory: str) -> str:
        options = ("-p", f"{directory}/host.key", "-c", f"{directory}/host.pem", "-C", f"{OWN}/ca.pem")
        return codfw1dev.run(
            HOST, "timeout", "5", "ovsdb-client", *options, "list-dbs", f"ssl:{SERVER}:6642", check=False
        )

    assert "OVN_Southbound" in databases(OWN)
    assert databases(foreign) == ""
    plain = codfw1dev.run(HOST, "timeout", "5", "ovsdb-client", "list-dbs", f"tcp:{SERVER}:6642", check=False)
    assert plain == ""
    # a chassis' certificate does not let it write what is no business of its own (ovn-sb(5), RBAC_Role)
    steal = '["OVN_Southbound",{"op":"delete","table":"Chassis","where":[]}]'
    options = ("-p", f"{OWN}/host.key", "-c", f"{OWN}/host.pem", "-C", f"{OWN}/ca.pem")
    said = codfw1dev.run(HOST, "ovsdb-client", *options, "transact", f"ssl:{SERVER}:6642", steal, check=False)
    assert "permission error" in said, said


def test_secrets_are_for_their_owner_alone(codfw1dev: Standing) -> None:
    root, token = codfw1dev.lab.root, codfw1dev.client.token.encode()
    secret = [path for path in files(root) if token in path.read_bytes() or b"PRIVATE KEY" in path.read_bytes()]
    names = {path.name for path in secret}
    assert {"token", "clouds.yaml", "ca.key", "host.key", f"{HOST}.key"} <= names
    for path in secret:
        about = path.stat()
        # Knot keeps the keys that it signs with for its own group
        of_knot = stat.S_IMODE(about.st_mode) == 0o640 and about.st_gid == grp.getgrnam("knot").gr_gid
        assert of_knot or stat.S_IMODE(about.st_mode) == 0o600, path


def test_nothing_tells_a_secret(codfw1dev: Standing, tmp_path: Path) -> None:
    root, token = codfw1dev.lab.root, codfw1dev.client.token
    logs = [path for path in files(root) if "log" in path.relative_to(root).parts]
    assert len(logs) > 20
    told = {str(path): path.read_text(errors="replace") for path in logs}
    report = tmp_path / "junit.xml"
    for words in (
        ("status", "--json"),
        ("status",),
        ("lab", "status", "--json"),
        ("history", "--json"),
        ("test", "--only", "gateway", "--json", "--junit", str(report)),
    ):
        said = codfw1dev.seapoint(*words)
        told[" ".join(words)] = said.out + said.err
    told["junit"] = report.read_text()
    told["arguments of all processes"] = "".join(map(arguments, Path("/proc").iterdir()))
    guilty = [where for where, text in told.items() if token in text or "PRIVATE KEY" in text]
    assert guilty == []


def files(root: Path) -> list[Path]:
    """The regular files below a directory, without links: a host's links lead to this machine's files."""
    return [
        Path(directory, name)
        for directory, _, names in os.walk(root)
        for name in names
        if stat.S_ISREG(Path(directory, name).lstat().st_mode)
    ]


def arguments(process: Path) -> str:
    try:
        return (process / "cmdline").read_text(errors="replace") if process.name.isdigit() else ""
    except OSError:  # it has just ended
        return ""
