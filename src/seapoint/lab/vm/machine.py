"""A virtual machine as a lab host: QEMU is its one unit; what runs inside is on the table of its first process.

QEMU runs in a host of the lab of its own, whose files are the machine's root: so an instance that is a machine has the
same programs, clients and files as one that is none, and ends with its host. Its NIC is a tap that stands at the
hypervisor and is handed over open. Source: qemu-system-x86_64(1).
"""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

from seapoint.base.errors import EngineError, InputError
from seapoint.lab import host
from seapoint.lab.host import CHANNELS, Host
from seapoint.lab.topology import HostSpec
from seapoint.lab.units import Daemon, Unit
from seapoint.lab.vm.kernel import BUSYBOX, CACHE, Kernel, fetched, initramfs

PROGRAM = "qemu-system-x86_64"
UNIT = "qemu.service"
CONSOLE = "console.log"  # in the host's /var/log
PORTS = 2  # so many commands run in a machine at the same time: emulated, each takes the other's time
MEMORY = 256  # MiB
INSIDE = str(Path(__file__).parent / "inside.py")
TRIAL_SECONDS = 15.0
BOOT_SECONDS = 180.0
LAST_LINES = 8

Accelerator = Literal["kvm", "tcg"]

#: What a userspace datapath does not understand: packets whose checksum or segmentation is left to hardware.
OFFLOADS = ("csum", "guest_csum", "gso", "host_tso4", "host_tso6", "guest_tso4", "guest_tso6", "guest_ufo", "host_ufo")

#: Nobody in a machine is an enemy of another there; what protects them costs emulated processors much.
_QUICK = "mitigations=off no5lvl"
_CPU = {"kvm": ("-accel", "kvm", "-cpu", "host"), "tcg": ("-accel", "tcg,thread=multi", "-cpu", "max")}


def qemu(kernel: Kernel, start: Path, accelerator: Accelerator, memory: int, append: str) -> tuple[str, ...]:
    """The words that every machine begins with; ``start`` is its initramfs, ``memory`` in MiB."""
    common = (PROGRAM, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-machine", "pc")
    boot = (
        "-kernel",
        str(kernel.image),
        "-initrd",
        str(start),
        "-append",
        f"console=ttyS0 loglevel=1 {_QUICK} {append}",
    )
    return (*common, *_CPU[accelerator], "-m", str(memory), *boot)


def accelerator(kernel: Kernel, start: Path, memory: Path) -> Accelerator:
    """KVM where a machine boots with it, else software emulation; the answer is kept in a file.

    That /dev/kvm is there says little: on nested hosts it may abort or hang with every model of processor.
    """
    if not memory.exists():
        memory.write_text("kvm" if Path("/dev/kvm").exists() and _boots(kernel, start) else "tcg")
    return "kvm" if memory.read_text() == "kvm" else "tcg"


def _boots(kernel: Kernel, start: Path) -> bool:
    """Whether a machine comes as far as its first process, which then ends it; after a panic it would stand still."""
    words = qemu(kernel, start, "kvm", MEMORY, "panic=0 trial=1")
    try:
        done = subprocess.run(words, capture_output=True, timeout=TRIAL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def virtual(spec: HostSpec, mac: str, mtu: int, memory: Path) -> HostSpec:
    """The lab host in which a machine runs that does what ``spec`` says, with a NIC of this MAC and MTU (bytes).

    ``memory`` is where the lab remembers which accelerator works. Raises InputError where QEMU or the kernel of
    machines is missing and cannot be had.
    """
    if shutil.which(PROGRAM) is None:
        raise InputError(
            f"this machine lacks the program {PROGRAM}: apt-get install --no-install-recommends qemu-system-x86"
        )
    kernel = fetched()
    start = initramfs(kernel, CACHE / "initramfs")
    words = _words(kernel, start, accelerator(kernel, start, memory), mac, mtu)
    unit = Unit(UNIT, (Daemon("qemu", words, ready=f"{CHANNELS}/0.sock"),), ((CHANNELS, "root", 0o700),))
    files = (("/etc/inittab", _inittab(spec)), ("/etc/sysctl.machine", _sysctls(spec)))
    return replace(spec, units=(unit,), start=(UNIT,), sysctls=(), files=(*spec.files, *files))


def _words(kernel: Kernel, start: Path, accelerator: Accelerator, mac: str, mtu: int) -> tuple[str, ...]:
    nic = f"virtio-net-pci,netdev=nic,mac={mac},host_mtu={mtu},romfile=,{','.join(f'{name}=off' for name in OFFLOADS)}"
    words = list(qemu(kernel, start, accelerator, MEMORY, f'panic=-1 "first={BUSYBOX} init"'))
    words += ["-chardev", f"file,id=console,path=/var/log/{CONSOLE},append=on", "-serial", "chardev:console"]
    words += ["-device", "virtio-rng-pci"]
    words += ["-netdev", "tap,id=nic,fd=3", "-device", nic]  # 3: the first descriptor that is handed over
    share = "local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap"
    words += ["-virtfs", share, "-device", "virtio-serial"]
    for port in range(PORTS):
        words += ["-chardev", f"socket,id=port{port},path={CHANNELS}/{port}.sock,server=on,wait=off"]
        words += ["-device", f"virtserialport,chardev=port{port},name=seapoint.{port}"]
    return tuple(words)


def _inittab(spec: HostSpec) -> str:
    """What busybox's init runs: settings, then the clients and services of the instance. Source: busybox, init.c."""
    first = [
        "hostname -F /etc/hostname",
        "sysctl -q -p /etc/sysctl.machine",
        "ip link set lo up",
        "ip link set eth0 up",
    ]
    daemons = [daemon.start for unit in spec.units if unit.name in spec.start for daemon in unit.daemons]
    kept = [" ".join(words) for words in (*daemons, (sys.executable, "-I", "-S", INSIDE))]
    return "".join([*(f"::sysinit:{line}\n" for line in first), *(f"::respawn:{line}\n" for line in kept)])


def _sysctls(spec: HostSpec) -> str:
    return "".join(f"{key} = {value}\n" for key, value in spec.sysctls)


def wait_booted(there: Host) -> None:
    """Return when the machine runs commands; raises EngineError with the end of its console when it does not."""
    try:
        host.run(there, ["true"], seconds=BOOT_SECONDS)
    except EngineError as error:
        console = there.lab.host(there.name) / "log" / CONSOLE
        lines = console.read_text(errors="replace").splitlines()[-LAST_LINES:] if console.exists() else []
        raise EngineError(
            "\n".join([f"{there.name}: the machine has not booted: {error}", f"{console}:", *lines])
        ) from error
