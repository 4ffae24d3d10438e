"""A server with the operator's API on loopback: a real store and a real loop, with engines in memory."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from aiohttp import web

from seapoint.api.app import make_app
from seapoint.api.identity import Authenticate, administrator_token
from seapoint.api.operator import operator_routes
from seapoint.change.loop import Loop
from seapoint.engines.hosts import HostTargets
from seapoint.engines.memory import MemoryEngine
from seapoint.intent.rules import CloudRules
from seapoint.store.store import Store
from seapoint.wiring.cloudfile import rules_of_text
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
        self.database = directory / "seapoint.db"
        self.store = Store(f"sqlite:///{self.database}", CloudRules(), rules_of_text)
        clouds = Clouds(self.store)
        engines = {HOSTS: self.hosts, LISTENERS: self.southbound, OVN: self.ovn}
        self.loop = Loop(self.store, clouds.domains, engines)
        self.store.watch(lambda _revision: self.loop.wake())
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
