"""The operator's API: history, rollback, and intent at one revision."""

import json
import re
import sqlite3

import pytest

from api.operator_cloud import BASE, OTHER_SOURCE, PORT_25, Cloud
from seapoint.wiring.domains import HOSTS


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
    cloud.settle()
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


def test_a_database_that_cannot_be_read_is_told_and_harms_nothing_else(
    cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.apply(BASE)
    cloud.make("network", name="a")
    with sqlite3.connect(cloud.database) as hand:
        hand.execute("ALTER TABLE log RENAME TO gone")
    status, message = cloud.refused("GET", "history")
    assert (status, message) == (503, "The database cannot be read: no such table: log")
    [line] = [record.getMessage() for record in caplog.records if "history" in record.getMessage()]
    assert re.fullmatch(r"req-\S+: GET /seapoint/v1/history: The database cannot be read: no such table: log", line)
    status, message = cloud.refused("POST", "/v2.0/networks", {"network": {"name": "b"}})
    assert (status, message) == (503, "The database does not take the change: no such table: log")
    assert [network["name"] for network in cloud.done("GET", "/v2.0/networks")["networks"]] == ["a"]
    with sqlite3.connect(cloud.database) as hand:
        hand.execute("ALTER TABLE gone RENAME TO log")
    assert [entry["revision"] for entry in cloud.done("GET", "history")] == [2, 1]
    hand.close()
