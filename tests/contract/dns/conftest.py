"""Real Knot DNS servers in directories and on ports of the test's own, without root."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest

from seapoint.base.addresses import Address
from seapoint.engines.dns import DnsServer
from seapoint.engines.tsig import TsigKey, read_key
from seapoint.render.knot import CONF, KEY_FILE, SIGNING_KEY, ZONES, keys_script, knot_conf, zone_file
from seapoint.target.knot import Knot, Reader, ServedZone

SECONDS = 30.0  # generous: a machine may be busy


def until(what: Callable[[], bool]) -> None:
    """Wait for a state."""
    deadline = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.02)


@dataclass
class Server:
    """One knotd with the configuration that we render, but for paths and the user; it may be killed and started."""

    directory: Path
    address: Address
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def key(self) -> TsigKey:
        return read_key(self.directory / "key")

    def write(self, *zones: ServedZone, reader: Reader | None = None, told: int = 53) -> None:
        """``told`` is the port of the reader, which on a host of its own has the port of every server."""
        knot = Knot((self.address,), (self.address,), zones, reader, self.port)
        text = knot_conf(knot).replace(f"[{self.address}]\n    via", f"[{self.address}@{told}]\n    via")
        text = text.replace("    user: knot:knot\n", f'    rundir: "{self.directory}"\n')
        (self.directory / "knot.conf").write_text(self._here(text))
        (self.directory / "keys.sh").write_text(self._here(keys_script(knot)).replace("-o knot -g knot ", ""))
        for zone in zones:
            (self.directory / f"{zone.name}.zone").write_text(zone_file(zone))

    def _here(self, text: str) -> str:
        """A text of ours with the paths of this server."""
        for path, name in ((KEY_FILE, "key"), (SIGNING_KEY, "signing.pem"), (CONF, "knot.conf"), (ZONES, "")):
            text = text.replace(path, str(self.directory / name))
        return text

    def sign(self, key: str) -> None:
        """Take up the file, whose signed zones have this private key."""
        (self.directory / "signing.pem").write_text(key)
        subprocess.run(["sh", str(self.directory / "keys.sh"), "reload"], check=True, capture_output=True)

    def start(self) -> None:
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["knotd", "-c", str(self.directory / "knot.conf")], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def reload(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        (self.directory / "knot.pid").unlink(missing_ok=True)

    def engine(self, key: TsigKey | None = None) -> DnsServer:
        """An engine at it that has seen it answer; a key of another secret may be given."""
        zones = [path.name.removesuffix(".zone") for path in self.directory.glob("*.zone")]
        engine = DnsServer(self.address, lambda: key or self.key, lambda: zones, self.port)
        told: list[object] = []
        engine.watch(told.append)
        engine.start()
        until(lambda: bool(told))
        return engine


def free_port(address: Address) -> int:
    with socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET) as one:
        one.bind((str(address), 0))
        return int(one.getsockname()[1])


@pytest.fixture(params=["127.0.0.1", "::1"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with serving(ip_address(request.param)) as one:
        yield one


@contextmanager
def serving(address: Address) -> Iterator[Server]:
    """A server that answers."""
    directory = Path(tempfile.mkdtemp(prefix="seapoint-knot-"))
    made = subprocess.run(["keymgr", "-t", "seapoint", "hmac-sha256"], check=True, capture_output=True, text=True)
    (directory / "key").write_text(made.stdout)
    one = Server(directory, address, free_port(address))
    one.write(*(ServedZone(name) for name in ("vm.example", "1.10.in-addr.arpa")))
    one.start()
    one.engine().close()  # it answers
    try:
        yield one
    finally:
        one.kill()
        shutil.rmtree(directory)
