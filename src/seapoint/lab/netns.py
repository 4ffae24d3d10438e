"""Work inside a host's network namespace from outside: for what takes many small steps."""

import array
import fcntl
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from seapoint.base.errors import EngineError
from seapoint.lab import syscalls
from seapoint.lab.host import Host, run

SIOCETHTOOL = 0x8946
OFFLOADS = {"tx-checksum": 0x17, "tso": 0x1F, "gso": 0x24}  # ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO
SEAL = "seapoint_lab_seal"


@contextmanager
def inside(host: Host) -> Iterator[None]:
    """This thread is in the host's network namespace meanwhile; sockets opened here stay there.

    Raises EngineError where the host has ended.
    """
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        try:
            there = os.open(f"/proc/{host.pid}/ns/net", os.O_RDONLY)
        except FileNotFoundError as error:
            raise EngineError(f"{host.name}: it has ended meanwhile: bring the lab up again") from error
        try:
            syscalls.setns(there, syscalls.CLONE_NEWNET)
        finally:
            os.close(there)
        try:
            yield
        finally:
            syscalls.setns(home, syscalls.CLONE_NEWNET)
    finally:
        os.close(home)


def set_sysctl(key: str, value: str) -> None:
    """Set a ``net.`` key of the namespace that this thread is in; ``/`` in a key stands for a dot in a NIC's name."""
    name = key.translate(str.maketrans("./", "/."))
    Path(f"/proc/sys/{name}").write_text(value)


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


def seal(host: Host, nics: Iterable[str]) -> None:
    """Keep the host's own kernel from answering on NICs whose packets belong to a userspace datapath.

    Open vSwitch reads them through AF_PACKET, which comes before the ingress hook that drops them here.
    """
    nics = tuple(nics)
    if not nics:
        return
    with inside(host):
        for nic in nics:
            name = nic.replace(".", "/")
            set_sysctl(f"net.ipv6.conf.{name}.disable_ipv6", "1")
            set_sysctl(f"net.ipv4.conf.{name}.arp_ignore", "8")
    hook = 'type filter hook ingress device "{nic}" priority 0; policy drop;'
    fresh = [f"add chain netdev {SEAL} {nic}\ndelete chain netdev {SEAL} {nic}" for nic in nics]  # of a NIC before
    chains = [f"add chain netdev {SEAL} {nic} {{ {hook.format(nic=nic)} }}" for nic in nics]
    run(host, ["nft", "-f", "-"], text="\n".join([f"add table netdev {SEAL}", *fresh, *chains, ""]))
