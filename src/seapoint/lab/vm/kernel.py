"""The kernel of virtual machines: the distribution's own, fetched once and kept; and the initramfs that starts it.

Modules are loaded by the initramfs in an order worked out here, so that the machine needs no tools for it.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seapoint.base.errors import EngineError, InputError

CACHE = Path("/var/cache/seapoint")
PACKAGE = "linux-image-amd64"  # Debian's newest kernel for this suite depends on the package that holds it
BUSYBOX = "/bin/busybox"
BOOT = Path(__file__).parent / "boot.sh"
MODULES = ("virtio_pci", "virtio_net", "virtio_console", "virtio_rng", "9pnet_virtio", "9p", "overlay")
SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel's version and the tree that holds ``boot/vmlinuz-VERSION`` and ``lib/modules/VERSION``."""

    tree: Path
    version: str

    @property
    def image(self) -> Path:
        return self.tree / "boot" / f"vmlinuz-{self.version}"


def fetched(cache: Path = CACHE) -> Kernel:
    """The kernel in the cache, downloaded when there is none; raises InputError where that cannot be done."""
    home = cache / "kernel"
    if not home.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            new = _download(Path(scratch))
            with contextlib.suppress(OSError):  # somebody else was quicker
                new.rename(home)
    return inside(home)


def inside(tree: Path) -> Kernel:
    """The kernel that a tree holds, the newest of several; raises InputError where there is none."""
    versions = sorted((path.name for path in (tree / "lib" / "modules").glob("*")), key=_numbers)
    if not versions:
        raise InputError(f"{tree} holds no kernel: remove it, it is made anew")
    return Kernel(tree, versions[-1])


def initramfs(kernel: Kernel, path: Path) -> Path:
    """Write what the kernel starts from; whoever reads an older one meanwhile keeps that."""
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        root = Path(scratch) / "root"
        (root / "modules").mkdir(parents=True)
        (root / "bin").mkdir()
        shutil.copy(BUSYBOX, root / "bin" / "busybox")
        shutil.copy(BOOT, root / "init")
        (root / "init").chmod(0o755)
        order = _load_order(kernel)
        for module in order:
            shutil.copy(module, root / "modules" / module.name)
        (root / "modules" / "order").write_text("".join(f"{module.name}\n" for module in order))
        names = "\n".join(str(one.relative_to(root)) for one in sorted(root.rglob("*")))
        made = subprocess.run(
            [BUSYBOX, "cpio", "-o", "-H", "newc"], cwd=root, input=names.encode(), capture_output=True, check=False
        )
        if made.returncode != 0:
            raise EngineError(f"busybox cpio: {made.stderr.decode().strip()}: is busybox-static installed?")
        new = Path(scratch) / "initramfs"
        new.write_bytes(made.stdout)
        new.replace(path)
    return path


def _load_order(kernel: Kernel) -> list[Path]:
    """The files of the modules, each after those it needs; what is built into the kernel has none."""
    files: dict[Path, None] = {}
    for module in MODULES:
        asked = ["modprobe", "-d", str(kernel.tree), "-S", kernel.version, "--show-depends", module]
        for line in _said(asked, "look for modules").splitlines():
            word, _, rest = line.partition(" ")
            if word == "insmod":
                files[Path(rest.strip())] = None
    return list(files)


def _download(scratch: Path) -> Path:
    """A tree with the distribution's kernel."""
    why = f"download the kernel of virtual machines (package {PACKAGE}, about 70 MB)"
    depends = _said(["apt-cache", "depends", "--important", PACKAGE], why)
    package = next((line.split()[-1] for line in depends.splitlines() if "Depends: linux-image-" in line), None)
    if package is None:
        raise InputError(f"could not {why}: apt knows no such package. Try apt-get update; it is Debian's for amd64")
    _said(["apt-get", "download", package], why, scratch)
    [archive] = scratch.glob("*.deb")
    tree = scratch / "tree"
    _said(["dpkg-deb", "--extract", str(archive), str(tree)], why)
    archive.unlink()
    _said(["depmod", "-b", str(tree), inside(tree).version], why)
    tree.chmod(0o755)
    return tree


def _said(words: Sequence[str], why: str, where: Path | None = None) -> str:
    """What a program prints; raises InputError with the purpose it failed."""
    environment = os.environ | {"LC_ALL": "C"}
    try:
        done = subprocess.run(
            words, cwd=where, capture_output=True, text=True, timeout=SECONDS, check=False, env=environment
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise InputError(f"could not {why}: {error}") from error
    if done.returncode != 0:
        raise InputError(f"could not {why}: {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.replace("-", ".").split(".") if part.isdigit()]
