"""Network namespaces of a test's own, with their own /run, /etc/frr and processes; all of it ends with the test.

Each is held by one process that dies with the test run, also when that is killed; whatever runs inside dies with it.
"""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

#: Directories that daemons write to: each namespace has them empty.
OWN_DIRECTORIES = (
    *("/run", "/var/tmp", "/var/log", "/var/lib"),
    *(
        "/etc/frr",
        "/etc/keepalived",
        "/etc/conntrackd",
        "/etc/haproxy",
        "/etc/dnsdist",
        "/etc/unbound",
        "/etc/openvswitch",
        "/etc/ovn",
        "/etc/seapoint",
    ),
)
DEADLINE = 60.0


class Namespace:
    def __init__(self, holder: "subprocess.Popen[bytes]", pid: int) -> None:
        self._holder = holder
        self._started: list[subprocess.Popen[str]] = []
        self.pid = pid

    def command(self, *argv: str) -> list[str]:
        return ["nsenter", f"--target={self.pid}", "--net", "--mount", "--pid", "--uts", "--", *argv]

    def run(self, *argv: str, text: str | None = None, check: bool = True) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            self.command(*argv), input=text, text=True, capture_output=True, check=False, timeout=DEADLINE
        )
        assert done.returncode == 0 or not check, f"{' '.join(argv)}: {done.stdout}{done.stderr}"
        return done

    def start(self, *argv: str) -> "subprocess.Popen[str]":
        """A process inside; it ends with the namespace at the latest."""
        pipe = subprocess.PIPE
        one = subprocess.Popen(self.command(*argv), stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True)
        self._started.append(one)
        return one

    def write(self, path: str, text: str, mode: int = 0o644, owner: str = "root") -> None:
        self.run("install", "-D", "-o", owner, "-g", owner, "-m", f"{mode:o}", "/dev/stdin", path, text=text)

    def address(self, device: str, *addresses: str) -> None:
        for address in addresses:
            self.run("ip", "address", "add", address, "dev", device, *(["nodad"] if ":" in address else []))

    def close(self) -> None:
        self._holder.kill()
        self._holder.wait()
        for one in self._started:
            one.communicate(timeout=DEADLINE)


@contextmanager
def namespace() -> Iterator[Namespace]:
    frr = "/run/frr /var/log/frr /var/tmp/frr"
    held = "; ".join(
        [
            "set -e",
            *(f"mkdir -p {one}; mount -t tmpfs tmpfs {one}" for one in OWN_DIRECTORIES),
            f"mkdir -p /run/lock {frr}",
            f"chown frr:frr /etc/frr {frr}",
            "sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.dad_transmits=0",
            "ip link set lo up",
            "echo ready",
            "sleep infinity & wait $!",  # the first process must bury daemons that were killed, or they look alive
        ]
    )
    unshare = ("unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")
    holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *unshare, "sh", "-c", held], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == b"ready\n"
    (child,) = Path(f"/proc/{holder.pid}/task/{holder.pid}/children").read_text().split()
    one = Namespace(holder, int(child))
    try:
        yield one
    finally:
        one.close()


def cable(a: Namespace, name_a: str, b: Namespace, name_b: str) -> None:
    """A cable between two namespaces, both ends up."""
    ends = [
        "ip",
        "link",
        "add",
        name_a,
        "netns",
        str(a.pid),
        "type",
        "veth",
        "peer",
        "name",
        name_b,
        "netns",
        str(b.pid),
    ]
    subprocess.run(ends, check=True)
    for end, name in ((a, name_a), (b, name_b)):
        end.run("ip", "link", "set", name, "up")


def eventually(what: Callable[[], T], deadline: float = DEADLINE) -> T:
    """The first true answer; the last AssertionError or answer is the failure when time is over."""
    end = time.monotonic() + deadline
    while True:
        try:
            answer = what()
        except AssertionError:
            if time.monotonic() > end:
                raise
        else:
            if answer or time.monotonic() > end:
                assert answer, "not reached within the deadline"
                return answer
        time.sleep(0.1)
