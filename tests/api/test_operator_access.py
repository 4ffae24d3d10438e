"""The operator's API: who is let in, and what is no path of it."""

from pathlib import Path

import pytest
import requests

from api.operator_cloud import BASE, SECONDS, TOKEN, Cloud
from seapoint.api.identity import Context

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
