"""Work inside another network namespace: for what takes many small steps, and for sockets that stay there."""

import array
import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
SIOCETHTOOL = 0x8946
OFFLOADS = {"tx-checksum": 0x17, "tso": 0x1F, "gso": 0x24}  # ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO

#: Where ip-netns(8) keeps namespaces by name.
NAMED = Path("/run/netns")

_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def entered(namespace: Path | str) -> Iterator[None]:
    """This thread is in a network namespace meanwhile; sockets opened here stay there.

    ``namespace`` is a file of nsfs: /run/netns/NAME, /proc/PID/ns/net. Raises OSError.
    """
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        there = os.open(namespace, os.O_RDONLY)
        try:
            _setns(there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _setns(home)
    finally:
        os.close(home)


def _setns(descriptor: int) -> None:
    """setns(2), which Python has from 3.12."""
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"setns: {os.strerror(number)}")


def offloads_off(nic: str) -> None:
    """Switch off what leaves checksums and segmentation to hardware, for a NIC of the namespace that this thread is in.

    An end that faces a userspace datapath needs it: what is sent would be read there unfinished, and TCP is dead.
    Source: ethtool(8) ``-K tx off tso off gso off``; linux/ethtool.h, struct ethtool_value.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in OFFLOADS.values():
            value = array.array("B", struct.pack("II", command, 0))
            address, _ = value.buffer_info()
            fcntl.ioctl(control, SIOCETHTOOL, struct.pack("16sP16x", nic.encode(), address))
