"""Taps: NICs of a hypervisor whose other end is a machine's, held open by whoever is handed the descriptor."""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from pyroute2 import IPRoute

from seapoint.base.errors import EngineError
from seapoint.lab.cables import alias_of
from seapoint.lab.host import Host
from seapoint.lab.netns import inside, seal
from seapoint.lab.topology import End

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000


@contextmanager
def tap(hypervisor: Host, name: str, far: End, mtu: int, *, sealed: bool) -> Iterator[int]:
    """A tap of this name at a hypervisor, up; it is there as long as somebody holds the descriptor.

    ``mtu`` in bytes; ``sealed``: a userspace datapath reads it. Raises EngineError where it cannot be made.
    Source: Documentation/networking/tuntap.rst.
    """
    with inside(hypervisor):
        line = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        try:
            fcntl.ioctl(line, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))
        except OSError as error:
            os.close(line)
            raise EngineError(f"{hypervisor.name}: tap {name}: {error.strerror}") from error
    try:
        if sealed:
            seal(hypervisor, [name])
        with inside(hypervisor), IPRoute() as kernel:
            [index] = kernel.link_lookup(ifname=name)
            kernel.link("set", index=index, state="up", mtu=mtu, ifalias=alias_of(far))
        yield line
    finally:
        os.close(line)
