"""The operator's API over a real store and a real loop, with engines in memory."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from aiohttp import web

from seapoint.api.app import make_app
from seapoint.api.identity import Authenticate, Context, administrator_token
from seapoint.api.operator import operator_routes
from seapoint.change.loop import Loop
from seapoint.engines.hosts import HostTargets
from seapoint.engines.memory import MemoryEngine
from seapoint.intent.rules import CloudRules
from seapoint.store.store import Store
from seapoint.target.report import HostReport, Part, VipReport
from seapoint.target.rows import OWNER, Row, row_uuid
from seapoint.wiring.domains import HOSTS, LISTENERS, OVN
from seapoint.wiring.operations import Clouds, ServerOperations

BASE = (Path(__file__).parents[1] / "unit" / "cloud" / "base.yaml").read_text()
TOKEN = "the-operator's"
#: Another reservation of the NAT source: an edit that concerns the edge's hosts only.
OTHER_SOURCE = BASE.replace("nat-address: 1", "nat-address: 2")
PORT_25 = BASE.replace("ports: [25]", "ports: [25, 465]")
SECONDS = 20.0


class Cloud:
    """A server on loopback: the real operations, loop and store; OVN in memory."""

    def __init__(self, directory: Path, authenticate: Authenticate | None = None) -> None:
        self.ovn, self.southbound, self.hosts = MemoryEngine(), MemoryEngine(), HostTargets()
        self.store = Store(f"sqlite:///{directory}/seapoint.db", CloudRules(), lambda _revision: self.loop.wake())
        clouds = Clouds(self.store)
        self.store.rules = clouds.rules() or self.store.rules
        engines = {HOSTS: self.hosts, LISTENERS: self.southbound, OVN: self.ovn}
        self.loop = Loop(self.store, clouds.domains, engines)
        routes = operator_routes(ServerOperations(self.store, clouds, self.hosts, self.loop))
        self._app = make_app(self.store, authenticate or administrator_token(TOKEN), routes)
        self.url = ""
        self.http = requests.Session()

    @contextmanager
    def serving(self) -> Iterator["Cloud"]:
        asgi = asyncio.new_event_loop()
        ready = threading.Event()

        async def serve() -> web.AppRunner:
            runner = web.AppRunner(self._app)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = "http://{}:{}".format(*runner.addresses[0][:2])
            return runner

        def run() -> None:
            asyncio.set_event_loop(asgi)
            runner = asgi.run_until_complete(serve())
            ready.set()
            asgi.run_forever()
            asgi.run_until_complete(runner.cleanup())
            asgi.run_until_complete(asgi.shutdown_default_executor())
            asgi.close()

        thread = threading.Thread(target=run)
        thread.start()
        self.loop.start()
        assert ready.wait(SECONDS)
        try:
            yield self
        finally:
            self.http.close()
            asgi.call_soon_threadsafe(asgi.stop)
            thread.join(SECONDS)
            self.loop.stop()
            self.store.close()

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        headers = {"X-Auth-Token": TOKEN, **options.pop("headers", {})}
        where = path if path.startswith("/v2.0") else f"/seapoint/v1/{path}"
        return self.http.request(method, self.url + where, json=body, headers=headers, timeout=SECONDS, **options)

    def done(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.call(method, path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, str]:
        """Status and message of a request that must fail, in Neutron's form."""
        answer = self.call(method, path, body, **options)
        error = answer.json()["NeutronError"]
        assert set(error) == {"type", "message", "detail"}
        assert answer.headers["X-Openstack-Request-Id"].startswith("req-")
        return answer.status_code, error["message"]

    def apply(self, text: str) -> Any:
        base = self.done("GET", "cloud")["revision"]
        return self.done("PUT", "cloud", {"text": text, "base_revision": base})

    def make(self, kind: str, **values: Any) -> Any:
        return self.done("POST", f"/v2.0/{kind}s", {kind: values})[kind]

    def settle(self) -> Any:
        """The status when every domain has reached the newest revision."""
        return until(
            lambda: (
                (told := self.done("GET", "status"))
                and told["domains"]
                and all(one["revision"] == told["revision"] for one in told["domains"].values())
                and told
            )
        )

    def hosts_text(self) -> dict[str, str]:
        """Each host's published target."""
        return {str(host): str(target.to_json()) for host, target in self.hosts.observe().items()}

    def everything(self) -> Any:
        """All that a request must not change."""
        return self.done("GET", "cloud"), self.done("GET", "intent"), self.done("GET", "history")


def until(condition: Callable[[], Any]) -> Any:
    """What a condition gives when it is true."""
    waiting = threading.Event()
    for _ in range(400):
        found = condition()
        if found:
            return found
        waiting.wait(0.05)
    raise AssertionError("waited in vain")


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with Cloud(tmp_path).serving() as found:
        yield found


def test_before_there_is_a_file(cloud: Cloud) -> None:
    assert cloud.done("GET", "cloud") == {"revision": 0, "text": ""}
    assert cloud.done("GET", "history") == []
    assert cloud.done("GET", "intent")["objects"] == []
    told = cloud.done("GET", "status")
    assert (told["cloud"], told["domains"], told["hosts"], told["findings"]) == (
        {"revision": 0, "name": None},
        {},
        {},
        [],
    )
    status, message = cloud.refused("POST", "approve", {"domain": "ovn"})
    assert (status, "before there is a cloud file" in message) == (400, True)


def test_a_file_is_stored_whole_and_carried_out(cloud: Cloud) -> None:
    done = cloud.done("PUT", "cloud", {"text": BASE, "base_revision": 0})
    assert (done["changed"], done["base_revision"]) == (True, 0)
    assert set(done["hosts"]) == {"edge1", "edge2", "gw1", "hv1", "ctl1"}
    assert cloud.done("GET", "cloud") == {"revision": done["revision"], "text": BASE}
    told = cloud.settle()
    assert {name: one["state"] for name, one in told["domains"].items()} == dict.fromkeys(
        (HOSTS, LISTENERS, OVN), "ACTIVE"
    )
    assert told["cloud"] == {"revision": done["revision"], "name": "small"}
    assert {name: one["state"] for name, one in told["hosts"].items()} == dict.fromkeys(done["hosts"], "pending")
    assert [*cloud.southbound.observe()] == ["pssl:6642:10.0.1.22"]


def test_a_plan_says_what_changes_and_changes_nothing(cloud: Cloud) -> None:
    cloud.apply(BASE)
    cloud.settle()
    before, rows = cloud.everything(), cloud.ovn.observe()
    planned = cloud.done("POST", "plan", {"text": OTHER_SOURCE})
    assert "-      floating: {ipv4: 198.51.100.0/29, class: floating, reserved: {nat-address: 1}}" in planned["intent"]
    assert set(planned["hosts"]) == {"edge1", "edge2"}
    assert all("198.51.100.2" in difference for difference in planned["hosts"].values())
    assert cloud.everything() == before
    assert cloud.ovn.observe() == rows
    done = cloud.apply(OTHER_SOURCE)
    assert {key: done[key] for key in planned} == planned, "what was planned is what is done"


def test_the_same_file_again_is_nothing_to_do(cloud: Cloud) -> None:
    first = cloud.apply(BASE)
    before = cloud.everything()
    again = cloud.apply(BASE)
    assert (again["changed"], again["revision"]) == (False, first["revision"])
    assert (again["intent"], again["hosts"], again["rows"]) == ("", {}, [])
    assert cloud.everything() == before


def test_whoever_was_slower_plans_again(cloud: Cloud) -> None:
    first = cloud.apply(BASE)["revision"]
    cloud.apply(OTHER_SOURCE)
    before = cloud.everything()
    for base in (first, 0, first + 100, -1):
        status, message = cloud.refused("PUT", "cloud", {"text": PORT_25, "base_revision": base})
        assert (status, message.endswith("plan again.")) == (409, True)
    assert cloud.refused("PUT", "cloud", {"text": PORT_25})[0] == 409
    assert cloud.everything() == before


def test_of_many_at_once_one_wins(cloud: Cloud) -> None:
    base = cloud.apply(BASE)["revision"]
    statuses: list[int] = []

    def put(port: int) -> None:
        text = BASE.replace("ports: [25]", f"ports: [25, {port}]")
        answer = requests.put(
            f"{cloud.url}/seapoint/v1/cloud",
            json={"text": text, "base_revision": base},
            headers={"X-Auth-Token": TOKEN},
            timeout=SECONDS,
        )
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=put, args=(port,)) for port in range(100, 106)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409, 409, 409, 409]
    assert len(cloud.done("GET", "history?cloud_file=true")) == 2


WRONG = BASE.replace("id: 30,", "id: 20,").replace("rack: r1, management: 7}", "rack: r9, management: 7}")


@pytest.mark.parametrize("stands", [False, True])
@pytest.mark.parametrize(("method", "path"), [("PUT", "cloud"), ("POST", "plan")])
def test_a_wrong_file_is_refused_with_every_mistake(cloud: Cloud, method: str, path: str, stands: bool) -> None:
    if stands:
        cloud.apply(BASE)
    before = cloud.everything()
    status, message = cloud.refused(method, path, {"text": WRONG, "base_revision": 0})
    assert status == 400
    assert "r9" in message
    assert "20" in message
    assert message.count("cloud.yaml:") == 2, message
    for text in ("{", "- a", "x: &a [*a]", "\x00", "a: !!python/object:os.system x", "cloud: \ud7ff"):
        assert cloud.refused(method, path, {"text": text, "base_revision": 0})[0] == 400, text
    assert cloud.everything() == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "cloud", {}),
        ("PUT", "cloud", {"text": ""}),
        ("PUT", "cloud", {"text": 4}),
        ("PUT", "cloud", {"text": BASE, "base_revision": "1"}),
        ("PUT", "cloud", {"text": BASE, "base_revision": None}),
        ("PUT", "cloud", {"text": BASE, "base_revision": False}),
        ("PUT", "cloud", {"text": BASE, "base_revision": 1.0}),
        ("PUT", "cloud", []),
        ("POST", "plan", {"text": None}),
        ("POST", "plan", "text"),
        ("POST", "rollback", {}),
        ("POST", "rollback", {"change_set": 4}),
        ("POST", "rollback", {"change_set": ""}),
        ("POST", "approve", {"domain": []}),
        ("GET", "history?limit=0", None),
        ("GET", "history?limit=1001", None),
        ("GET", "history?limit=-1", None),
        ("GET", "history?limit=", None),
        ("GET", "history?limit=%C2%B2", None),
        ("GET", "history?limit=" + "9" * 5000, None),
        ("GET", "history?cloud_file=maybe", None),
    ],
)
def test_malformed_requests_are_refused_and_change_nothing(cloud: Cloud, method: str, path: str, body: Any) -> None:
    cloud.apply(BASE)
    before = cloud.everything()
    assert cloud.refused(method, path, body)[0] == 400
    assert cloud.everything() == before


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"text": "\\ud800"}', 400),
        (b"x" * (17 * 2**20), 413),
    ],
)
def test_bodies_that_are_none(cloud: Cloud, data: bytes, status: int) -> None:
    assert cloud.refused("PUT", "cloud", data=data)[0] == status
    assert cloud.done("GET", "cloud")["revision"] == 0


def test_history_names_the_cloud_file_s_changes(cloud: Cloud) -> None:
    cloud.apply(BASE)
    for number in range(3):
        cloud.make("network", name=f"n{number}")
    cloud.apply(PORT_25)
    cloud.make("network", name="last")
    entries = cloud.done("GET", "history")
    assert [entry["cloud_file"] for entry in entries] == [False, True, False, False, False, True]
    assert [entry["revision"] for entry in entries] == [6, 5, 4, 3, 2, 1]
    assert all(entry["actor"] == "admin" and entry["change_set"].startswith("req-") for entry in entries)
    assert cloud.done("GET", "history?limit=2") == entries[:2]
    assert cloud.done("GET", "history?cloud_file=true&limit=1") == [entries[1]]


def test_rolling_back_a_file(cloud: Cloud) -> None:
    cloud.apply(BASE)
    cloud.apply(OTHER_SOURCE)
    cloud.make("network", name="stays")
    newest = cloud.done("GET", "history?cloud_file=true&limit=1")[0]["change_set"]
    before = cloud.hosts_text()
    done = cloud.done("POST", "rollback", {"change_set": newest})
    assert (done["cloud_file"], done["objects"], set(done["hosts"])) == (True, 0, {"edge1", "edge2"})
    assert "+      floating: {ipv4: 198.51.100.0/29, class: floating, reserved: {nat-address: 1}}" in done["intent"]
    assert cloud.done("GET", "cloud") == {"revision": done["revision"], "text": BASE}
    assert [network["name"] for network in cloud.done("GET", "/v2.0/networks")["networks"]] == ["stays"]
    assert cloud.settle()["domains"][HOSTS]["state"] == "ACTIVE"
    assert cloud.hosts_text() != before


def test_rolling_back_tenants_objects_restores_them_identically(cloud: Cloud) -> None:
    cloud.apply(BASE)
    network = cloud.make("network", name="dual")
    for version, cidr in ((4, "172.16.8.0/24"), (6, "2001:db8:a:8::/64")):
        cloud.make("subnet", network_id=network["id"], ip_version=version, cidr=cidr)
    port = cloud.make("port", network_id=network["id"])
    assert len(port["fixed_ips"]) == 2
    assert cloud.call("DELETE", f"/v2.0/ports/{port['id']}").status_code == 204
    newest = cloud.done("GET", "history?limit=1")[0]["change_set"]
    done = cloud.done("POST", "rollback", {"change_set": newest})
    assert (done["cloud_file"], done["objects"]) == (False, 1)
    back = cloud.done("GET", f"/v2.0/ports/{port['id']}")["port"]
    kept = ("id", "mac_address", "fixed_ips", "network_id", "security_groups")
    assert {key: back[key] for key in kept} == {key: port[key] for key in kept}


def test_rollbacks_that_are_refused_change_nothing(cloud: Cloud) -> None:
    cloud.apply(BASE)
    first = cloud.done("GET", "history?limit=1")[0]["change_set"]
    status, message = cloud.refused("POST", "rollback", {"change_set": first})
    assert (status, "first version" in message) == (400, True)
    network = cloud.make("network", name="a")
    made = cloud.done("GET", "history?limit=1")[0]["change_set"]
    cloud.done("PUT", f"/v2.0/networks/{network['id']}", {"network": {"name": "b"}})
    cloud.apply(OTHER_SOURCE)
    second = cloud.done("GET", "history?limit=1")[0]["change_set"]
    cloud.apply(PORT_25)
    before = cloud.everything()
    status, message = cloud.refused("POST", "rollback", {"change_set": made})
    assert (status, network["id"] in message) == (409, True)
    assert cloud.refused("POST", "rollback", {"change_set": second})[0] == 409
    status, message = cloud.refused("POST", "rollback", {"change_set": "req-none"})
    assert (status, "req-none" in message) == (400, True)
    assert cloud.everything() == before


def test_intent_is_every_object_at_one_revision(cloud: Cloud) -> None:
    cloud.apply(BASE)
    network = cloud.make("network", name="dual")
    subnet = cloud.make("subnet", network_id=network["id"], ip_version=6, cidr="2001:db8:a:8::/64")
    told = cloud.done("GET", "intent")
    assert told["revision"] == cloud.done("GET", "history?limit=1")[0]["revision"]
    found = {json.loads(text)["id"]: kind for kind, text in told["objects"]}
    assert (found[network["id"]], found[subnet["id"]]) == ("network", "subnet")


@pytest.mark.parametrize(
    ("version", "outside", "inside"),
    [(4, "192.168.7.0/24", "172.16.8.0/24"), (6, "2001:db8:77::/64", "2001:db8:a:8::/64")],
)
def test_a_subnet_outside_the_plan_is_a_finding(cloud: Cloud, version: int, outside: str, inside: str) -> None:
    cloud.apply(BASE)
    transport = cloud.make(
        "network",
        **{"provider:network_type": "flat", "provider:physical_network": "wan", "router:external": True},
    )
    for family, cidr in ((4, "198.51.100.8/29"), (6, "2001:db8:a:fe04::/64")):
        cloud.make("subnet", network_id=transport["id"], ip_version=family, cidr=cidr, enable_dhcp=False)
    router = cloud.make("router", external_gateway_info={"network_id": transport["id"]})
    found = {}
    for cidr in (outside, inside):
        network = cloud.make("network")
        found[cidr] = cloud.make("subnet", network_id=network["id"], ip_version=version, cidr=cidr)["id"]
        cloud.done("PUT", f"/v2.0/routers/{router['id']}/add_router_interface", {"subnet_id": found[cidr]})
    told = cloud.settle()["findings"]
    assert [one["subject"] for one in told] == [f"subnet/{found[outside]}"]
    assert (told[0]["check"], told[0]["severity"]) == ("routed-subnets", "warning")
    assert outside in told[0]["message"]
    edge = cloud.hosts_text()["edge1"]
    assert (inside in edge, outside in edge) == (True, False)


@pytest.mark.parametrize(("overlay", "checks"), [("vxlan", ["vxlan-limits"]), ("geneve", [])])
def test_vxlan_s_limits_are_findings(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, overlay: str, checks: list[str]
) -> None:
    monkeypatch.setattr("seapoint.compile.ovn.limits._VXLAN_PORTS", 5)
    cloud.apply(BASE.replace("type: geneve", f"type: {overlay}"))
    network = cloud.make("network")
    for _ in range(4):
        cloud.make("port", network_id=network["id"])
    told = cloud.done("GET", "status")["findings"]
    assert [one["check"] for one in told] == checks
    assert all(network["id"] in one["subject"] and "4 of the 5" in one["message"] for one in told)


def test_hosts_tell_how_far_they_are(cloud: Cloud) -> None:
    cloud.apply(BASE)
    cloud.settle()
    published = cloud.hosts.published("gw1")
    assert published is not None
    wrong = Part("bgp", ok=False, reason="2001:db8::1 does not answer")
    cloud.hosts.take_report(HostReport("gw1", published.digest, False, (wrong,), {"vrf": "none"}, (), 0.0))
    host = cloud.done("GET", "status")["hosts"]["gw1"]
    assert (host["state"], host["features"]) == ("failed", {"vrf": "none"})
    assert host["failures"] == [{"part": "bgp", "reason": "2001:db8::1 does not answer"}]
    assert host["seen_seconds_ago"] >= 0
    cloud.hosts.take_report(HostReport("gw1", published.digest, True, (), {}, (), 0.0))
    assert cloud.done("GET", "status")["hosts"]["gw1"]["state"] == "applied"


VIPS = """vips:
  api: {prefix: own-vips, ipv4: 1, ipv6: "::1", owners: [gw1, hv1]}
"""
#: The base cloud, in which two hosts own a VIP of both families.
WITH_VIP = (
    BASE.replace(
        '  servers: {ipv4: 172.20.0.0/16, ipv6: ":200::/56"}',
        '  servers: {ipv4: 172.20.0.0/16, ipv6: ":200::/56",'
        ' inside: {own-vips: {ipv4: 172.20.254.0/24, ipv6: ":2ff::/64"}}}',
    )
    .replace("bgp:\n", "bgp:\n  servers: {asn: 64605}\n")
    .replace("groups:\n", f"{VIPS}groups:\n")
)


def test_owners_tell_how_they_announce_their_vips(cloud: Cloud) -> None:
    cloud.apply(WITH_VIP)
    cloud.settle()
    four, six = "172.20.254.1", "2001:db8:a:2ff::1"
    nothing = {"gw1": None, "hv1": None}
    assert cloud.done("GET", "status")["vips"] == {"api": {four: nothing, six: nothing}}
    said = (VipReport("api", four, 0), VipReport("api", six, None, "sick: refused"), VipReport("gone", "192.0.2.1", 0))
    cloud.hosts.take_report(HostReport("hv1", "", True, (), {}, (), 0.0, said))
    assert cloud.done("GET", "status")["vips"] == {
        "api": {
            four: nothing | {"hv1": {"prepended": 0, "why": ""}},
            six: nothing | {"hv1": {"prepended": None, "why": "sick: refused"}},
        }
    }


def drained(cloud: Cloud) -> set[str]:
    """The owners whose targets have them drain."""
    texts = cloud.hosts_text()
    return {owner for owner in ("gw1", "hv1") if '"draining": true' in texts[owner]}


def test_a_drain_is_intent_of_the_operators(cloud: Cloud) -> None:
    cloud.apply(WITH_VIP)
    before = cloud.settle()["revision"]
    revision = cloud.done("POST", "drain", {"vip": "api", "host": "hv1"})["revision"]
    assert revision == before + 1
    assert cloud.done("POST", "drain", {"vip": "api", "host": "hv1"})["revision"] == revision, "it is drained already"
    until(lambda: drained(cloud) == {"hv1"})
    newest = cloud.done("GET", "history?limit=1")[0]
    assert newest["objects"] == ["+ drain api of hv1"]
    assert cloud.settle()["findings"] == []

    cloud.done("POST", "drain", {"vip": "api", "host": "gw1"})
    assert [one["check"] for one in cloud.settle()["findings"]] == ["drained-vips"]
    cloud.done("POST", "undrain", {"vip": "api", "host": "gw1"})
    until(lambda: drained(cloud) == {"hv1"})
    cloud.done("POST", "rollback", {"change_set": newest["change_set"]})
    until(lambda: drained(cloud) == set())


@pytest.mark.parametrize(
    ("verb", "vip", "host", "words"),
    [
        ("drain", "nothing", "hv1", "unknown VIP 'nothing'; there are api"),
        ("drain", "api", "edge1", "'edge1' does not own api; its owners are gw1, hv1"),
        ("undrain", "api", "hv1", "api of hv1 is not drained; drained are none"),
    ],
)
def test_a_drain_of_what_is_not_there(cloud: Cloud, verb: str, vip: str, host: str, words: str) -> None:
    cloud.apply(WITH_VIP)
    before = cloud.everything()
    assert cloud.refused("POST", verb, {"vip": vip, "host": host}) == (400, words)
    assert cloud.everything() == before


def test_a_drain_outlives_the_file_that_names_it(cloud: Cloud) -> None:
    cloud.apply(WITH_VIP)
    cloud.done("POST", "drain", {"vip": "api", "host": "hv1"})
    cloud.apply(BASE)
    cloud.apply(WITH_VIP)
    cloud.settle()
    until(lambda: drained(cloud) == {"hv1"})
    cloud.apply(BASE)
    cloud.done("POST", "undrain", {"vip": "api", "host": "hv1"})
    assert cloud.refused("POST", "undrain", {"vip": "api", "host": "hv1"})[0] == 400


def test_an_engine_that_is_cut_off_is_down_with_its_reason(cloud: Cloud) -> None:
    cloud.ovn.reachable = False
    cloud.apply(BASE)
    told = until(lambda: (one := cloud.done("GET", "status")["domains"]["ovn"])["reason"] == "cut off" and one)
    assert told["state"] == "DOWN"
    assert cloud.done("GET", "status")["domains"][HOSTS]["state"] == "ACTIVE"
    cloud.ovn.reconnect()
    until(lambda: cloud.done("GET", "status")["domains"]["ovn"]["state"] == "ACTIVE")


def test_what_an_audit_holds_back_is_deleted_when_approved(cloud: Cloud) -> None:
    cloud.apply(BASE)
    cloud.settle()
    status, message = cloud.refused("POST", "approve", {"domain": "ovn"})
    assert (status, "holds nothing back" in message) == (400, True)
    status, message = cloud.refused("POST", "approve", {"domain": "dns"})
    assert (status, "ovn-listeners" in message) == (400, True)
    for number in range(40):
        uuid = row_uuid("Logical_Switch", str(number))
        cloud.ovn.disturb(uuid, Row("Logical_Switch", uuid, {"external_ids": {OWNER: f"network/{number}"}}))
    cloud.ovn.reconnect()  # somebody's rows with our mark, seen whole: an audit
    until(lambda: "approve it first" in cloud.done("GET", "status")["domains"]["ovn"]["reason"])
    held = [item for item in cloud.ovn.observe().values() if isinstance(item, Row) and item.table == "Logical_Switch"]
    assert len(held) == 40
    assert cloud.done("POST", "approve", {"domain": "ovn"}) == {}
    until(lambda: cloud.done("GET", "status")["domains"]["ovn"]["state"] == "ACTIVE")
    assert not [
        item for item in cloud.ovn.observe().values() if isinstance(item, Row) and item.table == "Logical_Switch"
    ]


ROUTES = [
    ("GET", "status"),
    ("GET", "cloud"),
    ("GET", "intent"),
    ("GET", "history"),
    ("PUT", "cloud"),
    ("POST", "plan"),
    ("POST", "rollback"),
    ("POST", "approve"),
    ("POST", "drain"),
    ("POST", "undrain"),
]


@pytest.mark.parametrize("given", [None, "", "wrong", "\u00e9"])
def test_without_the_token_nothing_is_told(cloud: Cloud, given: str | None) -> None:
    for method, path in ROUTES:
        headers = {} if given is None else {"X-Auth-Token": given.encode()}
        answer = requests.request(method, f"{cloud.url}/seapoint/v1/{path}", headers=headers, timeout=SECONDS)
        assert (answer.status_code, answer.json()["error"]["title"]) == (401, "Unauthorized")
        assert TOKEN not in answer.text


def test_who_is_no_administrator_is_refused(tmp_path: Path) -> None:
    member = Context("a-project", is_admin=False, actor="somebody")
    with Cloud(tmp_path, lambda _headers: member).serving() as cloud:
        for method, path in ROUTES:
            body = {"text": BASE, "base_revision": 0, "change_set": "x", "domain": "ovn", "vip": "v", "host": "h"}
            assert cloud.refused(method, path, None if method == "GET" else body)[0] == 403
        assert cloud.store.cloud() is None


def test_other_methods_and_paths(cloud: Cloud) -> None:
    assert cloud.refused("DELETE", "cloud")[0] == 405
    assert cloud.refused("GET", "nothing")[0] == 404
