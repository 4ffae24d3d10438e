"""The API over HTTP: identity, discovery, bodies, filters, paging, errors; nothing is stored by a refused request."""

import asyncio
from typing import Any

import pytest
import requests
from aiohttp.test_utils import TestClient, TestServer

from seapoint.api.app import make_app
from seapoint.api.identity import Context
from seapoint.intent.resources import RESOURCES
from seapoint.store.log import Origin
from seapoint.store.store import Store
from seapoint.store.writing import Status

DEAD = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture
def dual(client: Any) -> Any:
    """A network of both families."""
    network = client.make("network", name="dual")
    client.make("subnet", network_id=network["id"], ip_version=4, cidr="192.0.2.0/24", name="four")
    client.make("subnet", network_id=network["id"], ip_version=6, cidr="2001:db8::/64", name="six")
    return client.call("GET", f"/v2.0/networks/{network['id']}").json()["network"]


@pytest.mark.parametrize("token", ["", "wrong", "only-for-test", "only-for-testss", "ünïcode"])
def test_a_wrong_token_is_refused_as_by_keystone(url: str, token: str) -> None:
    answer = requests.get(f"{url}/v2.0/networks", headers={"X-Auth-Token": token.encode()}, timeout=30)
    assert answer.status_code == 401
    assert answer.json()["error"]["title"] == "Unauthorized"
    assert answer.headers["X-Openstack-Request-Id"].startswith("req-")


def test_discovery(client: Any) -> None:
    version = requests.get(client.url, timeout=30).json()["versions"][0]
    assert (version["id"], version["status"]) == ("v2.0", "CURRENT")
    assert version["links"][0]["href"] == f"{client.url}/v2.0/"
    resources = client.call("GET", "/v2.0/").json()["resources"]
    assert {entry["collection"] for entry in resources} == {resource.path for resource in RESOURCES}
    aliases = {entry["alias"] for entry in client.call("GET", "/v2.0/extensions").json()["extensions"]}
    assert {"router", "security-group", "provider", "seapoint-router-nat-exclusions"} <= aliases
    named = client.call("GET", "/v2.0/extensions/seapoint-router-nat-exclusions").json()["extension"]
    assert "nat_exclusions" in named["description"]
    assert client.refused("GET", "/v2.0/extensions/teleport") == (404, "ExtensionNotFound")
    assert client.call("GET", "/v2.0/quotas/p").json()["quota"]["port"] == -1
    assert "/v2.0/ports/{id}" in client.call("GET", "/v2.0/openapi.json").json()["paths"]


def test_a_network_as_neutron_shows_it(dual: Any) -> None:
    assert dual["provider:network_type"] == "vxlan"
    assert dual["provider:segmentation_id"] == 1
    assert dual["router:external"] is False
    assert dual["project_id"] == dual["tenant_id"] == "admin"
    assert dual["status"] == "ACTIVE"
    assert dual["mtu"] == 1450
    assert len(dual["subnets"]) == 2
    assert dual["created_at"].endswith("Z")


def test_an_update_raises_the_revision_number(client: Any, dual: Any) -> None:
    changed = client.change("network", dual["id"], name="other", **{"router:external": "true"})
    assert (changed["name"], changed["router:external"]) == ("other", True)
    assert changed["revision_number"] == dual["revision_number"] + 1


def test_if_match(client: Any, dual: Any) -> None:
    path, body = f"/v2.0/networks/{dual['id']}", {"network": {"name": "x"}}
    number = dual["revision_number"]
    stale = client.call("PUT", path, body, headers={"If-Match": f"revision_number={number + 1}"})
    assert (stale.status_code, stale.json()["NeutronError"]["type"]) == (412, "RevisionNumberConstraintFailed")
    assert client.call("PUT", path, body, headers={"If-Match": "yesterday"}).status_code == 400
    assert client.call("PUT", path, body, headers={"If-Match": f"revision_number={number}"}).status_code == 200
    assert client.call("DELETE", path, headers={"If-Match": f"revision_number={number}"}).status_code == 412


def test_bulk_is_all_or_nothing(client: Any, dual: Any) -> None:
    good = {"network_id": dual["id"]}
    made = client.call("POST", "/v2.0/ports", {"ports": [good, good, good]})
    assert made.status_code == 201
    assert len({port["id"] for port in made.json()["ports"]}) == 3
    bad = {"network_id": dual["id"], "fixed_ips": [{"ip_address": "198.51.100.1"}]}
    assert client.refused("POST", "/v2.0/ports", {"ports": [good, bad]}) == (400, "InvalidIpForNetwork")
    assert len(client.list("ports", "device_owner=")) == 3


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.path)
def test_bad_requests_of_every_resource(client: Any, store: Store, resource: Any) -> None:
    """Each resource refuses alike, and a refused request stores nothing."""
    before = store.snapshot()
    base, kind = f"/v2.0/{resource.path}", resource.kind
    type_name = "".join(word[0].upper() + word[1:] for word in resource.value.NOUN.split()) + "NotFound"
    assert client.refused("GET", f"{base}/{DEAD}") == (404, type_name)
    assert client.refused("GET", f"{base}/not-an-id") == (404, type_name)
    assert client.refused("PUT", f"{base}/{DEAD}", {kind: {}}) == (404, type_name)
    assert client.refused("DELETE", f"{base}/{DEAD}") == (404, type_name)
    for body in (
        {},
        [],
        "x",
        None,
        {kind: []},
        {kind: None},
        {"wrong": {}},
        {resource.plural: []},
        {resource.plural: {}},
    ):
        assert client.refused("POST", base, body) == (400, "HTTPBadRequest")
    assert client.refused("POST", base, {kind: {"no_such": 1}}) == (400, "HTTPBadRequest")
    assert client.refused("POST", base, {kind: {"description": 5}}) == (400, "HTTPBadRequest")
    assert client.refused("POST", base, {kind: {"description": "x" * 256}}) == (400, "HTTPBadRequest")
    assert client.refused("GET", f"{base}?no_such=1") == (400, "HTTPBadRequest")
    assert client.refused("GET", f"{base}?sort_key=no_such") == (400, "HTTPBadRequest")
    assert client.refused("GET", f"{base}?sort_key=id&sort_dir=up") == (400, "HTTPBadRequest")
    assert client.refused("GET", f"{base}?limit=-1") == (400, "HTTPBadRequest")
    assert client.refused("GET", f"{base}?marker={DEAD}") == (404, type_name)
    assert client.refused("PATCH", base)[0] == 405
    assert store.snapshot() is before


def test_malformed_json(client: Any, url: str) -> None:
    for text in (b"", b"{", b"\xff\xfe", b'{"network": {"name": "x"}'):
        answer = client.http.post(
            f"{url}/v2.0/networks", data=text, headers={"X-Auth-Token": "only-for-tests"}, timeout=30
        )
        assert (answer.status_code, answer.json()["NeutronError"]["type"]) == (400, "HTTPBadRequest")
    assert client.refused("GET", "/v2.0/unicorns") == (404, "HTTPNotFound")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name=a", ["a"]),
        ("name=a&name=c", ["a", "c"]),
        ("name=nobody", []),
        ("device_owner=compute:nova", ["b"]),
        ("admin_state_up=False", ["c"]),
        ("admin_state_up=true&name=c", []),
        ("fixed_ips=ip_address%3D192.0.2.10", ["a"]),
        ("fixed_ips=ip_address%3D2001:db8::10", ["a"]),
        ("fixed_ips=ip_address%3D192.0.2.10&fixed_ips=ip_address%3D192.0.2.11", ["a", "b"]),
        ("fixed_ips=ip_address_substr%3D2001:db8", ["a", "b", "c"]),
        ("fixed_ips=subnet_id%3DSIX", ["a", "b", "c"]),
        ("fixed_ips=subnet_id%3DSIX&fixed_ips=ip_address%3D2001:db8::12", ["c"]),
        ("mac_address=FA:16:3E:00:00:0A", ["a"]),
        ("network_id=NETWORK", ["", "a", "b", "c"]),  # the nameless one is the network's metadata port
        ("device_owner=network:distributed", [""]),
        ("network_id=" + DEAD, []),
        ("id=A&id=B", ["a", "b"]),
        ("security_groups=" + DEAD, []),
        ("binding:host_id=host-1", ["b"]),
        ("device_id=", ["a", "c"]),
        ("status=ACTIVE", ["a"]),
        ("status=DOWN&name=b", ["b"]),
        ("project_id=other", ["c"]),
        ("tenant_id=other", ["c"]),
        ("tags=red", ["a", "b"]),
        ("tags=red,blue", ["b"]),
        ("tags-any=blue,green", ["b"]),
        ("not-tags=red", ["", "c"]),
        ("not-tags-any=blue", ["", "a", "c"]),
        ("revision_number=0&name=c", ["c"]),
    ],
)
def test_filters(client: Any, store: Store, dual: Any, query: str, expected: list[str]) -> None:
    six = client.list("subnets", "name=six")[0]["id"]
    bodies: list[dict[str, Any]] = [
        {"name": "a", "mac_address": "fa:16:3e:00:00:0a"},
        {"name": "b", "device_owner": "compute:nova", "device_id": "vm", "binding:host_id": "host-1"},
        {"name": "c", "admin_state_up": False, "project_id": "other"},
    ]
    made = {}
    for number, body in enumerate(bodies, start=10):
        fixed = [{"ip_address": f"192.0.2.{number}"}, {"ip_address": f"2001:db8::{number}"}]
        made[body["name"]] = client.make("port", network_id=dual["id"], fixed_ips=fixed, **body)
    store.set_status([Status("port", made["a"]["id"], "ACTIVE")])
    client.call("PUT", f"/v2.0/ports/{made['a']['id']}/tags", {"tags": ["red"]})
    client.call("PUT", f"/v2.0/ports/{made['b']['id']}/tags", {"tags": ["red", "blue"]})
    words = {"SIX": six, "NETWORK": dual["id"], "=A": f"={made['a']['id']}", "=B": f"={made['b']['id']}"}
    for word, meant in words.items():
        query = query.replace(word, meant) if word not in ("=A", "=B") or query.startswith("id=") else query
    assert sorted(port["name"] for port in client.list("ports", query)) == expected


def test_bad_filter_values(client: Any) -> None:
    assert client.refused("GET", "/v2.0/networks?admin_state_up=perhaps") == (400, "HTTPBadRequest")
    assert client.refused("GET", "/v2.0/subnets?ip_version=six") == (400, "HTTPBadRequest")


def test_fields_sorting_and_pages(client: Any) -> None:
    for number in range(7):
        client.make("network", name=f"n{number}", mtu=1400 + number % 2)
    listed = client.list("networks", "fields=name&fields=mtu&sort_key=mtu&sort_dir=desc&sort_key=name&sort_dir=asc")
    assert [entry["name"] for entry in listed] == ["n1", "n3", "n5", "n0", "n2", "n4", "n6"]
    assert set(listed[0]) == {"name", "mtu"}
    path, seen, pages = "/v2.0/networks?limit=3&sort_key=name&sort_dir=asc", [], 0
    while path:
        body = client.call("GET", path).json()
        seen += [entry["name"] for entry in body["networks"]]
        links = {link["rel"]: link["href"] for link in body.get("networks_links", ())}
        path, pages = links.get("next", "").removeprefix(client.url), pages + 1
    assert (seen, pages) == ([f"n{number}" for number in range(7)], 3)
    back = client.call("GET", links["previous"].removeprefix(client.url)).json()["networks"]
    assert [entry["name"] for entry in back] == ["n3", "n4", "n5"]
    one = client.call("GET", f"/v2.0/networks/{client.list('networks', 'name=n3')[0]['id']}?fields=name").json()
    assert one == {"network": {"name": "n3"}}


def test_tags(client: Any, dual: Any) -> None:
    base = f"/v2.0/networks/{dual['id']}/tags"
    assert client.call("PUT", f"{base}/red").status_code == 201
    assert client.call("PUT", base, {"tags": ["blue", "red"]}).json() == {"tags": ["blue", "red"]}
    assert client.call("GET", f"{base}/blue").status_code == 204
    assert client.call("DELETE", f"{base}/blue").status_code == 204
    assert client.refused("DELETE", f"{base}/blue") == (404, "TagNotFound")
    assert client.refused("PUT", base, {"tags": "red"}) == (400, "HTTPBadRequest")
    assert client.call("GET", base).json() == {"tags": ["red"]}
    assert client.call("DELETE", base).status_code == 204
    assert client.call("GET", base).json() == {"tags": []}


def test_a_group_s_answer_carries_its_rules(client: Any) -> None:
    group = client.make("security_group", name="web")
    assert {(rule["direction"], rule["ethertype"]) for rule in group["security_group_rules"]} == {
        ("egress", "IPv4"),
        ("egress", "IPv6"),
    }


def test_a_router_over_http(client: Any, dual: Any) -> None:
    outside = client.make("network", name="out", **{"router:external": True})
    client.make("subnet", network_id=outside["id"], ip_version=4, cidr="203.0.113.0/28", enable_dhcp=False)
    client.make("subnet", network_id=outside["id"], ip_version=6, cidr="2001:db8:f::/64", enable_dhcp=False)
    info = {"network_id": outside["id"], "enable_snat": False, "nat_exclusions": ["198.51.100.0/24", "2001:db8:9::/48"]}
    router = client.make("router", name="r", external_gateway_info=info)
    shown = router["external_gateway_info"]
    assert [fixed["ip_address"] for fixed in shown["external_fixed_ips"]] == ["203.0.113.2", "2001:db8:f::2"]
    assert shown["nat_exclusions"] == ["198.51.100.0/24", "2001:db8:9::/48"]
    path = f"/v2.0/routers/{router['id']}"
    ports = set()
    for subnet in dual["subnets"]:
        joined = client.call("PUT", f"{path}/add_router_interface", {"subnet_id": subnet}).json()
        assert (joined["id"], joined["subnet_id"]) == (router["id"], subnet)
        ports.add(joined["port_id"])
    assert {
        port["id"] for port in client.list("ports", f"device_id={router['id']}&device_owner=network:router_interface")
    } == ports
    for nexthop, destination in (("192.0.2.9", "198.18.0.0/24"), ("2001:db8::9", "2001:db8:8::/48")):
        routes = {"router": {"routes": [{"destination": destination, "nexthop": nexthop}]}}
        added = client.call("PUT", f"{path}/add_extraroutes", routes).json()["router"]
        assert {"destination": destination, "nexthop": nexthop} in added["routes"]
    assert len(client.call("PUT", f"{path}/remove_extraroutes", routes).json()["router"]["routes"]) == 1
    bad = {"router": {"routes": [{"destination": "198.18.0.0/24", "nexthop": "9.9.9.9"}]}}
    assert client.refused("PUT", f"{path}/add_extraroutes", bad) == (400, "InvalidRoutes")
    assert client.refused("PUT", f"{path}/add_router_interface", {"subnet": 1}) == (400, "HTTPBadRequest")
    port = client.make("port", network_id=dual["id"])
    floating = client.make("floatingip", floating_network_id=outside["id"], port_id=port["id"])
    assert (floating["status"], floating["router_id"]) == ("ACTIVE", router["id"])
    assert floating["port_details"]["mac_address"] == port["mac_address"]
    freed = client.change("floatingip", floating["id"], port_id=None)
    assert (freed["status"], freed["fixed_ip_address"], freed["port_details"]) == ("DOWN", None, None)
    assert client.refused("DELETE", path) == (409, "RouterInUse")
    assert client.refused("DELETE", f"/v2.0/networks/{outside['id']}") == (409, "NetworkInUse")


def test_a_port_s_status_and_binding(client: Any, store: Store, dual: Any) -> None:
    port = client.make("port", network_id=dual["id"])
    assert (port["status"], port["binding:vif_type"]) == ("DOWN", "unbound")
    bound = client.change("port", port["id"], **{"binding:host_id": "host-1", "binding:profile": {"a": [1, "x"]}})
    assert (bound["binding:vif_type"], bound["binding:profile"]) == ("ovs", {"a": [1, "x"]})
    revision = store.snapshot().revision
    store.set_status([Status("port", port["id"], "ACTIVE")])
    assert client.call("GET", f"/v2.0/ports/{port['id']}").json()["port"]["status"] == "ACTIVE"
    assert store.snapshot().revision == revision


def test_the_change_log_names_request_and_change_set(client: Any, store: Store, dual: Any) -> None:
    headers = {"X-Change-Set": "maintenance-7", "X-Project-Id": "testlabs"}
    made = client.call("POST", "/v2.0/ports", {"port": {"network_id": dual["id"]}}, headers=headers)
    assert made.json()["port"]["project_id"] == "testlabs"
    entry = store.history()[0]
    assert entry.request_id == made.headers["X-Openstack-Request-Id"]
    assert entry.change_set == "maintenance-7"
    store.rollback("maintenance-7", Origin("tester", "undo"))
    assert client.list("ports", "device_owner=") == []


@pytest.mark.parametrize(("method", "path"), [("GET", "networks"), ("POST", "networks"), ("GET", "security-groups")])
def test_who_is_no_administrator_sees_and_changes_nothing(store: Store, method: str, path: str) -> None:
    """Until requests are bounded to their project."""

    async def ask() -> int:
        member = Context("a-project", is_admin=False, actor="somebody")
        async with TestClient(TestServer(make_app(store, lambda _headers: member))) as client:
            answer = await client.request(method, f"/v2.0/{path}", json={"network": {}})
            assert (await answer.json())["NeutronError"]["type"] == "PolicyNotAuthorized"
            return answer.status

    revision = store.snapshot().revision
    assert asyncio.run(ask()) == 403
    assert store.snapshot().revision == revision
