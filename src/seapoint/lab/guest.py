"""An instance as a lab host: its one NIC and the clients that address it, real ones of the distribution."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seapoint.lab.topology import HostSpec
from seapoint.lab.units import Daemon, Unit

HOOK = "/etc/guest-network"
NIC = "eth0"
ECHO = str(Path(__file__).parent / "echo.py")
DHCLIENT_CONF = "request dhcp6.name-servers, dhcp6.domain-search;\nretry 5;\n"

_UDHCPC = ("busybox", "udhcpc", "-f", "-i", NIC, "-s", HOOK)
DHCP4 = Unit(
    "dhcp4.service",
    (
        Daemon(
            "udhcpc",
            (*_UDHCPC, "-t", "5", "-T", "1", "-A", "1", "-O", "mtu", "-O", "staticroutes"),
        ),
    ),
)
_DHCLIENT = ("dhclient", "-6", "-d", "-cf", "/etc/dhclient6.conf", "-sf", HOOK, "-lf", "/var/lib/dhclient6.leases")
DHCP6 = {
    "stateful": Unit("dhcp6.service", (Daemon("dhclient", (*_DHCLIENT, "-pf", "/run/dhclient6.pid", NIC)),)),
    "stateless": Unit("dhcp6.service", (Daemon("dhclient", (*_DHCLIENT, "-S", "-pf", "/run/dhclient6.pid", NIC)),)),
}

SYSCTLS = (
    # ask for the router at once and every second, as a user's network manager does: the port may not be bound yet
    ("net.ipv6.conf.default.router_solicitation_delay", "0"),
    ("net.ipv6.conf.default.router_solicitation_interval", "1"),
    ("net.ipv6.conf.default.use_tempaddr", "0"),  # the address is the one that the cloud computes
    ("net.ipv6.conf.default.addr_gen_mode", "0"),
)


@dataclass(frozen=True, slots=True)
class Guest:
    """How an instance addresses itself, and on which ports it answers callers: pairs of http or tcp, and port."""

    dhcp4: bool = True
    dhcp6: Literal["", "stateless", "stateful"] = ""  # SLAAC is the kernel's and follows the advertisements
    serves: tuple[tuple[str, int], ...] = ()


def echo(serves: tuple[tuple[str, int], ...]) -> Unit:
    """The unit that tells callers their address; for instances and for stand-ins."""
    ports = (f"{protocol}:{port}" for protocol, port in serves)
    return Unit("echo.service", (Daemon("echo", (sys.executable, "-I", "-S", ECHO, *ports), kind="notify"),))


def spec(name: str, guest: Guest) -> HostSpec:
    """The lab host that an instance is; its units are to be started once its NIC is there."""
    units = [DHCP4] if guest.dhcp4 else []
    units += [DHCP6[guest.dhcp6]] if guest.dhcp6 else []
    units += [echo(guest.serves)] if guest.serves else []
    return HostSpec(
        name=name,
        kind="instance",
        units=tuple(units),
        start=tuple(unit.name for unit in units),
        sysctls=SYSCTLS,
        files=(
            (HOOK, (Path(__file__).parent / "guest.sh").read_text()),
            ("/etc/dhclient6.conf", DHCLIENT_CONF),
            ("/etc/hosts", f"127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {name}\n"),
        ),
    )
