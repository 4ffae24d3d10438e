"""Work inside a host's network namespace from outside: for what takes many small steps."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from seapoint.base.errors import EngineError
from seapoint.engines.netns import entered
from seapoint.lab.host import Host, run

SEAL = "seapoint_lab_seal"


@contextmanager
def inside(host: Host) -> Iterator[None]:
    """This thread is in the host's network namespace meanwhile; sockets opened here stay there.

    Raises EngineError where the host has ended.
    """
    try:
        with entered(f"/proc/{host.pid}/ns/net"):
            yield
    except FileNotFoundError as error:
        if Path(f"/proc/{host.pid}").exists():
            raise
        raise EngineError(f"{host.name}: it has ended meanwhile: bring the lab up again") from error


def set_sysctl(key: str, value: str) -> None:
    """Set a ``net.`` key of the namespace that this thread is in; ``/`` in a key stands for a dot in a NIC's name."""
    name = key.translate(str.maketrans("./", "/."))
    Path(f"/proc/sys/{name}").write_text(value)


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
