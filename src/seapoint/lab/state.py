"""Where a lab keeps its files, and how it finds again what is its own.

Everything of a lab hangs on its state directory: a tmpfs of our own with a directory for each host, and the path of
that directory in the arguments of every first process. A lab is found whole with either of the two destroyed.
"""

import errno
import os
import select
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seapoint.base.errors import InputError
from seapoint.lab import syscalls
from seapoint.lab.boot import INIT

BOOT = "from seapoint.lab.boot import main; main()"
FILE_SYSTEM = "seapoint-lab"  # the name of a lab's tmpfs in /proc/mounts
END_SECONDS = 20.0
LOCK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Lab:
    """One lab of this machine; two with different directories know nothing of each other."""

    root: Path = Path("/run/seapoint-lab")

    def host(self, name: str) -> Path:
        """The directory of a host; ``log`` in it is the host's /var/log."""
        return self.root / "hosts" / name

    @property
    def authority(self) -> Path:
        """The certificate of the authority that everybody in the lab trusts, once it was made."""
        return self.root / "pki" / "ca.crt"

    @property
    def instances(self) -> Path:
        return self.root / "instances"


@contextmanager
def locked(lab: Lab) -> Iterator[None]:
    """One command at a time changes a lab. The lock leaves no file and ends with its holder.

    A holder that was killed may have a child that has not yet become another program: such a lock is gone in a moment.
    """
    deadline = time.monotonic() + LOCK_SECONDS
    with socket.socket(socket.AF_UNIX) as lock:
        while not _bound(lock, f"\0seapoint-lab {lab.root}"):
            if time.monotonic() > deadline:
                raise InputError(f"another command is changing the lab in {lab.root}: wait until it has ended")
            time.sleep(0.02)
        yield


def _bound(lock: socket.socket, name: str) -> bool:
    try:
        lock.bind(name)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return False
    return True


def need_root() -> None:
    """Raises InputError for anybody else: namespaces and mounts are root's."""
    if os.geteuid() != 0:
        raise InputError("a lab is root's alone: run this with sudo")


def mounted(lab: Lab) -> bool:
    return any(
        line.split()[:2] == [FILE_SYSTEM, str(lab.root)] for line in Path("/proc/mounts").read_text().splitlines()
    )


def prepare(lab: Lab) -> None:
    """Make the state directory: a tmpfs, which can carry the upper layer of an overlay wherever /run itself cannot."""
    need_root()
    lab.root.mkdir(parents=True, exist_ok=True)
    if not mounted(lab):
        if any(lab.root.iterdir()):
            raise InputError(f"{lab.root} holds files that no lab has made: remove them, or name another directory")
        syscalls.mount(FILE_SYSTEM, str(lab.root), "tmpfs", syscalls.MS_NODEV, "mode=0755")
    lab.instances.mkdir(exist_ok=True)


def remove(lab: Lab) -> None:
    """Remove the state directory; files that no lab has made stay.

    Whoever still looks into it does not keep it, and with the directory the kernel takes away what other mount
    namespaces (of another lab's hosts, say) had copied of the mount.
    """
    while mounted(lab):
        syscalls.umount(str(lab.root), syscalls.MNT_DETACH)
    if lab.root.exists() and not any(lab.root.iterdir()):
        lab.root.rmdir()


def discard(lab: Lab, name: str) -> None:
    """Remove the files of a host that has ended."""
    if lab.host(name).exists():
        shutil.rmtree(lab.host(name))


def processes(lab: Lab) -> list[int]:
    """The first process of every host of this lab, and of hosts just being made, by their arguments."""
    processes = (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [int(process.name) for process in processes if _belongs(process, lab)]


def _belongs(process: Path, lab: Lab) -> bool:
    try:
        arguments = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return False
    return arguments[1:4] == ["-S", "-s", "-c"] and arguments[4] in {INIT, BOOT} and arguments[5] == str(lab.root)


def end_processes(lab: Lab, pids: list[int]) -> None:
    """Kill first processes, each with all that runs in its host, and wait until they are gone.

    Raises TimeoutError. A PID that meanwhile belongs to somebody else is left alone.
    """
    held = []
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        held.append(descriptor)
        if _belongs(Path(f"/proc/{pid}"), lab):  # looked at after the descriptor was opened: it is this process
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    try:
        for descriptor in held:
            if not select.select([descriptor], [], [], END_SECONDS)[0]:
                raise TimeoutError(f"a host of {lab.root} does not end: {pids}")
    finally:
        for descriptor in held:
            os.close(descriptor)
