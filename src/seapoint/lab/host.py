"""Lab hosts: start, find, run commands in, end."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import seapoint
from seapoint.base.errors import EngineError, InputError
from seapoint.lab import state
from seapoint.lab.boot import OWN, PATH, SECRETS, start_ticks
from seapoint.lab.state import Lab
from seapoint.lab.topology import HostSpec, Listener
from seapoint.lab.units import as_data

SOURCE = Path(seapoint.__file__).parent.parent
PROGRAMS = Path(sys.executable).parent
FILES = {
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n",
    "/etc/resolv.conf": "",
    # many hosts share this machine's memory: what no switch uses need not be locked in it
    "/etc/default/openvswitch-switch": 'OVS_CTL_OPTS="--no-mlockall"\n',
}
CHANNELS = "/run/machine"  # of a host that is a virtual machine: the sockets that lead into it
ASK = str(Path(__file__).parent / "vm" / "ask.py")
#: Debian's list of the authorities that programs trust; in a lab there is one.
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
RECORD = "spec.json"  # written once a host was started whole
ENVIRONMENT = {"PATH": f"{PATH}:{PROGRAMS}", "HOME": "/root", "LANG": "C.UTF-8"}
WRITE = (
    f'case "$1" in {SECRETS}/*) umask 077 ;; esac; mkdir -p "$(dirname "$1")" && cat >"$1.new" && mv -T "$1.new" "$1"'
)


@dataclass(frozen=True, slots=True)
class Host:
    """A running host: its first process is ``pid`` on this machine."""

    lab: Lab
    name: str
    pid: int


def start_all(lab: Lab, specs: Sequence[HostSpec], handed: Mapping[str, Mapping[str, int]] | None = None) -> list[Host]:
    """Start hosts at the same time, each with its first process only; ``units.start`` brings up the rest.

    ``handed``: host -> unit -> an open descriptor that the unit is given as if it were a listener. Raises EngineError
    that names the host, InputError when a listener's address is taken.
    """
    with ExitStack() as sockets:
        listening = [[sockets.enter_context(_bind(spec, wish)) for wish in spec.listeners] for spec in specs]
        booting = [
            _boot(lab, spec, bound, (handed or {}).get(spec.name, {}))
            for spec, bound in zip(specs, listening, strict=True)
        ]
    failed = []
    for spec, (process, ready) in zip(specs, booting, strict=True):
        complaints = process.communicate()[1].decode().strip()
        with os.fdopen(ready, "rb") as file:
            if not file.read(1):
                log = lab.host(spec.name) / "log" / "init.log"
                failed.append(f"{spec.name}: its first process did not start, see {log}: {complaints}")
    if failed:
        raise EngineError("\n".join(failed))
    return [find(lab, spec.name) for spec in specs]


def _boot(
    lab: Lab, spec: HostSpec, sockets: list[socket.socket], handed: Mapping[str, int]
) -> tuple[subprocess.Popen[bytes], int]:
    directory = lab.host(spec.name)
    directory.parent.mkdir(mode=0o700, exist_ok=True)  # hosts' secrets are below
    shutil.rmtree(directory / OWN["/run"], ignore_errors=True)  # what else a dead host has left is its disk
    for name in (*OWN.values(), "etc", "work"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    (directory / "tmp").chmod(0o1777)
    listen = {unit: [descriptor] for unit, descriptor in handed.items()}
    for listener, bound in zip(spec.listeners, sockets, strict=True):
        listen.setdefault(listener.unit, []).append(bound.fileno())
    files = {"/etc/hostname": f"{spec.name}\n"} | FILES | dict(spec.files)
    if lab.authority.exists():
        files[TRUSTED] = lab.authority.read_text()
    ready, started = os.pipe()
    config = {
        "lab": str(lab.root),
        "host": spec.name,
        "directory": str(directory),
        "fresh": not has_disk(lab, spec.name),
        "keep": sorted({str(SOURCE), sys.prefix}),
        "files": list(files.items()),
        "units": as_data(spec.units),
        "listen": listen,
        "ready": started,
    }
    process = subprocess.Popen(
        [sys.executable, "-S", "-s", "-c", state.BOOT, str(lab.root), spec.name],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={"PATH": PATH, "PYTHONPATH": str(SOURCE)},
        pass_fds=[started, *(fd for fds in listen.values() for fd in fds)],
        start_new_session=True,
    )
    os.close(started)
    assert process.stdin is not None
    process.stdin.write(json.dumps(config).encode())
    process.stdin.close()
    process.stdin = None
    return process, ready


def _bind(spec: HostSpec, wish: Listener) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if wish.address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((str(wish.address), wish.port))
        bound.listen(128)
    except OSError as error:
        bound.close()
        where = f"{wish.address} port {wish.port} of this machine"
        raise InputError(
            f"{spec.name}: {wish.unit} cannot have {where}: {error.strerror}; free it or choose another"
        ) from error
    return bound


def hosts(lab: Lab) -> dict[str, Host]:
    """Every living host of the lab, by name."""
    if not (lab.root / "hosts").is_dir():
        return {}
    living = (_living(lab, directory.name) for directory in sorted((lab.root / "hosts").iterdir()))
    return {host.name: host for host in living if host is not None}


def find(lab: Lab, name: str) -> Host:
    """A living host; raises InputError that tells which there are."""
    host = _living(lab, name)
    if host is None:
        there = ", ".join(hosts(lab)) or "none: is it up?"
        raise InputError(f"no living host {name!r} in the lab {lab.root}; there are: {there}")
    return host


def _living(lab: Lab, name: str) -> Host | None:
    try:
        record = json.loads((lab.host(name) / "init.json").read_text())
        if start_ticks(record["pid"]) == record["start_ticks"]:  # not another process with that PID
            return Host(lab, name, record["pid"])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return None


def command(host: Host, argv: Sequence[str], seconds: float = 0.0) -> list[str]:
    """The command line that runs ``argv`` inside a host: for a virtual machine in the machine, not around it.

    ``seconds`` after which the command ends in a machine, which alone knows when it began; 0 is no limit.
    """
    if _is_machine(host):
        return [sys.executable, "-I", "-S", ASK, str(_channels(host)), str(seconds), *argv]
    return ["nsenter", f"--target={host.pid}", "--mount", "--uts", "--net", "--pid", "--", *argv]


def _is_machine(host: Host) -> bool:
    return _channels(host).is_dir()


def _channels(host: Host) -> Path:
    return host.lab.host(host.name) / CHANNELS.lstrip("/")


def run(
    host: Host, argv: Sequence[str], text: str | None = None, check: bool = True, seconds: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Run a command inside a host, with ``text`` as its input, to its end.

    Raises EngineError with what it printed when it fails and ``check`` is true, or when the time is over. A machine
    runs few commands at the same time: there a command's time begins when it is its turn.
    """
    machine = _is_machine(host)
    try:
        done = subprocess.run(
            command(host, argv, seconds),
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            timeout=None if machine else seconds,
            check=False,
            env=ENVIRONMENT,
        )
    except subprocess.TimeoutExpired as error:
        raise _endless(host, argv, seconds) from error
    if machine and done.returncode == -signal.SIGALRM:
        raise _endless(host, argv, seconds)
    if check and done.returncode != 0:
        said = (done.stderr + done.stdout).strip()
        raise EngineError(f"{host.name}: {' '.join(argv)}: exit status {done.returncode}: {said}")
    return done


def _endless(host: Host, argv: Sequence[str], seconds: float) -> EngineError:
    return EngineError(f"{host.name}: {' '.join(argv)}: no end after {seconds:.0f} s")


def popen(host: Host, argv: Sequence[str]) -> subprocess.Popen[str]:
    """Start a command inside a host, with its output to read; the caller ends it."""
    return subprocess.Popen(
        command(host, argv),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=ENVIRONMENT,
    )


def enter(host: Host, argv: Sequence[str]) -> None:
    """Become a command inside a host, with the caller's terminal; does not return."""
    inside = ENVIRONMENT | {"TERM": os.environ.get("TERM", "dumb"), "PS1": f"{host.name}:\\w\\$ "}
    arguments = command(host, argv)
    os.execvpe(arguments[0], arguments, inside)  # noqa: S606 - no shell wanted


def write(host: Host, path: str, text: str) -> None:
    """Write a file inside a host, at once or not at all; links are replaced, not followed."""
    run(host, ["sh", "-c", WRITE, "write", path], text=text)


def end(lab: Lab, names: Iterable[str]) -> None:
    """End hosts with everything in them, files too; a name without a living host is no error."""
    names = list(names)
    halt(lab, names)
    for name in names:
        state.discard(lab, name)


def halt(lab: Lab, names: Iterable[str]) -> None:
    """End hosts and keep their disks, with which they can be started again; one that is dead is no error."""
    living = hosts(lab)
    state.end_processes(lab, [living[name].pid for name in names if name in living])


def has_disk(lab: Lab, name: str) -> bool:
    """Whether a host, living or dead, was once started whole."""
    return (lab.host(name) / RECORD).exists()
