"""A real server on loopback, with a store in a directory of its own."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openstack
import pytest
import requests
from aiohttp import web

from api.operator_cloud import Cloud
from seapoint.api.app import make_app
from seapoint.api.identity import administrator_token
from seapoint.intent.rules import CloudRules, PhysicalNetwork
from seapoint.store.store import Store

TOKEN = "only-for-tests"
RULES = CloudRules(
    overlay="vxlan",
    segmentation_ids=(range(1, 11),),
    physical_networks={
        "wan": PhysicalNetwork("wan", vlan_ids=(range(100, 110),)),
        "wan-transport-codfw": PhysicalNetwork("wan-transport-codfw"),
        "cloudinstances2b": PhysicalNetwork("cloudinstances2b"),
    },
    reserved=("185.15.57.1", "192.0.2.3"),
    overlay_mtu=1450,
)


@dataclass
class Client:
    """Requests as the API reference writes them."""

    url: str
    http: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        headers = {"X-Auth-Token": TOKEN, **options.pop("headers", {})}
        return self.http.request(method, self.url + path, json=body, headers=headers, timeout=30, **options)

    def make(self, kind: str, **body: Any) -> Any:
        """Create one object; its view."""
        answer = self.call("POST", f"/v2.0/{kind.replace('_', '-')}s", {kind: body})
        assert answer.status_code == 201, answer.text
        return answer.json()[kind]

    def change(self, kind: str, identifier: str, **body: Any) -> Any:
        """Update one object; its view."""
        answer = self.call("PUT", f"/v2.0/{kind.replace('_', '-')}s/{identifier}", {kind: body})
        assert answer.status_code == 200, answer.text
        return answer.json()[kind]

    def list(self, path: str, query: str = "") -> Any:
        """The objects of a list."""
        answer = self.call("GET", f"/v2.0/{path}?{query}")
        assert answer.status_code == 200, answer.text
        return answer.json()[path.replace("-", "_")]

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and Neutron's error type of a request that must fail, in Neutron's form."""
        answer = self.call(method, path, body)
        error = answer.json()["NeutronError"]
        assert set(error) == {"type", "message", "detail"}
        assert answer.headers["X-Openstack-Request-Id"].startswith("req-")
        return answer.status_code, error["type"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path}/intent.db", RULES)
    yield opened
    opened.close()


@pytest.fixture
def url(store: Store) -> Iterator[str]:
    """The address of a server that answers."""
    loop = asyncio.new_event_loop()
    started: threading.Event = threading.Event()
    address: list[str] = []

    async def serve() -> web.AppRunner:
        runner = web.AppRunner(make_app(store, administrator_token(TOKEN)))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        address.append("http://{}:{}".format(*runner.addresses[0][:2]))
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(serve())
        started.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(30)
    yield address[0]
    loop.call_soon_threadsafe(loop.stop)
    thread.join(30)


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    made = Client(url)
    yield made
    made.http.close()


@pytest.fixture
def clouds_yaml(url: str, tmp_path: Path) -> Path:
    """What the demo gives to OpenStack's clients."""
    file = tmp_path / "clouds.yaml"
    file.write_text(
        "clouds:\n"
        "  seapoint-demo:\n"
        "    auth_type: admin_token\n"
        f"    auth: {{endpoint: '{url}', token: {TOKEN}}}\n"
        f"    network_endpoint_override: {url}\n"
        "    network_api_version: '2'\n"
    )
    return file


@pytest.fixture
def connection(clouds_yaml: Path) -> Iterator[Any]:
    """The real openstacksdk."""
    config = openstack.config.OpenStackConfig(config_files=[str(clouds_yaml)], vendor_files=[], secure_files=[])
    made = openstack.connection.Connection(config=config.get_one("seapoint-demo"))
    yield made
    made.close()


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with Cloud(tmp_path).serving() as found:
        yield found
