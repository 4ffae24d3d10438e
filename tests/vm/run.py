"""`make test-vm`: boots a stock Debian machine under QEMU and runs the tests of this directory on its kernel.

Its console is what this prints. The machine has no NIC; it sees its root and this clone, neither of which it can write.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from seapoint.base.errors import SeapointError
from seapoint.lab.state import need_root
from seapoint.lab.vm.kernel import initramfs, inside
from seapoint.lab.vm.machine import accelerator, qemu

CLONE = Path(__file__).parents[2]
MEMORY = 4096  # MiB: the lab's hosts, and what the machine writes
SECONDS = 3600.0
SYSTEMD = "/lib/systemd/systemd"


def share(path: Path, tag: str, *, writable: bool = False) -> tuple[str, str]:
    rights = "" if writable else ",readonly=on"
    return ("-virtfs", f"local,path={path},mount_tag={tag},security_model=none,multidevs=remap{rights}")


def main() -> int:
    """Boot, wait for the end, and give the tests' exit status."""
    need_root()
    made = subprocess.run([CLONE / "scripts" / "vm-image"], stdout=subprocess.PIPE, text=True, check=False)
    if made.returncode != 0:
        return made.returncode
    tree = Path(made.stdout.strip())
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch) / "results"
        results.mkdir()
        kernel = inside(tree)
        start = initramfs(kernel, Path(scratch) / "initramfs")
        how = accelerator(kernel, start, Path(scratch) / "accelerator")
        print(f"seapoint: booting Debian's {kernel.version} under QEMU ({how})", flush=True)
        words = [
            "nice",
            "-n",
            "10",
            *qemu(kernel, start, how, MEMORY, f"panic=-1 first={SYSTEMD} systemd.show_status=no systemd.getty_auto=no"),
        ]
        words += [
            "-smp",
            "2",
            "-chardev",
            "stdio,id=console",
            "-serial",
            "chardev:console",
            "-device",
            "virtio-rng-pci",
        ]
        words += [*share(tree, "root"), *share(CLONE, "clone"), *share(results, "results", writable=True)]
        try:
            subprocess.run(words, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            print(f"seapoint: no end after {SECONDS:.0f} s", file=sys.stderr)
            return 1
        status = results / "status"
        if not status.exists():
            print("seapoint: the machine ended before its tests had: above is its console", file=sys.stderr)
            return 1
        return int(status.read_text())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SeapointError as error:
        sys.exit(f"seapoint: {error}")
