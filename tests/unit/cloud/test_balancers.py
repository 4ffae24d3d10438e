"""What can be wrong with load balancers, and what a line of the file stands for."""

import pytest

from seapoint.intent.cloud.balancer import DNS_STATUS_PORT, Check
from seapoint.intent.cloud.matrix import matrix
from seapoint.intent.cloud.reach import Ports
from seapoint.intent.cloud.read import read_cloud
from unit.cloud.edits import Case, assert_told, edited
from unit.cloud.test_vips import GROUND, RIGHT, SERVERS

HEAD = "api: {vip: api, certificate: cloud, backends: [control]"
VIP = RIGHT[1].removesuffix("groups:\n")
PLAIN = "api: {vip: api, backends: [control]"
DIRECT = "api: {vip: api, answers: direct"
KNOWN = (
    "Known here: balancers, before, behind, floating, friends, manage, own, own-vips, public, servers, site, tenants, "
    "web."
)


def balancers(text: str) -> list[tuple[str, str]]:
    return [*GROUND, SERVERS, ("groups:\n", f"{VIP}balancers:\n  {text}\ngroups:\n")]


def service(text: str, head: str = HEAD) -> list[tuple[str, str]]:
    return balancers(f"{head}, services: {{{text}}}}}")


OF_DNS = "'names' is DNS: question by question, each led by itself"

CASES: dict[str, Case] = {
    "an unknown VIP": (
        balancers("api: {vip: ▸apo, certificate: cloud, backends: [control], services: {net: {ports: [9696]}}}"),
        [("error", "unknown VIP 'apo'", "Did you mean 'api'?")],
    ),
    "a service without a backend": (
        service("▸net: {ports: [9696]}", "api: {vip: api, certificate: cloud"),
        [
            (
                "error",
                "the service 'net' has no backend",
                "Name roles or hosts that run under `backends`, of the service or of the balancer.",
            )
        ],
    ),
    "a backend that nobody is": (
        service("net: {ports: [9696], backends: [▸contrl]}"),
        [("error", "'contrl' is no role and no host", "Did you mean 'control'?")],
    ),
    "a backend without a cloud-private address": (
        service("▸net: {ports: [9696], backends: [edge1]}"),
        [
            (
                "error",
                "the service 'net' has the backend 'edge1', which has no cloud-private address",
                "Add `private:` to 'edge1'.",
            )
        ],
    ),
    "a primary that is no backend": (
        service("sql: {ports: [3306], mode: tcp, primary: ▸hv1}"),
        [("error", "'hv1' is no backend of 'sql'", "Known here: ctl1.")],
    ),
    "a port for two services": (
        service("net: {ports: [9696]}, image: {ports: [9292, ▸9696]}"),
        [("error", "port 9696 of 'api' is taken by 'net'", "Take another port.")],
    ),
    "no certificate for TLS": (
        balancers("▸api: {vip: api, backends: [control], services: {net: {ports: [9696]}}}"),
        [
            (
                "error",
                "the balancer 'api' has no certificate to show",
                "Add `certificate: NAME`; or `mode: tcp` to services that are passed on as they come.",
            )
        ],
    ),
    "words of HTTP where nobody reads it": (
        service("sql: {ports: [3306], mode: tcp, check: {path: ▸/x}, client_address: ▸header, host: ▸db.example}"),
        [
            (
                "error",
                "'sql' is passed on as it comes: nobody reads HTTP in it",
                "Take it out, or write `mode: http`.",
            ),
            (
                "error",
                "'sql' is passed on as it comes: nobody reads HTTP in it",
                "Write `client_address: proxy`, or `mode: http`.",
            ),
            (
                "error",
                "'sql' is passed on as it comes: nobody reads HTTP in it",
                "Take it out, or write `mode: http`.",
            ),
        ],
    ),
    "datagrams that no balancer passes on": (
        service("time: {ports: [123], mode: ▸udp}"),
        [
            (
                "error",
                "no balancer passes on the datagrams of 'time'",
                "Write `mode: dns` for DNS; or give it a VIP whose owners serve it, and `answers: direct`.",
            )
        ],
    ),
    "a port of DNS for a service of TCP": (
        service("names: {ports: [53], mode: dns}, other: {ports: [▸53], mode: tcp}"),
        [("error", "port 53 of 'api' is taken by 'names'", "Take another port.")],
    ),
    "words of connections in DNS": (
        service(
            "names: {ports: [53], mode: dns, check: {path: ▸/x}, sticky: ▸5, balance: ▸source, "
            "client_address: ▸proxy, host: ▸dns.example, backend_tls: ▸true}"
        ),
        [
            ("error", OF_DNS, "Take it out: backends are asked for the VIP's name."),
            ("error", OF_DNS, "Take it out."),
            ("error", OF_DNS, "Write `balance: leastconn` or `balance: roundrobin`."),
            *[("error", OF_DNS, "Take it out.")] * 3,
        ],
    ),
    "words of a balancer where answers are direct": (
        service(
            "sql: {ports: [3306], mode: tcp, backend_port: ▸3307, primary: ▸lb1, balance: ▸source, sticky: ▸0, "
            "▸check: {fall: 2}, client_address: ▸proxy}",
            "api: {vip: ▸api, answers: direct, certificate: ▸cloud, ▸backends: [control]",
        ),
        [
            (
                "warning",
                "'api' has no check: an owner of it that no longer serves is asked for ever",
                "Add `check:` to 'api'.",
            ),
            *[
                (
                    "error",
                    "answers of 'api' are direct: nothing stands before the owners of 'api'",
                    "Take it out, or write `answers: proxied`.",
                )
            ]
            * 2,
            (
                "error",
                "answers of 'sql' are direct: nobody leads from 3306 to 3307",
                "Take it out: the VIP's owners listen on `ports` themselves.",
            ),
            *[
                (
                    "error",
                    f"answers of 'sql' are direct: no balancer is there to whom `{word}` could mean anything",
                    "Take it out: who serves, and while he is well, is the VIP's.",
                )
                for word in ("primary", "balance", "sticky", "check", "client_address")
            ],
        ],
    ),
    "TLS where answers are direct": (
        service("▸net: {ports: [9696]}", "api: {vip: ▸api, answers: direct"),
        [
            (
                "warning",
                "'api' has no check: an owner of it that no longer serves is asked for ever",
                "Add `check:` to 'api'.",
            ),
            (
                "error",
                "answers of 'net' are direct: nobody speaks TLS for it",
                "Add `mode: tcp`, `dns` or `udp`.",
            ),
        ],
    ),
    "a network that nothing is named": (
        service("net: {ports: [9696]}", f"{HEAD}, internal: [▸offices]"),
        [
            (
                "error",
                "unknown name 'offices'",
                KNOWN,
            )
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_told(case: str) -> None:
    assert_told(*CASES[case])


def test_a_service_is_one_line() -> None:
    text, _ = edited(*service("net: {ports: [19696, 9696]}, sql: {ports: [3306], mode: tcp, primary: ctl1}"))
    cloud = read_cloud(text).cloud
    assert cloud is not None
    net, sql = cloud.balancers["api"].services
    assert (net.access, net.method, net.sticky, net.backend_port) == ("cloud-private", "leastconn", 30, 19696)
    assert (net.check, net.client_address) == (Check("/", 3000, 2, 4), "hidden")
    assert [(one.fqdn, len(one.addresses.all())) for one in net.backends] == [("ctl1.private.example", 2)]
    assert (sql.check.path, sql.sticky, sql.primary) == (None, 0, "ctl1")


def test_the_owners_of_a_vip_serve_it_directly() -> None:
    text, _ = edited(*service("time: {ports: [123], mode: udp}, names: {ports: [53, 5353], mode: dns}", DIRECT))
    cloud = read_cloud(text).cloud
    assert cloud is not None
    one = cloud.balancers["api"]
    assert (one.answers, one.certificate) == ("direct", None)
    assert [[backend.host for backend in service.backends] for service in one.services] == [["lb1"], ["lb1"]]
    rows = [(row.name, row.vips, row.hosts, row.ports) for row in matrix(cloud) if "api" in row.vips]
    assert rows == [("api, cloud-private", ("api",), (), Ports((53, 5353), (123, 53, 5353)))]
    assert not [row for row in matrix(cloud) if row.name.startswith("behind")]


def test_balanced_dns_is_let_in_over_udp_and_tcp_at_both_ends() -> None:
    text, _ = edited(*service("names: {ports: [53], mode: dns, backend_port: 5300, primary: ctl1}", PLAIN))
    cloud = read_cloud(text).cloud
    assert cloud is not None
    (names,) = cloud.balancers["api"].services
    assert (names.sticky, names.primary, names.check.path) == (0, "ctl1", None)
    rows = {row.name: row.ports for row in matrix(cloud)}
    assert rows["api, cloud-private"] == Ports((53,), (53,))
    assert rows["behind api"] == Ports((5300,), (5300,))
    assert rows["api, metrics"] == Ports((DNS_STATUS_PORT,))
    assert "api, its hosts" not in rows
