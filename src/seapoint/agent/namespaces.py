"""The host's named network namespaces: made and deleted by ip-netns(8), looked into by netlink."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seapoint.agent.kernel import Netlink
from seapoint.agent.network import OWNER_ALIAS
from seapoint.agent.programs import run_program
from seapoint.base.errors import EngineError
from seapoint.engines.netns import NAMED, entered, offloads_off
from seapoint.target.host import Namespace

#: A namespace is nobody's host: it answers on its own addresses and believes no router.
_SETTINGS = {"net/ipv6/conf/all/accept_ra": "0", "net/ipv6/conf/default/accept_ra": "0"}


@contextmanager
def looked_into(name: str) -> Iterator[Netlink]:
    """A netlink line into a namespace, which is made where it is missing; raises EngineError.

    Not kept: a line would keep alive, unseen, a namespace that somebody has deleted.
    """
    path = NAMED / name
    if not path.exists():
        run_program(("ip", "netns", "add", name))
    try:
        netlink = _opened(path)
    except OSError:  # left by a crash half-way: a file that is no namespace
        run_program(("ip", "netns", "delete", name))
        run_program(("ip", "netns", "add", name))
        netlink = _opened(path)
    try:
        yield netlink
    finally:
        netlink.close()


def delete_namespace(name: str) -> None:
    """Let go of a namespace; one that is gone is no error. Raises EngineError."""
    if (NAMED / name).exists():
        run_program(("ip", "netns", "delete", name))


def plug(namespace: Namespace, serves_switch: bool) -> None:
    """Lay the cable; raises EngineError.

    A port of the host's Open vSwitch that had a cable of that name goes first, and the section "bridges" makes it anew:
    in user space it would stay with the device that is gone.
    """
    if serves_switch:
        run_program(("ovs-vsctl", "--timeout=5", "--if-exists", "del-port", namespace.cable))
    far = ("peer", "name", namespace.NIC, "address", namespace.mac, "netns", namespace.name)
    run_program(("ip", "link", "add", namespace.cable, "type", "veth", *far))
    run_program(("ip", "link", "set", namespace.cable, "alias", OWNER_ALIAS))


def send_whole_packets(namespace: Namespace) -> None:
    """A userspace datapath reads what is sent into the cable: nothing is left to hardware. Raises EngineError."""
    try:
        with entered(NAMED / namespace.name):
            offloads_off(namespace.NIC)
    except OSError as error:
        raise EngineError(f"namespace {namespace.name}: {error}") from error


def unplug(cable: str) -> None:
    """Take a cable away, both ends; raises EngineError."""
    run_program(("ip", "link", "delete", cable))


def _opened(path: Path) -> Netlink:
    with entered(path):
        for name, value in _SETTINGS.items():
            Path("/proc/sys", name).write_text(value)
        return Netlink()
