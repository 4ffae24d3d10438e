"""The few calls of Linux that Python 3.11 lacks: unshare(2), setns(2), mount(2), umount2(2)."""

import ctypes
import os

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18

MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: bytes | int | None, about: str = "") -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}", about or None)


def unshare(flags: int) -> None:
    """Give this process namespaces of its own; a new PID namespace begins with its next child."""
    _call("unshare", flags)


def setns(fd: int, kind: int) -> None:
    """Move this thread into the namespace that the descriptor refers to."""
    _call("setns", fd, kind)


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount a file system, bind a directory, or change how mounts propagate."""
    words = [word.encode() or None for word in (source, target, kind)]
    _call("mount", *words, ctypes.c_ulong(flags).value, options.encode() or None, about=target)


def umount(target: str, flags: int = 0) -> None:
    _call("umount2", target.encode(), flags, about=target)
