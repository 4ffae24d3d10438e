"""The operator's API: the cloud file is planned, applied, refused."""

import threading
from typing import Any

import pytest
import requests

from api.operator_cloud import BASE, OTHER_SOURCE, PORT_25, SECONDS, TOKEN, Cloud
from seapoint.wiring.domains import HOSTS, LISTENERS, OVN


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
