"""A VIP that one owner carries, the next ones behind it: what tests and the benchmark of its failover share."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from lab.edits import replaced
from lab.faults import DUAL, EVERY, tell
from lab.flows import Told, flowing
from lab.standing import EXAMPLE, Standing
from lab.waiting import until
from seapoint.lab import host as lab_host

SWITCH, VIP = "cloudsw1-b1-codfw.cloud", "openstack"
FIRST, SECOND = "cloudlb2002-dev", "cloudlb2003-dev"
ADDRESSES = {4: "185.15.57.24", 6: "2a02:ec80:a100:4000::1"}
#: The addresses of the owners' legs, in their order.
LEGS = {
    FIRST: {"172.20.5.3", "2a02:ec80:a100:205::3"},
    SECOND: {"172.20.5.4", "2a02:ec80:a100:205::4"},
    "cloudlb2004-dev": {"172.20.5.6", "2a02:ec80:a100:205::6"},
}
PORT = 7000
CHECK = f"{{tcp: {PORT}, interval: 200ms, timeout: 2000ms, rise: 3, fall: 2}}"
OWNED = f'{{prefix: public-vips, ipv4: 24, ipv6: "::1", owners: [cloudlb], kind: active-passive, check: {CHECK}}}'
#: The service at both addresses, on every owner, until its input ends: it runs in a process namespace of its own.
SERVE = """
import selectors, socket, sys
ready = selectors.DefaultSelector()
for address in sys.argv[2:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    ready.register(socket.create_server((address, int(sys.argv[1])), family=family), selectors.EVENT_READ)
ready.register(0, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in ready.select():
        if key.fileobj == 0:
            sys.exit()
        key.fileobj.accept()[0].close()
"""

#: Its leg is deaf and mute, with its carrier: only BFD can tell.
SILENT = """
table netdev silent {
    chain in { type filter hook ingress device "vlan2151" priority -500; policy drop; }
    chain out { type filter hook egress device "vlan2151" priority -500; policy drop; }
}
"""


class Passive(NamedTuple):
    """The cloud, the file that it was changed to, and the VIP's service by owner."""

    cloud: Standing
    file: Path
    services: dict[str, subprocess.Popen[str]]


@contextmanager
def active_passive(cloud: Standing, directory: Path, *edits: tuple[str, str]) -> Iterator[Passive]:
    """The cloud with an active-passive VIP that is checked, and its service on each owner; afterwards as before."""
    file = directory / "cloud.yaml"
    text, found = re.subn(
        f"^  {VIP}: .*$", f"  {VIP}: {OWNED}", (EXAMPLE / "cloud.yaml").read_text(), flags=re.MULTILINE
    )
    assert found == 1
    file.write_text(replaced(text, *edits))
    with ExitStack() as stack:
        stack.callback(cloud.told, "apply", str(cloud.file))
        services = {owner: stack.enter_context(service(cloud, owner)) for owner in LEGS}
        cloud.told("apply", str(file))
        until(lambda: chosen(cloud) == LEGS[FIRST], "the first owner carries the VIP", 60.0)
        yield Passive(cloud, file, services)


@contextmanager
def service(cloud: Standing, owner: str) -> Iterator[subprocess.Popen[str]]:
    """The VIP's service on an owner."""
    argv = [sys.executable, "-I", "-S", "-c", SERVE, str(PORT), *ADDRESSES.values()]
    with subprocess.Popen(
        lab_host.command(cloud.hosts[owner], argv),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=lab_host.ENVIRONMENT,
    ) as process:  # whose end closes its input, and waits
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


def end(process: subprocess.Popen[str]) -> None:
    """End a service by itself."""
    assert process.stdin is not None
    process.stdin.close()
    process.wait(30)


def silence(cloud: Standing, owner: str) -> None:
    """Cut an owner off so that nobody sees a cable fall."""
    lab_host.run(cloud.hosts[owner], ("nft", "-f", "-"), text=SILENT)


def unsilence(cloud: Standing, owner: str) -> None:
    cloud.run(owner, "nft", "delete", "table", "netdev", "silent")


def chosen(cloud: Standing) -> set[str]:
    """The owners' addresses to which the switch sends what comes for the VIP, of both families."""
    found = set()
    for version, address in ADDRESSES.items():
        words = f"show bgp ipv{version} unicast {address}/{32 if version == 4 else 128} json"
        paths = json.loads(cloud.run(SWITCH, "vtysh", "-c", words, check=False) or "{}").get("paths", ())
        found |= {path["peer"]["peerId"] for path in paths if path.get("bestpath", {}).get("overall")}
    return found


def struck(cloud: Standing, what: str, strike: Callable[[], object], then: str) -> Told:
    """Do something under flows from inside and outside of both families; in the end this owner carries the VIP."""
    pings = tuple(f"ping:{address}" for address in ADDRESSES.values())
    with flowing(cloud, dict.fromkeys((DUAL, "internet", "cloudnet2005-dev"), pings), EVERY) as told:
        strike()
        until(lambda: chosen(cloud) == LEGS[then], f"{then} carries the VIP", 60.0)
    tell(what, told)
    return told
