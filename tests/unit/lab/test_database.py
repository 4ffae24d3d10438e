"""Which servers share a database in a lab, and whom it lets in."""

from pathlib import Path

import pytest

from seapoint.intent.cloud.model import Cloud
from seapoint.lab.database import DIRECTORY, database_url, files, other_servers
from seapoint.wiring.cloudfile import cloud_of

EXAMPLE = Path(__file__).parents[3] / "examples" / "codfw1dev" / "cloud.yaml"
BACKENDS = "neutron: {ports: [29696], "


def codfw1dev(text: str = BACKENDS) -> Cloud:
    whole = EXAMPLE.read_text()
    assert BACKENDS in whole
    return cloud_of(whole.replace(BACKENDS, text))


def test_each_control_host_behind_the_balancers_has_a_server() -> None:
    assert [host.name for host in other_servers(codfw1dev())] == ["cloudcontrol2006-dev", "cloudcontrol2010-dev"]


@pytest.mark.parametrize("text", [f"{BACKENDS}backends: [cloudcontrol2005-dev], ", "no-api: {ports: [29696], "])
def test_one_server_shares_nothing(text: str) -> None:
    assert other_servers(codfw1dev(text)) == ()


def test_it_lets_servers_in_by_their_certificates_and_addresses_of_both_families() -> None:
    cloud = codfw1dev()
    control = cloud.hosts["cloudcontrol2005-dev"]
    assert database_url(control) == "postgresql://seapoint@10.192.20.25:5432/seapoint"
    written = dict(files(control, (control, *other_servers(cloud))))
    callers = [line.split() for line in written[f"{DIRECTORY}/pg_hba.conf"].splitlines()]
    assert callers[0] == ["local", "all", "postgres", "peer"]
    assert {words[0] for words in callers[1:]} == {"hostssl"}
    assert {tuple(words[4:]) for words in callers[1:]} == {("cert", "map=seapoint")}
    assert [words[3] for words in callers[1:]] == [
        "10.192.20.25/32", "2620:0:860:118:10:192:20:25/128",
        "10.192.20.26/32", "2620:0:860:118:10:192:20:26/128",
        "10.192.20.27/32", "2620:0:860:118:10:192:20:27/128",
    ]  # fmt: skip
    assert "listen_addresses = '10.192.20.25, 2620:0:860:118:10:192:20:25'" in written[f"{DIRECTORY}/postgresql.conf"]
    assert written[f"{DIRECTORY}/pg_ident.conf"].splitlines() == [
        f'seapoint "{name}" seapoint'
        for name in ("cloudcontrol2005-dev", "cloudcontrol2006-dev", "cloudcontrol2010-dev")
    ]
