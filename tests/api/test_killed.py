"""The server killed in the middle of writes: every answered write is there, none half."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from seapoint.intent.port import Port
from seapoint.intent.rules import CloudRules
from seapoint.intent.snapshot import Intent
from seapoint.store.store import Store

SERVER = """
import asyncio, sys
from aiohttp import web
from seapoint.api.app import make_app
from seapoint.api.identity import administrator_token
from seapoint.intent.rules import CloudRules
from seapoint.store.store import Store

async def serve():
    runner = web.AppRunner(make_app(Store(sys.argv[1], CloudRules()), administrator_token("t")))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print("http://{}:{}".format(*runner.addresses[0][:2]), flush=True)
    await asyncio.Event().wait()

asyncio.run(serve())
"""


def test_kill_9_in_the_middle_of_200_writes(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/intent.db"
    answered: list[Any] = []
    enough = threading.Event()
    with subprocess.Popen([sys.executable, "-c", SERVER, database], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()

        def post(path: str, body: Any) -> Any:
            reply = requests.post(f"{url}/v2.0/{path}", json=body, headers={"X-Auth-Token": "t"}, timeout=30)
            assert reply.status_code == 201, reply.text
            return reply.json()

        network = post("networks", {"network": {}})["network"]["id"]
        for version, cidr in ((4, "192.0.2.0/24"), (6, "2001:db8::/64")):
            post("subnets", {"subnet": {"network_id": network, "ip_version": version, "cidr": cidr}})

        def write(number: int) -> None:
            try:
                answered.append(post("ports", {"port": {"network_id": network, "name": str(number)}})["port"])
            except requests.RequestException:
                return  # not answered: it may be there, whole, or not
            if len(answered) >= 60:
                enough.set()

        with ThreadPoolExecutor(8) as threads:
            for number in range(200):
                threads.submit(write, number)
            assert enough.wait(60)
            os.kill(server.pid, signal.SIGKILL)
    assert 60 <= len(answered) < 200
    store = Store(database, CloudRules())
    ports = store.snapshot().of(Port)
    for port in answered:
        assert [fixed.ip_address for fixed in ports[port["id"]].fixed_ips] == [
            it["ip_address"] for it in port["fixed_ips"]
        ]
    assert all(len(port.fixed_ips) == 2 for port in ports.values() if not port.is_metadata)
    # the log tells the same story as the tables
    changes = store.changes_since(0)
    values = {(change.kind, change.object_id): change.after for change in changes}
    told = Intent.of_values([value for value in values.values() if value is not None])
    for kind in store.snapshot().types():
        assert dict(told.of(kind)) == dict(store.snapshot().of(kind))
    assert changes[-1].revision == store.snapshot().revision
    store.close()
