"""From nothing to a lab host: namespaces, its own directories, then its first process.

Run by ``seapoint.lab.host`` as a process of its own, with what to do as JSON on standard input; see ``start_all``
there. The host sees the machine's files, except: own /run, /var/lib, /var/tmp and /var/log; a writable layer of its own
over /etc, in which the engines' configurations are absent as on a fresh installation; /proc and /sys of its namespaces.
"""

import contextlib
import fcntl
import json
import os
import shutil
import socket
import struct
import sys
from pathlib import Path
from typing import Any

from seapoint.lab import syscalls

OWN = {"/var/lib": "lib", "/var/tmp": "tmp", "/var/log": "log", "/run": "run"}  # noqa: S108 - mounted over, not used
SECRETS = "/etc/seapoint"  # tokens and private keys
ENGINES = (
    "openvswitch",
    "ovn",
    "frr",
    "keepalived",
    "conntrackd",
    "knot",
    "unbound",
    "haproxy",
    "postgresql",
    "seapoint",
)
DEFAULTS = (
    "openvswitch-switch",
    "ovn-central",
    "ovn-host",
    "keepalived",
    "knot",
    "unbound",
    "seapoint-agent",
    "seapoint-server",
)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INIT = "from seapoint.lab.init.main import main; main()"


def main() -> None:
    """Make the host that standard input describes; done when its first process is recorded and runs."""
    with open(0) as stdin:
        config = json.load(stdin)
    syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWUTS | syscalls.CLONE_NEWNET | syscalls.CLONE_NEWPID)
    go, recorded = os.pipe()
    pid = os.fork()
    if pid:
        os.close(go)
        _record(Path(config["directory"]) / "init.json", pid)
        os.write(recorded, b"1")
        return
    os.close(recorded)
    if os.read(go, 1):  # a first process that nobody could find again must not be
        os.setsid()
        _furnish(config)
        _become_init(config)


def start_ticks(pid: int) -> int:
    """When a process was started, in clock ticks since boot: with the PID, its identity. Source: proc(5), stat.

    Raises ProcessLookupError or FileNotFoundError for one that is dead, also when nobody has collected it yet.
    """
    state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    if state in {"Z", "X"}:
        raise ProcessLookupError(f"process {pid} is dead")
    return int(fields[18])


def _record(path: Path, pid: int) -> None:
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"pid": pid, "start_ticks": start_ticks(pid)}))
    new.replace(path)


def _furnish(config: dict[str, Any]) -> None:
    directory = config["directory"]
    syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    layers = f"lowerdir=/etc,upperdir={directory}/etc,workdir={directory}/work"
    syscalls.mount("overlay", "/etc", "overlay", options=layers)
    own = {target: os.open(f"{directory}/{name}", os.O_PATH) for target, name in OWN.items()}
    kept = {path: os.open(path, os.O_PATH) for path in config["keep"] if _hidden(path)}
    for target, fd in own.items():
        syscalls.mount(f"/proc/self/fd/{fd}", target, flags=syscalls.MS_BIND)
    for target, fd in kept.items():  # the program itself, where it lives below a directory that is hidden now
        Path(target).mkdir(parents=True, exist_ok=True)
        syscalls.mount(f"/proc/self/fd/{fd}", target, flags=syscalls.MS_BIND | syscalls.MS_REC)
    for fd in (*own.values(), *kept.values()):
        os.close(fd)
    strict = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC
    syscalls.mount("proc", "/proc", "proc", strict)
    syscalls.mount("sysfs", "/sys", "sysfs", strict)
    socket.sethostname(config["host"])
    _raise_loopback()
    if config["fresh"]:
        for engine in ENGINES:
            shutil.rmtree(f"/etc/{engine}", ignore_errors=True)
        Path(SECRETS).mkdir(mode=0o700)
        for default in DEFAULTS:
            Path(f"/etc/default/{default}").unlink(missing_ok=True)
    for path, text in config["files"]:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108 - a link, as resolv.conf often is, must not be followed
        os.umask(0o077 if path.startswith(f"{SECRETS}/") else 0o022)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)
        if text.startswith("#!"):
            Path(path).chmod(0o755)
    os.umask(0o022)


def _hidden(path: str) -> bool:
    return any(path == own or path.startswith(f"{own}/") for own in OWN)


def _raise_loopback() -> None:
    """Bring ``lo`` up. Source: netdevice(7), SIOCGIFFLAGS and SIOCSIFFLAGS."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0x1)  # IFF_UP
        fcntl.ioctl(control, 0x8914, request)


def _become_init(config: dict[str, Any]) -> None:
    config_read, config_write = os.pipe()
    os.set_blocking(config_write, False)
    fcntl.fcntl(config_write, 1031, 1 << 20)  # F_SETPIPE_SZ: the whole table fits before anyone reads
    os.write(config_write, json.dumps({key: config[key] for key in ("host", "units", "listen", "ready")}).encode())
    os.close(config_write)
    os.dup2(config_read, 0)
    log = os.open("/var/log/init.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    programs = Path(sys.executable).parent
    environment = {
        "PATH": f"{PATH}:{programs}",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.environ["PYTHONPATH"],
    }
    arguments = [sys.executable, "-S", "-s", "-c", INIT, config["lab"], config["host"]]
    os.execve(sys.executable, arguments, environment)  # noqa: S606 - no shell wanted
