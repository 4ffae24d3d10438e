"""What can be wrong with load balancers, and what a line of the file stands for."""

import pytest

from seapoint.intent.cloud.balancer import Check
from seapoint.intent.cloud.read import read_cloud
from unit.cloud.edits import Case, assert_told, edited
from unit.cloud.test_vips import GROUND, RIGHT, SERVERS

HEAD = "api: {vip: api, certificate: cloud, backends: [control]"
VIP = RIGHT[1].removesuffix("groups:\n")
KNOWN = (
    "Known here: balancers, before, behind, floating, friends, manage, own, own-vips, public, servers, site, tenants, "
    "web."
)


def balancers(text: str) -> list[tuple[str, str]]:
    return [*GROUND, SERVERS, ("groups:\n", f"{VIP}balancers:\n  {text}\ngroups:\n")]


def service(text: str, head: str = HEAD) -> list[tuple[str, str]]:
    return balancers(f"{head}, services: {{{text}}}}}")


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
