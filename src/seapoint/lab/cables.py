"""Cables: veth pairs between hosts, compared with what the kernel has and made to match."""

import errno
import hashlib
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from seapoint.base.addresses import Interface
from seapoint.base.errors import EngineError
from seapoint.compile.hosts.names import CABLE
from seapoint.engines.netns import offloads_off
from seapoint.lab.host import Host
from seapoint.lab.netns import inside, seal
from seapoint.lab.topology import Cable, End, Route

VANISH_SECONDS = 10.0
IFA_F_NODAD = 0x02
RTPROT_BOOT = 3


def mac_of(host: str, nic: str) -> str:
    """The same locally administered MAC for the same NIC, every time."""
    octets = hashlib.sha256(f"{host} {nic}".encode()).digest()[:5]
    return "02:" + octets.hex(":")


def alias_of(far: End) -> str:
    return f"{CABLE} {far.host} {far.nic}"


def connect(hosts: Mapping[str, Host], cables: Sequence[Cable], taps: Collection[str] = ()) -> None:
    """Plug cables between living hosts; both ends are up, with their addresses.

    Ends that a userspace datapath reads (ports of a fabric, and NICs named in ``taps``) are sealed, and their cables
    carry finished packets only. Raises EngineError that names the cable.
    """
    with IPRoute() as kernel:
        for cable in cables:
            _plug(kernel, hosts, cable)
    ends: dict[str, list[tuple[End, End, bool]]] = {}
    for cable in cables:
        userspace = any(end.port or end.nic in taps for end in cable.ends)
        ends.setdefault(cable.a.host, []).append((cable.a, cable.b, userspace))
        ends.setdefault(cable.b.host, []).append((cable.b, cable.a, userspace))
    for name, plugged in ends.items():
        seal(hosts[name], [end.nic for end, _, _ in plugged if end.port or end.nic in taps])
        with inside(hosts[name]), IPRoute() as kernel:
            index = _indexes(kernel)
            for end, far, userspace in plugged:
                if userspace:
                    offloads_off(end.nic)
                kernel.link("set", index=index[end.nic], state="up", ifalias=alias_of(far))
                add_addresses(kernel, index[end.nic], end.addresses)


def _plug(kernel: IPRoute, hosts: Mapping[str, Host], cable: Cable) -> None:
    near, far = (
        {
            "ifname": end.nic,
            "net_ns_pid": hosts[end.host].pid,
            "mtu": cable.mtu,
            "address": end.mac or mac_of(end.host, end.nic),
        }
        for end in cable.ends
    )
    deadline = time.monotonic() + VANISH_SECONDS
    while True:
        try:
            kernel.link("add", kind="veth", peer=far, **near)
        except NetlinkError as error:
            # the kernel takes NICs of an ended host away a little later than the host
            if error.code == errno.EEXIST and time.monotonic() < deadline:
                time.sleep(0.02)
                continue
            raise EngineError(f"cable {describe(cable)}: {error}") from error
        return


def describe(cable: Cable) -> str:
    return f"{cable.a.host} {cable.a.nic} -- {cable.b.host} {cable.b.nic}"


def disconnect(host: Host, nics: Iterable[str]) -> None:
    """Pull cables out by their end at one host; the other ends vanish with them. A NIC that is gone is no error."""
    with inside(host), IPRoute() as kernel:
        index = _indexes(kernel)
        for nic in nics:
            if nic not in index:
                continue
            try:
                kernel.link("del", index=index[nic])
            except NetlinkError as error:
                if error.code != errno.ENODEV:  # it went with the host at its other end, just now
                    raise EngineError(f"{host.name} {nic}: {error}") from error


@dataclass(frozen=True, slots=True)
class Nic:
    """A NIC of a host that a cable of ours ends in, and where the other end is."""

    nic: str
    far_host: str
    far_nic: str
    up: bool


def observe(host: Host) -> dict[str, Nic]:
    """The NICs of the host that carry our mark, by name."""
    found = {}
    with inside(host), IPRoute() as kernel:
        for link in kernel.get_links():
            words = (link.get_attr("IFLA_IFALIAS") or "").split()
            if len(words) == 3 and words[0] == CABLE:
                name = str(link.get_attr("IFLA_IFNAME"))
                found[name] = Nic(name, words[1], words[2], link.get_attr("IFLA_OPERSTATE") == "UP")
    return found


def add_addresses(kernel: IPRoute, index: int, addresses: Iterable[Interface]) -> None:
    """Put addresses on a NIC; no wait for duplicate detection, for the lab gives none twice."""
    for address in addresses:
        flags = {"flags": IFA_F_NODAD} if address.version == 6 else {}
        _unless_there(kernel.addr, index=index, address=str(address.ip), prefixlen=address.network.prefixlen, **flags)


def configure(host: Host, loopback: Iterable[Interface], routes: Iterable[Route]) -> None:
    """Give a host its loopback addresses and the static routes of its production leg; those it has are kept."""
    with inside(host), IPRoute() as kernel:
        add_addresses(kernel, _indexes(kernel)["lo"], loopback)
        for route in routes:
            to = str(route.to) if route.to else "default"
            family = 2 if route.via.version == 4 else 10
            _unless_there(kernel.route, dst=to, gateway=str(route.via), family=family, proto=RTPROT_BOOT)


def _unless_there(call: Callable[..., object], **arguments: object) -> None:
    try:
        call("add", **arguments)
    except NetlinkError as error:
        if error.code != errno.EEXIST:
            raise EngineError(f"{arguments}: {error}") from error


def _indexes(kernel: IPRoute) -> dict[str, int]:
    return {str(link.get_attr("IFLA_IFNAME")): int(link["index"]) for link in kernel.get_links()}
